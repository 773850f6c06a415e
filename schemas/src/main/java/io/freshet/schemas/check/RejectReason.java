package io.freshet.schemas.check;

/** Stable reason codes of rejected records. */
public enum RejectReason {
    /** The record has no value. */
    TOMBSTONE,
    /** The bytes are not in the expected format. */
    UNDECODABLE,
    /** The registry does not know the schema id. */
    UNKNOWN_SCHEMA,
    /** It was written with a schema that the declared one cannot read. */
    SCHEMA_MISMATCH,
    /** A field that is needed has no value. */
    FIELD_MISSING,
    /** A field's value is not of the type that the schema says. */
    FIELD_TYPE,
    /** The schema has no such field. */
    FIELD_UNKNOWN,
    /** A number is NaN or infinite. */
    NOT_FINITE,
    /** A text is longer than is taken. */
    TOO_LONG,
    /** The record has more bytes or values than are taken. */
    TOO_LARGE,
    /** Its values lie deeper in one another than is taken. */
    TOO_DEEP,
    /** A label is none of the declared classes. */
    UNKNOWN_CLASS,
    /** A time is before 1990 or more than a day ahead of the clock. */
    TIME_OUT_OF_RANGE,
    /** A declared rule does not hold. */
    RULE_BREACHED,
    /** Its event id was seen already within the horizon. */
    DUPLICATE,
    /** It came later than the declared lateness. */
    TOO_LATE,
    /** No event came for the label within the declared wait. */
    UNKNOWN_EVENT
}
