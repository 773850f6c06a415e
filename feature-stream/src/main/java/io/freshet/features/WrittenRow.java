package io.freshet.features;

import java.nio.ByteBuffer;

/**
 * A row that was written and may still be changed by a late event, or one entity's part of it.
 *
 * @param time the event time, epoch milliseconds
 * @param event the event as it is on the log; of a part, as it visited the entity
 * @param row the row as it was written, or as it was corrected last; of a part, the place of the row's event
 */
@SuppressWarnings("ArrayRecordComponent") // Bytes that are passed on; rows are not compared.
record WrittenRow(long time, byte[] event, byte[] row) {

    /** Its key, by the event's place among all arrivals. */
    static byte[] key(long arrival) {
        return ByteBuffer.allocate(Long.BYTES).putLong(arrival).array();
    }

    /** The event time in what {@link #toBytes} wrote. */
    static long time(byte[] bytes) {
        return ByteBuffer.wrap(bytes).getLong();
    }

    static WrittenRow fromBytes(byte[] bytes) {
        ByteBuffer buffer = ByteBuffer.wrap(bytes);
        long time = buffer.getLong();
        byte[] event = new byte[buffer.getInt()];
        buffer.get(event);
        byte[] row = new byte[buffer.remaining()];
        buffer.get(row);
        return new WrittenRow(time, event, row);
    }

    byte[] toBytes() {
        return ByteBuffer.allocate(Long.BYTES + Integer.BYTES + event.length + row.length)
                .putLong(time)
                .putInt(event.length)
                .put(event)
                .put(row)
                .array();
    }
}
