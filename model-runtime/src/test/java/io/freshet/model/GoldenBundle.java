package io.freshet.model;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** The bundle behind {@code golden/bundle-v1.bin}; run {@link #main} with the file's path to write it anew. */
final class GoldenBundle {
    private GoldenBundle() {}

    public static void main(String[] args) throws IOException {
        Files.write(Path.of(args[0]), ModelBundleCodec.encode(bundle()));
    }

    static ModelBundle bundle() {
        Preparation preparation = new Preparation(List.of(
                new Step.Numeric("amount", Double.NaN, 0, 1),
                new Step.OneHot("country", List.of("DE", "FR")),
                new Step.Mapped("shop", FeaturePlan.Encode.TARGET, Map.of("a", 0.25, "b", 0.75), 0.5)));
        TreeEnsembleScorer scorer = TreeEnsembleScorer.builder(5)
                .addTree(
                        new int[] {0, 4, 0, 0, 0},
                        new float[] {10, 0.5f, 0, 0, 0},
                        new int[] {1, 3, -1, -1, -1},
                        new int[] {2, 4, -1, -1, -1},
                        new boolean[] {true, false, false, false, false},
                        new float[] {0, 0, 1.5f, -1, 0.5f})
                .build(0.25, Link.LOGISTIC);
        return with(preparation, scorer, 0.5, 1 / (1 + Math.exp(-1.75)));
    }

    static ModelBundle with(Preparation preparation, Scorer scorer, double threshold, double goldenScore) {
        return new ModelBundle(
                1,
                "fraud",
                3,
                "boosted-trees",
                preparation.features(),
                "features-1",
                preparation,
                scorer,
                threshold,
                List.of(new GoldenVector(Arrays.asList(12.0, "DE", null), goldenScore)));
    }
}
