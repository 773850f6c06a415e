package io.freshet.features;

import io.freshet.features.order.Position;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** What is remembered of an event id until its horizon has passed. */
@SuppressWarnings("ArrayRecordComponent") // Bytes that are passed on; states are not compared.
sealed interface Pending {

    /** Its row was written; the label has not come. Both as they are on the log. */
    record Awaiting(byte[] event, byte[] row) implements Pending {}

    /** Its label came before it. */
    record Early(byte[] label, int partition, long offset) implements Pending {}

    /** Both came. */
    record Done() implements Pending {}

    /** It was taken, and its entities are computing its row; the label has not come. */
    record Computing(Position position) implements Pending {}

    /**
     * A state and how long it is remembered.
     *
     * @param until the clock's time from which on it is forgotten, epoch milliseconds
     */
    record Remembered(long until, Pending state) {

        /** Reads what {@link #toBytes} wrote. */
        static @Nullable Remembered fromBytes(byte @Nullable [] bytes) {
            if (bytes == null) {
                return null;
            }
            ByteBuffer buffer = ByteBuffer.wrap(bytes);
            return new Remembered(buffer.getLong(), Pending.read(buffer));
        }

        /** As the store keeps it. */
        byte[] toBytes() {
            byte[] bytes = state.toBytes();
            return ByteBuffer.allocate(Long.BYTES + bytes.length)
                    .putLong(until)
                    .put(bytes)
                    .array();
        }
    }

    private static Pending read(ByteBuffer buffer) {
        return switch (buffer.get()) {
            case 1 -> {
                byte[] event = new byte[buffer.getInt()];
                buffer.get(event);
                byte[] row = new byte[buffer.remaining()];
                buffer.get(row);
                yield new Awaiting(event, row);
            }
            case 2 -> {
                int partition = buffer.getInt();
                long offset = buffer.getLong();
                byte[] label = new byte[buffer.remaining()];
                buffer.get(label);
                yield new Early(label, partition, offset);
            }
            case 3 -> new Done();
            case 4 -> new Computing(Position.read(buffer));
            default -> throw new IllegalStateException("the pending store holds an unknown state");
        };
    }

    /** Its kind and its parts. */
    private byte[] toBytes() {
        return switch (this) {
            case Awaiting(byte[] event, byte[] row) ->
                ByteBuffer.allocate(1 + Integer.BYTES + event.length + row.length)
                        .put((byte) 1)
                        .putInt(event.length)
                        .put(event)
                        .put(row)
                        .array();
            case Early(byte[] label, int partition, long offset) ->
                ByteBuffer.allocate(1 + Integer.BYTES + Long.BYTES + label.length)
                        .put((byte) 2)
                        .putInt(partition)
                        .putLong(offset)
                        .put(label)
                        .array();
            case Done() -> new byte[] {3};
            case Computing(Position position) ->
                ByteBuffer.allocate(1 + Position.BYTES)
                        .put((byte) 4)
                        .put(position.toBytes())
                        .array();
        };
    }
}
