package io.freshet.trainer.learn;

import io.freshet.trainer.rows.Matrix;
import io.freshet.trainer.rows.Targets;
import java.util.List;

/**
 * Fits one model family. Equal input, settings and seed give an equal scorer on one machine. Several fits may go on at the
 * same time.
 */
public interface Learner {
    /** What of its settings may be searched; none where there is nothing to choose. */
    List<Hyperparameter> hyperparameters();

    /**
     * Fits.
     *
     * @param train what is learned from
     * @param scored the rows that the library is to score, without their labels; nothing may be learned from them
     * @param settings a value for each of {@link #hyperparameters}
     * @param seed of every random choice
     * @throws LearningException when nothing usable came out
     */
    Fitted fit(Sample train, Matrix scored, Settings settings, long seed) throws LearningException;

    /** Fits rows that count alike, with normal settings. */
    default Fitted fit(Matrix train, Targets targets, Matrix scored, long seed) throws LearningException {
        return fit(Sample.of(train, targets), scored, Settings.normal(hyperparameters()), seed);
    }
}
