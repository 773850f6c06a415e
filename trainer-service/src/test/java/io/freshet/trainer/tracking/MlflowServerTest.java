package io.freshet.trainer.tracking;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.freshet.runtime.MlflowSettings;
import io.freshet.schemas.message.ModelStage;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What is told, on a real server. Runs where there is an {@code mlflow}, on the path or as FRESHET_TEST_MLFLOW says. */
@Timeout(600)
class MlflowServerTest {
    private static final Duration PLENTY = Duration.ofSeconds(60);
    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    private Path directory;

    private final HttpClient http = HttpClient.newHttpClient();

    @Test
    void shouldHaveRunsVersionsAliasAndFilesOnce() throws Exception {
        Optional<String> mlflow = executable();
        assumeTrue(mlflow.isPresent(), "no mlflow on the path: set FRESHET_TEST_MLFLOW to try a real server");
        int port = freePort();
        Process server = start(mlflow.get(), port);
        URI url = URI.create("http://127.0.0.1:" + port);
        try (Mlflow client = new Mlflow(new MlflowSettings(url, new MlflowSettings.Open()), PLENTY, PLENTY)) {
            await().atMost(Duration.ofSeconds(240))
                    .pollInterval(Duration.ofMillis(200))
                    .until(() -> {
                        assertThat(server.isAlive()).as("mlflow server").isTrue();
                        return answers(url);
                    });
            Tracker tracker = new Tracker(client, Fixtures.models(), new TrackingMetrics(new SimpleMeterRegistry()));
            for (int i = 0; i < 2; i++) {
                tracker.trained(Fixtures.promoted());
                tracker.stateChanged(Fixtures.change(2, ModelStage.CANDIDATE, ModelStage.SHADOW));
                tracker.stateChanged(Fixtures.change(2, ModelStage.SHADOW, ModelStage.CHAMPION));
                tracker.trained(Fixtures.refused());
            }
            verify(url);
        } finally {
            server.descendants().forEach(ProcessHandle::destroy);
            server.destroy();
            server.waitFor();
        }
    }

    private void verify(URI url) throws IOException, InterruptedException {
        String experiment = get(url, "experiments/get-by-name?experiment_name=cards")
                .at("/experiment/experiment_id")
                .asText();
        JsonNode runs = post(url, "runs/search", "{\"experiment_ids\": [\"" + experiment + "\"]}")
                .path("runs");
        assertThat(runs.valueStream().map(run -> run.at("/info/run_name").asText()))
                .containsExactlyInAnyOrder("version 2: logistic-regression", "refused: it's refused");
        assertThat(runs.valueStream().map(run -> run.at("/info/status").asText()))
                .containsOnly("FINISHED");
        JsonNode version =
                get(url, "registered-models/alias?name=cards&alias=champion").path("model_version");
        assertThat(pairs(version.path("tags")))
                .containsEntry("freshet.version", "2")
                .containsEntry("freshet.state", "CHAMPION");
        assertThat(version.path("aliases").valueStream().map(JsonNode::asText)).containsExactly("champion");
        String id = version.path("run_id").asText();
        JsonNode run = get(url, "runs/get?run_id=" + id).path("run");
        RunAccount told = RunAccount.of(Fixtures.promoted());
        assertThat(pairs(run.at("/data/params"))).isEqualTo(new TreeMap<>(told.params()));
        assertThat(pairs(run.at("/data/tags"))).containsAllEntriesOf(told.tags());
        Map<String, Double> metrics = new TreeMap<>();
        run.at("/data/metrics")
                .forEach(each -> metrics.put(
                        each.path("key").asText(), each.path("value").asDouble()));
        assertThat(metrics).isEqualTo(Fixtures.last(told));
        JsonNode curve = get(
                url,
                "metrics/get-history?run_id=" + id + "&metric_key="
                        + URLEncoder.encode("candidate.logistic-regression.tuning_loss", StandardCharsets.UTF_8));
        assertThat(curve.path("metrics")
                        .valueStream()
                        .map(each -> each.path("value").asDouble()))
                .containsExactly(0.7, 0.6, 0.65);
        assertThat(file(url, experiment, id, "model/bundle.freshet")).isEqualTo(Fixtures.BUNDLE);
        assertThat(new String(file(url, experiment, id, "model-card.html"), StandardCharsets.UTF_8))
                .contains("cards, version 2");
        assertThat(get(url, "model-versions/search?filter=" + URLEncoder.encode("name='cards'", StandardCharsets.UTF_8))
                        .path("model_versions"))
                .hasSize(1);
    }

    private static Map<String, String> pairs(JsonNode pairs) {
        Map<String, String> map = new TreeMap<>();
        pairs.forEach(
                pair -> map.put(pair.path("key").asText(), pair.path("value").asText()));
        return map;
    }

    private static Optional<String> executable() {
        String named = System.getenv("FRESHET_TEST_MLFLOW");
        if (named != null && !named.isBlank()) {
            return Optional.of(named);
        }
        return Stream.of(System.getenv().getOrDefault("PATH", "").split(File.pathSeparator))
                .map(entry -> Path.of(entry, "mlflow"))
                .filter(Files::isExecutable)
                .map(Path::toString)
                .findFirst();
    }

    /** MLflow takes no port 0. */
    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    private Process start(String mlflow, int port) throws IOException {
        return new ProcessBuilder(
                        mlflow,
                        "server",
                        "--host",
                        "127.0.0.1",
                        "--port",
                        Integer.toString(port),
                        "--workers",
                        "1",
                        "--backend-store-uri",
                        "sqlite:///" + directory.resolve("mlflow.db"),
                        "--artifacts-destination",
                        directory.resolve("artifacts").toString())
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve("log").toFile())
                .start();
    }

    private boolean answers(URI url) throws InterruptedException {
        try {
            return http.send(HttpRequest.newBuilder(url.resolve("/health")).build(), BodyHandlers.discarding())
                            .statusCode()
                    == 200;
        } catch (IOException e) {
            return false;
        }
    }

    private JsonNode get(URI url, String method) throws IOException, InterruptedException {
        return JSON.readTree(send(HttpRequest.newBuilder(url.resolve("/api/2.0/mlflow/" + method))));
    }

    private JsonNode post(URI url, String method, String body) throws IOException, InterruptedException {
        return JSON.readTree(send(HttpRequest.newBuilder(url.resolve("/api/2.0/mlflow/" + method))
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(body))));
    }

    private byte[] file(URI url, String experiment, String run, String path) throws IOException, InterruptedException {
        return send(HttpRequest.newBuilder(
                url.resolve("/api/2.0/mlflow-artifacts/artifacts/" + experiment + "/" + run + "/artifacts/" + path)));
    }

    private byte[] send(HttpRequest.Builder request) throws IOException, InterruptedException {
        var response = http.send(request.build(), BodyHandlers.ofByteArray());
        assertThat(response.statusCode()).as("%s", request.build().uri()).isEqualTo(200);
        return response.body();
    }
}
