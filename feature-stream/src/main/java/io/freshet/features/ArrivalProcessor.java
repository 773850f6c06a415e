package io.freshet.features;

import io.confluent.kafka.serializers.KafkaAvroDeserializer;
import io.confluent.kafka.serializers.KafkaAvroSerializer;
import io.freshet.features.FeatureComputation.Computed;
import io.freshet.features.window.EntityStates;
import io.freshet.schemas.message.RecordKind;
import io.freshet.schemas.pipeline.Pipeline;
import io.freshet.schemas.row.FeatureRow;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.apache.avro.generic.GenericRecord;
import org.apache.kafka.common.metrics.Sensor;
import org.apache.kafka.streams.processor.PunctuationType;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.processor.api.RecordMetadata;
import org.apache.kafka.streams.state.KeyValueStore;
import org.jspecify.annotations.Nullable;

/**
 * Takes arrivals one by one: check, refuse or take; an event gets its row, a label meets its event's row. What is refused
 * becomes a record with its reason.
 */
final class ArrivalProcessor implements Processor<byte[], Arrival, byte[], byte[]> {
    static final String PENDING = "pending";
    static final String HORIZONS = "ids-to-forget";
    static final String WINDOWS = "windows";
    static final String WRITTEN = "written-rows";
    static final String PROGRESS = "progress";
    static final String FEATURES_SINK = "write-features";
    static final String EXAMPLES_SINK = "write-examples";
    static final String CORRECTIONS_SINK = "write-corrections";
    static final String REJECTED_SINK = "write-rejected";
    static final String METRICS_SCOPE = "freshet-features";

    private static final byte[] NOW = "now".getBytes(StandardCharsets.UTF_8);
    static final Duration EXPIRE_EVERY = Duration.ofSeconds(10);
    static final int EXPIRE_AT_ONCE = 20_000;

    private final Pipeline pipeline;
    private final int version;
    private final Wiring wiring;
    private final InstantSource clock;
    private final String labelTopic;
    private final ArrivalCheck check;
    private final FeatureComputation computation;
    private final RowSerde rows;
    private final long lateness;

    private @Nullable ProcessorContext<byte[], byte[]> context;
    private @Nullable EventMemory memory;
    private @Nullable Refusals refusals;
    private @Nullable KeyValueStore<byte[], byte[]> progressStore;
    private @Nullable WrittenRows writtenRows;
    private @Nullable EntityStates states;
    private @Nullable Sensor late;
    private @Nullable Sensor changedRows;
    private Progress progress = Progress.NONE;

    /** Serializers and deserializers of one task, and how it keeps its state. */
    record Wiring(
            KafkaAvroSerializer writer,
            KafkaAvroDeserializer generic,
            ArrivalSerde events,
            ArrivalSerde labels,
            StateStores state) {}

    ArrivalProcessor(
            Pipeline pipeline, Optional<Superseded> superseded, int version, Wiring wiring, InstantSource clock) {
        this.pipeline = pipeline;
        this.version = version;
        this.wiring = wiring;
        this.clock = clock;
        this.labelTopic = pipeline.name() + ".labels";
        this.check = new ArrivalCheck(pipeline, wiring.events(), wiring.labels(), clock);
        this.computation = new FeatureComputation(pipeline, superseded);
        this.rows = new RowSerde(pipeline, wiring.writer(), wiring.generic());
        this.lateness = pipeline.event().lateness().toMillis();
    }

    @Override
    public void init(ProcessorContext<byte[], byte[]> given) {
        context = given;
        memory = new EventMemory(given.getStateStore(PENDING), given.getStateStore(HORIZONS), pipeline);
        refusals = new Refusals(pipeline, version, wiring.writer(), clock, given.metrics(), METRICS_SCOPE);
        progressStore = given.getStateStore(PROGRESS);
        states = null;
        writtenRows = pipeline.event().publishCorrections() ? new WrittenRows(given.getStateStore(WRITTEN)) : null;
        late = sensor(given, "late-events");
        changedRows = sensor(given, "rows-changed-by-late-events");
        given.schedule(EXPIRE_EVERY, PunctuationType.WALL_CLOCK_TIME, now -> {
            EntityStates opened = open();
            if (progress.newestEvent() != Long.MIN_VALUE) {
                opened.expire(progress.newestEvent() - lateness, EXPIRE_AT_ONCE);
            }
        });
    }

    /** Takes up what the stores hold, once: from then on it is known here, and written with every step. */
    private EntityStates open() {
        EntityStates opened = states;
        if (opened == null) {
            progress = Progress.fromBytes(Objects.requireNonNull(progressStore).get(NOW));
            opened = new EntityStates(
                    new WindowStore(Objects.requireNonNull(context).getStateStore(WINDOWS)),
                    computation.groups(),
                    wiring.state().behind(),
                    wiring.state().memory());
            states = opened;
        }
        return opened;
    }

    private Sensor sensor(ProcessorContext<byte[], byte[]> given, String what) {
        return given.metrics().addRateTotalSensor(METRICS_SCOPE, pipeline.name(), what, Sensor.RecordingLevel.INFO);
    }

    @Override
    public void process(Record<byte[], Arrival> record) {
        EntityStates opened = open();
        RecordMetadata source = Objects.requireNonNull(context).recordMetadata().orElseThrow();
        RecordKind kind = source.topic().equals(labelTopic) ? RecordKind.LABEL : RecordKind.EVENT;
        switch (check.check(kind, record.value(), source.partition(), source.offset())) {
            case ArrivalCheck.Failed(Refusal refusal) -> reject(refusal);
            case ArrivalCheck.Passed(Admitted admitted) -> {
                switch (kind) {
                    case EVENT -> takeEvent(admitted);
                    case LABEL -> takeLabel(admitted);
                }
                opened.save(progress.arrivals());
                forgetPassed();
            }
        }
    }

    private void takeEvent(Admitted event) {
        String id = event.id();
        long time = event.time();
        EventMemory known = Objects.requireNonNull(memory);
        Pending before = known.of(id);
        if (before != null && !(before instanceof Pending.Early)) {
            reject(check.secondEvent(event));
            return;
        }
        if (progress.isTooLate(time, lateness)) {
            reject(check.tooLate(event, progress.newestEvent()));
            return;
        }
        boolean outOfOrder = progress.isOutOfOrder(time);
        Computed computed = computation.rowThenCollect(
                event.record(),
                time,
                progress.arrivals() + 1,
                outOfOrder,
                Math.max(progress.newestEvent(), atMostNow(time)) - lateness,
                Objects.requireNonNull(states));
        byte[] written = write(rows.rowOf(
                event.record(), id, time, progress.prior(), computed.values(), computed.others(), clock.instant()));
        known.remember(id, new Pending.Awaiting(event.bytes(), written), time, progress.clock());
        if (outOfOrder) {
            Objects.requireNonNull(late).record();
            correct(computed.changed());
        }
        if (writtenRows != null) {
            writtenRows.keep(
                    WrittenRow.key(progress.arrivals() + 1),
                    new WrittenRow(time, event.bytes(), written),
                    progress.newestEvent() - lateness);
        }
        advance(progress.event(atMostNow(time)));
        if (before instanceof Pending.Early early) {
            takeLabel(check.early(id, early));
        }
    }

    /**
     * Counts the rows that a late event would have changed and, where that is declared, publishes them as corrected, with
     * the declared features alone.
     */
    private void correct(Set<Long> changed) {
        if (changed.isEmpty()) {
            return;
        }
        changed.forEach(row -> Objects.requireNonNull(changedRows).record());
        WrittenRows kept = writtenRows;
        if (kept == null) {
            return;
        }
        for (long arrival : changed) {
            WrittenRow before = kept.of(WrittenRow.key(arrival));
            if (before == null) {
                continue;
            }
            FeatureRow row = rows.row(before.row());
            if (!row.featureSet().equals(rows.featureSet())) {
                // Written under another declaration.
                continue;
            }
            GenericRecord event = check.event(before.event());
            List<@Nullable Object> values =
                    computation.correct(event, before.time(), arrival, row.values(), Objects.requireNonNull(states));
            if (!values.equals(row.values())) {
                byte[] now = rows.correction(rows.corrected(row, values, clock.instant()));
                forward(row.entityKey(), now, CORRECTIONS_SINK);
                kept.replace(WrittenRow.key(arrival), new WrittenRow(before.time(), before.event(), now));
            }
        }
    }

    private byte[] write(FeatureRow row) {
        byte[] written = rows.row(row);
        forward(row.entityKey(), written, FEATURES_SINK);
        return written;
    }

    private void takeLabel(Admitted label) {
        EventMemory known = Objects.requireNonNull(memory);
        switch (known.of(label.id())) {
            case null -> {
                Pending.Early early = new Pending.Early(label.bytes(), label.partition(), label.offset());
                known.remember(label.id(), early, label.time(), progress.clock());
                advance(progress.passed(atMostNow(label.time())));
            }
            case Pending.Awaiting awaiting -> {
                if (join(awaiting, label)) {
                    known.replace(label.id(), new Pending.Done());
                }
            }
            case Pending.Early early -> reject(check.secondLabel(label));
            case Pending.Done done -> reject(check.secondLabel(label));
            case Pending.Computing computing -> throw new IllegalStateException("rows are computed at once here");
        }
    }

    /** Writes the example; false where the label says nothing. */
    private boolean join(Pending.Awaiting awaiting, Admitted label) {
        GenericRecord event = check.event(awaiting.event());
        LabelReading reading = check.read(event, label);
        if (reading instanceof LabelReading.Unusable unusable) {
            // The event goes on waiting for a label that can be learned from.
            reject(check.unusable(label, unusable));
            return false;
        }
        LabelReading.Value value = (LabelReading.Value) reading;
        computation.collect(
                event,
                label.record(),
                label.time(),
                progress.arrivals() + 1,
                progress.newestEvent() - lateness,
                Objects.requireNonNull(states));
        advance(progress.label(atMostNow(label.time()), value.toPrior()));
        GenericRecord row = rows.written(awaiting.row());
        forward(
                row.get("entityKey").toString(),
                rows.example(row, value.label(), Instant.ofEpochMilli(label.time())),
                EXAMPLES_SINK);
        return true;
    }

    /** A time ahead of the clock does not hurry the stream, or one such record would make all that follow too late. */
    private long atMostNow(long time) {
        return Math.min(time, clock.millis());
    }

    private void advance(Progress now) {
        progress = now;
        Objects.requireNonNull(progressStore).put(NOW, now.toBytes());
    }

    /** Forgets the ids whose horizon has passed; a label that no event came for is refused now. */
    private void forgetPassed() {
        Objects.requireNonNull(memory).forget(progress.clock(), (id, state) -> {
            if (state instanceof Pending.Early early) {
                reject(check.unknownEvent(id, early));
            }
        });
    }

    @Override
    public void close() {
        if (states != null) {
            states.close();
            states = null;
        }
    }

    private void reject(Refusal refusal) {
        Objects.requireNonNull(context).forward(Objects.requireNonNull(refusals).record(refusal), REJECTED_SINK);
    }

    private void forward(String key, byte[] value, String sink) {
        Objects.requireNonNull(context)
                .forward(new Record<>(key.getBytes(StandardCharsets.UTF_8), value, clock.millis()), sink);
    }
}
