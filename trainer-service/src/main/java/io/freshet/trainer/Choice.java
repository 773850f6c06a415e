package io.freshet.trainer;

import io.freshet.schemas.pipeline.Pipeline.Family;
import io.freshet.schemas.pipeline.TrainingWindow;
import io.freshet.trainer.learn.Learner;
import io.freshet.trainer.learn.Settings;
import java.util.Arrays;
import java.util.Map;
import java.util.Objects;

/** What a candidate is to be: a family, the rows that it is fitted on, and its settings. */
public record Choice(Family family, TrainingWindow window, Settings settings) {
    /**
     * A choice as it was recorded.
     *
     * @param family as it is spelled
     * @param window as it is spelled
     * @param settings by name; normal ones stand in for those that are missing
     * @throws IllegalArgumentException when this build does not know one of them
     */
    public static Choice recorded(String family, String window, Map<String, Double> settings) {
        Family known = Arrays.stream(Family.values())
                .filter(one -> one.spelled().equals(family))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("this build knows no family " + family));
        Learner learner = Objects.requireNonNull(Training.learners().get(known));
        return new Choice(
                known,
                TrainingWindow.parse(window)
                        .orElseThrow(() -> new IllegalArgumentException("this build knows no window " + window)),
                Settings.of(learner.hyperparameters(), settings));
    }
}
