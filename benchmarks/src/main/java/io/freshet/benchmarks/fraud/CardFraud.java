package io.freshet.benchmarks.fraud;

import io.freshet.schemas.pipeline.InvalidPipelineException;
import io.freshet.schemas.pipeline.Pipeline;
import io.freshet.schemas.pipeline.PipelineFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;

/** The pipeline file {@code pipelines/card-fraud/pipeline.yaml}, with sections replaced where the protocol needs others. */
final class CardFraud {
    private final Path folder;
    private final String yaml;

    private CardFraud(Path folder, String yaml) {
        this.folder = folder;
        this.yaml = yaml;
    }

    /**
     * Reads it.
     *
     * @param root the project's root
     */
    static CardFraud under(Path root) throws IOException {
        Path folder = root.resolve("pipelines").resolve("card-fraud");
        return new CardFraud(folder, Files.readString(folder.resolve("pipeline.yaml")));
    }

    /** As it stands. */
    Pipeline declared() {
        return parse(yaml);
    }

    /**
     * With one candidate and a hold-out of a share, and no least metric.
     *
     * @param candidate the family as it is declared
     * @param holdout the share, 0.01 to 0.5
     */
    Pipeline with(String candidate, double holdout) {
        return parse(yaml.replaceFirst("(?m)^  candidates:.*$", "  candidates: [" + candidate + "]")
                .replaceFirst(
                        "(?m)^training:.*$",
                        String.format(Locale.ROOT, "training: { last: 10000000, holdout: %.9f }", holdout))
                .replaceFirst("(?m)^gate:.*$", "gate: { confidence: 0.95 }"));
    }

    private Pipeline parse(String text) {
        try {
            return PipelineFile.parse(folder.resolve("pipeline.yaml").toString(), text, this::beside);
        } catch (InvalidPipelineException e) {
            throw new IllegalStateException(e);
        }
    }

    private Optional<String> beside(String name) {
        try {
            return Optional.of(Files.readString(folder.resolve(name)));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
