package io.freshet.model.metrics;

import java.util.OptionalDouble;

/**
 * Metrics of binary classifiers. In every method {@code scores[i]} belongs to {@code labels[i]}; {@code true} is the
 * positive class. Arrays of different lengths and NaN scores are refused with {@link IllegalArgumentException}; input
 * with a single class, or none, gives {@link OptionalDouble#empty()}. Arguments are not changed.
 */
public final class BinaryMetrics {
    /** How many bins {@link #calibrationError} has. */
    public static final int CALIBRATION_BINS = 10;

    private BinaryMetrics() {}

    /**
     * Area under the ROC curve, in [0, 1]: the chance that a random positive outranks a random negative, a tie counting
     * one half (Mann-Whitney with mid-ranks).
     *
     * @param scores any non-NaN values, higher meaning more likely positive
     */
    public static OptionalDouble rocAuc(double[] scores, boolean[] labels) {
        ThresholdCurve curve = ThresholdCurve.of(scores, labels);
        if (curve.positives() == 0 || curve.negatives() == 0) {
            return OptionalDouble.empty();
        }
        double wins = 0;
        long found = 0;
        long alarms = 0;
        for (ThresholdCurve.Point point : curve.points()) {
            wins += (point.falsePositives() - alarms) * ((point.truePositives() + found) / 2.0);
            found = point.truePositives();
            alarms = point.falsePositives();
        }
        return OptionalDouble.of(wins / ((double) curve.positives() * curve.negatives()));
    }

    /**
     * Average precision, in (0, 1]: the sum over distinct thresholds, from the highest, of the gain in recall times the
     * precision there, without interpolation. Equal scores form one threshold.
     *
     * @param scores any non-NaN values, higher meaning more likely positive
     */
    public static OptionalDouble averagePrecision(double[] scores, boolean[] labels) {
        ThresholdCurve curve = ThresholdCurve.of(scores, labels);
        if (curve.positives() == 0 || curve.negatives() == 0) {
            return OptionalDouble.empty();
        }
        double sum = 0;
        long found = 0;
        for (ThresholdCurve.Point point : curve.points()) {
            sum += (double) (point.truePositives() - found) / curve.positives() * point.precision();
            found = point.truePositives();
        }
        return OptionalDouble.of(sum);
    }

    /**
     * Mean negative log-likelihood in nats, at least 0; probabilities are clipped to [2^-52, 1 - 2^-52].
     *
     * @param scores probabilities of the positive class, in [0, 1]; others are refused
     */
    public static OptionalDouble logLoss(double[] scores, boolean[] labels) {
        if (lacksAClass(scores, labels)) {
            return OptionalDouble.empty();
        }
        double sum = 0;
        for (int i = 0; i < scores.length; i++) {
            sum += logLoss(scores[i], labels[i]);
        }
        return OptionalDouble.of(sum / scores.length);
    }

    /** The {@link #logLoss(double[], boolean[]) log loss} of one row. */
    public static double logLoss(double score, boolean label) {
        return Rows.loss(label ? score : 1 - score);
    }

    /**
     * Mean squared distance of the probability from the outcome (0 or 1), in [0, 1].
     *
     * @param scores probabilities of the positive class, in [0, 1]; others are refused
     */
    public static OptionalDouble brier(double[] scores, boolean[] labels) {
        if (lacksAClass(scores, labels)) {
            return OptionalDouble.empty();
        }
        double sum = 0;
        for (int i = 0; i < scores.length; i++) {
            double error = scores[i] - (labels[i] ? 1 : 0);
            sum += error * error;
        }
        return OptionalDouble.of(sum / scores.length);
    }

    /**
     * Expected calibration error, in [0, 1], over {@value #CALIBRATION_BINS} bins of equal mass ({@link
     * Reliability#equalMass}): where positives are rare, bins of equal width would put nearly all rows into the first.
     *
     * @param scores probabilities of the positive class, in [0, 1]; others are refused
     */
    public static OptionalDouble calibrationError(double[] scores, boolean[] labels) {
        return lacksAClass(scores, labels)
                ? OptionalDouble.empty()
                : OptionalDouble.of(
                        Reliability.equalMass(scores, labels, CALIBRATION_BINS).calibrationError());
    }

    private static boolean lacksAClass(double[] probabilities, boolean[] labels) {
        int positives = Rows.positives(probabilities, labels);
        Rows.checkProbabilities(probabilities);
        return positives == 0 || positives == labels.length;
    }
}
