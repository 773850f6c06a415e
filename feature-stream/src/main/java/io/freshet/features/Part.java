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
 * What one entity gives to a row.
 *
 * @param position the row's event
 * @param stage which of the pipeline's stages gives it, by name
 * @param behind the event time that the event is too far behind; {@link #IN_TIME} when it is not
 * @param values of the stage's features, by their definitions; empty when it is too late
 */
record Part(Position position, String stage, long behind, Map<Long, @Nullable Object> values) {
    static final long IN_TIME = Long.MIN_VALUE;

    byte[] toBytes() {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (DataOutputStream to = new DataOutputStream(bytes)) {
            to.write(position.toBytes());
            Texts.write(to, stage);
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
            long behind = from.readLong();
            int size = from.readInt();
            Map<Long, @Nullable Object> values = new HashMap<>();
            for (int i = 0; i < size; i++) {
                values.put(from.readLong(), Values.read(from));
            }
            return new Part(position, stage, behind, values);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
