package io.freshet.trainer.learn;

import io.freshet.trainer.rows.Matrix;
import io.freshet.trainer.rows.Targets;

/** Fits one model family. Equal input and seed give an equal scorer on one machine. */
public interface Learner {
    /**
     * Fits on the training part.
     *
     * @param train at least one row, in event-time order; numbers are NaN where missing, and unscaled, if the family takes
     *     missing numbers, else imputed and standardised, where the declaration does not say otherwise
     * @param targets one per training row, not all equal; of a kind that the family learns
     * @param scored the rows that the library is to score, without their labels; nothing may be learned from them
     * @param seed of every random choice
     * @throws LearningException when nothing usable came out
     */
    Fitted fit(Matrix train, Targets targets, Matrix scored, long seed) throws LearningException;
}
