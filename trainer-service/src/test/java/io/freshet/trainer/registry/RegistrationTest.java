package io.freshet.trainer.registry;

import static org.assertj.core.api.Assertions.assertThat;

import io.freshet.profiles.Profile;
import io.freshet.schemas.message.ModelStage;
import io.freshet.schemas.pipeline.Pipeline.Family;
import io.freshet.schemas.pipeline.Pipeline.RolloutSpec;
import io.freshet.schemas.pipeline.TrainingWindow;
import io.freshet.trainer.Choice;
import io.freshet.trainer.Seeds;
import io.freshet.trainer.TrainingOutcome;
import io.freshet.trainer.TrainingReport;
import io.freshet.trainer.baseline.Baseline;
import io.freshet.trainer.learn.Settings;
import io.freshet.trainer.registry.ModelState.Canary;
import io.freshet.trainer.registry.ModelState.Candidate;
import io.freshet.trainer.registry.ModelState.Challenger;
import io.freshet.trainer.registry.ModelState.Champion;
import io.freshet.trainer.registry.ModelState.Move;
import io.freshet.trainer.registry.ModelState.Retired;
import io.freshet.trainer.registry.ModelState.Shadow;
import io.freshet.trainer.registry.Registration.InUse;
import io.freshet.trainer.rollout.Decision;
import io.freshet.trainer.rollout.Rollout;
import io.freshet.trainer.rows.RowCounts;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class RegistrationTest {
    private static final RolloutSpec STEPS = new RolloutSpec(10, List.of(0.1, 0.5), 10);

    @Test
    void shouldBeginWithTheFirstDeclaredStep() {
        InUse one = new InUse(Optional.of(new Champion(1)), Optional.empty());

        assertThat(Registration.trained(passed(0), 1, STEPS, new InUse(Optional.empty(), Optional.empty())))
                .as("nothing to compare with")
                .containsExactly(new Move<>(new Candidate(1), new Champion(1)));
        assertThat(Registration.trained(passed(1), 2, STEPS, one))
                .containsExactly(new Move<>(new Candidate(2), new Shadow(2)));
        assertThat(Registration.trained(passed(1), 2, new RolloutSpec(0, List.of(0.1), 10), one))
                .containsExactly(new Move<>(new Candidate(2), new Canary(2, 0.1)));
        assertThat(Registration.trained(passed(1), 2, RolloutSpec.AT_ONCE, one))
                .containsExactly(
                        new Move<>(new Champion(1), new Retired(1)), new Move<>(new Candidate(2), new Champion(2)));
    }

    @Test
    void shouldRetireTheChallengerForAnotherModel() {
        InUse both = new InUse(Optional.of(new Champion(1)), Optional.of(new Canary(2, 0.1)));

        assertThat(Registration.trained(passed(1), 3, STEPS, both))
                .containsExactly(
                        new Move<>(new Canary(2, 0.1), new Retired(2)), new Move<>(new Candidate(3), new Shadow(3)));
        assertThat(Registration.reinstated(new Retired(4), both))
                .containsExactly(
                        new Move<>(new Champion(1), new Retired(1)),
                        new Move<>(new Canary(2, 0.1), new Retired(2)),
                        new Move<>(new Retired(4), new Champion(4)));
    }

    /** Whatever is decided, each version moves from where it stands, and there is one champion and one challenger at most. */
    @Test
    void shouldHaveOneChampionAndOneChallengerAtMost() {
        Seeds.each(200, random -> {
            Map<Integer, ModelState> states = new TreeMap<>();
            int newest = 0;
            for (int step = 0; step < 60; step++) {
                InUse inUse = inUse(states);
                List<Move<?>> moves = List.of();
                int what = random.nextInt(6);
                Optional<Retired> retired = states.values().stream()
                        .filter(Retired.class::isInstance)
                        .map(Retired.class::cast)
                        .findAny();
                if (what < 2) {
                    moves = Registration.trained(
                            passed(inUse.serving().map(Champion::version).orElse(0)),
                            ++newest,
                            random.nextInt(4) == 0 ? RolloutSpec.AT_ONCE : STEPS,
                            inUse);
                } else if (what == 2 && retired.isPresent()) {
                    moves = Registration.reinstated(retired.get(), inUse);
                } else if (inUse.challenger().isPresent()) {
                    Challenger challenger = inUse.challenger().get();
                    moves = Rollout.moves(decision(random, challenger), challenger, inUse.serving());
                }
                for (Move<?> move : moves) {
                    if (!(move.from() instanceof Candidate)) {
                        assertThat(states).containsEntry(move.to().version(), move.from());
                    }
                    assertThat(move.from()).isNotInstanceOf(ModelState.Refused.class);
                    states.put(move.to().version(), move.to());
                }
                assertThat(states.values())
                        .filteredOn(state -> state.stage() == ModelStage.CHAMPION)
                        .hasSize(newest == 0 ? 0 : 1);
                assertThat(states.values())
                        .filteredOn(Challenger.class::isInstance)
                        .hasSizeLessThanOrEqualTo(1);
            }
        });
    }

    private static Decision decision(Random random, Challenger challenger) {
        return switch (random.nextInt(4)) {
            case 0 -> new Decision.Wait();
            case 1 -> new Decision.Promote("test");
            case 2 -> new Decision.Refuse("test");
            default -> new Decision.Advance((1 + challenger.share()) / 2, "test");
        };
    }

    private static InUse inUse(Map<Integer, ModelState> states) {
        return new InUse(
                states.values().stream()
                        .filter(Champion.class::isInstance)
                        .map(Champion.class::cast)
                        .findFirst(),
                states.values().stream()
                        .filter(Challenger.class::isInstance)
                        .map(Challenger.class::cast)
                        .findFirst());
    }

    private static TrainingOutcome.Promoted passed(int champion) {
        return new TrainingOutcome.Promoted(
                new Choice(Family.LOGISTIC_REGRESSION, TrainingWindow.ALL, new Settings(Map.of())),
                new byte[0],
                new Baseline(Profile.builder().build(), Map.of()),
                new TrainingReport(
                        1,
                        new RowCounts(0, 0, 0, 0, 0, 0, 0),
                        List.of(),
                        Map.of(),
                        List.of(),
                        List.of(),
                        champion,
                        Optional.empty(),
                        Optional.empty(),
                        List.of()));
    }
}
