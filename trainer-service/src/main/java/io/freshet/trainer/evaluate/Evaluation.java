package io.freshet.trainer.evaluate;

import io.freshet.model.metrics.Confusion;
import io.freshet.schemas.pipeline.Pipeline.Metric;
import java.util.Collections;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * How well a model does on some rows.
 *
 * @param rows how many
 * @param positives how many of them are positive
 * @param threshold the score from which on it says positive; empty where it does not decide
 * @param confusion how its decisions turned out; empty where it does not decide
 * @param estimates by metric: none where the rows are of one class, none of decisions where it does not decide
 */
public record Evaluation(
        int rows,
        int positives,
        OptionalDouble threshold,
        Optional<Confusion> confusion,
        Map<Metric, Estimate> estimates) {
    public Evaluation {
        Map<Metric, Estimate> ordered = new EnumMap<>(Metric.class);
        ordered.putAll(estimates);
        estimates = Collections.unmodifiableMap(ordered);
    }

    /** A metric's value; NaN where there is none. */
    public double get(Metric metric) {
        Estimate estimate = estimates.get(metric);
        return estimate == null ? Double.NaN : estimate.value();
    }

    /** How many rows the rarer class has. */
    public int rarerClass() {
        return Math.min(positives, rows - positives);
    }

    /** The values by the metrics' names, as records carry them. */
    public Map<String, Double> byName() {
        Map<String, Double> named = new LinkedHashMap<>();
        estimates.forEach((metric, estimate) -> named.put(metric.spelled(), estimate.value()));
        return named;
    }
}
