package io.freshet.trainer.tracking;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.freshet.runtime.MlflowSettings;
import io.freshet.schemas.message.ModelStage;
import io.freshet.schemas.message.RunOutcome;
import io.freshet.schemas.message.TrainingRun;
import io.freshet.trainer.tracking.FakeMlflow.Mischief;
import io.freshet.trainer.tracking.FakeMlflow.Reply;
import io.freshet.trainer.tracking.MlflowException.Refused;
import io.freshet.trainer.tracking.MlflowException.Unavailable;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class TrackerTest {
    private static final Duration PLENTY = Duration.ofSeconds(20);

    private final FakeMlflow server;
    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private final Mlflow mlflow;
    private final Tracker tracker;

    TrackerTest() throws IOException {
        server = new FakeMlflow();
        mlflow = new Mlflow(server.settings(), PLENTY, PLENTY);
        tracker = new Tracker(mlflow, Fixtures.models(), new TrackingMetrics(meters));
    }

    @AfterEach
    void stop() {
        mlflow.close();
        server.close();
    }

    @Test
    void shouldTellATrainingWithItsFilesAndItsVersion() throws Exception {
        tracker.trained(Fixtures.promoted());

        assertThat(server.experiments).containsOnlyKeys("cards");
        assertThat(server.files)
                .containsOnlyKeys(
                        "1/m0/training-run.json",
                        "1/m0/declaration.yaml",
                        "1/m0/model/bundle.freshet",
                        "1/m0/model/model.onnx",
                        "1/m0/model/MLmodel",
                        "1/m0/model-card.html",
                        "1/m0/model-card.json");
        assertThat(server.files.get("1/m0/model/bundle.freshet")).isEqualTo(Fixtures.BUNDLE);
        assertThat(new String(server.files.get("1/m0/model-card.html"), StandardCharsets.UTF_8))
                .contains("cards, version 2");
        assertThat(server.versions).singleElement().satisfies(version -> {
            assertThat(version.path("name").asText()).isEqualTo("cards");
            assertThat(version.path("source").asText()).isEqualTo("mlflow-artifacts:/1/m0/model");
            assertThat(version.path("run_id").asText()).isEqualTo("m0");
        });
        assertThat(server.runs.getFirst().path("sent").valueStream())
                .last()
                .satisfies(last -> assertThat(last.path("status").asText()).isEqualTo("FINISHED"));
        assertThat(server.aliases).doesNotContainKey("champion");
    }

    @Test
    void shouldPointTheChampionAtWhatServesWhicheverRecordComesFirst() throws Exception {
        tracker.stateChanged(Fixtures.change(1, ModelStage.CHAMPION, ModelStage.RETIRED));
        tracker.stateChanged(Fixtures.change(2, ModelStage.CANDIDATE, ModelStage.CHAMPION));
        tracker.trained(Fixtures.promoted());

        assertThat(server.aliases).containsEntry("champion", "1");
        assertThat(server.runs).hasSize(1);
        assertThat(server.versions).hasSize(1);
        assertThat(server.files).containsKey("1/m0/model-card.html");
    }

    @Test
    void shouldPointTheChallengerAtWhatProvesItselfAndAtNothingAfterwards() throws Exception {
        tracker.stateChanged(Fixtures.change(2, ModelStage.CANDIDATE, ModelStage.SHADOW));
        assertThat(server.aliases).containsEntry("challenger", "1").doesNotContainKey("champion");

        tracker.stateChanged(Fixtures.change(2, ModelStage.SHADOW, ModelStage.CANARY));
        assertThat(server.aliases).containsEntry("challenger", "1");

        for (int i = 0; i < 2; i++) {
            tracker.stateChanged(Fixtures.change(2, ModelStage.CANARY, ModelStage.CHAMPION));
            assertThat(server.aliases).containsEntry("champion", "1").doesNotContainKey("challenger");
        }
    }

    @Test
    void shouldMakeNothingTwice() throws Exception {
        for (int i = 0; i < 3; i++) {
            tracker.trained(Fixtures.promoted());
            tracker.trained(Fixtures.refused());
            tracker.stateChanged(Fixtures.change(2, ModelStage.CANDIDATE, ModelStage.CHAMPION));
        }

        assertThat(server.experiments).hasSize(1);
        assertThat(server.runs).hasSize(2);
        assertThat(server.versions).hasSize(1);
    }

    @Test
    void shouldTellWhatWasRefusedAsARunWithoutAVersionAndWhatWasNotTrainedNotAtAll() throws Exception {
        tracker.trained(Fixtures.refused());
        tracker.trained(TrainingRun.newBuilder(Fixtures.refused())
                .setOutcome(RunOutcome.DECLINED)
                .build());
        tracker.stateChanged(Fixtures.change(0, ModelStage.CANDIDATE, ModelStage.REFUSED));

        assertThat(server.runs).hasSize(1);
        assertThat(server.versions).isEmpty();
    }

    @Test
    void shouldGoOnWhereverItWasBrokenOff() throws Exception {
        tracker.trained(Fixtures.promoted());
        int all = server.calls.size();
        // Once for each call of the whole, which is either not done, or done and its answer lost.
        for (int broken = 0; broken < 2 * all; broken++) {
            try (FakeMlflow other = new FakeMlflow();
                    Mlflow client = new Mlflow(other.settings(), PLENTY, PLENTY)) {
                Tracker again = new Tracker(client, Fixtures.models(), new TrackingMetrics(meters));
                AtomicInteger left = new AtomicInteger(broken / 2);
                other.doesItNonetheless = broken % 2 == 1;
                other.mischief = (method, path) ->
                        left.getAndDecrement() == 0 ? Optional.of(new Reply(503, "<html>")) : Optional.empty();

                assertThatThrownBy(() -> again.trained(Fixtures.promoted()))
                        .as("break %d", broken)
                        .isInstanceOf(Unavailable.class);
                again.trained(Fixtures.promoted());

                assertThat(other.runs).as("break %d", broken).hasSize(1);
                assertThat(other.versions).as("break %d", broken).hasSize(1);
                assertThat(other.files).as("break %d", broken).hasSize(server.files.size());
            }
        }
    }

    @Test
    void shouldTellWhatPassesFromWhatDoesNot() {
        unavailable("status-500", new Reply(500, "<html>"));
        unavailable("status-429", new Reply(429, ""));
        unavailable("status-401", FakeMlflow.error(401, "UNAUTHENTICATED"));
        unavailable("status-403", FakeMlflow.error(403, "PERMISSION_DENIED"));
        unavailable("status-404", new Reply(404, "<html>no MLflow here"));
        unavailable("status-302", new Reply(302, ""));
        unavailable("no-json", new Reply(200, "<html>welcome"));

        instead((method, path) -> Optional.of(FakeMlflow.error(400, "INVALID_PARAMETER_VALUE")));
        assertThatThrownBy(() -> tracker.trained(Fixtures.promoted()))
                .isInstanceOfSatisfying(
                        Refused.class, e -> assertThat(e.reason()).isEqualTo("invalid-parameter-value"));
    }

    private void unavailable(String reason, Reply reply) {
        instead((method, path) -> Optional.of(reply));
        assertThatThrownBy(() -> tracker.trained(Fixtures.promoted()))
                .isInstanceOfSatisfying(
                        Unavailable.class, e -> assertThat(e.reason()).isEqualTo(reason));
    }

    private void instead(Mischief mischief) {
        server.mischief = mischief;
    }

    @Test
    void shouldNotWaitForAServerThatDoesNotAnswer() {
        CountDownLatch never = new CountDownLatch(1);
        instead((method, path) -> {
            never.await();
            return Optional.empty();
        });
        try (Mlflow hasty = new Mlflow(server.settings(), Duration.ofMillis(200), PLENTY)) {
            Tracker waiting = new Tracker(hasty, Fixtures.models(), new TrackingMetrics(meters));

            assertThatThrownBy(() -> waiting.trained(Fixtures.promoted()))
                    .isInstanceOfSatisfying(
                            Unavailable.class, e -> assertThat(e.reason()).isEqualTo("timeout"));
        } finally {
            never.countDown();
        }
    }

    @Test
    void shouldSayWhenNobodyIsThere() {
        server.close();

        assertThatThrownBy(() -> tracker.trained(Fixtures.promoted()))
                .isInstanceOfSatisfying(
                        Unavailable.class, e -> assertThat(e.reason()).isEqualTo("unreachable"));
    }

    @Test
    void shouldTellAllTheRestWhereAFileIsRefused() throws Exception {
        instead((method, path) -> path.endsWith(".html") || path.endsWith(".onnx")
                ? Optional.of(new Reply(413, "<html>too large"))
                : Optional.empty());

        tracker.trained(Fixtures.promoted());

        assertThat(server.versions).hasSize(1);
        assertThat(server.files).containsKey("1/m0/model-card.json").doesNotContainKey("1/m0/model-card.html");
        assertThat(skipped("refused")).isEqualTo(2);
    }

    @Test
    void shouldSayWhereArtifactsCannotBeSent() throws Exception {
        server.artifactRoot = "s3://bucket/";

        tracker.trained(Fixtures.promoted());

        assertThat(server.files).isEmpty();
        assertThat(server.versions).hasSize(1);
        assertThat(skipped("artifacts-not-proxied")).isEqualTo(7);
    }

    private double skipped(String reason) {
        return meters.counter("freshet.tracking.skipped", "reason", reason).count();
    }

    @Test
    void shouldPutNothingIntoAFilterThatIsNotPlain() throws Exception {
        tracker.trained(Fixtures.refused());
        tracker.trained(Fixtures.refused());

        assertThat(server.runs).hasSize(1);
        assertThatThrownBy(() -> tracker.trained(TrainingRun.newBuilder(Fixtures.refused())
                        .setPipeline("a' or name != '")
                        .build()))
                .isInstanceOf(Refused.class);
    }

    @Test
    void shouldAskWithWhatItIsGivenAndShowItToNobodyElse() throws Exception {
        MlflowSettings settings = new MlflowSettings(server.settings().url(), new MlflowSettings.Token("s3cret"));
        try (Mlflow client = new Mlflow(settings, PLENTY, PLENTY)) {
            Tracker asking = new Tracker(client, Fixtures.models(), new TrackingMetrics(meters));
            asking.trained(Fixtures.refused());

            assertThat(server.authorizations).hasSameSizeAs(server.calls).containsOnly("Bearer s3cret");

            instead((method, path) -> Optional.of(new Reply(401, "")));
            assertThatThrownBy(() -> asking.trained(Fixtures.refused()))
                    .message()
                    .contains("401")
                    .doesNotContain("s3cret");
        }
    }
}
