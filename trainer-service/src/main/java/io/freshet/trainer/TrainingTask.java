package io.freshet.trainer;

import io.freshet.schemas.pipeline.Pipeline;
import io.freshet.schemas.row.Example;
import java.time.Instant;
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
 * @param since when the stream became another one than the champion knows, event time, if a drift is what the training is for
 * @param plan which candidates are looked at
 */
public record TrainingTask(
        Pipeline pipeline,
        List<Example> examples,
        Optional<Champion> champion,
        int newVersion,
        long seed,
        Optional<Instant> since,
        Plan plan) {
    public TrainingTask {
        examples = List.copyOf(examples);
        if (newVersion < 1) {
            throw new IllegalArgumentException("version is " + newVersion + ", must be at least 1");
        }
    }

    /** A training for no drift, which starts from normal settings. */
    public TrainingTask(
            Pipeline pipeline, List<Example> examples, Optional<Champion> champion, int newVersion, long seed) {
        this(pipeline, examples, champion, newVersion, seed, Optional.empty(), new Plan.Compete(Optional.empty()));
    }

    /** The same training of one candidate. */
    TrainingTask again(Choice choice) {
        return new TrainingTask(pipeline, examples, champion, newVersion, seed, since, new Plan.Again(choice));
    }
}
