package io.freshet.features;

import io.freshet.schemas.check.RecordCheck;
import io.freshet.schemas.check.RejectReason;
import io.freshet.schemas.message.RecordKind;
import io.freshet.schemas.pipeline.Pipeline;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.InstantSource;
import org.apache.avro.generic.GenericRecord;

/** Decides whether records from outside may be taken, and says why not. Not thread-safe, as its readers are not. */
final class ArrivalCheck {

    /** What came of a check. */
    sealed interface Outcome {}

    record Passed(Admitted admitted) implements Outcome {}

    record Failed(Refusal refusal) implements Outcome {}

    private final Pipeline pipeline;
    private final ArrivalSerde events;
    private final ArrivalSerde labels;
    private final InstantSource clock;
    private final RecordCheck eventCheck;
    private final RecordCheck labelCheck;

    ArrivalCheck(Pipeline pipeline, ArrivalSerde events, ArrivalSerde labels, InstantSource clock) {
        this.pipeline = pipeline;
        this.events = events;
        this.labels = labels;
        this.clock = clock;
        this.eventCheck = RecordCheck.of(pipeline, RecordKind.EVENT);
        this.labelCheck = RecordCheck.of(pipeline, RecordKind.LABEL);
    }

    /** Whether a record that stands somewhere on its topic may be taken, as far as it alone can tell. */
    Outcome check(RecordKind kind, Arrival arrival, int partition, long offset) {
        return switch (arrival) {
            case Arrival.Unreadable(RejectReason reason, String detail, byte[] bytes) ->
                new Failed(new Refusal(kind, reason, null, detail, null, bytes, partition, offset));
            case Arrival.Read read -> {
                RecordCheck check = kind == RecordKind.LABEL ? labelCheck : eventCheck;
                yield switch (check.check(read.record(), clock.instant())) {
                    case RecordCheck.Refused(RejectReason reason, String field, String detail) ->
                        new Failed(new Refusal(
                                kind,
                                reason,
                                field,
                                detail,
                                check.id(read.record()).orElse(null),
                                read.bytes(),
                                partition,
                                offset));
                    case RecordCheck.Passed(String id, Instant time) ->
                        new Passed(new Admitted(kind, id, time.toEpochMilli(), read, partition, offset));
                };
            }
        };
    }

    /** An event that was taken, read again. */
    GenericRecord event(byte[] bytes) {
        return again(events, ".events", bytes).record();
    }

    /** Reads what {@link Admitted#toBytes} wrote. */
    Admitted handedOn(byte[] bytes) {
        ByteBuffer from = ByteBuffer.wrap(bytes);
        RecordKind kind = RecordKind.values()[from.get()];
        long time = from.getLong();
        int partition = from.getInt();
        long offset = from.getLong();
        byte[] id = new byte[from.getInt()];
        from.get(id);
        byte[] record = new byte[from.remaining()];
        from.get(record);
        Arrival.Read read =
                kind == RecordKind.EVENT ? again(events, ".events", record) : again(labels, ".labels", record);
        return new Admitted(kind, new String(id, StandardCharsets.UTF_8), time, read, partition, offset);
    }

    /** An event whose row is in progress, read again. */
    Admitted taken(RowInProgress row) {
        return new Admitted(
                RecordKind.EVENT,
                row.id(),
                row.time(),
                again(events, ".events", row.event()),
                row.partition(),
                row.offset());
    }

    /** A label that came before its event, read again. */
    Admitted early(String id, Pending.Early early) {
        Arrival.Read read = again(labels, ".labels", early.label());
        long time = labelCheck.time(read.record()).orElseThrow().toEpochMilli();
        return new Admitted(RecordKind.LABEL, id, time, read, early.partition(), early.offset());
    }

    private Arrival.Read again(ArrivalSerde reader, String topic, byte[] bytes) {
        if (reader.deserialize(pipeline.name() + topic, bytes) instanceof Arrival.Read read) {
            return read;
        }
        throw new IllegalStateException("a record that was taken cannot be read again");
    }

    /** The refusal of an event whose id was seen. */
    Refusal secondEvent(Admitted event) {
        return event.refused(RejectReason.DUPLICATE, pipeline.event().id(), "an event of this id was taken already");
    }

    /**
     * The refusal of an event that comes too late.
     *
     * @param newest the event time that it is too far behind, epoch milliseconds
     */
    Refusal tooLate(Admitted event, long newest) {
        return event.refused(
                RejectReason.TOO_LATE,
                pipeline.event().time(),
                Instant.ofEpochMilli(event.time()) + " is more than "
                        + pipeline.event().lateness() + " behind " + Instant.ofEpochMilli(newest));
    }

    /** The refusal of a label whose event has one. */
    Refusal secondLabel(Admitted label) {
        return label.refused(
                RejectReason.DUPLICATE, pipeline.label().event(), "a label of this event was taken already");
    }

    /** What a label says of its event. */
    LabelReading read(GenericRecord event, Admitted label) {
        return LabelReading.of(pipeline, event, label.record());
    }

    /** The refusal of a label from which nothing can be learned. */
    Refusal unusable(Admitted label, LabelReading.Unusable reading) {
        return label.refused(reading.reason(), null, reading.detail());
    }

    /** The refusal of a label that no event came for. */
    Refusal unknownEvent(String id, Pending.Early early) {
        return unknownEvent(
                id, early, "no event of this id came within " + pipeline.label().await());
    }

    /** The refusal of a label whose event's row went with a crash, as can be where records are processed at least once. */
    Refusal rowLost(Admitted label) {
        return label.refused(
                RejectReason.UNKNOWN_EVENT, pipeline.label().event(), "the row of its event was lost in a crash");
    }

    /** The refusal of a label whose event was refused. */
    Refusal eventRefused(String id, Pending.Early early) {
        return unknownEvent(id, early, "its event came too late and was refused");
    }

    private Refusal unknownEvent(String id, Pending.Early early, String detail) {
        return new Refusal(
                RecordKind.LABEL,
                RejectReason.UNKNOWN_EVENT,
                pipeline.label().event(),
                detail,
                id,
                early.label(),
                early.partition(),
                early.offset());
    }
}
