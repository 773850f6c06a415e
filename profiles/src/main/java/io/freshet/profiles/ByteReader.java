package io.freshet.profiles;

import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;

/** Reads what {@link java.io.DataOutput} wrote, refusing whatever does not fit with a message that says what. */
final class ByteReader {
    /** Counts beyond this are not exact as doubles, and cannot have been reached by counting. */
    static final long MAX_COUNT = 1L << 53;

    private final String what;
    private final ByteBuffer buffer;

    ByteReader(String what, byte[] bytes) {
        this.what = what;
        this.buffer = ByteBuffer.wrap(bytes);
    }

    IllegalArgumentException bad(String problem) {
        return new IllegalArgumentException("not a " + what + ": " + problem);
    }

    private void need(int bytes, String field) {
        if (buffer.remaining() < bytes) {
            throw bad("ends within " + field + ", " + bytes + " bytes needed at offset " + buffer.position() + " but "
                    + buffer.remaining() + " left");
        }
    }

    void header(int magic, int version) {
        need(Integer.BYTES + 1, "header");
        if (buffer.getInt() != magic) {
            throw bad("wrong magic number");
        }
        int found = buffer.get();
        if (found != version) {
            throw bad("version " + found + " is unknown, only " + version + " is");
        }
    }

    long count(String field) {
        need(Long.BYTES, field);
        long value = buffer.getLong();
        if (value < 0 || value > MAX_COUNT) {
            throw bad(field + " is " + value + ", outside 0.." + MAX_COUNT);
        }
        return value;
    }

    double finite(String field) {
        need(Double.BYTES, field);
        double value = buffer.getDouble();
        if (!Double.isFinite(value)) {
            throw bad(field + " is " + value);
        }
        return value;
    }

    int size(String field, int min, int max) {
        need(Integer.BYTES, field);
        int value = buffer.getInt();
        if (value < min || value > max) {
            throw bad(field + " is " + value + ", outside " + min + ".." + max);
        }
        return value;
    }

    byte[] block(String field) {
        byte[] block = new byte[size(field + " length", 0, buffer.remaining())];
        need(block.length, field);
        buffer.get(block);
        return block;
    }

    String text(String field, int maxChars) {
        int length = size(field + " length", 0, maxChars);
        need(length * Character.BYTES, field);
        char[] chars = new char[length];
        for (int i = 0; i < length; i++) {
            chars[i] = buffer.getChar();
        }
        return new String(chars);
    }

    void end() {
        if (buffer.hasRemaining()) {
            throw bad(buffer.remaining() + " bytes too many");
        }
    }

    /** Writes UTF-16 units, so that any string, unpaired surrogates included, comes back as it was. */
    static void writeText(DataOutputStream out, String text) throws IOException {
        out.writeInt(text.length());
        out.writeChars(text);
    }
}
