package io.freshet.trainer.learn;

import io.freshet.model.Scorer;
import java.util.Map;
import java.util.Optional;

/**
 * What a learner made.
 *
 * @param scorer the portable form, which is what serves
 * @param libraryScores the rows to be scored as the library itself scores them, row by row, each with all its outputs; empty
 *     where the scorer was learned without a library and there is nothing to compare with
 * @param hyperparameters the settings, by name
 */
public record Fitted(Scorer scorer, Optional<double[]> libraryScores, Map<String, String> hyperparameters) {
    public Fitted {
        hyperparameters = Map.copyOf(hyperparameters);
    }
}
