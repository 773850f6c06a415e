package io.freshet.runtime;

import io.freshet.model.ModelBundleCodec;
import io.freshet.schemas.message.ArtifactChunk;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/** Bundles as they travel: in pieces on {@code model-artifacts}, each far smaller than the largest message. */
public final class ModelArtifacts {
    /** The largest bundle, in bytes; {@code gate.bytes} refuses larger ones before they are registered. */
    public static final int LARGEST = 256 * 1024 * 1024;

    private static final int PIECE = 512 * 1024;

    private static final String TOO_LARGE = " bytes, more than the " + LARGEST
            + " that a model may have: declare candidates that stay smaller, or a smaller gate.bytes that refuses it";

    private ModelArtifacts() {}

    /** A bundle put together. */
    public sealed interface Joined {
        /** The bytes, empty unless they are whole. */
        Optional<byte[]> bytes();
    }

    /**
     * All of it, with the checksum that it was sent with. Nobody has looked into it yet.
     *
     * @param content not copied
     */
    @SuppressWarnings("ArrayRecordComponent") // Never compared; megabytes.
    public record Whole(byte[] content) implements Joined {
        @Override
        public Optional<byte[]> bytes() {
            return Optional.of(content);
        }
    }

    /** A piece is not there; it may be on its way. */
    public record Missing(String detail) implements Joined {
        @Override
        public Optional<byte[]> bytes() {
            return Optional.empty();
        }
    }

    /** The pieces are there and are no bundle. */
    public record Damaged(String detail) implements Joined {
        @Override
        public Optional<byte[]> bytes() {
            return Optional.empty();
        }
    }

    /** The key of a piece; pieces are counted from 0. */
    public static String key(String pipeline, int version, int index) {
        return pipeline + ":" + version + ":" + index;
    }

    /**
     * The pieces of a bundle, in order.
     *
     * @throws IllegalArgumentException when it is larger than {@link #LARGEST}
     */
    public static List<ArtifactChunk> split(String pipeline, int version, byte[] bundle) {
        if (bundle.length > LARGEST) {
            throw new IllegalArgumentException(
                    "the bundle of " + pipeline + " version " + version + " has " + bundle.length + TOO_LARGE);
        }
        int count = Math.ceilDiv(bundle.length, PIECE);
        String sha256 = ModelBundleCodec.fingerprint(bundle);
        List<ArtifactChunk> pieces = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            int from = i * PIECE;
            pieces.add(new ArtifactChunk(
                    pipeline,
                    version,
                    i,
                    count,
                    sha256,
                    ByteBuffer.wrap(bundle, from, Math.min(PIECE, bundle.length - from))));
        }
        return pieces;
    }

    /**
     * A bundle from its pieces. Memory used is in proportion to what there is, whatever the pieces claim.
     *
     * @param chunks the newest piece of each key
     */
    public static Joined join(String pipeline, int version, Function<String, Optional<ArtifactChunk>> chunks) {
        Optional<ArtifactChunk> first = chunks.apply(key(pipeline, version, 0));
        if (first.isEmpty()) {
            return new Missing("no piece of it is there");
        }
        int count = first.get().getCount();
        String sha256 = first.get().getSha256();
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        for (int i = 0; i < count; i++) {
            Optional<ArtifactChunk> chunk = chunks.apply(key(pipeline, version, i));
            if (chunk.isEmpty()) {
                return new Missing("piece " + i + " of " + count + " is not there");
            }
            if (!chunk.get().getSha256().equals(sha256)) {
                return new Damaged("piece " + i + " of " + count + " belongs to another bundle");
            }
            ByteBuffer content = chunk.get().getContent().duplicate();
            if (content.remaining() > LARGEST - bytes.size()) {
                return new Damaged("it has at least " + ((long) bytes.size() + content.remaining()) + TOO_LARGE);
            }
            byte[] piece = new byte[content.remaining()];
            content.get(piece);
            bytes.writeBytes(piece);
        }
        byte[] whole = bytes.toByteArray();
        return ModelBundleCodec.fingerprint(whole).equals(sha256)
                ? new Whole(whole)
                : new Damaged("its checksum does not hold: a piece is not as it was sent");
    }
}
