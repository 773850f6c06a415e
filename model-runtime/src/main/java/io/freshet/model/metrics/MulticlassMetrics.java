package io.freshet.model.metrics;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;

/**
 * Metrics of classifiers with any number of classes. In every method {@code probabilities[i]} holds one probability per
 * class and belongs to {@code labels[i]}, a class counted from 0. The decision is the class with the greatest
 * probability, the first of equal ones. No rows, fewer than two classes, arrays of different lengths, labels outside the
 * classes, and rows that are not probabilities summing to 1 (to 1e-6) are refused with {@link IllegalArgumentException}.
 * Arguments are not changed.
 */
public final class MulticlassMetrics {
    private static final double SUM_TOLERANCE = 1e-6;

    private MulticlassMetrics() {}

    /**
     * How well one class is told from all others, or the mean over classes.
     *
     * @param precision 0 to 1; 0 where the class is never decided for
     * @param recall 0 to 1; 0 where the class has no rows
     * @param f1 0 to 1; 0 where both are
     * @param rocAuc of the class against the others by its probability; empty where it has no rows, or all
     * @param averagePrecision likewise
     */
    public record ClassMetrics(
            double precision, double recall, double f1, OptionalDouble rocAuc, OptionalDouble averagePrecision) {}

    /** Rows by actual class and decided class: {@code confusion[actual][decided]}. */
    public static long[][] confusion(double[][] probabilities, int[] labels) {
        int classes = check(probabilities, labels);
        long[][] confusion = new long[classes][classes];
        for (int i = 0; i < labels.length; i++) {
            confusion[labels[i]][decided(probabilities[i])]++;
        }
        return confusion;
    }

    /** Every class against all others, in the order of the classes. */
    public static List<ClassMetrics> perClass(double[][] probabilities, int[] labels) {
        long[][] confusion = confusion(probabilities, labels);
        List<ClassMetrics> metrics = new ArrayList<>();
        for (int one = 0; one < confusion.length; one++) {
            double[] scores = new double[labels.length];
            boolean[] isOne = new boolean[labels.length];
            for (int i = 0; i < labels.length; i++) {
                scores[i] = probabilities[i][one];
                isOne[i] = labels[i] == one;
            }
            Confusion against = against(confusion, one);
            metrics.add(new ClassMetrics(
                    against.precision(),
                    against.recall(),
                    against.f1(),
                    BinaryMetrics.rocAuc(scores, isOne),
                    BinaryMetrics.averagePrecision(scores, isOne)));
        }
        return List.copyOf(metrics);
    }

    /** The unweighted mean over all classes; a metric that any of them lacks is empty. */
    public static ClassMetrics macro(List<ClassMetrics> classes) {
        return new ClassMetrics(
                classes.stream().mapToDouble(ClassMetrics::precision).average().orElse(0),
                classes.stream().mapToDouble(ClassMetrics::recall).average().orElse(0),
                classes.stream().mapToDouble(ClassMetrics::f1).average().orElse(0),
                mean(classes.stream().map(ClassMetrics::rocAuc).toList()),
                mean(classes.stream().map(ClassMetrics::averagePrecision).toList()));
    }

    /** The share of rows decided rightly, 0 to 1. */
    public static double accuracy(double[][] probabilities, int[] labels) {
        long[][] confusion = confusion(probabilities, labels);
        long right = 0;
        for (int one = 0; one < confusion.length; one++) {
            right += confusion[one][one];
        }
        return (double) right / labels.length;
    }

    /** Mean negative log-likelihood in nats, at least 0; probabilities are clipped to [2^-52, 1 - 2^-52]. */
    public static double logLoss(double[][] probabilities, int[] labels) {
        check(probabilities, labels);
        double sum = 0;
        for (int i = 0; i < labels.length; i++) {
            sum += Rows.loss(probabilities[i][labels[i]]);
        }
        return sum / labels.length;
    }

    /**
     * Mean over rows of the summed squared distances of all probabilities from the outcome, in [0, 2] (Brier, Monthly
     * Weather Review 78(1), 1950); for two classes twice that of {@link BinaryMetrics#brier}.
     */
    public static double brier(double[][] probabilities, int[] labels) {
        check(probabilities, labels);
        double sum = 0;
        for (int i = 0; i < labels.length; i++) {
            for (int one = 0; one < probabilities[i].length; one++) {
                double error = probabilities[i][one] - (labels[i] == one ? 1 : 0);
                sum += error * error;
            }
        }
        return sum / labels.length;
    }

    /**
     * Expected calibration error of the decided class's probability, in [0, 1] (Guo, Pleiss, Sun and Weinberger, ICML
     * 2017), over {@value BinaryMetrics#CALIBRATION_BINS} bins of equal mass.
     */
    public static double calibrationError(double[][] probabilities, int[] labels) {
        check(probabilities, labels);
        double[] confidences = new double[labels.length];
        boolean[] right = new boolean[labels.length];
        for (int i = 0; i < labels.length; i++) {
            int decided = decided(probabilities[i]);
            confidences[i] = probabilities[i][decided];
            right[i] = decided == labels[i];
        }
        return Reliability.equalMass(confidences, right, BinaryMetrics.CALIBRATION_BINS)
                .calibrationError();
    }

    private static Confusion against(long[][] confusion, int one) {
        long rows = 0;
        long actual = 0;
        long decided = 0;
        for (int i = 0; i < confusion.length; i++) {
            actual += confusion[one][i];
            decided += confusion[i][one];
            for (long count : confusion[i]) {
                rows += count;
            }
        }
        long right = confusion[one][one];
        return new Confusion(right, decided - right, actual - right, rows - actual - decided + right);
    }

    private static OptionalDouble mean(List<OptionalDouble> values) {
        return values.stream().anyMatch(OptionalDouble::isEmpty)
                ? OptionalDouble.empty()
                : values.stream().mapToDouble(OptionalDouble::getAsDouble).average();
    }

    private static int decided(double[] probabilities) {
        int decided = 0;
        for (int one = 1; one < probabilities.length; one++) {
            if (probabilities[one] > probabilities[decided]) {
                decided = one;
            }
        }
        return decided;
    }

    private static int check(double[][] probabilities, int[] labels) {
        if (probabilities.length != labels.length || labels.length == 0) {
            throw new IllegalArgumentException(
                    probabilities.length + " rows but " + labels.length + " labels; at least one is needed");
        }
        int classes = probabilities[0].length;
        if (classes < 2) {
            throw new IllegalArgumentException("there must be two classes at least, not " + classes);
        }
        for (int i = 0; i < labels.length; i++) {
            if (probabilities[i].length != classes || labels[i] < 0 || labels[i] >= classes) {
                throw new IllegalArgumentException("row " + i + " has " + probabilities[i].length
                        + " probabilities and label " + labels[i] + ", of " + classes + " classes");
            }
            Rows.checkProbabilities(probabilities[i]);
            double sum = 0;
            for (double probability : probabilities[i]) {
                sum += probability;
            }
            if (!(Math.abs(sum - 1) <= SUM_TOLERANCE)) {
                throw new IllegalArgumentException("the probabilities of row " + i + " sum to " + sum);
            }
        }
        return classes;
    }
}
