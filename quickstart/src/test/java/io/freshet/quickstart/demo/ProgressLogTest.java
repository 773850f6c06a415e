package io.freshet.quickstart.demo;

import static io.freshet.quickstart.demo.Records.time;
import static org.assertj.core.api.Assertions.assertThat;

import io.freshet.schemas.message.AlertState;
import io.freshet.schemas.message.DriftAlert;
import io.freshet.schemas.message.RecordKind;
import io.freshet.schemas.message.RetrainReason;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ProgressLogTest {
    private final ProgressLog log = new ProgressLog();

    @Test
    void shouldTellEachHappeningOnceInWords() {
        assertThat(log.look(Records.prediction(0, 0, 0.2)))
                .containsExactly(
                        "first predictions, for 2001-01-01 00:00: there is no model yet, so they give the share"
                                + " of late flights so far and are marked degraded");
        assertThat(log.look(Records.prediction(1, 0, 0.2))).isEmpty();
        assertThat(log.deployment(Records.deployment(1)))
                .containsExactly("NEW CHAMPION: model 1, the first model: it passed the gate");
        assertThat(log.look(Records.prediction(24, 1, 0.2)))
                .containsExactly("model 1 (logistic-regression) answers, from flights of 2001-01-02 00:00 on");
        assertThat(log.look(Records.prediction(25, 1, 0.2))).isEmpty();
        assertThat(log.alert(Records.alert(AlertState.OPEN))).containsExactly("DRIFT: x moved from 1 to 2");
        assertThat(log.alert(Records.alert(AlertState.UPDATED))).isEmpty();
        assertThat(log.request(Records.request("q", RetrainReason.DRIFT)))
                .containsExactly("a new model is asked for: x moved");
        assertThat(log.run(Records.run("q", RetrainReason.DRIFT, 2)))
                .containsExactly(
                        "trained on 800 flights, judged on the 200 after them:",
                        "  logistic-regression: roc-auc 0.7123",
                        "  neural-network: did not converge",
                        "  model 1, which serves: roc-auc 0.6500",
                        "the gate lets the best through as model 2 (beats-champion: 0.9700 against 0.9500)");
        assertThat(log.deployment(Records.deployment(2)))
                .containsExactly("NEW CHAMPION: model 2, instead of model 1: it passed the gate");
        assertThat(log.run(Records.run("q", RetrainReason.DRIFT, 0)))
                .last()
                .isEqualTo("nothing takes over: beats-champion: 0.9700 against 0.9500");
        assertThat(log.alert(Records.alert(AlertState.RESOLVED))).containsExactly("drift is over: x moved from 1 to 2");
    }

    @Test
    void shouldTellAModelThatDoesWorseFromDrift() {
        log.alert(Records.alert(AlertState.OPEN));
        assertThat(log.alert(Records.performance(AlertState.OPEN))).containsExactly("PERFORMANCE: log-loss 0.7 on 5");
        assertThat(log.alert(Records.alert(AlertState.RESOLVED))).isNotEmpty();
        assertThat(log.status(ReplayCounts.NONE, Duration.ZERO))
                .last()
                .asString()
                .endsWith("WORSE");
        assertThat(log.alert(Records.performance(AlertState.RESOLVED)))
                .containsExactly("an alert of performance is over: log-loss 0.7 on 5");
        assertThat(log.status(ReplayCounts.NONE, Duration.ZERO))
                .last()
                .asString()
                .endsWith("no drift");
    }

    @Test
    void shouldSayHowThingsStand() {
        ReplayCounts sent = new ReplayCounts(11_998, 1, 1, 5, 1, 0, 2, 0, 0, Optional.of(time(30)), false);
        log.predictions(11_000);
        log.look(Records.prediction(3, 1, 0.4));
        log.error();
        log.rejected(Records.rejected(RecordKind.EVENT, "FIELD_TYPE"));
        log.rejected(Records.rejected(RecordKind.EVENT, "DUPLICATE"));
        log.example();

        assertThat(log.status(sent, Duration.ofSeconds(4)))
                .containsExactly(
                        "flights      2001-01-02 06:00, 12,000 sent, 3,000 a second",
                        "predictions  11,000, 997 under way, 1 failed, 2 requests repeated",
                        "not taken    1 malformed, 1 duplicates",
                        "labels       5 sent, 1 joined to their predictions' features",
                        "models       1 (logistic-regression) serves, 0 trainings, 0 refused, no drift")
                .allMatch(line -> line.length() <= 79);
        assertThat(new ProgressLog().status(ReplayCounts.NONE, Duration.ZERO))
                .first()
                .isEqualTo("flights      not started, 0 sent, 0 a second");
    }

    @Test
    void shouldBeDrainedWhenEveryRecordHadItsOutcome() {
        ReplayCounts sent = new ReplayCounts(3, 1, 1, 2, 1, 0, 0, 0, 0, Optional.of(time(1)), true);
        log.predictions(2);
        log.error();
        log.rejected(Records.rejected(RecordKind.EVENT, "DUPLICATE"));
        log.rejected(Records.rejected(RecordKind.EVENT, "FIELD_TYPE"));
        log.example();
        assertThat(log.eventsDrained(sent)).isTrue();
        assertThat(log.labelsDrained(sent)).isFalse();

        log.rejected(Records.rejected(RecordKind.LABEL, "UNKNOWN_EVENT"));

        assertThat(log.labelsDrained(sent)).isTrue();
    }

    @Test
    void shouldKeepDataFromSteeringTheTerminal() {
        DriftAlert alert = Records.alert(AlertState.OPEN);
        alert.setMessage("evil \u001b[2J\nline" + "x".repeat(1_000));

        assertThat(log.alert(alert))
                .singleElement()
                .satisfies(line ->
                        assertThat(line).startsWith("DRIFT: evil ?[2J?line").hasSize(300));
    }
}
