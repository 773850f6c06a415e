package io.freshet.trainer.evaluate;

/**
 * One model less another in one metric, both measured on the same resamples.
 *
 * @param estimate of the difference
 * @param probabilityBetter the share of resamples in which the first is strictly better, 0 to 1; one with a single class
 *     counts as not better
 */
public record Difference(Estimate estimate, double probabilityBetter) {}
