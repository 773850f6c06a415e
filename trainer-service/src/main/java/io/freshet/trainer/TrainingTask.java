package io.freshet.trainer;

import io.freshet.schemas.pipeline.Pipeline;
import io.freshet.schemas.row.Example;
import java.util.List;
import java.util.Optional;

/**
 * One training to be run.
 *
 * @param pipeline the declaration
 * @param examples in the order of the log; anything may be in them
 * @param champion the model that serves, if one does
 * @param newVersion the version a promoted model gets, at least 1
 * @param seed of every random choice; derive it from the request, so that a repeated run gives the same model
 */
public record TrainingTask(
        Pipeline pipeline, List<Example> examples, Optional<Champion> champion, int newVersion, long seed) {
    public TrainingTask {
        examples = List.copyOf(examples);
        if (newVersion < 1) {
            throw new IllegalArgumentException("version is " + newVersion + ", must be at least 1");
        }
    }
}
