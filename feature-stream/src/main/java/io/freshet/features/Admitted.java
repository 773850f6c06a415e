package io.freshet.features;

import io.freshet.schemas.check.RejectReason;
import io.freshet.schemas.message.RecordKind;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.apache.avro.generic.GenericRecord;
import org.jspecify.annotations.Nullable;

/**
 * A record from outside that passed its checks.
 *
 * @param id the event's id
 * @param time the event time; for a label when the truth became known; epoch milliseconds
 * @param partition where it stands on its topic
 * @param offset as well
 */
record Admitted(RecordKind kind, String id, long time, Arrival.Read read, int partition, long offset) {
    GenericRecord record() {
        return read.record();
    }

    byte[] bytes() {
        return read.bytes();
    }

    /** That it is not taken after all. */
    Refusal refused(RejectReason reason, @Nullable String field, String detail) {
        return new Refusal(kind, reason, field, detail, id, bytes(), partition, offset);
    }

    /** As it is handed on. */
    byte[] toBytes() {
        byte[] name = id.getBytes(StandardCharsets.UTF_8);
        return ByteBuffer.allocate(1 + 2 * Long.BYTES + 2 * Integer.BYTES + name.length + bytes().length)
                .put((byte) kind.ordinal())
                .putLong(time)
                .putInt(partition)
                .putLong(offset)
                .putInt(name.length)
                .put(name)
                .put(bytes())
                .array();
    }
}
