package io.freshet.schemas.check;

import io.freshet.schemas.message.RecordKind;
import io.freshet.schemas.pipeline.Expression;
import io.freshet.schemas.pipeline.Pipeline;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import org.apache.avro.generic.GenericRecord;
import org.jspecify.annotations.Nullable;

/** Checks records of a declared schema: identity, time, numbers, texts, size, declared rules. Immutable. */
public final class RecordCheck {
    /** The longest id or entity key, in characters. */
    public static final int LONGEST_KEY = 1_000;

    /** The longest text of another field, in characters. */
    public static final int LONGEST_TEXT = 65_536;

    /** The largest record, in bytes as it stands on the log; what is kept for it must fit into one message as well. */
    public static final int LARGEST = 256 * 1024;

    /** The most values that a record may hold, all of those in one another counted. */
    public static final int MOST_VALUES = 100_000;

    /** How deep values may lie in one another: records, arrays and maps. */
    public static final int DEEPEST = 64;

    /** Times before this are taken for a default or a wrong unit. */
    public static final Instant EARLIEST = Instant.parse("1990-01-01T00:00:00Z");

    /** How far a time may be ahead of the clock. */
    public static final Duration AHEAD = Duration.ofDays(1);

    /** What came of a check. */
    public sealed interface Outcome {}

    /**
     * The record may be taken.
     *
     * @param id the event's id
     * @param time the event time; for a label when the truth became known
     */
    public record Passed(String id, Instant time) implements Outcome {}

    /**
     * The record may not be taken.
     *
     * @param field the field at fault, or the rule's name; null when the record as a whole is
     * @param detail what was found and what would be accepted
     */
    public record Refused(RejectReason reason, @Nullable String field, String detail) implements Outcome {}

    private final RecordKind kind;
    private final String id;
    private final Optional<String> key;
    private final String time;
    private final Map<String, Expression> rules;

    private RecordCheck(RecordKind kind, String id, Optional<String> key, String time, Map<String, Expression> rules) {
        this.kind = kind;
        this.id = id;
        this.key = key;
        this.time = time;
        this.rules = rules;
    }

    /** The check that a pipeline declares for its events or its labels. */
    public static RecordCheck of(Pipeline pipeline, RecordKind kind) {
        var event = pipeline.event();
        var label = pipeline.label();
        return switch (kind) {
            case EVENT -> new RecordCheck(kind, event.id(), Optional.of(event.key()), event.time(), event.rules());
            case LABEL -> new RecordCheck(kind, label.event(), Optional.empty(), label.time(), label.rules());
        };
    }

    /**
     * @param record of the declared schema
     * @param now the clock
     */
    public Outcome check(GenericRecord record, Instant now) {
        Refused refused = identity(id, record);
        if (refused == null && key.isPresent()) {
            refused = identity(key.get(), record);
        }
        if (refused == null) {
            refused = time(record, now);
        }
        if (refused == null) {
            refused = fields(record);
        }
        if (refused == null) {
            refused = rules(record);
        }
        return refused == null ? new Passed(String.valueOf(record.get(id)), timeOf(record.get(time))) : refused;
    }

    /**
     * Whether a record of this size may be taken.
     *
     * @param bytes its size as it stands on the log
     */
    public static Optional<Refused> size(int bytes) {
        return bytes <= LARGEST
                ? Optional.empty()
                : Optional.of(new Refused(
                        RejectReason.TOO_LARGE, null, "has " + bytes + " bytes, at most " + LARGEST + " are taken"));
    }

    /** The id that a record says, checked or not; empty when it says none that would be taken. */
    public Optional<String> id(GenericRecord record) {
        return identity(id, record) == null ? Optional.of(String.valueOf(record.get(id))) : Optional.empty();
    }

    /** The time that a record says, checked or not; empty when it says none. */
    public Optional<Instant> time(GenericRecord record) {
        Object value = record.get(time);
        return value instanceof Long || value instanceof Instant ? Optional.of(timeOf(value)) : Optional.empty();
    }

    private static @Nullable Refused identity(String field, GenericRecord record) {
        Object value = record.get(field);
        String text = value == null ? "" : value.toString();
        if (text.isBlank()) {
            return new Refused(RejectReason.FIELD_MISSING, field, "must have a value");
        }
        if (text.length() > LONGEST_KEY) {
            return new Refused(
                    RejectReason.TOO_LONG,
                    field,
                    "has " + text.length() + " characters, at most " + LONGEST_KEY + " are taken");
        }
        return null;
    }

    private @Nullable Refused time(GenericRecord record, Instant now) {
        Object value = record.get(time);
        if (!(value instanceof Long || value instanceof Instant)) {
            return new Refused(RejectReason.FIELD_MISSING, time, "must have a time");
        }
        Instant said = timeOf(value);
        if (said.isBefore(EARLIEST) || said.isAfter(now.plus(AHEAD))) {
            return new Refused(
                    RejectReason.TIME_OUT_OF_RANGE,
                    time,
                    said + " must be from " + EARLIEST + " to " + AHEAD.toHours()
                            + " hours after now, in milliseconds since 1970");
        }
        return null;
    }

    private static Instant timeOf(@Nullable Object value) {
        return value instanceof Instant instant
                ? instant
                : Instant.ofEpochMilli((Long) java.util.Objects.requireNonNull(value));
    }

    private @Nullable Refused fields(GenericRecord record) {
        return new ValueCheck().record(record, 0);
    }

    private @Nullable Refused rules(GenericRecord record) {
        for (Map.Entry<String, Expression> rule : rules.entrySet()) {
            Object holds = kind == RecordKind.EVENT
                    ? rule.getValue().evaluate(record, null)
                    : rule.getValue().evaluate(record, record);
            if (!Boolean.TRUE.equals(holds)) {
                return new Refused(
                        RejectReason.RULE_BREACHED,
                        rule.getKey(),
                        holds == null
                                ? "'" + rule.getValue().source()
                                        + "' has no value: a field that it needs is null, or there is no such number"
                                : "'" + rule.getValue().source() + "' does not hold");
            }
        }
        return null;
    }
}
