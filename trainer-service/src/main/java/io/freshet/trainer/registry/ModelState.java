package io.freshet.trainer.registry;

import io.freshet.schemas.message.ModelStage;
import io.freshet.trainer.TrainingOutcome;

/**
 * Where a model version stands. Each state has the moves that it allows and no other: a candidate serves, or challenges the
 * champion, only by an outcome that has passed the gate, a challenge only widens, and what is refused goes nowhere.
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

        /** Scores beside the champion from now on; {@code passed} is the proof that it may. */
        public Move<Shadow> shadow(TrainingOutcome.Promoted passed) {
            return new Move<>(this, new Shadow(version));
        }

        /** Answers for a share of the entities from now on; {@code passed} is the proof that it may. */
        public Move<Canary> canary(TrainingOutcome.Promoted passed, double share) {
            return new Move<>(this, new Canary(version, share));
        }

        public Move<Refused> refuse() {
            return new Move<>(this, new Refused(version));
        }

        @Override
        public ModelStage stage() {
            return ModelStage.CANDIDATE;
        }
    }

    /** Has passed the gate and proves itself beside the champion. */
    sealed interface Challenger extends ModelState {
        /** The share of the entities that it answers for, 0 to 1. */
        double share();

        /** Answers for so many from now on, more than before. */
        default Move<Canary> widen(double share) {
            return new Move<>(this, new Canary(version(), share));
        }

        /** Serves from now on. */
        default Move<Champion> promote() {
            return new Move<>(this, new Champion(version()));
        }

        /** Has shown what it may not serve for. */
        default Move<Refused> refuse() {
            return new Move<>(this, new Refused(version()));
        }

        /** Makes room for another, or for a person's decision. */
        default Move<Retired> retire() {
            return new Move<>(this, new Retired(version()));
        }
    }

    /** Scores beside the champion and answers for nobody. */
    record Shadow(int version) implements Challenger {
        @Override
        public double share() {
            return 0;
        }

        @Override
        public ModelStage stage() {
            return ModelStage.SHADOW;
        }
    }

    /**
     * Answers for a share of the entities.
     *
     * @param share above 0 and below 1
     */
    record Canary(int version, double share) implements Challenger {
        public Canary {
            if (!(share > 0 && share < 1)) {
                throw new IllegalArgumentException("the share of a canary must be above 0 and below 1, not " + share);
            }
        }

        @Override
        public Move<Canary> widen(double wider) {
            if (!(wider > share)) {
                throw new IllegalArgumentException("a canary of " + share + " cannot go back to " + wider);
            }
            return Challenger.super.widen(wider);
        }

        @Override
        public ModelStage stage() {
            return ModelStage.CANARY;
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

    /** Has served or challenged. */
    record Retired(int version) implements ModelState {
        /** Serves; it has passed the gate before. */
        public Move<Champion> reinstate() {
            return new Move<>(this, new Champion(version));
        }

        @Override
        public ModelStage stage() {
            return ModelStage.RETIRED;
        }
    }

    /** Did not pass the gate, or was not fit to take the champion's place; for good. */
    record Refused(int version) implements ModelState {
        @Override
        public ModelStage stage() {
            return ModelStage.REFUSED;
        }
    }

    /** A change of state. */
    record Move<S extends ModelState>(ModelState from, S to) {}
}
