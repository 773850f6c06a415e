package io.freshet.model;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The bundles behind {@code golden/bundle-v5.bin}, with every kind of step, and {@code golden/bundle-v5-classes.bin}; run
 * {@link #main} with their directory to write them anew.
 */
final class GoldenBundle {
    private GoldenBundle() {}

    public static void main(String[] args) throws IOException {
        Files.write(Path.of(args[0], "bundle-v5.bin"), ModelBundleCodec.encode(bundle()));
        Files.write(Path.of(args[0], "bundle-v5-classes.bin"), ModelBundleCodec.encode(ofClasses()));
    }

    /** Three classes; the margins of one row are 0, log 4 and log 25, and the temperature is 2. */
    static ModelBundle ofClasses() {
        Preparation preparation = new Preparation(List.of(new Step.Numeric("amount", 0, 0, 1)));
        Scorer scorer = new ClassScorer(
                List.of(
                        new LinearScorer(new double[] {0}, 0, Link.IDENTITY),
                        new LinearScorer(new double[] {Math.log(4)}, 0, Link.IDENTITY),
                        new LinearScorer(new double[] {Math.log(25)}, 0, Link.IDENTITY)),
                ClassScorer.Combination.SOFTMAX);
        return with(
                preparation,
                scorer,
                new Output.Multiclass(List.of("ham", "spam", "other"), new ClassCalibration.Temperature(2)),
                List.of(1.0),
                List.of(0.125, 0.25, 0.625));
    }

    static ModelBundle bundle() {
        Preparation preparation = new Preparation(List.of(
                new Step.Numeric("amount", Double.NaN, 0, 1),
                new Step.OneHot("country", null, List.of("DE", "FR"), Set.of("LU"), 2, -1, 3),
                new Step.Mapped(
                        "shop",
                        Step.Mapped.Encode.TARGET,
                        null,
                        true,
                        Map.of("a", 0.25, "b", 0.75),
                        Set.of("c", "d"),
                        0.4,
                        0.5,
                        0.6),
                new Step.Numeric("age", 30, true, 0, 100, true, 2, 0.5),
                new Step.Hashed("agent", "none", true, 3)));
        TreeEnsembleScorer scorer = TreeEnsembleScorer.builder(preparation.width())
                .addTree(
                        new int[] {0, 5, 0, 0, 0},
                        new float[] {10, 0.5f, 0, 0, 0},
                        new int[] {1, 3, -1, -1, -1},
                        new int[] {2, 4, -1, -1, -1},
                        new boolean[] {true, false, false, false, false},
                        new float[] {0, 0, 1.5f, -1, 0.5f})
                .addTree(
                        new int[] {7, 0, 0},
                        new float[3],
                        new int[] {1, -1, -1},
                        new int[] {2, -1, -1},
                        new boolean[3],
                        new float[] {0, -0.5f, 0.25f})
                .build(0.25, Link.LOGISTIC);
        return with(
                preparation,
                scorer,
                new Output.Binary(new Calibration.Platt(0.5, -0.25), 0.5),
                Arrays.asList(12.0, "DE", null, 30.0, "bot"),
                List.of(1 / (1 + Math.exp(-0.75))));
    }

    static ModelBundle with(
            Preparation preparation, Scorer scorer, Output output, List<@Nullable Object> raw, List<Double> scores) {
        return new ModelBundle(
                ModelBundle.FORMAT_VERSION,
                "fraud",
                3,
                "boosted-trees",
                preparation.features(),
                "features-1",
                preparation,
                scorer,
                output,
                List.of(new GoldenVector(raw, scores)));
    }
}
