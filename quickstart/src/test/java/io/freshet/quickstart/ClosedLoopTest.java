package io.freshet.quickstart;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.freshet.quickstart.Declarations.Checked;
import io.freshet.quickstart.platform.DataDirectory;
import io.freshet.quickstart.platform.Platform;
import io.freshet.quickstart.platform.Services;
import io.freshet.runtime.KafkaConnection;
import io.freshet.runtime.KafkaSettings;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The whole loop on the first weeks of the flights: a real broker, a real registry, all five services. The demo and, in
 * containers, {@link ContainersIT} train the declared network as well.
 */
class ClosedLoopTest {
    private static final Duration SOON = Duration.ofMinutes(3);

    @TempDir
    Path directory;

    @Test
    void shouldTrainAndSwapInTheFirstModelWithoutLosingOrDoublingAPrediction() throws Exception {
        try (Platform platform = Platform.start(DataDirectory.temporary(), 0, 0);
                DataDirectory state = DataDirectory.temporary();
                Services services = Services.start(platform, state, Services.ALL);
                KafkaConnection connection = new KafkaConnection(new KafkaSettings(
                        platform.broker().bootstrapServers(),
                        platform.registry().url(),
                        "test",
                        (short) 1,
                        Map.of()))) {
            Checked declared =
                    ClosedLoop.declare(connection, Flights.declaration(directory, 4_000, Flights::withoutNetwork));
            assertThat(Declarations.apply(connection, declared, Instant.now()).changes())
                    .isEmpty();
            // A service is ready, and then again not, when it hears of the pipeline only then.
            await().atMost(SOON)
                    .untilAsserted(() -> services.uris().values().forEach(ClosedLoopTest::shouldBeReadyOverHttp));

            JsonNode report = ClosedLoop.untilFirstModelAnswers(connection, declared, services);

            assertThat(report.get("lost").asLong()).isZero();
            assertThat(report.get("doubled").asLong()).isZero();
            assertThat(report.at("/events/sent").asLong())
                    .isEqualTo(report.at("/events/accepted").asLong()
                            + report.at("/events/rejected").asLong()
                            + report.at("/events/duplicate").asLong());
            assertThat(report.at("/predictions/degraded").asLong()).isPositive();
            assertThat(report.at("/retrains/0/reason").asText()).isEqualTo("FIRST_MODEL");
            assertThat(report.at("/retrains/0/candidates").size()).isEqualTo(3);
            assertThat(report.at("/champions").toString()).contains("\"version\":1");
        }
    }

    private static void shouldBeReadyOverHttp(URI service) {
        assertThat(get(service.resolve("/health/readiness"))).contains("UP");
        assertThat(get(service.resolve("/prometheus"))).contains("freshet_ready");
    }

    private static String get(URI uri) {
        try (HttpClient client = HttpClient.newHttpClient()) {
            var answer = client.send(HttpRequest.newBuilder(uri).build(), BodyHandlers.ofString());
            assertThat(answer.statusCode()).as("%s: %s", uri, answer.body()).isEqualTo(200);
            return answer.body();
        } catch (Exception e) {
            throw new AssertionError(uri.toString(), e);
        }
    }
}
