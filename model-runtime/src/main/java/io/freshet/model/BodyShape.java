package io.freshet.model;

import java.nio.ByteBuffer;
import org.apache.avro.Schema;

/**
 * Walks an Avro body without building anything and refuses one whose lengths and counts are not backed by bytes, so that
 * decoding afterwards allocates in proportion to the body.
 */
final class BodyShape {
    private final ByteBuffer in;

    private BodyShape(byte[] bytes, int offset) {
        this.in = ByteBuffer.wrap(bytes, offset, bytes.length - offset);
    }

    /** Throws a {@link RuntimeException} where the bytes from {@code offset} are not exactly one such value. */
    static void check(Schema schema, byte[] bytes, int offset) {
        BodyShape shape = new BodyShape(bytes, offset);
        shape.walk(schema);
        if (shape.in.hasRemaining()) {
            throw new IllegalStateException(shape.in.remaining() + " bytes after the body");
        }
    }

    private void walk(Schema schema) {
        switch (schema.getType()) {
            case RECORD -> schema.getFields().forEach(field -> walk(field.schema()));
            case UNION -> walk(schema.getTypes().get(index(schema.getTypes().size())));
            case ENUM -> index(schema.getEnumSymbols().size());
            case ARRAY -> {
                for (int count = length(); count > 0; count = length()) {
                    for (int i = 0; i < count; i++) {
                        walk(schema.getElementType());
                    }
                }
            }
            case STRING, BYTES -> skip(length());
            case BOOLEAN -> {
                byte flag = in.get();
                if (flag != 0 && flag != 1) {
                    throw new IllegalStateException("a truth value is neither 0 nor 1");
                }
            }
            case DOUBLE -> skip(Double.BYTES);
            case INT -> {
                long value = varint();
                if (value != (int) value) {
                    throw new IllegalStateException("int out of range");
                }
            }
            case NULL -> {}
            default -> throw new IllegalStateException("type not used in bundles: " + schema.getType());
        }
    }

    private int index(int size) {
        long index = varint();
        if (index < 0 || index >= size) {
            throw new IllegalStateException("index out of range");
        }
        return (int) index;
    }

    private int length() {
        long length = varint();
        if (length < 0 || length > in.remaining()) {
            throw new IllegalStateException("length " + length + " where " + in.remaining() + " bytes remain");
        }
        return (int) length;
    }

    private void skip(int bytes) {
        in.position(in.position() + bytes);
    }

    private long varint() {
        long raw = 0;
        for (int shift = 0; shift < Long.SIZE; shift += 7) {
            byte b = in.get();
            raw |= (long) (b & 0x7f) << shift;
            if (b >= 0) {
                return (raw >>> 1) ^ -(raw & 1);
            }
        }
        throw new IllegalStateException("number too long");
    }
}
