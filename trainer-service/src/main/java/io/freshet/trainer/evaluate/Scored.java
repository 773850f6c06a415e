package io.freshet.trainer.evaluate;

import java.util.OptionalDouble;

/**
 * What a model says about the rows of a hold-out. Holders must not change the array.
 *
 * @param scores probabilities, one per row
 * @param threshold the score from which on it says positive; empty where it does not decide
 */
@SuppressWarnings("ArrayRecordComponent") // Never compared; as many as there are rows.
public record Scored(double[] scores, OptionalDouble threshold) {
    /** A model that decides. */
    public static Scored deciding(double[] scores, double threshold) {
        return new Scored(scores, OptionalDouble.of(threshold));
    }

    /** A model that does not. */
    public static Scored undecided(double[] scores) {
        return new Scored(scores, OptionalDouble.empty());
    }

    /** What it says about some of the rows. */
    Scored of(int[] rows) {
        double[] some = new double[rows.length];
        for (int i = 0; i < rows.length; i++) {
            some[i] = scores[rows[i]];
        }
        return new Scored(some, threshold);
    }
}
