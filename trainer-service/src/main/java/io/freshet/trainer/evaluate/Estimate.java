package io.freshet.trainer.evaluate;

/**
 * A number with the interval in which it would lie for 95 of 100 samples like this one.
 *
 * @param value on the rows as they are
 * @param low lower end; NaN, like the upper one, where too few resamples have both classes
 * @param high upper end
 */
public record Estimate(double value, double low, double high) {}
