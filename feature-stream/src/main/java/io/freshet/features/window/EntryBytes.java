package io.freshet.features.window;

import java.io.ByteArrayInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Entries as a state keeps them: appended one by one behind the fingerprint of the layout that they follow. */
final class EntryBytes {
    private static final int SMALL = 128;

    private ByteBuffer bytes = ByteBuffer.allocate(SMALL);

    EntryBytes(long layout) {
        bytes.putLong(layout);
    }

    void append(Entry entry) {
        room(2 * Long.BYTES);
        bytes.putLong(entry.time()).putLong(entry.arrival());
        for (Object value : entry.values()) {
            switch (value) {
                case null -> {
                    room(1);
                    bytes.put(Values.NONE);
                }
                case Double number -> {
                    room(1 + Double.BYTES);
                    bytes.put(Values.NUMBER).putDouble(number);
                }
                default -> {
                    byte[] text = value.toString().getBytes(StandardCharsets.UTF_8);
                    room(1 + Integer.BYTES + text.length);
                    bytes.put(Values.TEXT).putInt(text.length).put(text);
                }
            }
        }
    }

    private void room(int more) {
        if (bytes.remaining() < more) {
            bytes = ByteBuffer.allocate(2 * (bytes.position() + more)).put(bytes.flip());
        }
    }

    byte[] toBytes() {
        return Arrays.copyOf(bytes.array(), bytes.position());
    }

    /** The fingerprint that bytes begin with. */
    static long layout(byte[] bytes) {
        return ByteBuffer.wrap(bytes).getLong();
    }

    /** The entries that bytes hold, of a number of columns. */
    static List<Entry> read(byte[] bytes, int columns) throws IOException {
        List<Entry> entries = new ArrayList<>();
        try (DataInputStream from =
                new DataInputStream(new ByteArrayInputStream(bytes, Long.BYTES, bytes.length - Long.BYTES))) {
            while (from.available() > 0) {
                long time = from.readLong();
                long arrival = from.readLong();
                @Nullable Object[] values = new Object[columns];
                for (int c = 0; c < columns; c++) {
                    values[c] = Values.read(from);
                }
                entries.add(new Entry(time, arrival, values));
            }
        }
        return entries;
    }
}
