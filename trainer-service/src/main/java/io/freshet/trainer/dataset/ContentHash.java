package io.freshet.trainer.dataset;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/**
 * The hash of a training set: SHA-256 over the committed records of its ranges, so that anyone with a consumer can compute
 * it. Each record is its partition (4 bytes, big-endian), its offset (8 bytes), and of its key and then of its value the
 * length (4 bytes; -1 for null) and the bytes. Records come in the order of the ranges, and by offset within one. Mutable,
 * and not safe for concurrent use.
 */
final class ContentHash {
    private final MessageDigest digest;
    private final ByteBuffer place = ByteBuffer.allocate(Integer.BYTES + Long.BYTES);
    private final ByteBuffer length = ByteBuffer.allocate(Integer.BYTES);

    ContentHash() {
        try {
            digest = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    void add(int partition, long offset, byte @Nullable [] key, byte @Nullable [] value) {
        digest.update(place.clear().putInt(partition).putLong(offset).array());
        add(key);
        add(value);
    }

    private void add(byte @Nullable [] bytes) {
        digest.update(length.clear().putInt(bytes == null ? -1 : bytes.length).array());
        if (bytes != null) {
            digest.update(bytes);
        }
    }

    /** The hash of what was added, 64 hexadecimal digits; starts over. */
    String hex() {
        return HexFormat.of().formatHex(digest.digest());
    }
}
