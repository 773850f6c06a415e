package io.freshet.features.order;

import java.nio.ByteBuffer;
import java.util.Comparator;

/**
 * A record's place among all records of a pipeline, whichever partition they are in: by the time that its lane had reached,
 * then by lane, then as the lane has it.
 *
 * @param time the newest time in the lane up to the record, epoch milliseconds, at least 0
 * @param lane the lane in which the record came from outside, from 0
 * @param sequence its place in the lane, from 0
 */
public record Position(long time, int lane, long sequence) implements Comparable<Position> {
    /** Before all others. */
    public static final Position START = new Position(0, 0, 0);

    /** Bytes of an encoded position. */
    public static final int BYTES = 2 * Long.BYTES + Integer.BYTES;

    private static final Comparator<Position> ORDER = Comparator.comparingLong(Position::time)
            .thenComparingInt(Position::lane)
            .thenComparingLong(Position::sequence);

    public Position {
        if (time < 0 || lane < 0 || sequence < 0) {
            throw new IllegalArgumentException(time + ", " + lane + ", " + sequence + " must not be negative");
        }
    }

    @Override
    public int compareTo(Position other) {
        return ORDER.compare(this, other);
    }

    /** The place right behind this one. */
    public Position next() {
        return new Position(time, lane, sequence + 1);
    }

    /** The later of two. */
    public Position or(Position other) {
        return compareTo(other) >= 0 ? this : other;
    }

    /** Bytes that sort as positions do. */
    public byte[] toBytes() {
        return ByteBuffer.allocate(BYTES)
                .putLong(time)
                .putInt(lane)
                .putLong(sequence)
                .array();
    }

    /** Reads what {@link #toBytes} wrote, from where a buffer stands. */
    public static Position read(ByteBuffer from) {
        return new Position(from.getLong(), from.getInt(), from.getLong());
    }
}
