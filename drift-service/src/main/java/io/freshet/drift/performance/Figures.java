package io.freshet.drift.performance;

import io.freshet.drift.performance.Promise.Estimate;
import io.freshet.schemas.pipeline.Pipeline.Metric;
import java.util.Map;

/**
 * What a model's answers in a window turned out to be worth.
 *
 * @param modelVersion the version that answered
 * @param windowStart inclusive, event time in epoch milliseconds
 * @param windowEnd exclusive, event time in epoch milliseconds
 * @param predictions its predictions in the window, labelled or not
 * @param rows labelled ones, at least 1
 * @param realised the metric that is judged, with an interval of 95% that takes rows for independent
 * @param metrics every metric that can be told
 */
public record Figures(
        int modelVersion,
        long windowStart,
        long windowEnd,
        long predictions,
        long rows,
        Estimate realised,
        Map<Metric, Double> metrics) {
    private static final double Z = 1.96;

    public Figures {
        metrics = Map.copyOf(metrics);
    }

    static Figures of(PerformanceLayout layout, int modelVersion, long start, long end, Outcomes window) {
        Loss loss = layout.loss();
        double mean = window.meanLoss();
        double off = Z * window.standardError();
        Estimate realised = new Estimate(loss.shown(mean), loss.shown(Math.max(0, mean - off)), loss.shown(mean + off));
        return new Figures(
                modelVersion, start, end, window.predictions(), window.rows(), realised, window.metrics(layout.task()));
    }
}
