package io.freshet.scoring;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32C;

/** Where an entity stands among all, evenly spread. */
final class EntityShare {
    private static final double PLACES = 0x1p64;
    private static final double HALF = 0.5;

    private EntityShare() {}

    /**
     * Its place by a hash of key and version, 0 to below 1, so that another version begins with other entities. CRC-32C of
     * the key, and of key and version, mixed by the finalizer of SplitMix64 (Steele, Lea and Flood, 2014).
     */
    static double of(int version, String entityKey) {
        CRC32C crc = new CRC32C();
        crc.update(entityKey.getBytes(StandardCharsets.UTF_8));
        long low = crc.getValue();
        crc.update(ByteBuffer.allocate(Integer.BYTES).putInt(version).flip());
        long bits = low << Integer.SIZE | crc.getValue();
        bits = (bits ^ bits >>> 30) * 0xbf58476d1ce4e5b9L;
        bits = (bits ^ bits >>> 27) * 0x94d049bb133111ebL;
        bits ^= bits >>> 31;
        // As a signed number the bits are spread around 0.
        return Math.min(bits / PLACES + HALF, Math.nextDown(1.0));
    }
}
