package io.freshet.features;

import io.freshet.schemas.check.RejectReason;
import org.apache.avro.generic.GenericRecord;
import org.jspecify.annotations.Nullable;

/** A record as it came from outside. */
sealed interface Arrival {

    /** A record of the declared schema; nothing else of it has been checked. */
    @SuppressWarnings("ArrayRecordComponent") // Bytes that are passed on; arrivals are not compared.
    record Read(GenericRecord record, byte[] bytes) implements Arrival {}

    /** Bytes that are no such record. */
    @SuppressWarnings("ArrayRecordComponent")
    record Unreadable(RejectReason reason, String detail, byte @Nullable [] bytes) implements Arrival {}
}
