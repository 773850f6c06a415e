package io.freshet.trainer.learn;

import io.freshet.trainer.rows.Matrix;

/** Fits one model family. Equal input and seed give an equal scorer on one machine. */
public interface Learner {
    /**
     * Whether missing numbers are wanted as NaN and numbers unscaled, rather than imputed and standardised, where the
     * declaration does not say otherwise. A family that wants them may be declared with {@code impute: keep}.
     */
    boolean keepsMissing();

    /**
     * Fits on the training part.
     *
     * @param train at least one row, in event-time order
     * @param labels one per training row, of both classes; true is the positive class
     * @param scored the rows that the library is to score, without their labels; nothing may be learned from them
     * @param seed of every random choice
     * @throws LearningException when nothing usable came out
     */
    Fitted fit(Matrix train, boolean[] labels, Matrix scored, long seed) throws LearningException;
}
