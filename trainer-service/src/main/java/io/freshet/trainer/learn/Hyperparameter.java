package io.freshet.trainer.learn;

import java.util.SplittableRandom;

/**
 * A setting of a learner that may be searched.
 *
 * @param name unique for the learner
 * @param least smallest value
 * @param most greatest value, above {@code least}
 * @param normal the value where nothing was searched
 * @param logarithmic whether steps are ratios rather than differences; then {@code least} is above 0
 * @param whole whether it takes whole numbers only
 */
public record Hyperparameter(
        String name, double least, double most, double normal, boolean logarithmic, boolean whole) {
    /** How far a neighbour is away, as a share of the range: the deviation of a normal distribution. */
    private static final double NEAR = 0.15;

    /** @throws IllegalArgumentException when the normal value is none of the range's */
    public Hyperparameter {
        if (!(least < most && least <= normal && normal <= most && (!logarithmic || least > 0))) {
            throw new IllegalArgumentException(
                    name + ": " + normal + " in " + least + " to " + most + " cannot be searched");
        }
    }

    static Hyperparameter linear(String name, double least, double most, double normal) {
        return new Hyperparameter(name, least, most, normal, false, false);
    }

    static Hyperparameter ratio(String name, double least, double most, double normal) {
        return new Hyperparameter(name, least, most, normal, true, false);
    }

    static Hyperparameter whole(String name, int least, int most, int normal) {
        return new Hyperparameter(name, least, most, normal, false, true);
    }

    static Hyperparameter wholeRatio(String name, int least, int most, int normal) {
        return new Hyperparameter(name, least, most, normal, true, true);
    }

    /** Whether a value is one of it. */
    boolean takes(double value) {
        return value >= least && value <= most && (!whole || value == Math.rint(value));
    }

    /** Any value, all alike probable on its scale. */
    double draw(SplittableRandom random) {
        return at(random.nextDouble());
    }

    /** A value close to another. */
    double near(double value, SplittableRandom random) {
        return at(Math.clamp(place(value) + NEAR * random.nextGaussian(), 0, 1));
    }

    /** Where a value is in the range, from 0 to 1. */
    private double place(double value) {
        return logarithmic ? Math.log(value / least) / Math.log(most / least) : (value - least) / (most - least);
    }

    private double at(double place) {
        double value = logarithmic ? least * Math.pow(most / least, place) : least + place * (most - least);
        return Math.clamp(whole ? Math.rint(value) : value, least, most);
    }
}
