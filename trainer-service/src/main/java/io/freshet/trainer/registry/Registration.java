package io.freshet.trainer.registry;

import io.freshet.schemas.pipeline.Pipeline.RolloutSpec;
import io.freshet.trainer.TrainingOutcome;
import io.freshet.trainer.registry.ModelState.Candidate;
import io.freshet.trainer.registry.ModelState.Challenger;
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
     * Who is in use.
     *
     * @param serving the champion, if there is one
     * @param challenger the model that challenges it, if one does
     */
    public record InUse(Optional<Champion> serving, Optional<Challenger> challenger) {}

    /**
     * A training has ended. The new model takes the first declared step, or the champion's place where there is no step or
     * no champion to be compared with; the challenger makes room.
     *
     * @param newVersion what the new model is registered as when it has passed the gate
     */
    public static List<Move<?>> trained(TrainingOutcome outcome, int newVersion, RolloutSpec rollout, InUse inUse) {
        return switch (outcome) {
            case TrainingOutcome.Promoted passed -> {
                Candidate candidate = new Candidate(newVersion);
                Stream<Move<?>> rest = inUse.challenger().<Move<?>>map(Challenger::retire).stream();
                boolean atOnce = rollout.atOnce() || outcome.report().championVersion() == 0;
                if (atOnce) {
                    rest = Stream.concat(rest, inUse.serving().map(Champion::retire).stream());
                }
                Move<?> first = atOnce
                        ? candidate.promote(passed)
                        : rollout.shadow() > 0
                                ? candidate.shadow(passed)
                                : candidate.canary(passed, rollout.shareAfter(0).orElseThrow());
                yield Stream.concat(rest, Stream.of(first)).toList();
            }
            case TrainingOutcome.Refused _ -> List.of(new Candidate(NEVER_REGISTERED).refuse());
            case TrainingOutcome.Failed _ -> List.of();
        };
    }

    /** A person lets a model serve that has served or challenged before. */
    public static List<Move<?>> reinstated(Retired wanted, InUse inUse) {
        return Stream.of(
                        inUse.serving().<Move<?>>map(Champion::retire).stream(),
                        inUse.challenger().<Move<?>>map(Challenger::retire).stream(),
                        Stream.<Move<?>>of(wanted.reinstate()))
                .flatMap(moves -> moves)
                .toList();
    }

    /** The challenger takes the champion's place. */
    public static List<Move<?>> promoted(Challenger challenger, Optional<Champion> serving) {
        return Stream.<Move<?>>concat(serving.map(Champion::retire).stream(), Stream.of(challenger.promote()))
                .toList();
    }
}
