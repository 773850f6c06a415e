package io.freshet.trainer.evaluate;

import java.util.OptionalDouble;

/**
 * What a model says about the rows of a hold-out. Holders must not change the array.
 *
 * @param scores row by row, each with all outputs of the model: a probability, one for each class, or a number
 * @param threshold the score from which on a binary model says positive; empty where it does not decide, and for others
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

    /** What it says about some of the rows, of which each has so many scores. */
    Scored of(int[] rows, int outputs) {
        double[] some = new double[rows.length * outputs];
        for (int i = 0; i < rows.length; i++) {
            System.arraycopy(scores, rows[i] * outputs, some, i * outputs, outputs);
        }
        return new Scored(some, threshold);
    }
}
