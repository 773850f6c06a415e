package io.freshet.model.metrics;

import java.util.Arrays;
import java.util.Comparator;
import java.util.OptionalDouble;

/**
 * Metrics of binary classifiers. In every method {@code scores[i]} belongs to {@code labels[i]}; {@code true} is the
 * positive class. Arrays of different lengths and NaN scores are refused with {@link IllegalArgumentException}; input
 * with a single class, or none, gives {@link OptionalDouble#empty()}. Arguments are not changed.
 */
public final class BinaryMetrics {
    /** Probabilities are clipped to [CLIP, 1 - CLIP] before their logarithm is taken. */
    static final double CLIP = 1e-15;

    private BinaryMetrics() {}

    /**
     * Area under the ROC curve, in [0, 1]: the chance that a random positive outranks a random negative, a tie counting
     * one half (Mann-Whitney with mid-ranks).
     *
     * @param scores any non-NaN values, higher meaning more likely positive
     */
    public static OptionalDouble rocAuc(double[] scores, boolean[] labels) {
        long positives = check(scores, labels);
        long negatives = labels.length - positives;
        if (positives == 0 || negatives == 0) {
            return OptionalDouble.empty();
        }
        Integer[] order = order(scores, false);
        double rankSum = 0;
        int start = 0;
        while (start < order.length) {
            int end = groupEnd(order, scores, start);
            double midRank = (start + 1 + (double) end) / 2;
            for (int i = start; i < end; i++) {
                if (labels[order[i]]) {
                    rankSum += midRank;
                }
            }
            start = end;
        }
        double wins = rankSum - positives * (positives + 1.0) / 2;
        return OptionalDouble.of(wins / ((double) positives * negatives));
    }

    /**
     * Average precision, in (0, 1]: the sum over distinct thresholds, from the highest, of the gain in recall times the
     * precision there, without interpolation. Equal scores form one threshold.
     *
     * @param scores any non-NaN values, higher meaning more likely positive
     */
    public static OptionalDouble averagePrecision(double[] scores, boolean[] labels) {
        long positives = check(scores, labels);
        if (positives == 0 || positives == labels.length) {
            return OptionalDouble.empty();
        }
        Integer[] order = order(scores, true);
        double sum = 0;
        long found = 0;
        int start = 0;
        while (start < order.length) {
            int end = groupEnd(order, scores, start);
            long gained = 0;
            for (int i = start; i < end; i++) {
                if (labels[order[i]]) {
                    gained++;
                }
            }
            found += gained;
            sum += (double) gained / positives * ((double) found / end);
            start = end;
        }
        return OptionalDouble.of(sum);
    }

    /**
     * Mean negative log-likelihood in nats, at least 0; probabilities are clipped to [1e-15, 1 - 1e-15].
     *
     * @param scores probabilities of the positive class, in [0, 1]; others are refused
     */
    public static OptionalDouble logLoss(double[] scores, boolean[] labels) {
        long positives = check(scores, labels);
        checkProbabilities(scores);
        if (positives == 0 || positives == labels.length) {
            return OptionalDouble.empty();
        }
        double sum = 0;
        for (int i = 0; i < scores.length; i++) {
            double p = Math.min(1 - CLIP, Math.max(CLIP, scores[i]));
            sum -= labels[i] ? Math.log(p) : Math.log1p(-p);
        }
        return OptionalDouble.of(sum / scores.length);
    }

    /**
     * Mean squared distance of the probability from the outcome (0 or 1), in [0, 1].
     *
     * @param scores probabilities of the positive class, in [0, 1]; others are refused
     */
    public static OptionalDouble brier(double[] scores, boolean[] labels) {
        long positives = check(scores, labels);
        checkProbabilities(scores);
        if (positives == 0 || positives == labels.length) {
            return OptionalDouble.empty();
        }
        double sum = 0;
        for (int i = 0; i < scores.length; i++) {
            double error = scores[i] - (labels[i] ? 1 : 0);
            sum += error * error;
        }
        return OptionalDouble.of(sum / scores.length);
    }

    private static Integer[] order(double[] scores, boolean descending) {
        Integer[] order = new Integer[scores.length];
        Arrays.setAll(order, i -> i);
        Comparator<Integer> byScore = Comparator.comparingDouble(i -> scores[i] + 0.0);
        Arrays.sort(order, descending ? byScore.reversed() : byScore);
        return order;
    }

    private static int groupEnd(Integer[] order, double[] scores, int start) {
        int end = start + 1;
        while (end < order.length && scores[order[end]] == scores[order[start]]) {
            end++;
        }
        return end;
    }

    private static long check(double[] scores, boolean[] labels) {
        if (scores.length != labels.length) {
            throw new IllegalArgumentException(scores.length + " scores but " + labels.length + " labels");
        }
        long positives = 0;
        for (int i = 0; i < scores.length; i++) {
            if (Double.isNaN(scores[i])) {
                throw new IllegalArgumentException("score " + i + " is NaN");
            }
            if (labels[i]) {
                positives++;
            }
        }
        return positives;
    }

    private static void checkProbabilities(double[] scores) {
        for (double score : scores) {
            if (score < 0 || score > 1) {
                throw new IllegalArgumentException("not a probability: " + score);
            }
        }
    }
}
