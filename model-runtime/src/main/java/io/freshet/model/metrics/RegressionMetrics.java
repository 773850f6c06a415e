package io.freshet.model.metrics;

import java.util.OptionalDouble;

/**
 * Metrics of regressions. In every method {@code predicted[i]} belongs to {@code actual[i]}. Arrays of different lengths,
 * empty ones and values that are not finite are refused with {@link IllegalArgumentException}. Arguments are not changed.
 */
public final class RegressionMetrics {
    private RegressionMetrics() {}

    /** Root of the mean squared error, in the label's unit. */
    public static double rmse(double[] predicted, double[] actual) {
        check(predicted, actual);
        return Math.sqrt(squares(predicted, actual) / actual.length);
    }

    /** Mean absolute error, in the label's unit. */
    public static double mae(double[] predicted, double[] actual) {
        check(predicted, actual);
        double sum = 0;
        for (int i = 0; i < actual.length; i++) {
            sum += Math.abs(predicted[i] - actual[i]);
        }
        return sum / actual.length;
    }

    /**
     * Mean absolute error as a share of the actual value, 0 and up; actual values nearer to 0 than 2^-52 count as that, so
     * that a single 0 makes it huge.
     */
    public static double mape(double[] predicted, double[] actual) {
        check(predicted, actual);
        double sum = 0;
        for (int i = 0; i < actual.length; i++) {
            sum += Math.abs(predicted[i] - actual[i]) / Math.max(Math.abs(actual[i]), Rows.CLIP);
        }
        return sum / actual.length;
    }

    /**
     * Coefficient of determination, at most 1: the share of the actual values' squared distance from their mean that is
     * explained. Where all actual values are equal it is 1 for an exact prediction and 0 for any other. Empty for a single
     * row.
     */
    public static OptionalDouble r2(double[] predicted, double[] actual) {
        check(predicted, actual);
        if (actual.length < 2) {
            return OptionalDouble.empty();
        }
        double mean = 0;
        for (double value : actual) {
            mean += value / actual.length;
        }
        double total = 0;
        for (double value : actual) {
            total += (value - mean) * (value - mean);
        }
        double rest = squares(predicted, actual);
        if (total == 0) {
            return OptionalDouble.of(rest == 0 ? 1 : 0);
        }
        return OptionalDouble.of(1 - rest / total);
    }

    /**
     * Mean pinball loss of predicted quantiles, in the label's unit: {@code level} for each unit that is predicted too
     * little, {@code 1 - level} for each too much (Koenker and Bassett, Econometrica 46(1), 1978).
     *
     * @param level of the quantile, 0 to 1
     */
    public static double pinball(double[] predicted, double[] actual, double level) {
        check(predicted, actual);
        if (!(level >= 0 && level <= 1)) {
            throw new IllegalArgumentException("level must be from 0 to 1, not " + level);
        }
        double sum = 0;
        for (int i = 0; i < actual.length; i++) {
            double tooLittle = actual[i] - predicted[i];
            sum += tooLittle >= 0 ? level * tooLittle : (level - 1) * tooLittle;
        }
        return sum / actual.length;
    }

    private static double squares(double[] predicted, double[] actual) {
        double sum = 0;
        for (int i = 0; i < actual.length; i++) {
            sum += (predicted[i] - actual[i]) * (predicted[i] - actual[i]);
        }
        return sum;
    }

    private static void check(double[] predicted, double[] actual) {
        if (predicted.length != actual.length || actual.length == 0) {
            throw new IllegalArgumentException(
                    predicted.length + " predictions but " + actual.length + " actual values; at least one is needed");
        }
        for (int i = 0; i < actual.length; i++) {
            if (!Double.isFinite(predicted[i]) || !Double.isFinite(actual[i])) {
                throw new IllegalArgumentException("row " + i + " is not finite: " + predicted[i] + ", " + actual[i]);
            }
        }
    }
}
