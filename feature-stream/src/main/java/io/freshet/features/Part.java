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
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What one entity gives to a row.
 *
 * @param position the row's event
 * @param stage which of the pipeline's stages gives it
 * @param behind the event time that the event is too far behind; {@link #IN_TIME} when it is not
 * @param values of the stage's features, in their order; empty when it is too late
 */
record Part(Position position, int stage, long behind, List<@Nullable Object> values) {
    static final long IN_TIME = Long.MIN_VALUE;

    byte[] toBytes() {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (DataOutputStream to = new DataOutputStream(bytes)) {
            to.write(position.toBytes());
            to.writeInt(stage);
            to.writeLong(behind);
            to.writeInt(values.size());
            for (Object value : values) {
                Values.write(to, value);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    static Part fromBytes(byte[] bytes) {
        try (DataInputStream from = new DataInputStream(new ByteArrayInputStream(bytes))) {
            Position position = Position.read(ByteBuffer.wrap(from.readNBytes(Position.BYTES)));
            int stage = from.readInt();
            long behind = from.readLong();
            int size = from.readInt();
            List<@Nullable Object> values = new ArrayList<>(size);
            for (int i = 0; i < size; i++) {
                values.add(Values.read(from));
            }
            return new Part(position, stage, behind, values);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
