package io.freshet.drift.performance;

import io.freshet.drift.performance.Promise.Estimate;
import io.freshet.schemas.pipeline.Pipeline.Metric;

/**
 * A window of realised performance held against the promise.
 *
 * @param figures the window
 * @param metric the metric that is judged; less is better
 * @param promised what the hold-out gave
 * @param bound what is tolerated in the long run
 * @param alarm whether the test has just found that the loss is above the bound
 */
public record Judgement(Figures figures, Metric metric, Estimate promised, double bound, boolean alarm) {

    /** Whether the window is as good as the hold-out, as far as that can be told from the hold-out. */
    public boolean keepsThePromise() {
        return figures.realised().value() <= promised.high();
    }

    /** The metric over what is tolerated. */
    public double excess() {
        return figures.realised().value() / Math.max(Double.MIN_NORMAL, bound);
    }
}
