package io.freshet.scoring;

import io.freshet.schemas.message.Challenge;
import io.freshet.schemas.message.ChallengeStage;

/** The model that proves itself beside the champion. */
sealed interface Challenger {

    /** None does. */
    record None() implements Challenger {}

    /** A deployed one. */
    sealed interface Deployed extends Challenger {
        /** What it is to do. */
        Challenge challenge();
    }

    /** One that scores. */
    record Loaded(Challenge challenge, Champion.Serving serving) implements Deployed {

        /**
         * Whether it answers for an entity. Each entity has its place between 0 and 1 by the hash of its key and the version:
         * the same for every instance, and below every greater share as well.
         */
        boolean answersFor(String entityKey) {
            return challenge.getStage() == ChallengeStage.CANARY
                    && EntityShare.of(challenge.getVersion(), entityKey) < challenge.getShare();
        }
    }

    /** One whose bundle is missing or cannot be read. */
    record NotLoaded(Challenge challenge) implements Deployed {}
}
