package io.freshet.model;

/**
 * MurmurHash3, its 32-bit variant for x86 (Appleby, 2011, public domain), seed 0, of a text's UTF-8 bytes, which are
 * taken one by one so that nothing is allocated. A surrogate without its other half counts as {@code ?}, as in {@link
 * String#getBytes(java.nio.charset.Charset)}.
 */
final class Murmur3 {
    private Murmur3() {}

    static int hash(String text) {
        int hash = 0;
        int block = 0;
        int length = 0;
        for (int i = 0; i < text.length(); i++) {
            int point = text.charAt(i);
            if (point >= Character.MIN_SURROGATE && point <= Character.MAX_SURROGATE) {
                int whole = text.codePointAt(i);
                boolean paired = whole >= Character.MIN_SUPPLEMENTARY_CODE_POINT;
                point = paired ? whole : '?';
                i += paired ? 1 : 0;
            }
            int bytes = point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
            for (int b = 0; b < bytes; b++) {
                block |= utf8(point, bytes, b) << (8 * (length & 3));
                length++;
                if ((length & 3) == 0) {
                    hash = Integer.rotateLeft(hash ^ scramble(block), 13) * 5 + 0xe6546b64;
                    block = 0;
                }
            }
        }
        hash ^= scramble(block) ^ length;
        hash = (hash ^ hash >>> 16) * 0x85ebca6b;
        hash = (hash ^ hash >>> 13) * 0xc2b2ae35;
        return hash ^ hash >>> 16;
    }

    /** Byte {@code index} of a code point that takes {@code bytes} bytes. */
    private static int utf8(int point, int bytes, int index) {
        if (bytes == 1) {
            return point;
        }
        int bits = point >>> (6 * (bytes - 1 - index));
        return index == 0 ? (0xff00 >>> bytes & 0xff) | bits : 0x80 | bits & 0x3f;
    }

    private static int scramble(int block) {
        return Integer.rotateLeft(block * 0xcc9e2d51, 15) * 0x1b873593;
    }
}
