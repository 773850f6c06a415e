package io.freshet.features;

import io.freshet.features.order.Position;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * What one step of the topology hands to the next: a record at its place, or only the promise that nothing before that
 * place comes from this task any more.
 *
 * @param lane which task of the step before says it
 * @param caughtUp whether that task has caught up with the present
 * @param body the record; empty for a promise
 */
@SuppressWarnings("ArrayRecordComponent") // Handed on, never compared.
record Envelope(int lane, Position position, boolean caughtUp, byte[] body) {
    private static final byte[] NOTHING = new byte[0];
    private static final int HEADER = Integer.BYTES + Position.BYTES + 1;

    static Envelope promise(int lane, Position upTo, boolean caughtUp) {
        return new Envelope(lane, upTo, caughtUp, NOTHING);
    }

    boolean isPromise() {
        return body.length == 0;
    }

    byte[] toBytes() {
        return ByteBuffer.allocate(HEADER + body.length)
                .putInt(lane)
                .put(position.toBytes())
                .put((byte) (caughtUp ? 1 : 0))
                .put(body)
                .array();
    }

    static Envelope fromBytes(byte[] bytes) {
        ByteBuffer buffer = ByteBuffer.wrap(bytes);
        int lane = buffer.getInt();
        Position position = Position.read(buffer);
        return new Envelope(lane, position, buffer.get() == 1, Arrays.copyOfRange(bytes, HEADER, bytes.length));
    }
}
