package io.freshet.trainer.tracking;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.entry;
import static org.assertj.core.api.Assertions.tuple;

import io.freshet.schemas.message.RunOutcome;
import io.freshet.schemas.message.TrainingRun;
import io.freshet.trainer.tracking.RunAccount.Measured;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class RunAccountTest {
    @Test
    void shouldTellWhatATrainingWasGiven() {
        Map<String, String> params = RunAccount.of(Fixtures.promoted()).params();

        assertThat(params)
                .contains(
                        entry("dataset", "cards.examples[0] 100..1100"),
                        entry("content_hash", "c0ffee"),
                        entry("declaration_version", "4"),
                        entry("feature_set", "0123456789ab"),
                        entry("rows", "1000"),
                        entry("champion_version", "1"),
                        entry("best", "logistic-regression"),
                        entry("candidate.logistic-regression.l2", "0.01"))
                .containsKey("candidate.neural-network.error");
    }

    @Test
    void shouldTellWhatATrainingMeasured() {
        RunAccount account = RunAccount.of(Fixtures.promoted());

        assertThat(Fixtures.last(account))
                .contains(
                        entry("roc-auc", 0.8),
                        entry("roc-auc.low", 0.75),
                        entry("champion.roc-auc", 0.7),
                        entry("difference.roc-auc.probability_better", 0.99),
                        entry("candidate.logistic-regression.roc-auc.high", 0.85),
                        entry("candidate.logistic-regression.fit_millis", 1_500.0),
                        entry("gate.beats-champion.threshold", 0.95),
                        entry("gate.beats-champion.passed", 1.0),
                        entry("importance.amount", 0.125),
                        entry("fold_mean.roc-auc", 0.77),
                        entry("calibration.log_loss_after", 0.45));
        assertThat(account.metrics())
                .filteredOn(each -> each.name().endsWith("tuning_loss"))
                .extracting(Measured::value, Measured::step)
                .containsExactly(tuple(0.7, 1L), tuple(0.6, 2L), tuple(0.65, 3L));
    }

    @Test
    void shouldLeaveOutWhatIsNotKnown() {
        assertThat(Fixtures.last(RunAccount.of(Fixtures.promoted())))
                .containsKey("precision")
                .doesNotContainKeys("precision.low", "difference.roc-auc.high");
    }

    @Test
    void shouldUseNamesAndLengthsThatMlflowTakesAndTellNamesApart() {
        TrainingRun run = Fixtures.promoted();
        Map<String, Double> importance = new TreeMap<>();
        List.of("a=b", "a_b", "a<b", "", "ü", "x".repeat(400), "x".repeat(400) + "y", "../a")
                .forEach(name -> importance.put(name, (double) name.length()));
        run.setImportance(importance);
        run.getCandidates().getFirst().setHyperparameters(Map.of("long", "v".repeat(10_000)));

        RunAccount account = RunAccount.of(run);

        List<String> names = new ArrayList<>(
                account.metrics().stream().map(Measured::name).distinct().toList());
        names.addAll(account.params().keySet());
        names.addAll(account.tags().keySet());
        assertThat(names).allMatch(name -> name.matches("[A-Za-z0-9_.\\- ]{1,250}"));
        assertThat(names.stream().filter(name -> name.startsWith("importance.")))
                .hasSize(importance.size());
        assertThat(account.params().values()).allMatch(value -> value.length() <= 6_000);
        assertThat(account.tags().values()).allMatch(value -> value.length() <= 5_000);
    }

    @Test
    void shouldTellTheSameTwice() {
        assertThat(RunAccount.of(Fixtures.promoted())).isEqualTo(RunAccount.of(Fixtures.promoted()));
    }

    @Test
    void shouldNameARunByWhatCameOfIt() {
        TrainingRun former = TrainingRun.newBuilder(Fixtures.promoted())
                .setOutcome(null)
                .setInputs(null)
                .build();

        assertThat(RunAccount.title(Fixtures.promoted())).isEqualTo("version 2: logistic-regression");
        assertThat(RunAccount.title(former)).isEqualTo("version 2: logistic-regression");
        assertThat(RunAccount.of(former).params()).doesNotContainKey("content_hash");
        assertThat(RunAccount.title(Fixtures.refused())).isEqualTo("refused: it's refused");
        assertThat(RunAccount.outcome(former)).isEqualTo(RunOutcome.PROMOTED);
        assertThat(RunAccount.of(Fixtures.refused()).tags())
                .contains(
                        entry("freshet.outcome", "REFUSED"),
                        entry("mlflow.note.content", "the best candidate did not pass: beats-champion"));
    }
}
