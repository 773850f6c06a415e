package io.freshet.trainer.registry;

import io.freshet.schemas.message.ModelStage;
import io.freshet.trainer.TrainingOutcome;

/**
 * Where a model version stands. Each state has the moves that it allows and no other: a candidate serves only by an outcome
 * that has passed the gate, and what the gate has refused goes nowhere.
 */
public sealed interface ModelState {
    /** The version, from 1; 0 of what is never registered. */
    int version();

    /** Its name on the log. */
    ModelStage stage();

    /** Trained, and not judged yet. */
    record Candidate(int version) implements ModelState {
        /** Serves from now on; {@code passed} is the proof that it may. */
        public Move<Champion> promote(TrainingOutcome.Promoted passed) {
            return new Move<>(this, new Champion(version));
        }

        public Move<Refused> refuse() {
            return new Move<>(this, new Refused(version));
        }

        @Override
        public ModelStage stage() {
            return ModelStage.CANDIDATE;
        }
    }

    /** Serves. */
    record Champion(int version) implements ModelState {
        /** Another one serves from now on. */
        public Move<Retired> retire() {
            return new Move<>(this, new Retired(version));
        }

        @Override
        public ModelStage stage() {
            return ModelStage.CHAMPION;
        }
    }

    /** Has served. */
    record Retired(int version) implements ModelState {
        /** Serves again; it has passed the gate before. */
        public Move<Champion> reinstate() {
            return new Move<>(this, new Champion(version));
        }

        @Override
        public ModelStage stage() {
            return ModelStage.RETIRED;
        }
    }

    /** Did not pass the gate, for good. */
    record Refused(int version) implements ModelState {
        @Override
        public ModelStage stage() {
            return ModelStage.REFUSED;
        }
    }

    /** A change of state. */
    record Move<S extends ModelState>(ModelState from, S to) {}
}
