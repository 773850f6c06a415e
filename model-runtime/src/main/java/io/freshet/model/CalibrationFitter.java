package io.freshet.model;

import java.util.Arrays;
import java.util.Comparator;
import java.util.Optional;

/**
 * Fits calibrations on scores of rows that the model was not fitted on. In every method {@code scores[i]}, a probability, or
 * of several classes the {@code i}-th row of them, belongs to {@code labels[i]}; arrays of different lengths, no rows, and
 * scores outside [0, 1] are refused with {@link IllegalArgumentException}.
 */
public final class CalibrationFitter {
    private static final int MOST_STEPS = 100;
    private static final double GRADIENT_TOLERANCE = 1e-12;

    private static final double SHORTEST_STEP = 1e-10;

    /** Near the optimum the loss changes by less than its own rounding; steps are not to stop short of it. */
    private static final double ROUNDING = 1e-13;

    /** Keeps the curvature positive where all scores are equal; Lin, Lin and Weng's value. */
    private static final double RIDGE = 1e-12;

    private static final double INVERSE_TOLERANCE = 1e-13;

    /** Beyond it the rows' probabilities are equal but for rounding. */
    private static final double MOST_INVERSE = 1e12;

    private CalibrationFitter() {}

    /**
     * Platt's calibration with his targets, which are short of 0 and 1 so that the fit is finite, by Newton's method with
     * halved steps (Lin, Lin and Weng, Machine Learning 68, 2007).
     *
     * @return empty when a higher score does not make a positive more likely on these rows
     */
    public static Optional<Calibration> platt(double[] scores, boolean[] labels) {
        check(scores, labels);
        double[] odds = new double[scores.length];
        Arrays.setAll(odds, i -> Calibration.Platt.logOdds(scores[i]));
        double[] targets = targets(labels);
        double slope = 1;
        double intercept = 0;
        for (int step = 0; step < MOST_STEPS; step++) {
            double ofSlope = 0;
            double ofIntercept = 0;
            double slopes = RIDGE;
            double mixed = 0;
            double intercepts = RIDGE;
            for (int i = 0; i < odds.length; i++) {
                double p = Link.sigmoid(slope * odds[i] + intercept);
                double residual = p - targets[i];
                double weight = p * (1 - p);
                ofSlope += residual * odds[i];
                ofIntercept += residual;
                slopes += weight * odds[i] * odds[i];
                mixed += weight * odds[i];
                intercepts += weight;
            }
            if (Math.abs(ofSlope) + Math.abs(ofIntercept) <= GRADIENT_TOLERANCE * odds.length) {
                break;
            }
            double determinant = slopes * intercepts - mixed * mixed;
            double slopeStep = (intercepts * ofSlope - mixed * ofIntercept) / determinant;
            double interceptStep = (slopes * ofIntercept - mixed * ofSlope) / determinant;
            double most = loss(odds, targets, slope, intercept) * (1 + ROUNDING);
            double length = 1;
            while (length > SHORTEST_STEP
                    && !(loss(odds, targets, slope - length * slopeStep, intercept - length * interceptStep) <= most)) {
                length /= 2;
            }
            slope -= length * slopeStep;
            intercept -= length * interceptStep;
        }
        return slope > 0 && Double.isFinite(slope) && Double.isFinite(intercept)
                ? Optional.of(new Calibration.Platt(slope, intercept))
                : Optional.empty();
    }

    private static double[] targets(boolean[] labels) {
        int positives = positives(labels);
        double high = (positives + 1.0) / (positives + 2.0);
        double low = 1.0 / (labels.length - positives + 2.0);
        double[] targets = new double[labels.length];
        for (int i = 0; i < targets.length; i++) {
            targets[i] = labels[i] ? high : low;
        }
        return targets;
    }

    /** Cross-entropy of the targets, each term written so that it does not overflow. */
    private static double loss(double[] odds, double[] targets, double slope, double intercept) {
        double loss = 0;
        for (int i = 0; i < odds.length; i++) {
            double margin = slope * odds[i] + intercept;
            loss += Math.max(margin, 0) - targets[i] * margin + Math.log1p(Math.exp(-Math.abs(margin)));
        }
        return loss;
    }

    /**
     * Isotonic calibration by {@link #pooled}, its probabilities kept {@code 1 / (rows + 2)} away from 0 and 1: that so many
     * rows all came out alike does not make the next one certain.
     */
    public static Calibration isotonic(double[] scores, boolean[] labels) {
        Calibration.Isotonic exact = pooled(scores, labels);
        double margin = 1.0 / (labels.length + 2);
        double[] probabilities = Arrays.stream(exact.probabilities())
                .map(probability -> Math.clamp(probability, margin, 1 - margin))
                .toArray();
        return new Calibration.Isotonic(exact.scores(), probabilities);
    }

    /**
     * The never falling function of the score with the least squared distance from the labels, by pooling adjacent
     * violators (Ayer, Brunk, Ewing, Reid and Silverman, Annals of Mathematical Statistics 26(4), 1955): level over each
     * pool, linear between pools.
     */
    static Calibration.Isotonic pooled(double[] scores, boolean[] labels) {
        check(scores, labels);
        Integer[] order = new Integer[scores.length];
        Arrays.setAll(order, i -> i);
        Arrays.sort(order, Comparator.comparingDouble(i -> scores[i] + 0.0));
        double[] from = new double[order.length];
        double[] to = new double[order.length];
        long[] rows = new long[order.length];
        long[] positives = new long[order.length];
        int pools = 0;
        for (int row : order) {
            if (pools == 0 || to[pools - 1] != scores[row]) {
                while (pools > 1 && falls(positives, rows, pools)) {
                    pool(to, rows, positives, --pools);
                }
                from[pools] = scores[row];
                to[pools] = scores[row];
                rows[pools] = 0;
                positives[pools] = 0;
                pools++;
            }
            rows[pools - 1]++;
            positives[pools - 1] += labels[row] ? 1 : 0;
        }
        while (pools > 1 && falls(positives, rows, pools)) {
            pool(to, rows, positives, --pools);
        }
        double[] x = new double[2 * pools];
        double[] y = new double[2 * pools];
        int points = 0;
        for (int i = 0; i < pools; i++) {
            double probability = (double) positives[i] / rows[i];
            x[points] = from[i] + 0.0;
            y[points++] = probability;
            if (to[i] > from[i]) {
                x[points] = to[i];
                y[points++] = probability;
            }
        }
        return new Calibration.Isotonic(Arrays.copyOf(x, points), Arrays.copyOf(y, points));
    }

    /**
     * The temperature with the least cross-entropy, by Newton's method on its inverse, in which the loss is convex, within an
     * interval that bisection narrows. A share {@code 1 / (rows + 1)} of each row counts as what the model took it for, as if
     * one more row spoke for leaving the probabilities as they are, so that there is a temperature where the most probable
     * class is always the actual one.
     *
     * @param scores row by row, each with a probability of every class
     * @param classes how many there are, at least 2
     * @param labels the rows' classes, counted from 0
     * @return empty when a higher probability does not make a class more likely on these rows
     */
    public static Optional<ClassCalibration> temperature(double[] scores, int classes, int[] labels) {
        check(scores, classes, labels);
        double[] logarithms = Arrays.stream(scores)
                .map(ClassCalibration.Temperature::logarithm)
                .toArray();
        double wanted = wanted(scores, logarithms, labels);
        Slope slope = new Slope(logarithms, classes, wanted);
        slope.at(0);
        if (!(slope.first < 0)) {
            return Optional.empty();
        }
        double low = 0;
        double high = 1;
        for (slope.at(high); slope.first < 0; slope.at(high)) {
            low = high;
            high *= 2;
            if (high > MOST_INVERSE) {
                return Optional.empty();
            }
        }
        double inverse = high;
        for (int step = 0; step < MOST_STEPS && high - low > INVERSE_TOLERANCE * high; step++) {
            double next = inverse - slope.first / slope.second;
            inverse = next > low && next < high ? next : (low + high) / 2;
            slope.at(inverse);
            if (slope.first < 0) {
                low = inverse;
            } else {
                high = inverse;
            }
            if (Math.abs(slope.first) <= GRADIENT_TOLERANCE * labels.length) {
                break;
            }
        }
        return Optional.of(new ClassCalibration.Temperature(1 / inverse));
    }

    /** The sum over rows of the logarithm's mean under the row's target. */
    private static double wanted(double[] scores, double[] logarithms, int[] labels) {
        int classes = scores.length / labels.length;
        double ofLabels = 0;
        for (int row = 0; row < labels.length; row++) {
            ofLabels += logarithms[row * classes + labels[row]];
        }
        double ofModel = 0;
        for (int i = 0; i < scores.length; i++) {
            ofModel += scores[i] * logarithms[i];
        }
        double share = 1.0 / (labels.length + 1);
        return (1 - share) * ofLabels + share * ofModel;
    }

    /** First and second derivative of the summed cross-entropy by the inverse temperature. */
    private static final class Slope {
        private final double[] logarithms;
        private final double wanted;
        private final double[] row;
        private double first;
        private double second;

        Slope(double[] logarithms, int classes, double wanted) {
            this.logarithms = logarithms;
            this.wanted = wanted;
            this.row = new double[classes];
        }

        void at(double inverse) {
            first = -wanted;
            second = 0;
            for (int from = 0; from < logarithms.length; from += row.length) {
                for (int one = 0; one < row.length; one++) {
                    row[one] = inverse * logarithms[from + one];
                }
                Scorer.softmax(row, row.length);
                double mean = 0;
                for (int one = 0; one < row.length; one++) {
                    mean += row[one] * logarithms[from + one];
                }
                first += mean;
                for (int one = 0; one < row.length; one++) {
                    double off = logarithms[from + one] - mean;
                    second += row[one] * off * off;
                }
            }
        }
    }

    private static void check(double[] scores, int classes, int[] labels) {
        if (classes < 2 || labels.length == 0 || scores.length != (long) labels.length * classes) {
            throw new IllegalArgumentException(scores.length + " scores of " + classes + " classes but " + labels.length
                    + " labels; at least one and two classes are needed");
        }
        checkProbabilities(scores);
        for (int label : labels) {
            if (label < 0 || label >= classes) {
                throw new IllegalArgumentException("no class of " + classes + ": " + label);
            }
        }
    }

    /** Whether the last pool's share of positives is not above that of the pool before. */
    private static boolean falls(long[] positives, long[] rows, int pools) {
        return positives[pools - 1] * rows[pools - 2] <= positives[pools - 2] * rows[pools - 1];
    }

    /** Adds pool {@code last} to the one before it. */
    private static void pool(double[] to, long[] rows, long[] positives, int last) {
        to[last - 1] = to[last];
        rows[last - 1] += rows[last];
        positives[last - 1] += positives[last];
    }

    private static int positives(boolean[] labels) {
        int positives = 0;
        for (boolean label : labels) {
            positives += label ? 1 : 0;
        }
        return positives;
    }

    private static void check(double[] scores, boolean[] labels) {
        if (scores.length != labels.length || scores.length == 0) {
            throw new IllegalArgumentException(
                    scores.length + " scores but " + labels.length + " labels; at least one is needed");
        }
        checkProbabilities(scores);
    }

    private static void checkProbabilities(double[] scores) {
        for (double score : scores) {
            if (!(score >= 0 && score <= 1)) {
                throw new IllegalArgumentException("not a probability: " + score);
            }
        }
    }
}
