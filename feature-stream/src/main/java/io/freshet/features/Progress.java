package io.freshet.features;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * How far the stream has come.
 *
 * @param newestEvent the newest event time, epoch milliseconds
 * @param clock the newest time of any accepted event or label, epoch milliseconds
 * @param labels labels known by now
 * @param labelSum the sum of them; NaN where they have none
 * @param arrivals events and labels that were collected
 */
record Progress(long newestEvent, long clock, long labels, double labelSum, long arrivals) {
    static final Progress NONE = new Progress(Long.MIN_VALUE, Long.MIN_VALUE, 0, 0, 0);

    static Progress fromBytes(byte @Nullable [] bytes) {
        if (bytes == null) {
            return NONE;
        }
        ByteBuffer buffer = ByteBuffer.wrap(bytes);
        return new Progress(buffer.getLong(), buffer.getLong(), buffer.getLong(), buffer.getDouble(), buffer.getLong());
    }

    byte[] toBytes() {
        return ByteBuffer.allocate(5 * Long.BYTES)
                .putLong(newestEvent)
                .putLong(clock)
                .putLong(labels)
                .putDouble(labelSum)
                .putLong(arrivals)
                .array();
    }

    Progress event(long time) {
        return new Progress(Math.max(newestEvent, time), Math.max(clock, time), labels, labelSum, arrivals + 1);
    }

    /** Whether an event is more than the lateness behind the newest. */
    boolean isTooLate(long time, long lateness) {
        return newestEvent != Long.MIN_VALUE && time < newestEvent - lateness;
    }

    /** Whether a later event came before. */
    boolean isOutOfOrder(long time) {
        return newestEvent != Long.MIN_VALUE && time < newestEvent;
    }

    /** After a label where the join is none of one's business. */
    Progress collected() {
        return new Progress(newestEvent, clock, labels, labelSum, arrivals + 1);
    }

    /** After a label that waits for its event. */
    Progress passed(long time) {
        return new Progress(newestEvent, Math.max(clock, time), labels, labelSum, arrivals);
    }

    Progress label(long time, double value) {
        return new Progress(newestEvent, Math.max(clock, time), labels + 1, labelSum + value, arrivals + 1);
    }

    /** Mean of the labels; null when none is known, or they have none. */
    @Nullable
    Double prior() {
        return labels == 0 || Double.isNaN(labelSum) ? null : (Double) (labelSum / labels);
    }
}
