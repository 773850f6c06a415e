package io.freshet.model;

import static org.assertj.core.api.Assertions.assertThat;

import io.freshet.model.DenseNetworkScorer.Activation;
import io.freshet.model.DenseNetworkScorer.Layer;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class ScorerAllocationTest {
    private static final int ROWS = 20_000;
    private static final int BATCH = 100;
    private static final int WIDTH = 2;

    private static Map<String, Scorer> scorers() {
        Scorer line = new LinearScorer(new double[] {1, -1}, 0, Link.IDENTITY);
        Scorer share = new LinearScorer(new double[] {1, 2}, 0, Link.LOGISTIC);
        Scorer trees = trees(Link.IDENTITY);
        Layer hidden = new Layer(WIDTH, new float[10], new float[5], Activation.RELU);
        Map<String, Scorer> scorers = new LinkedHashMap<>();
        scorers.put("line", line);
        scorers.put("trees", trees);
        scorers.put(
                "network",
                new DenseNetworkScorer(List.of(hidden, new Layer(5, new float[5], new float[1], Activation.SIGMOID))));
        scorers.put(
                "network of classes",
                new DenseNetworkScorer(List.of(hidden, new Layer(5, new float[15], new float[3], Activation.SOFTMAX))));
        scorers.put("lines of classes", new ClassScorer(List.of(share, share, share), ClassScorer.Combination.SHARES));
        scorers.put("trees of classes", new ClassScorer(List.of(trees, trees), ClassScorer.Combination.SOFTMAX));
        return scorers;
    }

    private static Scorer trees(Link link) {
        TreeEnsembleScorer.Builder builder = TreeEnsembleScorer.builder(WIDTH);
        for (int tree = 0; tree < 11; tree++) {
            builder.addTree(
                    new int[] {tree % WIDTH, 0, 0},
                    new float[] {0.5f, 0, 0},
                    new int[] {1, -1, -1},
                    new int[] {2, -1, -1},
                    new boolean[] {tree % 3 == 0, false, false},
                    new float[] {0, 1, -1});
        }
        return builder.build(0, link);
    }

    @Test
    void shouldAllocateNothingPerRow() {
        double[][] rows = new double[BATCH][];
        Arrays.setAll(rows, row -> new double[] {row / (double) BATCH, row % 3 == 0 ? Double.NaN : 1});
        scorers().forEach((name, scorer) -> {
            double[] scores = new double[BATCH * scorer.outputs()];
            long alone = Allocation.ofTheSecond(() -> {
                for (int i = 0; i < ROWS; i++) {
                    scorer.score(rows[i % BATCH], scores);
                }
            });
            long together = Allocation.ofTheSecond(() -> {
                for (int i = 0; i < ROWS; i += BATCH) {
                    scorer.scores(rows, 0, BATCH, scores);
                }
            });
            // A single object per row would be 16 bytes at least.
            assertThat(alone).as("%s, one by one", name).isLessThan(ROWS);
            assertThat(together).as("%s, %d at a time", name, BATCH).isLessThan(ROWS);
        });
    }

    @Test
    void shouldAllocateNothingPerRawRow() {
        Preparation preparation =
                new Preparation(List.of(new Step.Numeric("a", 0, 0, 1), new Step.Numeric("b", 2, 0, 1)));
        @Nullable Object[][] rows = {{0.25, 1.0}, {0.75, 3.0}, {null, 2.0}};
        scorers().values().stream().filter(scorer -> scorer.outputs() == 1).forEach(scorer -> {
            Model model = new Model(new ModelBundle(
                    ModelBundle.FORMAT_VERSION,
                    "p",
                    1,
                    "f",
                    preparation.features(),
                    "s",
                    preparation,
                    scorer,
                    new Output.Regression(),
                    List.of(new GoldenVector(List.of(0.0, 0.0), List.of(0.0)))));
            BucketCounts counts = new BucketCounts(WIDTH);
            double[] scores = new double[1];
            long allocated = Allocation.ofTheSecond(() -> {
                for (int i = 0; i < ROWS; i++) {
                    model.score(rows[i % rows.length], counts, scores);
                }
            });
            assertThat(allocated).as("%s", scorer).isLessThan(ROWS);
        });
    }
}
