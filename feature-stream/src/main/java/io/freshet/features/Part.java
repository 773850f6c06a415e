package io.freshet.features;

import io.freshet.features.order.Position;
import io.freshet.features.window.Values;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What one entity gives to a row, or what it would give now that a late event has come.
 *
 * @param position the row's event
 * @param stage which of the pipeline's stages gives it, by name
 * @param corrects whether it changes a part that was given before
 * @param behind the event time that the event is too far behind; {@link #IN_TIME} when it is not
 * @param values of the stage's features, by their definitions; empty when it is too late
 */
record Part(Position position, String stage, boolean corrects, long behind, Map<Long, @Nullable Object> values) {
    static final long IN_TIME = Long.MIN_VALUE;
    private static final long REACHED = Long.MAX_VALUE;

    /**
     * No part of a row, but that a task has come to a place: what it corrects from now on are rows that a late event from
     * there on can change.
     *
     * @param task the stage and the partition
     */
    static Part reached(Position position, String task) {
        return new Part(position, task, false, REACHED, Map.of());
    }

    boolean isReached() {
        return behind == REACHED;
    }

    byte[] toBytes() {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (DataOutputStream to = new DataOutputStream(bytes)) {
            to.write(position.toBytes());
            Texts.write(to, stage);
            to.writeBoolean(corrects);
            to.writeLong(behind);
            to.writeInt(values.size());
            for (Map.Entry<Long, @Nullable Object> value : values.entrySet()) {
                to.writeLong(value.getKey());
                Values.write(to, value.getValue());
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    static Part fromBytes(byte[] bytes) {
        try (DataInputStream from = new DataInputStream(new ByteArrayInputStream(bytes))) {
            Position position = Position.read(ByteBuffer.wrap(from.readNBytes(Position.BYTES)));
            String stage = Texts.read(from);
            boolean corrects = from.readBoolean();
            long behind = from.readLong();
            int size = from.readInt();
            Map<Long, @Nullable Object> values = new HashMap<>();
            for (int i = 0; i < size; i++) {
                values.put(from.readLong(), Values.read(from));
            }
            return new Part(position, stage, corrects, behind, values);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
