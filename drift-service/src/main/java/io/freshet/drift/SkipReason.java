package io.freshet.drift;

import java.util.Locale;

/** Why a record was counted and left out. */
public enum SkipReason {
    /** No value. */
    TOMBSTONE,
    /** Not in the wire format, or cut off. */
    UNDECODABLE,
    /** The registry does not know its schema. */
    UNKNOWN_SCHEMA,
    /** Not the record that its topic holds, or a feature value of another type than declared. */
    SCHEMA_MISMATCH,
    /** Its time is before 1990 or more than a day ahead of the clock. */
    TIME_OUT_OF_RANGE,
    /** Its pane has closed. */
    LATE,
    /** A row without the features that the serving model was trained on. */
    OTHER_FEATURE_SET,
    /** A score more than a window ahead of the newest row. */
    AHEAD_OF_ROWS,
    /** A label whose event's pane of realised performance has been judged. */
    LATE_LABEL,
    /** An answer and its label that are not both of the declared task. */
    OTHER_TASK,
    /** A model whose baseline or thresholds cannot be used. */
    INVALID_MODEL,
    /** A kept pane or a part of one was dropped because the watched features or the window have changed. */
    LAYOUT_CHANGED;

    /** The name in metrics, such as {@code time-out-of-range}. */
    public String label() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
