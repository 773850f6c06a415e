package io.freshet.trainer.learn;

import io.freshet.model.Scorer;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What a learner made.
 *
 * @param scorer the portable form, which is what serves
 * @param libraryScores the rows to be scored as the library itself scores them, row by row, each with all its outputs; empty
 *     where the scorer was learned without a library and there is nothing to compare with
 * @param hyperparameters the settings, by name
 * @param learningCurve the loss on the tuning rows after each round; empty where there are no rounds, or none was watched
 */
public record Fitted(
        Scorer scorer,
        Optional<double[]> libraryScores,
        Map<String, String> hyperparameters,
        List<Double> learningCurve) {
    public Fitted {
        hyperparameters = Map.copyOf(hyperparameters);
        learningCurve = List.copyOf(learningCurve);
    }

    /** Without a learning curve. */
    public Fitted(Scorer scorer, Optional<double[]> libraryScores, Map<String, String> hyperparameters) {
        this(scorer, libraryScores, hyperparameters, List.of());
    }
}
