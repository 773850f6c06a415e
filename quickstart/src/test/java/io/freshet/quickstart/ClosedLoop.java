package io.freshet.quickstart;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.freshet.quickstart.Declarations.Checked;
import io.freshet.quickstart.demo.FlightReplay;
import io.freshet.quickstart.demo.Progress;
import io.freshet.quickstart.demo.ReplayCounts;
import io.freshet.quickstart.demo.TopicReader;
import io.freshet.quickstart.platform.Services;
import io.freshet.quickstart.send.Speed;
import io.freshet.runtime.KafkaConnection;
import io.freshet.schemas.message.Prediction;
import io.freshet.schemas.wire.WireFormat;
import java.io.PrintWriter;
import java.io.Writer;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.clients.consumer.KafkaConsumer;

/** The loop up to its first model, on whatever broker and registry the services run. */
final class ClosedLoop {
    private static final Duration SOON = Duration.ofMinutes(5);
    /** Some 270 flights a second, which leave two cores time for training; what comes meanwhile has to be drained. */
    private static final Speed SPEED = new Speed(7_200);

    private ClosedLoop() {}

    /** Declares the flights' pipeline. */
    static Checked declare(KafkaConnection connection, Checked declared) throws Exception {
        assertThat(Declarations.apply(connection, declared, Instant.now()).version())
                .isEqualTo(1);
        return declared;
    }

    /**
     * Replays flights until a model has answered and all that was sent is through.
     *
     * @return what stands on the topics then
     */
    static JsonNode untilFirstModelAnswers(KafkaConnection connection, Checked declared, Services services)
            throws Exception {
        FlightReplay replay = new FlightReplay(
                Flights.FILE,
                services.uris().get("ingest-service"),
                declared.pipeline().name(),
                FlightReplay.Options.DEFAULT.withSpeed(SPEED).withUntil(Instant.parse("2001-02-15T00:00:00Z")));
        Instant began = Instant.now();
        ReplayCounts sent;
        try (Progress progress = Progress.start(
                connection, declared.pipeline(), replay::counts, new PrintWriter(Writer.nullWriter()), false)) {
            CompletableFuture<ReplayCounts> sending = CompletableFuture.supplyAsync(() -> Flights.run(replay));
            awaitPredictionOf(connection, 1);
            replay.stop();
            sent = sending.get();
            await().atMost(SOON).until(progress::drained);
        }
        return TopicReader.report(
                        connection, declared.pipeline(), sent, Duration.between(began, Instant.now()), List.of())
                .json();
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
}
