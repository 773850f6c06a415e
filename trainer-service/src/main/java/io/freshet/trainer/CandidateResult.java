package io.freshet.trainer;

import io.freshet.schemas.pipeline.Pipeline.Family;
import io.freshet.trainer.evaluate.Evaluation;
import java.util.List;
import java.util.Map;

/** What became of one declared candidate. */
public sealed interface CandidateResult {
    /** What it was to be. */
    Choice choice();

    /** The model family. */
    default Family family() {
        return choice().family();
    }

    /** Time to prepare and fit, milliseconds by the given clock. */
    long fitMillis();

    /**
     * A candidate that was fitted and evaluated.
     *
     * @param evaluation on the hold-out, before any calibration and without decisions
     * @param hyperparameters all settings, those among them that are not searched, by name
     * @param disagreement greatest distance between a hold-out score of the portable scorer and of the library, in
     *     terms of a score above 1; 0 where
     *     there is no library
     * @param learningCurve the loss on the tuning rows after each round; empty where there are no rounds
     */
    record Evaluated(
            Choice choice,
            Evaluation evaluation,
            Map<String, String> hyperparameters,
            double disagreement,
            List<Double> learningCurve,
            long fitMillis)
            implements CandidateResult {
        public Evaluated {
            hyperparameters = Map.copyOf(hyperparameters);
            learningCurve = List.copyOf(learningCurve);
        }
    }

    /**
     * A candidate that could not be.
     *
     * @param detail the reason in words
     */
    record Failed(Choice choice, Reason reason, String detail, long fitMillis) implements CandidateResult {}

    /** Why a candidate failed. */
    enum Reason {
        /** Preparing or fitting failed. */
        NOT_FITTED,
        /** A score is not a probability. */
        NOT_A_PROBABILITY,
        /** A predicted value is not finite. */
        NOT_A_NUMBER,
        /** The portable scorer and the library give different scores. */
        PORTABLE_DISAGREES
    }
}
