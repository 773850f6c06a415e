package io.freshet.features;

import io.freshet.schemas.check.RejectReason;
import io.freshet.schemas.message.RecordKind;
import org.jspecify.annotations.Nullable;

/**
 * A record that is not taken.
 *
 * @param field the field that is at fault, where one is
 * @param id the event id that it names, where readable
 * @param bytes as they came; null for a tombstone
 * @param partition where it stands on its topic
 * @param offset as well
 */
@SuppressWarnings("ArrayRecordComponent") // Bytes that are passed on; refusals are not compared.
record Refusal(
        RecordKind kind,
        RejectReason reason,
        @Nullable String field,
        String detail,
        @Nullable String id,
        byte @Nullable [] bytes,
        int partition,
        long offset) {}
