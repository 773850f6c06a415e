package io.freshet.features;

import io.freshet.features.FeatureComputation.Stage;
import io.freshet.features.order.LaneMerge;
import io.freshet.features.order.Position;
import io.freshet.features.window.EntityStates;
import io.freshet.schemas.message.RecordKind;
import io.freshet.schemas.pipeline.Pipeline;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.apache.kafka.common.metrics.Sensor;
import org.apache.kafka.streams.processor.PunctuationType;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueStore;
import org.jspecify.annotations.Nullable;

/**
 * The step of one kind of entity where a pipeline has several partitions: events and labels visit it in the order of their
 * positions, and an event takes its part of the row along.
 */
final class EntityProcessor implements Processor<byte[], byte[], byte[], byte[]> {
    private static final byte[] NOW = "now".getBytes(StandardCharsets.UTF_8);

    private final Pipeline pipeline;
    private final Stages.Setting setting;

    private final Stages.Names names;
    private final FeatureComputation computation;
    private final Stage stage;
    private final long lateness;

    private @Nullable ProcessorContext<byte[], byte[]> context;
    private @Nullable KeyValueStore<byte[], byte[]> progressStore;
    private @Nullable EntityStates states;
    private @Nullable LaneMerge merge;
    private @Nullable WrittenRows writtenParts;
    private Position told = Position.START;
    private @Nullable Sensor changedRows;
    private Progress progress = Progress.NONE;

    /**
     * @param number the stage's place among the pipeline's stages
     */
    EntityProcessor(Pipeline pipeline, Stages.Setting setting, int number, Stages.Names names) {
        this.pipeline = pipeline;
        this.setting = setting;

        this.names = names;
        this.computation = setting.computation(pipeline);
        this.stage = computation.stages().get(number);
        this.lateness = pipeline.event().lateness().toMillis();
    }

    @Override
    public void init(ProcessorContext<byte[], byte[]> given) {
        context = given;
        merge = null;
        told = Position.START;
        progressStore = given.getStateStore(names.progress());
        writtenParts = pipeline.event().publishCorrections()
                ? new WrittenRows(given.getStateStore(names.writtenParts()))
                : null;
        changedRows = setting.sensor(pipeline, given.metrics(), "rows-changed-by-late-events");
        given.schedule(PromiseTeller.EVERY, PunctuationType.WALL_CLOCK_TIME, now -> {
            open();
            giveOut(now);
            if (writtenParts != null) {
                tellReached(now);
            }
        });
        given.schedule(ArrivalProcessor.EXPIRE_EVERY, PunctuationType.WALL_CLOCK_TIME, now -> {
            open();
            if (progress.newestEvent() != Long.MIN_VALUE) {
                Objects.requireNonNull(states)
                        .expire(progress.newestEvent() - lateness, ArrivalProcessor.EXPIRE_AT_ONCE);
            }
        });
    }

    /** Tells the tasks that keep rows which of them may still be corrected. */
    private void tellReached(long now) {
        ProcessorContext<byte[], byte[]> task = Objects.requireNonNull(context);
        Position reached = Objects.requireNonNull(merge).line(now);
        if (!reached.equals(told)) {
            told = reached;
            give(null, Part.reached(reached, names.stage() + "-" + setting.partition(task)));
        }
    }

    @Override
    public void close() {
        if (states != null) {
            states.close();
            states = null;
        }
    }

    /** Takes up what the stores hold. */
    private void open() {
        if (merge != null) {
            return;
        }
        ProcessorContext<byte[], byte[]> task = Objects.requireNonNull(context);
        merge = setting.merge(pipeline.partitions(), task.getStateStore(names.queue()), task);
        states = new EntityStates(
                new WindowStore(task.getStateStore(names.windows())),
                stage.groups().stream().map(computation.groups()::get).toList(),
                setting.state().behind(),
                setting.state().memory());
        progress = Progress.fromBytes(Objects.requireNonNull(progressStore).get(NOW));
    }

    @Override
    public void process(Record<byte[], byte[]> record) {
        open();
        long now = Objects.requireNonNull(context).currentSystemTimeMs();
        Envelope envelope = Envelope.fromBytes(record.value());
        setting.arrive(Objects.requireNonNull(merge), envelope, now);
        giveOut(now);
    }

    private void giveOut(long now) {
        LaneMerge lanes = Objects.requireNonNull(merge);
        Progress before = progress;
        Optional<LaneMerge.Next> next;
        while ((next = lanes.poll(now)).isPresent()) {
            take(next.get().position(), Visit.fromBytes(next.get().record()));
        }
        lanes.save();
        if (progress != before) {
            Objects.requireNonNull(states).save(progress.arrivals());
            Objects.requireNonNull(progressStore).put(NOW, progress.toBytes());
        }
    }

    private void take(Position position, Visit visit) {
        switch (visit.kind()) {
            case EVENT -> takeEvent(position, visit);
            case LABEL -> takeLabel(visit);
        }
    }

    private void takeEvent(Position position, Visit visit) {
        if (progress.isTooLate(visit.time(), lateness)) {
            give(visit.id(), new Part(position, names.stage(), false, progress.newestEvent(), Map.of()));
            return;
        }
        long newest = Math.max(progress.newestEvent(), position.time());
        Set<Long> changed = visit.time() < newest ? new TreeSet<>() : null;
        @Nullable Object[] row = computation.emptyRow();
        for (int group : stage.groups()) {
            computation.pass(
                    group,
                    visit.entity(),
                    computation.isOver(group, RecordKind.EVENT) ? arguments(group, visit) : null,
                    visit.time(),
                    progress.arrivals() + 1,
                    newest - lateness,
                    Objects.requireNonNull(states),
                    row,
                    changed);
        }
        if (changed != null) {
            changed.forEach(this::correct);
        }
        if (writtenParts != null) {
            writtenParts.keep(
                    WrittenRow.key(progress.arrivals() + 1),
                    new WrittenRow(visit.time(), visit.toBytes(), position.toBytes()),
                    newest - lateness);
        }
        progress = progress.event(position.time());
        Map<Long, @Nullable Object> values = new HashMap<>();
        stage.definitions().forEach((place, definition) -> values.put(definition, row[place]));
        give(visit.id(), new Part(position, names.stage(), false, Part.IN_TIME, values));
    }

    /** Counts a row that a late event would have changed and, where that is declared, tells what it would be now. */
    private void correct(long arrival) {
        Objects.requireNonNull(changedRows).record();
        WrittenRow written = writtenParts == null ? null : writtenParts.of(WrittenRow.key(arrival));
        if (written == null) {
            return;
        }
        Visit visit = Visit.fromBytes(written.event());
        @Nullable Object[] row = computation.emptyRow();
        Map<Long, @Nullable Object> values = new HashMap<>();
        for (int group : stage.groups()) {
            if (computation.isOver(group, RecordKind.EVENT)) {
                computation.correct(group, visit.entity(), visit.time(), arrival, Objects.requireNonNull(states), row);
                computation
                        .groups()
                        .get(group)
                        .definitions()
                        .forEach((place, definition) -> values.put(definition, row[place]));
            }
        }
        Position of = Position.read(ByteBuffer.wrap(written.row()));
        give(visit.id(), new Part(of, names.stage(), true, Part.IN_TIME, values));
    }

    /** What a visit adds to a group, also if it set out under an earlier declaration; null when it adds nothing. */
    private @Nullable Object @Nullable [] arguments(int group, Visit visit) {
        @Nullable Object[] given = visit.arguments();
        return given == null
                ? null
                : Objects.requireNonNull(states).arranged(computation.groups().get(group), visit.layout(), given);
    }

    private void takeLabel(Visit visit) {
        for (int group : stage.groups()) {
            @Nullable Object[] arguments = computation.isOver(group, RecordKind.LABEL) ? arguments(group, visit) : null;
            if (arguments != null) {
                computation.collect(
                        group,
                        visit.entity(),
                        arguments,
                        visit.time(),
                        progress.arrivals() + 1,
                        progress.newestEvent() - lateness,
                        Objects.requireNonNull(states));
            }
        }
        progress = progress.collected();
    }

    /** Gives a part to the task that knows the event's id, or to all tasks. */
    @SuppressWarnings("NullAway") // A record without a key goes to all partitions; Kafka's interface allows null.
    private void give(@Nullable String id, Part part) {
        byte[] key = id == null ? null : id.getBytes(StandardCharsets.UTF_8);
        Objects.requireNonNull(context)
                .forward(new Record<>(key, part.toBytes(), setting.clock().millis()), names.partsSink());
    }
}
