package io.freshet.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.freshet.model.DenseNetworkScorer.Activation;
import io.freshet.model.DenseNetworkScorer.Layer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ScorerTest {
    private record Node(int feature, float threshold, boolean defaultLeft, Node left, Node right, float leaf) {
        double walk(double[] x) {
            if (left == null) {
                return leaf;
            }
            float value = (float) x[feature];
            boolean goLeft = Float.isNaN(value) ? defaultLeft : value < threshold;
            return (goLeft ? left : right).walk(x);
        }

        static Node random(Random random, int width, int depth) {
            if (depth == 0 || random.nextInt(4) == 0) {
                return new Node(0, 0, false, null, null, random.nextFloat() - 0.5f);
            }
            return new Node(
                    random.nextInt(width),
                    random.nextInt(8) / 10f,
                    random.nextBoolean(),
                    random(random, width, depth - 1),
                    random(random, width, depth - 1),
                    0);
        }

        int flatten(List<Object[]> out) {
            if (left == null) {
                out.add(new Object[] {0, 0f, -1, -1, false, leaf});
                return out.size() - 1;
            }
            int at = out.size();
            out.add(null);
            int r = right.flatten(out);
            int l = left.flatten(out);
            out.set(at, new Object[] {feature, threshold, l, r, defaultLeft, 0f});
            return at;
        }
    }

    private static void add(TreeEnsembleScorer.Builder builder, Node root) {
        List<Object[]> nodes = new ArrayList<>();
        root.flatten(nodes);
        int n = nodes.size();
        int[] feature = new int[n];
        float[] threshold = new float[n];
        int[] left = new int[n];
        int[] right = new int[n];
        boolean[] defaults = new boolean[n];
        float[] leaf = new float[n];
        for (int i = 0; i < n; i++) {
            Object[] node = nodes.get(i);
            feature[i] = (int) node[0];
            threshold[i] = (float) node[1];
            left[i] = (int) node[2];
            right[i] = (int) node[3];
            defaults[i] = (boolean) node[4];
            leaf[i] = (float) node[5];
        }
        builder.addTree(feature, threshold, left, right, defaults, leaf);
    }

    @Test
    void shouldWalkFlattenedTreesLikeObjectTrees() {
        for (long seed = 0; seed < 100; seed++) {
            Random random = new Random(seed);
            int width = 1 + random.nextInt(5);
            TreeEnsembleScorer.Builder builder = TreeEnsembleScorer.builder(width);
            List<Node> roots = new ArrayList<>();
            for (int t = 0; t < 5; t++) {
                Node root = Node.random(random, width, 5);
                roots.add(root);
                add(builder, root);
            }
            TreeEnsembleScorer scorer = builder.build(0.25, Link.IDENTITY);
            for (int i = 0; i < 50; i++) {
                double[] x = new double[width];
                for (int j = 0; j < width; j++) {
                    x[j] = random.nextInt(5) == 0 ? Double.NaN : random.nextInt(8) / 10.0;
                }
                double expected = 0.25;
                for (Node root : roots) {
                    expected += root.walk(x);
                }
                assertThat(scorer.score(x)).as("seed %d", seed).isEqualTo(expected);
            }
        }
    }

    @Test
    void shouldCompareInFloat32() {
        TreeEnsembleScorer scorer = TreeEnsembleScorer.builder(1)
                .addTree(
                        new int[3],
                        new float[] {0.1f, 0, 0},
                        new int[] {1, -1, -1},
                        new int[] {2, -1, -1},
                        new boolean[3],
                        new float[] {0, 1, 2})
                .build(0, Link.IDENTITY);
        assertThat(0.1 < (double) 0.1f).isTrue();
        assertThat(scorer.score(new double[] {0.1})).isEqualTo(2);
        assertThat(scorer.score(new double[] {0.09})).isEqualTo(1);
    }

    @Test
    void shouldRefuseInvalidTrees() {
        int[] none = {-1};
        assertThatThrownBy(() -> TreeEnsembleScorer.builder(1)
                        .addTree(new int[1], new float[1], new int[] {0}, new int[] {0}, new boolean[1], new float[1]))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new TreeEnsembleScorer(
                        1,
                        0,
                        Link.IDENTITY,
                        new int[1],
                        new int[1],
                        new float[1],
                        new int[1],
                        new int[] {5},
                        new boolean[1],
                        new float[1]))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> TreeEnsembleScorer.builder(1)
                        .addTree(new int[1], new float[1], none, none, new boolean[1], new float[] {Float.NaN})
                        .build(0, Link.IDENTITY))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void shouldMatchNaiveMatrixLoops() {
        for (long seed = 0; seed < 100; seed++) {
            Random random = new Random(seed);
            int layers = 1 + random.nextInt(3);
            int inputs = 1 + random.nextInt(6);
            double[] x = random.doubles(inputs, -1, 1).toArray();
            double[] expected = x;
            List<Layer> built = new ArrayList<>();
            for (int l = 0; l < layers; l++) {
                int outputs = l == layers - 1 ? 1 : 1 + random.nextInt(6);
                Activation activation = Activation.values()[random.nextInt(4)];
                float[] weights = new float[expected.length * outputs];
                float[] biases = new float[outputs];
                double[] next = new double[outputs];
                for (int o = 0; o < outputs; o++) {
                    biases[o] = random.nextFloat() - 0.5f;
                    next[o] = biases[o];
                    for (int i = 0; i < expected.length; i++) {
                        float w = random.nextFloat() - 0.5f;
                        weights[o * expected.length + i] = w;
                        next[o] += w * expected[i];
                    }
                    next[o] = switch (activation) {
                        case RELU -> next[o] > 0 ? next[o] : 0;
                        case TANH -> (Math.exp(2 * next[o]) - 1) / (Math.exp(2 * next[o]) + 1);
                        case SIGMOID -> 1 / (1 + Math.exp(-next[o]));
                        default -> next[o];
                    };
                }
                built.add(new Layer(expected.length, weights, biases, activation));
                expected = next;
            }
            assertThat(new DenseNetworkScorer(built).score(x))
                    .as("seed %d", seed)
                    .isCloseTo(expected[0], within(1e-12));
        }
    }

    @Test
    void shouldGiveEachClassItsShare() {
        Scorer twice = new LinearScorer(new double[] {2}, 0, Link.CLIPPED);
        Scorer once = new LinearScorer(new double[] {1}, 0, Link.CLIPPED);
        ClassScorer shares = new ClassScorer(List.of(twice, once), ClassScorer.Combination.SHARES);
        double[] scores = new double[2];

        shares.score(new double[] {0.3}, scores);
        assertThat(scores[0]).isCloseTo(2 / 3.0, within(1e-12));
        assertThat(scores[1]).isCloseTo(1 / 3.0, within(1e-12));
        shares.score(new double[] {-1}, scores);
        assertThat(scores).containsExactly(0.5, 0.5);
        assertThatThrownBy(() -> shares.score(new double[1])).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void shouldNotOverflowBySoftmax() {
        double[] margins = {1e300, 0, -1e300};
        Scorer.softmax(margins, 3);
        assertThat(margins).containsExactly(1, 0, 0);
        DenseNetworkScorer network = new DenseNetworkScorer(
                List.of(new Layer(1, new float[] {1000, 1000, 0}, new float[3], Activation.SOFTMAX)));
        double[] scores = new double[3];
        network.score(new double[] {5}, scores);
        assertThat(scores).containsExactly(0.5, 0.5, 0);
        assertThatThrownBy(() ->
                        new DenseNetworkScorer(List.of(new Layer(1, new float[2], new float[2], Activation.SIGMOID))))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void shouldScoreLinearModels() {
        double[] x = {3, -1};
        assertThat(new LinearScorer(new double[] {2, 1}, 0.5, Link.IDENTITY).score(x))
                .isEqualTo(5.5);
        assertThat(new LinearScorer(new double[] {2, 1}, -5, Link.LOGISTIC).score(x))
                .isEqualTo(0.5);
        assertThat(new LinearScorer(new double[] {-1e6, 0}, 0, Link.LOGISTIC).score(x))
                .isEqualTo(0);
        assertThatThrownBy(() -> new LinearScorer(new double[] {Double.NaN}, 0, Link.IDENTITY))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new Layer(2, new float[3], new float[2], Activation.RELU))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new LinearScorer(new double[1], 0, Link.IDENTITY).score(x))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
