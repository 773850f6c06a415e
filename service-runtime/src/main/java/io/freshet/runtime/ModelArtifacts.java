package io.freshet.runtime;

import io.freshet.model.ModelBundleCodec;
import io.freshet.schemas.message.ArtifactChunk;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.function.Function;

/** Bundles as they travel: in pieces on {@code model-artifacts}. */
public final class ModelArtifacts {
    private ModelArtifacts() {}

    /**
     * A bundle from its pieces.
     *
     * @param chunks the newest piece of each key
     * @return empty where a piece is missing or their checksum does not hold
     */
    public static Optional<byte[]> join(
            String pipeline, int version, Function<String, Optional<ArtifactChunk>> chunks) {
        String prefix = pipeline + ":" + version + ":";
        Optional<ArtifactChunk> first = chunks.apply(prefix + 0);
        if (first.isEmpty()) {
            return Optional.empty();
        }
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        for (int i = 0; i < first.get().getCount(); i++) {
            Optional<ArtifactChunk> chunk = chunks.apply(prefix + i);
            if (chunk.isEmpty() || !chunk.get().getSha256().equals(first.get().getSha256())) {
                return Optional.empty();
            }
            ByteBuffer content = chunk.get().getContent().duplicate();
            byte[] piece = new byte[content.remaining()];
            content.get(piece);
            bytes.writeBytes(piece);
        }
        byte[] whole = bytes.toByteArray();
        return ModelBundleCodec.fingerprint(whole).equals(first.get().getSha256())
                ? Optional.of(whole)
                : Optional.empty();
    }
}
