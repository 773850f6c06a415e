package io.freshet.trainer;

import static org.assertj.core.api.Assertions.assertThat;

import io.freshet.model.Model;
import io.freshet.model.ModelBundleCodec;
import io.freshet.schemas.pipeline.Pipeline;
import io.freshet.schemas.row.Example;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ReproductionTest {
    private static final Pipeline EVERY_FAMILY = Rows.pipeline("");
    private static final Pipeline LOGISTIC = Rows.pipeline("model: { candidates: [logistic-regression] }");
    private static final Pipeline BOOSTING = Rows.pipeline("model: { candidates: [gradient-boosting] }");
    private static final long SEED = 7;

    @Test
    void shouldComeOutBitByBitWhateverElseWasTriedOrServes() throws Exception {
        List<Example> examples = Rows.interacting(3_000, 3);
        TrainingOutcome.Promoted first = promoted(task(EVERY_FAMILY, examples, Optional.empty(), SEED));
        Champion champion = new Champion(1, model(first.bundle()));
        TrainingOutcome.Promoted linear = promoted(task(LOGISTIC, Rows.linear(3_000, 4), Optional.empty(), SEED));

        assertThat(reproduce(task(EVERY_FAMILY, examples, Optional.empty(), SEED), first))
                .isInstanceOfSatisfying(Reproduction.Compared.class, compared -> {
                    assertThat(compared.identical()).isTrue();
                    assertThat(compared.greatestDifference()).isZero();
                    assertThat(compared.holdoutRows()).isEqualTo(600);
                    assertThat(compared.reproduced()).isTrue();
                });
        assertThat(reproduce(task(LOGISTIC, Rows.linear(3_000, 4), Optional.empty(), SEED), linear)
                        .reproduced())
                .isTrue();
        assertThat(reproduce(task(EVERY_FAMILY, examples, Optional.of(champion), SEED), first))
                .as("against itself as champion")
                .isInstanceOfSatisfying(
                        Reproduction.NoModel.class,
                        none -> assertThat(none.detail()).contains("did not pass the gate"));
    }

    @Test
    void shouldTellAnotherModelWhereOneRowIsAnother() throws Exception {
        List<Example> examples = Rows.linear(3_000, 5);
        List<Example> others = new ArrayList<>(examples);
        Example old = others.get(100);
        others.set(100, new Example(old.row(), 1 - old.label(), old.labelTime()));
        for (Pipeline pipeline : List.of(LOGISTIC, BOOSTING)) {
            TrainingOutcome.Promoted first = promoted(task(pipeline, examples, Optional.empty(), SEED));

            assertThat(reproduce(task(pipeline, others, Optional.empty(), SEED), first))
                    .isInstanceOfSatisfying(Reproduction.Compared.class, compared -> {
                        assertThat(compared.identical()).isFalse();
                        assertThat(compared.greatestDifference()).isGreaterThan(Reproduction.TOLERANCE);
                        assertThat(compared.reproduced()).isFalse();
                        assertThat(compared.detail()).contains("" + compared.greatestDifference());
                    });
        }
    }

    @Test
    void shouldAskForTheSameSeed() throws Exception {
        List<Example> examples = Rows.interacting(3_000, 6);
        TrainingOutcome.Promoted first = promoted(task(BOOSTING, examples, Optional.empty(), SEED));

        assertThat(reproduce(task(BOOSTING, examples, Optional.empty(), SEED + 1), first)
                        .reproduced())
                .isFalse();
    }

    @Test
    void shouldTellWhyNoModelCameOut() throws Exception {
        List<Example> examples = Rows.linear(3_000, 8);
        TrainingOutcome.Promoted first = promoted(task(LOGISTIC, examples, Optional.empty(), SEED));

        assertThat(reproduce(task(LOGISTIC, examples.subList(0, 20), Optional.empty(), SEED), first)
                        .detail())
                .contains("TOO_FEW_ROWS");
    }

    @Test
    void shouldAllowRoundingToNativeLibrariesAlone() {
        assertThat(new Reproduction.Compared("a", false, true, 1e-9, 10).reproduced())
                .isFalse();
        assertThat(new Reproduction.Compared("a", false, false, 1e-9, 10).reproduced())
                .isTrue();
        assertThat(new Reproduction.Compared("a", false, false, 1e-5, 10).reproduced())
                .isFalse();
        assertThat(new Reproduction.Compared("a", false, false, Double.NaN, 10).reproduced())
                .isFalse();
    }

    private static Reproduction reproduce(TrainingTask task, TrainingOutcome.Promoted first) throws Exception {
        return Reproduction.of(
                task, first.choice(), model(first.bundle()), ModelBundleCodec.fingerprint(first.bundle()));
    }

    private static TrainingTask task(
            Pipeline pipeline, List<Example> examples, Optional<Champion> champion, long seed) {
        return new TrainingTask(pipeline, examples, champion, 2, seed);
    }

    private static TrainingOutcome.Promoted promoted(TrainingTask task) {
        return (TrainingOutcome.Promoted)
                Training.ofEveryFamily(System::nanoTime).run(task);
    }

    private static Model model(byte[] bundle) throws Exception {
        return Model.load(bundle, 1 << 24);
    }
}
