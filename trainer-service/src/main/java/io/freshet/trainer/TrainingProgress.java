package io.freshet.trainer;

import io.freshet.schemas.pipeline.Pipeline.Family;
import java.time.Duration;
import java.util.Optional;

/**
 * How far a training has come.
 *
 * @param phase what it is doing
 * @param done how many trials, or candidates, have been fitted in this phase
 * @param best the best of them so far
 * @param elapsed since the training began, by the given clock
 */
public record TrainingProgress(Phase phase, int done, Optional<Best> best, Duration elapsed) {
    /** What a training does, in this order. */
    public enum Phase {
        /** Windows and settings are looked for. */
        SEARCHING,
        /** The candidates are fitted on all their rows. */
        FITTING,
        /** The best of them is calibrated, compared and put before the gate. */
        JUDGING
    }

    /** @param value the declared metric: of a trial on the newest training rows, of a candidate on the hold-out */
    public record Best(Family family, double value) {}
}
