package io.freshet.quickstart;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.freshet.quickstart.Declarations.Checked;
import io.freshet.quickstart.demo.FlightReplay;
import io.freshet.quickstart.demo.Progress;
import io.freshet.quickstart.demo.ReplayCounts;
import io.freshet.quickstart.demo.TopicReader;
import io.freshet.quickstart.platform.DataDirectory;
import io.freshet.quickstart.platform.Platform;
import io.freshet.quickstart.platform.Services;
import io.freshet.quickstart.send.Speed;
import io.freshet.runtime.KafkaConnection;
import io.freshet.runtime.KafkaSettings;
import io.freshet.schemas.message.Prediction;
import io.freshet.schemas.wire.WireFormat;
import java.io.PrintWriter;
import java.io.Writer;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The whole loop on the first weeks of the flights: a real broker, a real registry, all five services. */
class ClosedLoopTest {
    private static final Path FLIGHTS = Path.of("../pipelines/flight-delays");
    private static final Duration SOON = Duration.ofSeconds(90);

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
            Checked declared = declaration();
            assertThat(Declarations.apply(connection, declared, Instant.now()).version())
                    .isEqualTo(1);
            assertThat(Declarations.apply(connection, declared, Instant.now()).changes())
                    .isEmpty();
            await().atMost(SOON).until(services::ready);
            services.uris().values().forEach(ClosedLoopTest::shouldBeReadyOverHttp);

            FlightReplay replay = new FlightReplay(
                    FLIGHTS.resolve("flights_2001h1_1in5.csv.gz"),
                    services.uris().get("ingest-service"),
                    "flight-delays",
                    FlightReplay.Options.DEFAULT
                            .withSpeed(new Speed(86_400))
                            .withUntil(Instant.parse("2001-02-15T00:00:00Z")));
            Instant began = Instant.now();
            ReplayCounts sent;
            try (Progress progress = Progress.start(
                    connection, declared.pipeline(), replay::counts, new PrintWriter(Writer.nullWriter()), false)) {
                CompletableFuture<ReplayCounts> sending = CompletableFuture.supplyAsync(() -> run(replay));
                awaitPredictionOf(connection, 1);
                replay.stop();
                sent = sending.get();
                await().atMost(SOON).until(progress::drained);
            }

            JsonNode report = TopicReader.report(
                            connection, declared.pipeline(), sent, Duration.between(began, Instant.now()), List.of())
                    .json();
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

    private Checked declaration() throws Exception {
        for (String file : List.of("flight.avsc", "flight-outcome.avsc")) {
            Files.copy(FLIGHTS.resolve(file), directory.resolve(file));
        }
        String yaml = Files.readString(FLIGHTS.resolve("pipeline.yaml"));
        Path small = directory.resolve("pipeline.yaml");
        Files.writeString(small, yaml.replace("firstAfter: 20000", "firstAfter: 5000"));
        Checked checked = Declarations.read(small);
        assertThat(checked.pipeline().training().firstAfter()).isEqualTo(5_000);
        return checked;
    }

    private static void awaitPredictionOf(KafkaConnection connection, int version) {
        var deserializer = WireFormat.deserializer(
                connection.registry(), connection.settings().registryUrl(), true);
        try (KafkaConsumer<byte[], byte[]> consumer = connection.consumer("test", Map.of("group.id", "test"))) {
            consumer.subscribe(List.of("flight-delays.predictions"));
            await().atMost(SOON).until(() -> {
                for (var record : consumer.poll(Duration.ofMillis(200))) {
                    Prediction prediction = (Prediction) deserializer.deserialize(record.topic(), record.value());
                    if (prediction.getModelVersion() == version) {
                        return true;
                    }
                }
                return false;
            });
        }
    }

    private static ReplayCounts run(FlightReplay replay) {
        try {
            return replay.run();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void shouldBeReadyOverHttp(URI service) {
        try (HttpClient client = HttpClient.newHttpClient()) {
            var readiness = client.send(
                    HttpRequest.newBuilder(service.resolve("/health/readiness")).build(), BodyHandlers.ofString());
            assertThat(readiness.statusCode()).as(readiness.body()).isEqualTo(200);
            var metrics = client.send(
                    HttpRequest.newBuilder(service.resolve("/prometheus")).build(), BodyHandlers.ofString());
            assertThat(metrics.body()).contains("freshet_ready");
        } catch (Exception e) {
            throw new AssertionError(service.toString(), e);
        }
    }
}
