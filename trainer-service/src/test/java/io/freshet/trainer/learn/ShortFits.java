package io.freshet.trainer.learn;

import io.freshet.schemas.pipeline.Pipeline.Family;
import io.freshet.trainer.Training;
import java.util.EnumMap;
import java.util.Map;

/** Learners for tests of what goes on around them: networks take fewer steps, which is most of the time of their fits. */
public final class ShortFits {
    private static final int STEPS = 600;

    private ShortFits() {}

    /** A network's learner. */
    public static Learner network() {
        return new NetworkLearner(STEPS);
    }

    /** A training with a learner of every family, and a clock that stands still. */
    public static Training training() {
        Map<Family, Learner> learners = new EnumMap<>(Training.learners());
        learners.put(Family.NEURAL_NETWORK, network());
        return new Training(learners, () -> 0);
    }
}
