package io.freshet.trainer.registry;

import io.freshet.trainer.TrainingOutcome;
import io.freshet.trainer.registry.ModelState.Candidate;
import io.freshet.trainer.registry.ModelState.Champion;
import io.freshet.trainer.registry.ModelState.Move;
import io.freshet.trainer.registry.ModelState.Retired;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** The changes of state that decisions lead to. Pure. */
public final class Registration {
    private static final int NEVER_REGISTERED = 0;

    private Registration() {}

    /**
     * A training has ended.
     *
     * @param newVersion what the new model is registered as when it was promoted
     * @param serving the champion, if there is one
     */
    public static List<Move<?>> trained(TrainingOutcome outcome, int newVersion, Optional<Champion> serving) {
        return switch (outcome) {
            case TrainingOutcome.Promoted passed -> inPlaceOf(serving, new Candidate(newVersion).promote(passed));
            case TrainingOutcome.Refused _ -> List.of(new Candidate(NEVER_REGISTERED).refuse());
            case TrainingOutcome.Failed _ -> List.of();
        };
    }

    /** A person goes back to a model that has served. */
    public static List<Move<?>> reinstated(Retired wanted, Optional<Champion> serving) {
        return inPlaceOf(serving, wanted.reinstate());
    }

    private static List<Move<?>> inPlaceOf(Optional<Champion> serving, Move<Champion> next) {
        return Stream.<Move<?>>concat(serving.map(Champion::retire).stream(), Stream.of(next))
                .toList();
    }
}
