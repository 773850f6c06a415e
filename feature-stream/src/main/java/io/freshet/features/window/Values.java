package io.freshet.features.window;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** How a value of a row or a window stands in bytes: a Double, a String or null. */
public final class Values {
    static final byte NONE = 0;
    static final byte NUMBER = 1;
    static final byte TEXT = 2;

    private Values() {}

    public static void write(DataOutputStream to, @Nullable Object value) throws IOException {
        switch (value) {
            case null -> to.writeByte(NONE);
            case Double number -> {
                to.writeByte(NUMBER);
                to.writeDouble(number);
            }
            default -> {
                byte[] text = value.toString().getBytes(StandardCharsets.UTF_8);
                to.writeByte(TEXT);
                to.writeInt(text.length);
                to.write(text);
            }
        }
    }

    public static @Nullable Object read(DataInputStream from) throws IOException {
        int kind = from.readByte();
        return switch (kind) {
            case NONE -> null;
            case NUMBER -> (Double) from.readDouble();
            case TEXT -> new String(from.readNBytes(from.readInt()), StandardCharsets.UTF_8);
            default -> throw new IOException("a value of unknown kind " + kind);
        };
    }
}
