package io.freshet.features;

import io.freshet.features.FeatureComputation.Stage;
import io.freshet.features.FeatureComputation.Taken;
import io.freshet.features.order.LaneMerge;
import io.freshet.features.order.Position;
import io.freshet.schemas.message.RecordKind;
import io.freshet.schemas.pipeline.Pipeline;
import io.freshet.schemas.row.FeatureRow;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.avro.generic.GenericRecord;
import org.apache.kafka.common.metrics.Sensor;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.processor.PunctuationType;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;
import org.jspecify.annotations.Nullable;

/**
 * The step that knows event ids where a pipeline has several partitions: takes events and labels in the order of their
 * positions, drops what is doubled, sends each to its entities, puts the parts that they give back together into rows, and
 * joins labels with rows.
 */
final class IdProcessor implements Processor<byte[], byte[], byte[], byte[]> {
    private static final byte[] NOW = "now".getBytes(StandardCharsets.UTF_8);
    private static final byte[] ASKED = "asked".getBytes(StandardCharsets.UTF_8);
    private static final byte[] NOT_GIVEN = new byte[0];

    private final Pipeline pipeline;
    private final Stages.Setting setting;
    private final ArrivalCheck check;
    private final FeatureComputation computation;
    private final List<Stage> stages;
    private final List<Stages.Names> names;
    private final RowSerde rows;
    private final long lateness;

    private @Nullable ProcessorContext<byte[], byte[]> context;
    private @Nullable PromiseTeller teller;
    private @Nullable Refusals refusals;
    private @Nullable KeyValueStore<byte[], byte[]> progressStore;
    private @Nullable KeyValueStore<byte[], byte[]> inProgress;
    private @Nullable EventMemory memory;
    private @Nullable WrittenRows writtenRows;
    private @Nullable LaneMerge merge;
    private @Nullable Sensor late;
    private Progress progress = Progress.NONE;
    /** By stage and partition, the time that its task has reached. */
    private final Map<String, Long> reached = new HashMap<>();

    IdProcessor(Pipeline pipeline, Stages.Setting setting, List<Stages.Names> names) {
        this.pipeline = pipeline;
        this.setting = setting;
        this.check = setting.check(pipeline);
        this.computation = setting.computation(pipeline);
        this.stages = computation.stages();
        this.names = names;
        this.rows = setting.rows(pipeline);
        this.lateness = pipeline.event().lateness().toMillis();
    }

    @Override
    public void init(ProcessorContext<byte[], byte[]> given) {
        context = given;
        merge = null;
        reached.clear();
        progressStore = given.getStateStore(Stages.PROGRESS);
        inProgress = given.getStateStore(Stages.ROWS_IN_PROGRESS);
        memory = new EventMemory(given.getStateStore(Stages.PENDING), given.getStateStore(Stages.HORIZONS), pipeline);
        writtenRows = pipeline.event().publishCorrections()
                ? new WrittenRows(given.getStateStore(Stages.WRITTEN_ROWS))
                : null;
        refusals = setting.refusals(pipeline, given.metrics());
        late = setting.sensor(pipeline, given.metrics(), "late-events");
        teller = new PromiseTeller(
                given,
                setting.partition(given),
                names.stream().map(Stages.Names::visitsSink).toList());
        given.schedule(PromiseTeller.EVERY, PunctuationType.WALL_CLOCK_TIME, now -> {
            open();
            giveOut(now);
            LaneMerge lanes = Objects.requireNonNull(merge);
            Objects.requireNonNull(teller).promise(lanes.line(now), lanes.caughtUp(now), now);
        });
    }

    /** Takes up what the stores hold. */
    private void open() {
        if (merge == null) {
            ProcessorContext<byte[], byte[]> task = Objects.requireNonNull(context);
            merge = setting.merge(2 * pipeline.partitions(), task.getStateStore(Stages.QUEUE), task);
            progress = Progress.fromBytes(Objects.requireNonNull(progressStore).get(NOW));
            askAnew();
        }
    }

    /**
     * After a change of the declaration, rows that are in progress are asked for at the entities that are new, and no longer
     * at those that are gone.
     */
    private void askAnew() {
        byte[] now = names.stream()
                .map(Stages.Names::stage)
                .collect(Collectors.joining("\n"))
                .getBytes(StandardCharsets.UTF_8);
        byte[] before = Objects.requireNonNull(progressStore).get(ASKED);
        if (Arrays.equals(now, before)) {
            return;
        }
        Objects.requireNonNull(progressStore).put(ASKED, now);
        List<KeyValue<byte[], byte[]>> rowsInProgress = new ArrayList<>();
        try (KeyValueIterator<byte[], byte[]> all =
                Objects.requireNonNull(inProgress).all()) {
            all.forEachRemaining(rowsInProgress::add);
        }
        for (KeyValue<byte[], byte[]> each : rowsInProgress) {
            RowInProgress row = RowInProgress.fromBytes(each.value);
            ask(Position.read(ByteBuffer.wrap(each.key)), row, check.event(row.event()));
        }
    }

    @Override
    public void process(Record<byte[], byte[]> record) {
        open();
        ProcessorContext<byte[], byte[]> task = Objects.requireNonNull(context);
        if (task.recordMetadata().orElseThrow().topic().equals(setting.topics().parts())) {
            takePart(Part.fromBytes(record.value()), record.value());
            return;
        }
        long now = task.currentSystemTimeMs();
        setting.arrive(Objects.requireNonNull(merge), Envelope.fromBytes(record.value()), now);
        giveOut(now);
    }

    private void giveOut(long now) {
        LaneMerge lanes = Objects.requireNonNull(merge);
        Progress before = progress;
        Optional<LaneMerge.Next> next;
        while ((next = lanes.poll(now)).isPresent()) {
            Position position = next.get().position();
            Admitted admitted = check.handedOn(next.get().record());
            switch (admitted.kind()) {
                case EVENT -> takeEvent(position, admitted);
                case LABEL -> takeLabel(position, admitted);
            }
            forgetPassed();
        }
        lanes.save();
        if (progress != before) {
            Objects.requireNonNull(progressStore).put(NOW, progress.toBytes());
        }
    }

    private void takeEvent(Position position, Admitted event) {
        EventMemory known = Objects.requireNonNull(memory);
        Pending before = known.of(event.id());
        if (before != null && !(before instanceof Pending.Early)) {
            reject(check.secondEvent(event));
            return;
        }
        if (progress.isTooLate(event.time(), lateness)) {
            reject(check.tooLate(event, progress.newestEvent()));
            return;
        }
        if (event.time() < position.time()) {
            Objects.requireNonNull(late).record();
        }
        known.remember(event.id(), new Pending.Computing(position), event.time(), progress.clock());
        begin(position, event);
        progress = progress.event(position.time());
        if (before instanceof Pending.Early early) {
            takeLabel(position.next(), check.early(event.id(), early));
        }
    }

    private void begin(Position position, Admitted event) {
        RowInProgress row = new RowInProgress(
                event.id(),
                event.time(),
                event.bytes(),
                event.partition(),
                event.offset(),
                progress.prior(),
                null,
                Map.of(),
                List.of());
        ask(position, row, event.record());
    }

    /** Sends an event to those of its entities that were not asked yet. */
    private void ask(Position position, RowInProgress row, GenericRecord event) {
        Map<String, byte[]> parts = new LinkedHashMap<>();
        Taken taken = computation.take(event, null);
        for (int i = 0; i < stages.size(); i++) {
            byte[] given = row.parts().get(names.get(i).stage());
            parts.put(names.get(i).stage(), given == null ? NOT_GIVEN : given);
            if (given == null) {
                visit(position, i, RecordKind.EVENT, row.id(), row.time(), taken);
            }
        }
        RowInProgress asked = row.withParts(parts);
        if (asked.isComplete()) {
            Objects.requireNonNull(inProgress).delete(position.toBytes());
            complete(position, asked);
        } else {
            keep(position, asked);
        }
    }

    /** Sends an event, or a label, to one of its entities; a label only where labels are collected. */
    private void visit(Position position, int stage, RecordKind kind, String id, long time, Taken taken) {
        List<Integer> groups = stages.get(stage).groups();
        String entity = taken.entities().get(groups.getFirst());
        Visit visit = new Visit(kind, id, time, entity, 0, null);
        for (int group : groups) {
            if (computation.isOver(group, kind)) {
                long layout = computation.groups().get(group).layoutFingerprint();
                visit = new Visit(
                        kind, id, time, entity, layout, taken.arguments().get(group));
            }
        }
        if (kind == RecordKind.EVENT || visit.arguments() != null) {
            boolean caughtUp = Objects.requireNonNull(merge)
                    .caughtUp(Objects.requireNonNull(context).currentSystemTimeMs());
            Objects.requireNonNull(teller)
                    .send(
                            position,
                            caughtUp,
                            entity,
                            visit.toBytes(),
                            names.get(stage).visitsSink());
        }
    }

    private void takeLabel(Position position, Admitted label) {
        EventMemory known = Objects.requireNonNull(memory);
        switch (known.of(label.id())) {
            case null -> {
                Pending.Early early = new Pending.Early(label.bytes(), label.partition(), label.offset());
                known.remember(label.id(), early, label.time(), progress.clock());
                progress = progress.passed(position.time());
            }
            case Pending.Computing(Position of) -> {
                byte[] kept = Objects.requireNonNull(inProgress).get(of.toBytes());
                if (kept == null) {
                    reject(check.rowLost(label));
                    return;
                }
                RowInProgress row = RowInProgress.fromBytes(kept);
                Double value = join(position, label, row.event());
                if (value != null) {
                    Pending.Early bytes = new Pending.Early(label.bytes(), label.partition(), label.offset());
                    keep(of, row.with(new RowInProgress.Joined(label.time(), value, bytes)));
                }
            }
            case Pending.Awaiting awaiting -> {
                Double value = join(position, label, awaiting.event());
                if (value != null) {
                    write(awaiting.row(), label.time(), value);
                }
            }
            case Pending.Early early -> reject(check.secondLabel(label));
            case Pending.Done done -> reject(check.secondLabel(label));
        }
    }

    /** The label as examples have it; null where it says nothing, and its event goes on waiting for one that does. */
    private @Nullable Double join(Position position, Admitted label, byte[] eventBytes) {
        GenericRecord event = check.event(eventBytes);
        LabelReading reading = check.read(event, label);
        if (reading instanceof LabelReading.Unusable unusable) {
            reject(check.unusable(label, unusable));
            return null;
        }
        LabelReading.Value value = (LabelReading.Value) reading;
        Objects.requireNonNull(memory).replace(label.id(), new Pending.Done());
        progress = progress.label(position.time(), value.toPrior());
        Taken taken = computation.take(event, label.record());
        for (int i = 0; i < stages.size(); i++) {
            visit(position, i, RecordKind.LABEL, label.id(), label.time(), taken);
        }
        return value.label();
    }

    private void takePart(Part part, byte[] bytes) {
        if (part.isReached()) {
            reached.put(part.stage(), part.position().time());
            return;
        }
        byte[] kept = Objects.requireNonNull(inProgress).get(part.position().toBytes());
        if (part.corrects() && kept == null) {
            correct(part);
            return;
        }
        if (kept == null) {
            // Another part told that the event came too late.
            return;
        }
        RowInProgress row = RowInProgress.fromBytes(kept);
        if (part.corrects()) {
            keep(part.position(), row.withCorrection(bytes));
            return;
        }
        if (part.behind() != Part.IN_TIME) {
            giveUp(part, row);
            return;
        }
        RowInProgress filled = row.with(part.stage(), bytes);
        if (filled.isComplete()) {
            Objects.requireNonNull(inProgress).delete(part.position().toBytes());
            complete(part.position(), filled);
        } else {
            keep(part.position(), filled);
        }
    }

    /** An event that came too late to one of its entities, which were ahead of it. */
    private void giveUp(Part part, RowInProgress row) {
        Objects.requireNonNull(inProgress).delete(part.position().toBytes());
        EventMemory known = Objects.requireNonNull(memory);
        RowInProgress.Joined label = row.label();
        if (label != null) {
            reject(check.eventRefused(row.id(), label.label()));
        }
        if (label == null ? isStillComputing(part.position(), row) : known.of(row.id()) instanceof Pending.Done) {
            known.drop(row.id());
        }
        reject(check.tooLate(check.taken(row), part.behind()));
    }

    private boolean isStillComputing(Position position, RowInProgress row) {
        return Objects.requireNonNull(memory).of(row.id()) instanceof Pending.Computing(Position of)
                && of.equals(position);
    }

    private void complete(Position position, RowInProgress done) {
        GenericRecord event = check.event(done.event());
        @Nullable Object[] values = computation.take(event, null).row();
        for (int i = 0; i < stages.size(); i++) {
            Part part = Part.fromBytes(
                    Objects.requireNonNull(done.parts().get(names.get(i).stage())));
            stages.get(i)
                    .definitions()
                    .forEach(
                            (place, definition) -> values[place] = part.values().get(definition));
        }
        FeatureRow row = rows.rowOf(
                event,
                done.id(),
                done.time(),
                done.prior(),
                computation.complete(event, values),
                computation.others(values),
                setting.clock().instant());
        byte[] written = rows.row(row);
        forward(row.entityKey(), written, Stages.FEATURES_SINK);
        RowInProgress.Joined label = done.label();
        if (label != null) {
            write(written, label.known(), label.value());
        } else if (isStillComputing(position, done)) {
            Objects.requireNonNull(memory).replace(done.id(), new Pending.Awaiting(done.event(), written));
        }
        if (writtenRows != null) {
            writtenRows.keep(
                    position.toBytes(), new WrittenRow(done.time(), done.event(), written), earliestCorrected());
            done.corrections().forEach(correction -> correct(Part.fromBytes(correction)));
        }
    }

    /** The earliest event time of rows that may still be corrected; entities may be far behind in taking events. */
    private long earliestCorrected() {
        return names.stream()
                .flatMap(stage -> IntStream.range(0, pipeline.partitions())
                        .mapToObj(partition -> stage.stage() + "-" + partition))
                .mapToLong(task -> reached.getOrDefault(task, 0L) - lateness)
                .min()
                .orElse(Long.MAX_VALUE);
    }

    /** Publishes a row as one of its entities would have it now that a late event has come, if that differs. */
    private void correct(Part part) {
        byte[] key = part.position().toBytes();
        WrittenRow before = writtenRows == null ? null : writtenRows.of(key);
        if (before == null) {
            return;
        }
        FeatureRow row = rows.row(before.row());
        if (!row.featureSet().equals(rows.featureSet())) {
            // Written under another declaration.
            return;
        }
        GenericRecord event = check.event(before.event());
        List<@Nullable Object> values = computation.corrected(event, row.values(), part.values());
        if (!values.equals(row.values())) {
            byte[] now =
                    rows.correction(rows.corrected(row, values, setting.clock().instant()));
            forward(row.entityKey(), now, Stages.CORRECTIONS_SINK);
            Objects.requireNonNull(writtenRows).replace(key, new WrittenRow(before.time(), before.event(), now));
        }
    }

    private void write(byte[] written, long known, double label) {
        GenericRecord row = rows.written(written);
        forward(
                row.get("entityKey").toString(),
                rows.example(row, label, Instant.ofEpochMilli(known)),
                Stages.EXAMPLES_SINK);
    }

    private void keep(Position position, RowInProgress row) {
        Objects.requireNonNull(inProgress).put(position.toBytes(), row.toBytes());
    }

    /** Forgets the ids whose horizon has passed; a label that no event came for is refused now. */
    private void forgetPassed() {
        Objects.requireNonNull(memory).forget(progress.clock(), (id, state) -> {
            if (state instanceof Pending.Early early) {
                reject(check.unknownEvent(id, early));
            }
        });
    }

    private void reject(Refusal refusal) {
        Objects.requireNonNull(context).forward(Objects.requireNonNull(refusals).record(refusal), Stages.REJECTED_SINK);
    }

    private void forward(String key, byte[] value, String sink) {
        Objects.requireNonNull(context)
                .forward(
                        new Record<>(
                                key.getBytes(StandardCharsets.UTF_8),
                                value,
                                setting.clock().millis()),
                        sink);
    }
}
