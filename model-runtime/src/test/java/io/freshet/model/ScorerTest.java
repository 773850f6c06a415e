package io.freshet.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.freshet.model.DenseNetworkScorer.Activation;
import io.freshet.model.DenseNetworkScorer.Layer;
import java.util.ArrayList;
import java.util.Arrays;
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
                    random.nextInt(6) == 0 ? -0f : (random.nextInt(8) - 2) / 10f,
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
        double[] edges = {Double.NaN, -0.0, 0.0, 1e300, -1e300, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY};
        for (long seed = 0; seed < 100; seed++) {
            Random random = new Random(seed);
            int width = 1 + random.nextInt(5);
            TreeEnsembleScorer.Builder builder = TreeEnsembleScorer.builder(width);
            List<Node> roots = new ArrayList<>();
            for (int t = random.nextInt(20); t > 0; t--) {
                Node root = Node.random(random, width, 1 + random.nextInt(7));
                roots.add(root);
                add(builder, root);
            }
            TreeEnsembleScorer scorer = builder.build(0.25, Link.IDENTITY);
            double[][] rows = new double[1 + random.nextInt(600)][width];
            double[] expected = new double[rows.length];
            for (int i = 0; i < rows.length; i++) {
                for (int j = 0; j < width; j++) {
                    rows[i][j] = random.nextInt(3) == 0
                            ? edges[random.nextInt(edges.length)]
                            : (random.nextInt(8) - 2) / 10.0;
                }
                expected[i] = 0.25;
                for (Node root : roots) {
                    expected[i] += root.walk(rows[i]);
                }
                assertThat(scorer.score(rows[i])).as("seed %d", seed).isEqualTo(expected[i]);
            }
            int from = random.nextInt(rows.length);
            int to = from + random.nextInt(rows.length - from + 1);
            double[] scores = new double[to - from];
            scorer.scores(rows, from, to, scores);
            assertThat(scores).as("seed %d", seed).isEqualTo(Arrays.copyOfRange(expected, from, to));
        }
    }

    @Test
    void shouldScoreManyRowsOfManyColumnsLikeEach() {
        Random random = new Random(1);
        int width = 6_000;
        TreeEnsembleScorer.Builder builder = TreeEnsembleScorer.builder(width);
        for (int column = 0; column < width; column++) {
            builder.addTree(
                    new int[] {column, 0, 0},
                    new float[] {0.5f, 0, 0},
                    new int[] {1, -1, -1},
                    new int[] {2, -1, -1},
                    new boolean[3],
                    new float[] {0, random.nextFloat(), random.nextFloat()});
        }
        TreeEnsembleScorer scorer = builder.build(0, Link.LOGISTIC);
        double[][] rows = new double[27][];
        Arrays.setAll(rows, row -> random.doubles(width).toArray());
        double[] scores = new double[rows.length];
        scorer.scores(rows, 0, rows.length, scores);
        assertThat(scores)
                .isEqualTo(Arrays.stream(rows).mapToDouble(scorer::score).toArray());
        assertThatThrownBy(() -> scorer.scores(new double[][] {new double[width - 1]}, 0, 1, scores))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("expected 6000 prepared values, got 5999");
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
                int outputs = l == layers - 1 ? 1 : 1 + random.nextInt(11);
                Activation activation = Activation.values()[random.nextInt(4)];
                Layer layer = layer(random, expected.length, outputs, activation);
                double[] next = new double[outputs];
                for (int o = 0; o < outputs; o++) {
                    next[o] = layer.biases()[o];
                    for (int i = 0; i < expected.length; i++) {
                        next[o] += layer.weights()[o * expected.length + i] * expected[i];
                    }
                    next[o] = switch (activation) {
                        case RELU -> next[o] > 0 ? next[o] : 0;
                        case TANH -> (Math.exp(2 * next[o]) - 1) / (Math.exp(2 * next[o]) + 1);
                        case SIGMOID -> 1 / (1 + Math.exp(-next[o]));
                        default -> next[o];
                    };
                }
                built.add(layer);
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
    void shouldScoreManyRowsOfEveryKindLikeEach() {
        Random random = new Random(1);
        TreeEnsembleScorer.Builder builder = TreeEnsembleScorer.builder(3);
        for (int tree = 0; tree < 11; tree++) {
            add(builder, Node.random(random, 3, 5));
        }
        TreeEnsembleScorer margins = builder.build(0.5, Link.IDENTITY);
        TreeEnsembleScorer shares = builder.build(0.5, Link.CLIPPED);
        Scorer line = new LinearScorer(new double[] {1, -2, 3}, 0.25, Link.IDENTITY);
        Layer hidden = layer(random, 3, 9, Activation.TANH);
        List<Scorer> scorers = List.of(
                line,
                margins,
                new DenseNetworkScorer(List.of(hidden, layer(random, 9, 1, Activation.SIGMOID))),
                new DenseNetworkScorer(List.of(hidden, layer(random, 9, 5, Activation.SOFTMAX))),
                new ClassScorer(List.of(line, margins, line), ClassScorer.Combination.SOFTMAX),
                new ClassScorer(List.of(shares, shares), ClassScorer.Combination.SHARES));
        double[][] rows = new double[21][];
        Arrays.setAll(rows, row -> random.doubles(3, -1, 1).toArray());
        for (Scorer scorer : scorers) {
            int outputs = scorer.outputs();
            double[] scores = new double[19 * outputs];
            scorer.scores(rows, 1, 20, scores);
            for (int row = 1; row < 20; row++) {
                double[] one = new double[outputs];
                scorer.score(rows[row], one);
                assertThat(Arrays.copyOfRange(scores, (row - 1) * outputs, row * outputs))
                        .as("%s", scorer)
                        .isEqualTo(one);
            }
        }
    }

    private static Layer layer(Random random, int inputs, int outputs, Activation activation) {
        float[] weights = new float[inputs * outputs];
        float[] biases = new float[outputs];
        for (int i = 0; i < weights.length; i++) {
            weights[i] = random.nextFloat() - 0.5f;
        }
        for (int i = 0; i < outputs; i++) {
            biases[i] = random.nextFloat() - 0.5f;
        }
        return new Layer(inputs, weights, biases, activation);
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
