package io.freshet.trainer.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.freshet.schemas.message.ModelStage;
import io.freshet.schemas.pipeline.Pipeline.RolloutSpec;
import io.freshet.trainer.TrainingOutcome;
import io.freshet.trainer.TrainingReport;
import io.freshet.trainer.registry.ModelState.Candidate;
import io.freshet.trainer.registry.ModelState.Champion;
import io.freshet.trainer.registry.ModelState.Move;
import io.freshet.trainer.registry.ModelState.Refused;
import io.freshet.trainer.registry.ModelState.Retired;
import io.freshet.trainer.rows.RowCounts;
import java.lang.reflect.Method;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ModelStateTest {
    private static final TrainingReport REPORT = new TrainingReport(
            1,
            new RowCounts(0, 0, 0, 0, 0, 0, 0),
            List.of(),
            Map.of(),
            List.of(),
            List.of(),
            2,
            Optional.empty(),
            Optional.empty(),
            List.of());

    @Test
    void shouldHaveNoWayOutOfRefusedAndOnlyTheDeclaredOnesOutOfTheOthers() {
        assertThat(moves(Refused.class)).isEmpty();
        assertThat(moves(Champion.class)).extracting(ModelStateTest::target).containsOnly(Retired.class);
        assertThat(moves(Retired.class)).extracting(ModelStateTest::target).containsOnly(Champion.class);
        for (Class<? extends ModelState> challenger : List.of(ModelState.Shadow.class, ModelState.Canary.class)) {
            assertThat(moves(challenger))
                    .extracting(ModelStateTest::target)
                    .containsOnly(ModelState.Canary.class, Champion.class, Refused.class, Retired.class);
        }
        assertThatThrownBy(() -> new ModelState.Canary(2, 0.5).widen(0.5))
                .hasMessageContaining("cannot go back to 0.5");
        assertThatThrownBy(() -> new ModelState.Canary(2, 1)).hasMessageContaining("below 1");
    }

    @Test
    void shouldLetNoCandidateIntoUseWithoutHavingPassedTheGate() {
        assertThat(moves(Candidate.class))
                .isNotEmpty()
                .filteredOn(move -> target(move) != Refused.class)
                .allMatch(move -> List.of(move.getParameterTypes()).contains(TrainingOutcome.Promoted.class));
    }

    @Test
    void shouldRegisterNothingThatWasRefusedAndSayNothingOfWhatFailed() {
        assertThat(stages(trained(
                        new TrainingOutcome.Refused(List.of("beats-champion"), REPORT),
                        3,
                        Optional.of(new Champion(2)))))
                .containsExactly("0: CANDIDATE to REFUSED");
        assertThat(trained(
                        new TrainingOutcome.Failed(TrainingOutcome.Reason.ONE_CLASS, "", REPORT), 3, Optional.empty()))
                .isEmpty();
    }

    private static List<Move<?>> trained(TrainingOutcome outcome, int newVersion, Optional<Champion> serving) {
        return Registration.trained(
                outcome, newVersion, RolloutSpec.AT_ONCE, new Registration.InUse(serving, Optional.empty()));
    }

    private static List<String> stages(List<Move<?>> moves) {
        return moves.stream()
                .map(move -> move.to().version() + ": " + stage(move.from()) + " to " + stage(move.to()))
                .toList();
    }

    private static ModelStage stage(ModelState state) {
        return state.stage();
    }

    private static List<Method> moves(Class<? extends ModelState> state) {
        return Arrays.stream(state.getMethods())
                .filter(method -> method.getReturnType() == Move.class)
                .toList();
    }

    private static Type target(Method move) {
        return ((ParameterizedType) move.getGenericReturnType()).getActualTypeArguments()[0];
    }
}
