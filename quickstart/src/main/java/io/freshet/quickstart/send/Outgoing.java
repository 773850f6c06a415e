package io.freshet.quickstart.send;

import io.freshet.schemas.message.RecordKind;

/** One record on its way to ingest-service. */
public interface Outgoing {
    /** The time of a record that has none: it is due at once. */
    long UNTIMED = Long.MIN_VALUE;

    /** What it is sent as. */
    RecordKind kind();

    /** When it becomes known, event time in epoch milliseconds, or {@link #UNTIMED}. */
    long time();

    /** The record in UTF-8, meant to be one JSON object; without a line feed, not blank, never changed. */
    byte[] json();
}
