package io.freshet.features.window;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.avro.io.BinaryData;
import org.apache.avro.io.BinaryDecoder;
import org.apache.avro.io.DecoderFactory;
import org.jspecify.annotations.Nullable;

/**
 * Entries as a state keeps them: appended one by one behind the fingerprint of the layout that they follow. Times and
 * arrivals stand as differences from the entry before, numbers as Avro writes them, whole ones as integers.
 */
final class EntryBytes {
    private static final int SMALL = 128;
    // Avro writes a long in at most this many bytes.
    private static final int LONGEST = 10;
    private static final int WHOLE = 3;
    private static final double LARGEST_WHOLE = 1L << 53;

    private byte[] bytes;
    private int size;
    private long time;
    private long arrival;

    EntryBytes(long layout) {
        bytes = new byte[SMALL];
        ByteBuffer.wrap(bytes).putLong(layout);
        size = Long.BYTES;
    }

    /** Goes on behind entries that were encoded before, of which the last is given. */
    EntryBytes(byte[] before, Entry last) {
        bytes = Arrays.copyOf(before, before.length + SMALL);
        size = before.length;
        time = last.time();
        arrival = last.arrival();
    }

    /** One entry of a group. */
    static byte[] of(Entry entry, Group group) {
        EntryBytes bytes = new EntryBytes(group.layoutFingerprint());
        bytes.append(entry);
        return bytes.toBytes();
    }

    void append(Entry entry) {
        integer(entry.time() - time);
        integer(entry.arrival() - arrival);
        time = entry.time();
        arrival = entry.arrival();
        for (Object value : entry.values()) {
            switch (value) {
                case null -> integer(Values.NONE);
                case Double number
                when isWhole(number) -> {
                    integer(WHOLE);
                    integer(number.longValue());
                }
                case Double number -> {
                    integer(Values.NUMBER);
                    room(Double.BYTES);
                    size += BinaryData.encodeDouble(number, bytes, size);
                }
                default -> {
                    byte[] text = value.toString().getBytes(StandardCharsets.UTF_8);
                    integer(Values.TEXT);
                    integer(text.length);
                    room(text.length);
                    System.arraycopy(text, 0, bytes, size, text.length);
                    size += text.length;
                }
            }
        }
    }

    /** Whether a number is the same, bit for bit, as an integer; -0 is not. */
    private static boolean isWhole(double number) {
        return Math.abs(number) <= LARGEST_WHOLE
                && Double.doubleToRawLongBits((double) (long) number) == Double.doubleToRawLongBits(number);
    }

    private void integer(long value) {
        room(LONGEST);
        size += BinaryData.encodeLong(value, bytes, size);
    }

    private void room(int more) {
        if (bytes.length - size < more) {
            bytes = Arrays.copyOf(bytes, 2 * (size + more));
        }
    }

    byte[] toBytes() {
        return Arrays.copyOf(bytes, size);
    }

    /** The fingerprint that bytes begin with. */
    static long layout(byte[] bytes) {
        return ByteBuffer.wrap(bytes).getLong();
    }

    /** The entries that bytes hold, of a number of columns. */
    static List<Entry> read(byte[] bytes, int columns) throws IOException {
        List<Entry> entries = new ArrayList<>();
        BinaryDecoder from = DecoderFactory.get().binaryDecoder(bytes, Long.BYTES, bytes.length - Long.BYTES, null);
        long time = 0;
        long arrival = 0;
        while (!from.isEnd()) {
            time += from.readLong();
            arrival += from.readLong();
            @Nullable Object[] values = new Object[columns];
            for (int c = 0; c < columns; c++) {
                values[c] = value(from);
            }
            entries.add(new Entry(time, arrival, values));
        }
        return entries;
    }

    private static @Nullable Object value(BinaryDecoder from) throws IOException {
        int kind = from.readInt();
        return switch (kind) {
            case Values.NONE -> null;
            case WHOLE -> (Double) (double) from.readLong();
            case Values.NUMBER -> (Double) from.readDouble();
            case Values.TEXT -> from.readString();
            default -> throw new IOException("a value of unknown kind " + kind);
        };
    }
}
