package io.freshet.trainer.evaluate;

import io.freshet.model.metrics.Confusion;
import io.freshet.schemas.pipeline.Pipeline.Metric;
import java.util.Collections;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * How well a model does on some rows.
 *
 * @param rows how many
 * @param telling how many of them tell something that the others do not: of a binary task the size of the rarer class, else
 *     as {@link io.freshet.trainer.rows.Targets#telling}
 * @param positives how many are positive; 0 unless the task is binary
 * @param threshold the score from which on it says positive; empty where it does not decide
 * @param confusion how its decisions turned out; empty where it does not decide
 * @param classes of several classes, each against all others, in declared order; empty for other tasks
 * @param estimates by metric: of a binary task none where the rows are of one class, none of decisions where it does not
 *     decide
 */
public record Evaluation(
        int rows,
        int telling,
        int positives,
        OptionalDouble threshold,
        Optional<Confusion> confusion,
        List<OfClass> classes,
        Map<Metric, Estimate> estimates) {
    public Evaluation {
        classes = List.copyOf(classes);
        Map<Metric, Estimate> ordered = new EnumMap<>(Metric.class);
        ordered.putAll(estimates);
        estimates = Collections.unmodifiableMap(ordered);
    }

    /**
     * How one of several classes is told from the others.
     *
     * @param decided how many of its rows are taken for each class, in their order
     * @param metrics roc-auc and average-precision only where there are rows of it and of others
     */
    public record OfClass(List<Long> decided, Map<Metric, Double> metrics) {
        public OfClass {
            decided = List.copyOf(decided);
            metrics = Map.copyOf(metrics);
        }

        /** How many rows are of the class. */
        public long rows() {
            return decided.stream().mapToLong(count -> count).sum();
        }
    }

    /** A metric's value; NaN where there is none. */
    public double get(Metric metric) {
        Estimate estimate = estimates.get(metric);
        return estimate == null ? Double.NaN : estimate.value();
    }

    /** The values by the metrics' names, as records carry them. */
    public Map<String, Double> byName() {
        Map<String, Double> named = new LinkedHashMap<>();
        estimates.forEach((metric, estimate) -> named.put(metric.spelled(), estimate.value()));
        return named;
    }
}
