package io.freshet.trainer;

import io.freshet.schemas.pipeline.Pipeline.Metric;
import java.time.Instant;
import java.util.Map;

/**
 * One evaluation of a family on rows before the hold-out, fitted on what was known before them; not calibrated, and without
 * decisions.
 *
 * @param from event time of the first evaluated row
 * @param to event time of the last one
 * @param trainRows rows fitted on
 * @param testRows rows evaluated on
 * @param metrics by metric; empty where it was not evaluated
 * @param detail why it was not evaluated; empty where it was
 */
public record FoldResult(
        Instant from, Instant to, int trainRows, int testRows, Map<Metric, Double> metrics, String detail) {
    public FoldResult {
        metrics = Map.copyOf(metrics);
    }
}
