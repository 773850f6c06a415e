package io.freshet.onnx;

import io.freshet.model.Calibration;
import io.freshet.model.ClassCalibration;
import io.freshet.model.ClassScorer;
import io.freshet.model.DenseNetworkScorer;
import io.freshet.model.DenseNetworkScorer.Activation;
import io.freshet.model.DenseNetworkScorer.Layer;
import io.freshet.model.GoldenVector;
import io.freshet.model.LinearScorer;
import io.freshet.model.Link;
import io.freshet.model.Model;
import io.freshet.model.ModelBundle;
import io.freshet.model.Output;
import io.freshet.model.Preparation;
import io.freshet.model.Scorer;
import io.freshet.model.Step;
import io.freshet.model.TreeEnsembleScorer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.IntStream;

/** Random models of every kind, and rows for them. */
final class Models {
    /** Within 16 bits: ONNX Runtime's Java API hands others on in Java's own encoding, which is not UTF-8. */
    private static final List<String> TEXTS =
            List.of("a", "A", " a", "b", "bb", "ccc", "dddd", "ä", "日本", "NaN", "0", "\n", "x".repeat(300));

    private static final List<Activation> HIDDEN =
            List.of(Activation.RELU, Activation.TANH, Activation.SIGMOID, Activation.IDENTITY);

    private Models() {}

    /** Learners of the kinds of scorers that there are. */
    enum Kind {
        LINEAR,
        TREES,
        NETWORK,
        LINEAR_CLASSES,
        TREE_CLASSES,
        NETWORK_CLASSES
    }

    static Model random(Random random, Kind kind) {
        List<Step> steps = new ArrayList<>();
        int features = 1 + random.nextInt(5);
        for (int i = 0; i < features; i++) {
            steps.add(step(random, "f" + i, kind == Kind.TREES || kind == Kind.TREE_CLASSES));
        }
        Preparation preparation = new Preparation(steps);
        Scorer scorer = switch (kind) {
            case LINEAR -> linear(random, preparation.width(), link(random));
            case TREES -> trees(random, preparation.width(), link(random));
            case NETWORK -> network(random, preparation.width(), 1);
            case LINEAR_CLASSES -> classes(random, link -> linear(random, preparation.width(), link));
            case TREE_CLASSES -> classes(random, link -> trees(random, preparation.width(), link));
            case NETWORK_CLASSES -> network(random, preparation.width(), 2 + random.nextInt(4));
        };
        return of(preparation, scorer, output(random, scorer));
    }

    static Model of(Preparation preparation, Scorer scorer, Output output) {
        List<Object> nothing =
                new ArrayList<>(Collections.nCopies(preparation.steps().size(), null));
        return new Model(new ModelBundle(
                ModelBundle.FORMAT_VERSION,
                "cards",
                7,
                "some-family",
                preparation.features(),
                "0123456789ab",
                preparation,
                scorer,
                output,
                List.of(new GoldenVector(nothing, Collections.nCopies(output.size(), 0.5)))));
    }

    static List<Object[]> rows(Random random, Model model, int count) {
        List<Object[]> rows = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            rows.add(model.bundle().preparation().steps().stream()
                    .map(step -> value(random, step))
                    .toArray());
        }
        return rows;
    }

    private static Object value(Random random, Step step) {
        if (random.nextInt(5) == 0) {
            return null;
        }
        if (!(step instanceof Step.Numeric numeric)) {
            return random.nextInt(6) == 0 ? "never seen " + random.nextInt() : text(random);
        }
        return switch (random.nextInt(8)) {
            case 0 -> Double.NaN;
            case 1 -> Double.isFinite(numeric.low()) ? numeric.low() : 0.0;
            case 2 -> Double.isFinite(numeric.high()) ? numeric.high() : -0.0;
            case 3 -> random.nextGaussian() * 1e-9;
            case 4 -> random.nextGaussian() * 1e6;
            case 5 -> random.nextInt(8) / 10.0;
            default -> random.nextGaussian();
        };
    }

    private static String text(Random random) {
        return TEXTS.get(random.nextInt(TEXTS.size()));
    }

    private static Step step(Random random, String feature, boolean mayKeepMissing) {
        return switch (random.nextInt(4)) {
            case 0, 1 -> number(random, feature, mayKeepMissing);
            case 2 -> oneHot(random, feature);
            default ->
                random.nextBoolean()
                        ? mapped(random, feature)
                        : new Step.Hashed(feature, imputed(random), random.nextBoolean(), 2 + random.nextInt(20));
        };
    }

    private static Step number(Random random, String feature, boolean mayKeepMissing) {
        double low = random.nextInt(3) == 0 ? -random.nextInt(10) : Double.NEGATIVE_INFINITY;
        double high = random.nextInt(3) == 0 ? 1 + random.nextInt(10) : Double.POSITIVE_INFINITY;
        boolean scaled = random.nextBoolean();
        return new Step.Numeric(
                feature,
                mayKeepMissing && random.nextBoolean() ? Double.NaN : random.nextGaussian(),
                random.nextBoolean(),
                low,
                high,
                // Numbers of a size that a scorer is fitted to: whoever clips or scales sees them small.
                random.nextBoolean(),
                scaled ? random.nextGaussian() : 0,
                scaled ? Math.exp(random.nextGaussian() * 2) : 1);
    }

    private static Step oneHot(Random random, String feature) {
        Set<String> categories = new TreeSet<>();
        Set<String> rare = new HashSet<>();
        share(random, categories, rare);
        while (true) {
            int first = categories.size();
            int[] places = {0, 0, 0};
            Arrays.setAll(places, i -> random.nextBoolean() ? Step.OneHot.NO_COLUMN : first + random.nextInt(3));
            try {
                return new Step.OneHot(
                        feature, imputed(random), List.copyOf(categories), rare, places[0], places[1], places[2]);
            } catch (IllegalArgumentException e) {
                // A column that is not used: another try.
            }
        }
    }

    private static Step mapped(Random random, String feature) {
        Set<String> categories = new TreeSet<>();
        Set<String> rare = new HashSet<>();
        share(random, categories, rare);
        Map<String, Double> values = new HashMap<>();
        categories.forEach(category -> values.put(category, random.nextGaussian()));
        return new Step.Mapped(
                feature,
                Step.Mapped.Encode.TARGET,
                imputed(random),
                random.nextBoolean(),
                values,
                rare,
                random.nextGaussian(),
                random.nextGaussian(),
                random.nextGaussian());
    }

    private static void share(Random random, Set<String> categories, Set<String> rare) {
        for (String text : TEXTS) {
            switch (random.nextInt(4)) {
                case 0, 1 -> categories.add(text);
                case 2 -> rare.add(text);
                default -> {
                    // Never seen in training.
                }
            }
        }
    }

    private static String imputed(Random random) {
        return random.nextInt(3) == 0 ? text(random) : null;
    }

    static Scorer linear(Random random, int width, Link link) {
        double[] weights = new double[width];
        Arrays.setAll(weights, i -> random.nextGaussian());
        return new LinearScorer(weights, random.nextGaussian(), link);
    }

    private static Link link(Random random) {
        return Link.values()[random.nextInt(Link.values().length)];
    }

    private static Scorer classes(Random random, Function<Link, Scorer> one) {
        boolean margins = random.nextBoolean();
        List<Scorer> scorers = new ArrayList<>();
        int classes = 2 + random.nextInt(4);
        for (int i = 0; i < classes; i++) {
            scorers.add(one.apply(margins ? Link.IDENTITY : random.nextBoolean() ? Link.LOGISTIC : Link.CLIPPED));
        }
        return new ClassScorer(scorers, margins ? ClassScorer.Combination.SOFTMAX : ClassScorer.Combination.SHARES);
    }

    static Scorer network(Random random, int width, int last) {
        List<Layer> layers = new ArrayList<>();
        int inputs = width;
        int hidden = random.nextInt(3);
        for (int i = 0; i <= hidden; i++) {
            int outputs = i == hidden ? last : 1 + random.nextInt(8);
            float[] weights = new float[inputs * outputs];
            float[] biases = new float[outputs];
            for (int w = 0; w < weights.length; w++) {
                weights[w] = (float) (random.nextGaussian() / Math.sqrt(inputs));
            }
            for (int b = 0; b < biases.length; b++) {
                biases[b] = (float) random.nextGaussian();
            }
            Activation activation = i < hidden
                    ? HIDDEN.get(random.nextInt(HIDDEN.size()))
                    : last > 1 ? Activation.SOFTMAX : random.nextInt(3) == 0 ? Activation.IDENTITY : Activation.SIGMOID;
            layers.add(new Layer(inputs, weights, biases, activation));
            inputs = outputs;
        }
        return new DenseNetworkScorer(layers);
    }

    static TreeEnsembleScorer trees(Random random, int width, Link link) {
        TreeEnsembleScorer.Builder builder = TreeEnsembleScorer.builder(width);
        int trees = random.nextInt(30);
        for (int i = 0; i < trees; i++) {
            add(builder, random, width, random.nextInt(4));
        }
        return builder.build(random.nextGaussian(), link);
    }

    /** A full tree of this depth, laid out as a heap. */
    private static void add(TreeEnsembleScorer.Builder builder, Random random, int width, int depth) {
        int nodes = (1 << (depth + 1)) - 1;
        int splits = (1 << depth) - 1;
        int[] feature = new int[nodes];
        float[] threshold = new float[nodes];
        int[] left = new int[nodes];
        int[] right = new int[nodes];
        boolean[] defaultLeft = new boolean[nodes];
        float[] leaf = new float[nodes];
        for (int node = 0; node < nodes; node++) {
            boolean split = node < splits;
            feature[node] = random.nextInt(width);
            // Often a value that rows have: a split must not take an equal number to the left.
            threshold[node] = random.nextBoolean() ? random.nextInt(8) / 10f : (float) random.nextGaussian();
            left[node] = split ? 2 * node + 1 : TreeEnsembleScorer.LEAF;
            right[node] = split ? 2 * node + 2 : TreeEnsembleScorer.LEAF;
            defaultLeft[node] = random.nextBoolean();
            leaf[node] = (float) (random.nextGaussian() / 3);
        }
        builder.addTree(feature, threshold, left, right, defaultLeft, leaf);
    }

    private static Output output(Random random, Scorer scorer) {
        if (scorer.outputs() > 1) {
            List<String> names = IntStream.range(0, scorer.outputs())
                    .mapToObj(i -> "class " + i)
                    .toList();
            return new Output.Multiclass(
                    names,
                    random.nextBoolean()
                            ? new ClassCalibration.None()
                            : new ClassCalibration.Temperature(Math.exp(random.nextGaussian())));
        }
        boolean probability = switch (scorer) {
            case LinearScorer linear -> linear.link() != Link.IDENTITY;
            case TreeEnsembleScorer trees -> trees.link() != Link.IDENTITY;
            case ClassScorer classes -> throw new IllegalStateException("it has several outputs");
            case DenseNetworkScorer network -> network.layers().getLast().activation() == Activation.SIGMOID;
        };
        if (!probability) {
            return new Output.Regression();
        }
        Calibration calibration = switch (random.nextInt(3)) {
            case 0 -> new Calibration.None();
            case 1 -> new Calibration.Platt(Math.exp(random.nextGaussian()), random.nextGaussian());
            default -> isotonic(random);
        };
        return new Output.Binary(calibration, 0.25);
    }

    static Calibration isotonic(Random random) {
        int points = 1 + random.nextInt(20);
        double[] scores = new double[points];
        double[] probabilities = new double[points];
        Set<Integer> places = new TreeSet<>();
        while (places.size() < points) {
            places.add(random.nextInt(101));
        }
        int at = 0;
        double probability = random.nextDouble() / 2;
        for (int place : places) {
            scores[at] = place / 100.0;
            probabilities[at++] = probability;
            probability = random.nextInt(3) == 0 ? probability : Math.min(1, probability + random.nextDouble() / 10);
        }
        return new Calibration.Isotonic(scores, probabilities);
    }
}
