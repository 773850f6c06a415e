package io.freshet.trainer.gate;

import io.freshet.model.metrics.BinaryMetrics;
import io.freshet.schemas.pipeline.Pipeline.Metric;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;

/**
 * How well scores fit labels; {@link BinaryMetrics} says what each number means.
 *
 * @param rocAuc 0 to 1, greater is better
 * @param averagePrecision 0 to 1, greater is better
 * @param logLoss nats, 0 and up, less is better
 * @param brier 0 to 1, less is better
 */
public record Metrics(double rocAuc, double averagePrecision, double logLoss, double brier) {
    /**
     * Measures.
     *
     * @param scores probabilities
     * @param labels of both classes, one per score
     * @throws IllegalArgumentException on a score outside [0, 1], NaN, a single class or different lengths
     */
    public static Metrics of(double[] scores, boolean[] labels) {
        return new Metrics(
                known(BinaryMetrics.rocAuc(scores, labels)),
                known(BinaryMetrics.averagePrecision(scores, labels)),
                known(BinaryMetrics.logLoss(scores, labels)),
                known(BinaryMetrics.brier(scores, labels)));
    }

    private static double known(OptionalDouble metric) {
        return metric.orElseThrow(() -> new IllegalArgumentException("labels are of a single class"));
    }

    /** One of the metrics that can be declared. */
    public double get(Metric metric) {
        return switch (metric) {
            case ROC_AUC -> rocAuc;
            case AVERAGE_PRECISION -> averagePrecision;
            case LOG_LOSS -> logLoss;
        };
    }

    /** Whether {@code value} of a metric is better than {@code other}; never for equal or NaN values. */
    public static boolean better(Metric metric, double value, double other) {
        return metric == Metric.LOG_LOSS ? value < other : value > other;
    }

    /** A metric's name as in a declaration, such as {@code roc-auc}. */
    public static String name(Metric metric) {
        return metric.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** All four by name, as records carry them. */
    public Map<String, Double> byName() {
        Map<String, Double> named = new LinkedHashMap<>();
        for (Metric metric : Metric.values()) {
            named.put(name(metric), get(metric));
        }
        named.put("brier", brier);
        return named;
    }
}
