package io.freshet.features;

import io.freshet.features.window.Values;
import io.freshet.schemas.message.RecordKind;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import org.jspecify.annotations.Nullable;

/**
 * An event or a label at one of its entities.
 *
 * @param id the event's id
 * @param time its own time, epoch milliseconds
 * @param entity whose windows it reads and adds to
 * @param layout in which order arguments are; 0 without
 * @param arguments what it adds, one value a column; null when it only reads
 */
@SuppressWarnings("ArrayRecordComponent") // Handed on, never compared.
record Visit(
        RecordKind kind,
        String id,
        long time,
        String entity,
        long layout,
        @Nullable Object @Nullable [] arguments) {

    byte[] toBytes() {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (DataOutputStream to = new DataOutputStream(bytes)) {
            to.writeByte(kind.ordinal());
            to.writeLong(time);
            Texts.write(to, id);
            Texts.write(to, entity);
            to.writeLong(layout);
            to.writeInt(arguments == null ? -1 : arguments.length);
            if (arguments != null) {
                for (Object value : arguments) {
                    Values.write(to, value);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    static Visit fromBytes(byte[] bytes) {
        try (DataInputStream from = new DataInputStream(new ByteArrayInputStream(bytes))) {
            RecordKind kind = RecordKind.values()[from.readByte()];
            long time = from.readLong();
            String id = Texts.read(from);
            String entity = Texts.read(from);
            long layout = from.readLong();
            int width = from.readInt();
            if (width < 0) {
                return new Visit(kind, id, time, entity, layout, null);
            }
            @Nullable Object[] arguments = new Object[width];
            for (int i = 0; i < width; i++) {
                arguments[i] = Values.read(from);
            }
            return new Visit(kind, id, time, entity, layout, arguments);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
