package io.freshet.features;

import io.confluent.kafka.serializers.KafkaAvroDeserializer;
import io.confluent.kafka.serializers.KafkaAvroSerializer;
import io.freshet.features.FeatureComputation.Computed;
import io.freshet.features.Pending.Remembered;
import io.freshet.features.window.EntityStates;
import io.freshet.schemas.check.RecordCheck;
import io.freshet.schemas.check.RejectReason;
import io.freshet.schemas.message.RecordKind;
import io.freshet.schemas.message.RejectedRecord;
import io.freshet.schemas.pipeline.Pipeline;
import io.freshet.schemas.row.Example;
import io.freshet.schemas.row.FeatureRow;
import io.freshet.schemas.row.FeatureRowSchema;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.apache.avro.generic.GenericRecord;
import org.apache.kafka.common.metrics.Sensor;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.processor.PunctuationType;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.processor.api.RecordMetadata;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;
import org.jspecify.annotations.Nullable;

/**
 * Takes arrivals one by one: check, refuse or take; an event gets its row, a label meets its event's row. What is refused
 * becomes a record with its reason.
 */
final class ArrivalProcessor implements Processor<byte[], Arrival, byte[], byte[]> {
    static final String PENDING = "pending";
    static final String HORIZONS = "horizons";
    static final String WINDOWS = "windows";
    static final String WRITTEN = "written-rows";
    static final String PROGRESS = "progress";
    static final String FEATURES_SINK = "write-features";
    static final String EXAMPLES_SINK = "write-examples";
    static final String CORRECTIONS_SINK = "write-corrections";
    static final String REJECTED_SINK = "write-rejected";
    static final String METRICS_SCOPE = "freshet-features";

    private static final byte[] NOW = "now".getBytes(StandardCharsets.UTF_8);
    private static final int HORIZON_STEPS = 24;
    private static final int LARGEST_KEPT = 64 * 1024;
    private static final Duration EXPIRE_EVERY = Duration.ofSeconds(10);
    private static final int EXPIRE_AT_ONCE = 20_000;

    private final Pipeline pipeline;
    private final int version;
    private final Wiring wiring;
    private final InstantSource clock;
    private final String labelTopic;
    private final RecordCheck eventCheck;
    private final RecordCheck labelCheck;
    private final FeatureComputation computation;
    private final FeatureRowSchema rows;
    private final long lateness;
    private final long horizon;
    private final long step;

    private @Nullable ProcessorContext<byte[], byte[]> context;
    private @Nullable KeyValueStore<byte[], byte[]> pending;
    private @Nullable KeyValueStore<byte[], byte[]> horizons;
    private @Nullable KeyValueStore<byte[], byte[]> progressStore;
    private @Nullable KeyValueStore<byte[], byte[]> writtenRows;
    private @Nullable EntityStates states;
    private @Nullable Sensor late;
    private @Nullable Sensor changedRows;
    private final Map<RejectReason, Sensor> rejected = new EnumMap<>(RejectReason.class);
    private Progress progress = Progress.NONE;
    private long forgottenUpTo;

    /** Serializers and deserializers of one task. */
    record Wiring(
            KafkaAvroSerializer writer, KafkaAvroDeserializer generic, ArrivalSerde events, ArrivalSerde labels) {}

    ArrivalProcessor(Pipeline pipeline, int version, Wiring wiring, InstantSource clock) {
        this.pipeline = pipeline;
        this.version = version;
        this.wiring = wiring;
        this.clock = clock;
        this.labelTopic = pipeline.name() + ".labels";
        this.eventCheck = RecordCheck.of(pipeline, RecordKind.EVENT);
        this.labelCheck = RecordCheck.of(pipeline, RecordKind.LABEL);
        this.computation = new FeatureComputation(pipeline);
        this.rows = FeatureRowSchema.of(pipeline);
        this.lateness = pipeline.event().lateness().toMillis();
        this.horizon = Math.max(
                pipeline.label().await().toMillis() + lateness,
                pipeline.event().duplicatesWithin().toMillis());
        this.step = Math.max(1, horizon / HORIZON_STEPS);
    }

    @Override
    public void init(ProcessorContext<byte[], byte[]> given) {
        context = given;
        forgottenUpTo = 0;
        pending = given.getStateStore(PENDING);
        horizons = given.getStateStore(HORIZONS);
        progressStore = given.getStateStore(PROGRESS);
        EntityStates opened = new EntityStates(new WindowStore(given.getStateStore(WINDOWS)), computation.groups());
        states = opened;
        writtenRows = pipeline.event().publishCorrections() ? given.getStateStore(WRITTEN) : null;
        late = sensor(given, "late-events");
        changedRows = sensor(given, "rows-changed-by-late-events");
        for (RejectReason reason : RejectReason.values()) {
            rejected.put(
                    reason,
                    given.metrics()
                            .addRateTotalSensor(
                                    METRICS_SCOPE,
                                    reason.name(),
                                    "rejected",
                                    Sensor.RecordingLevel.INFO,
                                    "reason",
                                    reason.name()));
        }
        given.schedule(EXPIRE_EVERY, PunctuationType.WALL_CLOCK_TIME, now -> {
            Progress reached =
                    Progress.fromBytes(Objects.requireNonNull(progressStore).get(NOW));
            if (reached.newestEvent() != Long.MIN_VALUE) {
                opened.expire(reached.newestEvent() - lateness, EXPIRE_AT_ONCE);
            }
        });
    }

    private Sensor sensor(ProcessorContext<byte[], byte[]> given, String what) {
        return given.metrics().addRateTotalSensor(METRICS_SCOPE, pipeline.name(), what, Sensor.RecordingLevel.INFO);
    }

    @Override
    public void process(Record<byte[], Arrival> record) {
        progress = Progress.fromBytes(Objects.requireNonNull(progressStore).get(NOW));
        RecordMetadata source = Objects.requireNonNull(context).recordMetadata().orElseThrow();
        RecordKind kind = source.topic().equals(labelTopic) ? RecordKind.LABEL : RecordKind.EVENT;
        switch (record.value()) {
            case Arrival.Unreadable(RejectReason reason, String detail, byte[] bytes) ->
                reject(new Refusal(kind, reason, null, detail, null, bytes, source.partition(), source.offset()));
            case Arrival.Read read -> {
                RecordCheck check = kind == RecordKind.LABEL ? labelCheck : eventCheck;
                switch (check.check(read.record(), clock.instant())) {
                    case RecordCheck.Refused(RejectReason reason, String field, String detail) ->
                        reject(new Refusal(
                                kind,
                                reason,
                                field,
                                detail,
                                check.id(read.record()).orElse(null),
                                read.bytes(),
                                source.partition(),
                                source.offset()));
                    case RecordCheck.Passed(String id, Instant time) -> {
                        if (kind == RecordKind.LABEL) {
                            takeLabel(read, id, time.toEpochMilli(), source.partition(), source.offset());
                        } else {
                            takeEvent(read, id, time.toEpochMilli(), source);
                        }
                        passHorizons();
                    }
                }
            }
        }
    }

    private void takeEvent(Arrival.Read event, String id, long time, RecordMetadata source) {
        byte[] key = bytes(id);
        Remembered remembered =
                Remembered.fromBytes(Objects.requireNonNull(pending).get(key));
        Pending before = remembered == null ? null : remembered.state();
        if (before instanceof Pending.Awaiting || before instanceof Pending.Done) {
            reject(new Refusal(
                    RecordKind.EVENT,
                    RejectReason.DUPLICATE,
                    pipeline.event().id(),
                    "an event of this id was taken already",
                    id,
                    event.bytes(),
                    source.partition(),
                    source.offset()));
            return;
        }
        if (progress.newestEvent() != Long.MIN_VALUE && time < progress.newestEvent() - lateness) {
            reject(new Refusal(
                    RecordKind.EVENT,
                    RejectReason.TOO_LATE,
                    pipeline.event().time(),
                    Instant.ofEpochMilli(time) + " is more than "
                            + pipeline.event().lateness() + " behind " + Instant.ofEpochMilli(progress.newestEvent()),
                    id,
                    event.bytes(),
                    source.partition(),
                    source.offset()));
            return;
        }
        boolean outOfOrder = progress.newestEvent() != Long.MIN_VALUE && time < progress.newestEvent();
        Computed computed = computation.rowThenCollect(
                event.record(),
                time,
                progress.arrivals() + 1,
                outOfOrder,
                Math.max(progress.newestEvent(), atMostNow(time)) - lateness,
                Objects.requireNonNull(states));
        byte[] written = write(row(event.record(), id, time, computed.values()));
        remember(key, new Pending.Awaiting(event.bytes(), written), time);
        if (outOfOrder) {
            Objects.requireNonNull(late).record();
            correct(computed.changed());
        }
        keepWritten(progress.arrivals() + 1, time, event.bytes(), written);
        advance(progress.event(atMostNow(time)));
        if (before instanceof Pending.Early(byte[] label, int partition, long offset)) {
            if (!(wiring.labels().deserialize(labelTopic, label) instanceof Arrival.Read early)) {
                throw new IllegalStateException("a label that was taken cannot be read again");
            }
            long known = labelCheck.time(early.record()).orElseThrow().toEpochMilli();
            takeLabel(early, id, known, partition, offset);
        }
    }

    @SuppressWarnings(
            "NullAway") // Values may be null; the annotation of a record's component is not seen across modules.
    private FeatureRow row(GenericRecord event, String id, long time, List<@Nullable Object> values) {
        return new FeatureRow(
                id,
                String.valueOf(event.get(pipeline.event().key())),
                Instant.ofEpochMilli(time),
                rows.featureSet(),
                progress.prior(),
                clock.instant(),
                values);
    }

    /** Counts the rows that a late event would have changed and, where that is declared, publishes them as corrected. */
    private void correct(Set<Long> changed) {
        if (changed.isEmpty()) {
            return;
        }
        changed.forEach(row -> Objects.requireNonNull(changedRows).record());
        KeyValueStore<byte[], byte[]> kept = writtenRows;
        if (kept == null) {
            return;
        }
        for (long arrival : changed) {
            byte[] bytes = kept.get(WrittenRow.key(arrival));
            if (bytes == null) {
                // Written before corrections were declared.
                continue;
            }
            WrittenRow before = WrittenRow.fromBytes(bytes);
            GenericRecord event = reread(before.event());
            FeatureRow row = rereadRow(before.row());
            List<@Nullable Object> values =
                    computation.correct(event, before.time(), arrival, row.values(), Objects.requireNonNull(states));
            if (!values.equals(row.values())) {
                byte[] now = wiring.writer()
                        .serialize(pipeline.name() + ".corrections", rows.toRecord(corrected(row, values)));
                forward(bytes(row.entityKey()), now, CORRECTIONS_SINK);
                kept.put(WrittenRow.key(arrival), new WrittenRow(before.time(), before.event(), now).toBytes());
            }
        }
    }

    @SuppressWarnings("NullAway") // As above.
    private FeatureRow corrected(FeatureRow row, List<@Nullable Object> values) {
        return new FeatureRow(
                row.eventId(),
                row.entityKey(),
                row.eventTime(),
                row.featureSet(),
                row.prior(),
                clock.instant(),
                values);
    }

    private GenericRecord reread(byte[] event) {
        if (wiring.events().deserialize(pipeline.name() + ".events", event) instanceof Arrival.Read read) {
            return read.record();
        }
        throw new IllegalStateException("an event that was taken cannot be read again");
    }

    /** The bytes name their schema; which topic they were written for makes no difference. */
    private FeatureRow rereadRow(byte[] row) {
        return rows.fromRecord((GenericRecord) wiring.generic().deserialize(pipeline.name() + ".features", row));
    }

    /** Keeps a row as long as a late event may change it. */
    private void keepWritten(long arrival, long time, byte[] event, byte[] row) {
        KeyValueStore<byte[], byte[]> kept = writtenRows;
        if (kept == null) {
            return;
        }
        kept.put(WrittenRow.key(arrival), new WrittenRow(time, event, row).toBytes());
        List<byte[]> settled = new ArrayList<>();
        try (KeyValueIterator<byte[], byte[]> oldest = kept.range(WrittenRow.key(0), WrittenRow.key(arrival - 1))) {
            while (oldest.hasNext() && settled.size() < 2) {
                KeyValue<byte[], byte[]> each = oldest.next();
                if (WrittenRow.fromBytes(each.value).time() >= progress.newestEvent() - lateness) {
                    break;
                }
                settled.add(each.key);
            }
        }
        settled.forEach(kept::delete);
    }

    private byte[] write(FeatureRow row) {
        byte[] written = wiring.writer().serialize(pipeline.name() + ".features", rows.toRecord(row));
        forward(bytes(row.entityKey()), written, FEATURES_SINK);
        return written;
    }

    private void takeLabel(Arrival.Read label, String id, long time, int partition, long offset) {
        byte[] key = bytes(id);
        Remembered remembered =
                Remembered.fromBytes(Objects.requireNonNull(pending).get(key));
        switch (remembered == null ? null : remembered.state()) {
            case null -> {
                remember(key, new Pending.Early(label.bytes(), partition, offset), time);
                advance(progress.passed(atMostNow(time)));
            }
            case Pending.Awaiting awaiting -> {
                if (join(awaiting, label, id, time, partition, offset)) {
                    long until = Objects.requireNonNull(remembered).until();
                    Objects.requireNonNull(pending).put(key, new Remembered(until, new Pending.Done()).toBytes());
                }
            }
            case Pending.Early early -> rejectSecond(label, id, partition, offset);
            case Pending.Done done -> rejectSecond(label, id, partition, offset);
        }
    }

    private void rejectSecond(Arrival.Read label, String id, int partition, long offset) {
        reject(new Refusal(
                RecordKind.LABEL,
                RejectReason.DUPLICATE,
                pipeline.label().event(),
                "a label of this event was taken already",
                id,
                label.bytes(),
                partition,
                offset));
    }

    /** Writes the example; false where the label has no value. */
    private boolean join(
            Pending.Awaiting awaiting, Arrival.Read read, String id, long time, int partition, long offset) {
        GenericRecord label = read.record();
        GenericRecord event = reread(awaiting.event());
        Boolean positive = computation.positive(event, label);
        if (positive == null) {
            // Nothing can be learned from it; the event goes on waiting for a label that has a value.
            reject(new Refusal(
                    RecordKind.LABEL,
                    RejectReason.FIELD_MISSING,
                    null,
                    "'" + pipeline.label().value() + "' has no value, because a field that it needs has none",
                    id,
                    read.bytes(),
                    partition,
                    offset));
            return false;
        }
        computation.collect(
                event,
                label,
                time,
                progress.arrivals() + 1,
                progress.newestEvent() - lateness,
                Objects.requireNonNull(states));
        advance(progress.label(atMostNow(time), positive));
        FeatureRow row = rereadRow(awaiting.row());
        String examples = pipeline.name() + ".examples";
        forward(
                bytes(row.entityKey()),
                wiring.writer()
                        .serialize(
                                examples,
                                rows.toRecord(new Example(row, positive ? 1 : 0, Instant.ofEpochMilli(time)))),
                EXAMPLES_SINK);
        return true;
    }

    /** Remembers an id until its horizon has passed, rounded up to a step, so that forgetting is done step by step. */
    private void remember(byte[] key, Pending state, long time) {
        long until = forgetAt(time);
        Objects.requireNonNull(pending).put(key, new Remembered(until, state).toBytes());
        Objects.requireNonNull(horizons).put(horizonKey(until, key), key);
    }

    private long forgetAt(long time) {
        return Math.ceilDiv(Math.max(time + horizon, progress.clock() + 1), step) * step;
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
    private void passHorizons() {
        long reached = Math.floorDiv(progress.clock(), step) * step;
        if (reached <= forgottenUpTo) {
            return;
        }
        KeyValueStore<byte[], byte[]> index = Objects.requireNonNull(horizons);
        List<KeyValue<byte[], byte[]>> passed = new ArrayList<>();
        try (KeyValueIterator<byte[], byte[]> due =
                index.range(horizonKey(forgottenUpTo, new byte[0]), horizonKey(reached + 1, new byte[0]))) {
            due.forEachRemaining(passed::add);
        }
        forgottenUpTo = reached;
        for (KeyValue<byte[], byte[]> each : passed) {
            index.delete(each.key);
            Remembered remembered =
                    Remembered.fromBytes(Objects.requireNonNull(pending).get(each.value));
            if (remembered == null
                    || remembered.until() > ByteBuffer.wrap(each.key).getLong()) {
                // An event took the place of its early label, and is remembered for longer.
                continue;
            }
            Objects.requireNonNull(pending).delete(each.value);
            if (remembered.state() instanceof Pending.Early(byte[] label, int partition, long offset)) {
                reject(new Refusal(
                        RecordKind.LABEL,
                        RejectReason.UNKNOWN_EVENT,
                        pipeline.label().event(),
                        "no event of this id came within " + pipeline.label().await(),
                        new String(each.value, StandardCharsets.UTF_8),
                        label,
                        partition,
                        offset));
            }
        }
    }

    /** Sorts by time: big-endian, and no time before 1970 is taken. */
    private static byte[] horizonKey(long time, byte[] id) {
        return ByteBuffer.allocate(Long.BYTES + id.length)
                .putLong(Math.max(0, time))
                .put(id)
                .array();
    }

    /** A record that is not taken. */
    @SuppressWarnings("ArrayRecordComponent")
    private record Refusal(
            RecordKind kind,
            RejectReason reason,
            @Nullable String field,
            String detail,
            @Nullable String id,
            byte @Nullable [] bytes,
            int partition,
            long offset) {}

    private void reject(Refusal refusal) {
        Objects.requireNonNull(rejected.get(refusal.reason())).record();
        String topic = pipeline.name() + ".rejected";
        byte[] payload = refusal.bytes() == null ? new byte[0] : refusal.bytes();
        RejectedRecord.Builder record = RejectedRecord.newBuilder()
                .setPipeline(pipeline.name())
                .setPipelineVersion(version)
                .setWriter("feature-stream")
                .setKind(refusal.kind())
                .setReason(refusal.reason().name())
                .setDetail(refusal.detail())
                .setSourceTopic(pipeline.name() + (refusal.kind() == RecordKind.EVENT ? ".events" : ".labels"))
                .setSourcePartition(refusal.partition())
                .setSourceOffset(refusal.offset())
                .setPayload(ByteBuffer.wrap(payload, 0, Math.min(payload.length, LARGEST_KEPT)))
                .setPayloadSize(payload.length)
                .setPayloadFormat("confluent-avro")
                .setRejectedAt(clock.instant());
        String field = refusal.field();
        if (field != null) {
            record.setField(field);
        }
        String id = refusal.id();
        if (id != null) {
            record.setRecordId(id);
        }
        forward(bytes(id == null ? "" : id), wiring.writer().serialize(topic, record.build()), REJECTED_SINK);
    }

    private void forward(byte[] key, byte[] value, String sink) {
        Objects.requireNonNull(context).forward(new Record<>(key, value, clock.millis()), sink);
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
