package io.freshet.trainer;

import io.freshet.model.metrics.Reliability;
import io.freshet.model.metrics.ThresholdCurve;
import io.freshet.schemas.pipeline.Pipeline.Metric;
import io.freshet.trainer.evaluate.Comparison;
import io.freshet.trainer.evaluate.Slices.Slice;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * All that is known about the best candidate, as it would serve.
 *
 * @param comparison on the hold-out
 * @param slices its declared parts
 * @param calibration what became of the calibration; empty where none could be fitted
 * @param curve ROC and precision-recall curve, thinned; empty unless the task is binary
 * @param reliability how often what it predicts comes true, of several classes the most probable one; empty of a regression
 * @param folds the declared evaluations on older rows, in time order
 * @param importance of each feature that it reads
 */
public record Assessment(
        Comparison comparison,
        List<Slice> slices,
        Optional<CalibrationTrial> calibration,
        Optional<ThresholdCurve> curve,
        Optional<Reliability> reliability,
        List<FoldResult> folds,
        Map<String, Double> importance) {
    public Assessment {
        importance = Map.copyOf(importance);
        slices = List.copyOf(slices);
        folds = List.copyOf(folds);
    }

    /** The folds' metrics averaged over those that have them. */
    public Map<Metric, Double> foldMeans() {
        Map<Metric, Double> means = new EnumMap<>(Metric.class);
        for (Metric metric : Metric.values()) {
            folds.stream()
                    .filter(fold -> fold.metrics().containsKey(metric))
                    .mapToDouble(fold -> fold.metrics().get(metric))
                    .average()
                    .ifPresent(mean -> means.put(metric, mean));
        }
        return means;
    }
}
