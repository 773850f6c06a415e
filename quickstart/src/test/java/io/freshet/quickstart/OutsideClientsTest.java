package io.freshet.quickstart;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.freshet.quickstart.demo.FlightReplay;
import io.freshet.quickstart.demo.ReplayCounts;
import io.freshet.quickstart.platform.DataDirectory;
import io.freshet.quickstart.platform.Platform;
import io.freshet.quickstart.platform.Services;
import io.freshet.quickstart.send.Speed;
import io.freshet.runtime.KafkaConnection;
import io.freshet.runtime.KafkaSettings;
import io.freshet.schemas.message.DriftAlert;
import io.freshet.schemas.message.Prediction;
import io.freshet.schemas.wire.WireFormat;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.zip.GZIPOutputStream;
import org.apache.avro.generic.GenericRecord;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Clients that are not ours, while the loop runs: the programs under {@code examples/}, which are what the README tells
 * its readers to use. A client whose packages are not installed is skipped, and says so.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class OutsideClientsTest {
    private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();
    private static final Path EXAMPLES = ROOT.resolve("examples");
    private static final String FLIGHTS = "flight-delays";
    /** Of the same schemas; nothing but outside producers writes to it. */
    private static final String OUTSIDE = "outside-flights";

    private static final Duration SOON = Duration.ofMinutes(3);
    private static final List<String> AIRPORTS = List.of("BOS", "ORD", "ATL", "SEA", "DEN");
    private static final long SEED = 24_2026;
    private static final int RECORDS = 200;
    private static final int PRODUCED = 20;
    private static final ObjectMapper JSON = new ObjectMapper();

    /** A client library, and how its example programs are run. */
    enum Client {
        /** Confluent's client for Python: librdkafka and fastavro. */
        PYTHON(
                List.of(python(), "-c", "import confluent_kafka, confluent_kafka.schema_registry.avro"),
                "examples/python"),
        /** KafkaJS with its own registry client. */
        NODE(
                List.of(
                        "node",
                        "-e",
                        "Promise.all(['kafkajs', '@kafkajs/confluent-schema-registry', 'lz4js'].map((name) => import(name)))"),
                "examples/node"),
        /** Kafka's own client with Confluent's deserializer. */
        JAVA(List.of(java(), "--version"), "examples/java");

        private final List<String> check;
        private final String directory;

        Client(List<String> check, String directory) {
            this.check = check;
            this.directory = directory;
        }

        private List<String> program(String name) {
            String file = EXAMPLES.getParent().resolve(directory).resolve(name).toString();
            return switch (this) {
                case PYTHON -> List.of(python(), file);
                case NODE -> List.of("node", file);
                case JAVA ->
                    List.of(
                            java(),
                            "-XX:TieredStopAtLevel=1",
                            "-XX:+UseSerialGC",
                            "-cp",
                            System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                            file);
            };
        }

        List<String> reader() {
            return program(
                    switch (this) {
                        case PYTHON -> "read_predictions.py";
                        case NODE -> "read-alerts.mjs";
                        case JAVA -> "ReadPredictions.java";
                    });
        }

        List<String> producer() {
            return program(this == PYTHON ? "produce_events.py" : "ProduceEvents.java");
        }

        void assumeInstalled() {
            boolean installed;
            try {
                installed = run(check, EXAMPLES.getParent().resolve(directory)).code() == 0;
            } catch (IOException e) {
                installed = false;
            }
            assumeTrue(installed, this + " is not installed: see " + directory);
        }

        /** The one that the example's requirements were installed into, or the machine's. */
        private static String python() {
            Path own = EXAMPLES.resolve("python/.venv/bin/python");
            return Files.exists(own) ? own.toString() : "python3";
        }

        private static String java() {
            return Path.of(System.getProperty("java.home"), "bin", "java").toString();
        }
    }

    private record Outcome(int code, String out, String err) {
        List<String> lines() {
            assertThat(code).as("exit code; it said: %s", err).isZero();
            return out.lines().toList();
        }
    }

    private Platform platform;
    private Services services;
    private KafkaConnection connection;
    private FlightReplay replay;
    private CompletableFuture<ReplayCounts> sending;

    @BeforeAll
    void start(@TempDir Path directory) throws Exception {
        platform = Platform.start(DataDirectory.temporary(), 0, 0);
        services = Services.start(platform, DataDirectory.temporary(), Services.ALL);
        connection = new KafkaConnection(new KafkaSettings(
                platform.broker().bootstrapServers(), platform.registry().url(), "test", (short) 1, Map.of()));
        Declarations.apply(
                connection,
                Flights.declaration(
                        directory,
                        yaml -> Flights.trainedSoon(yaml)
                                .replace("firstAfter: 20000", "firstAfter: 5000")
                                .replace("window: 7d", "window: 1d")),
                Instant.now());
        Declarations.apply(
                connection,
                Flights.declaration(
                        directory,
                        yaml -> Flights.trainedSoon(yaml).replace("pipeline: " + FLIGHTS, "pipeline: " + OUTSIDE)),
                Instant.now());
        await().atMost(SOON).until(services::ready);
        // A model learns what is usual; then every flight becomes a long one, so that the model's window drifts for
        // sure.
        replay(directory, Instant.parse("2000-12-20T00:00:00Z"), 6, 300, Speed.MAX)
                .run();
        assertThat(values("deployments", 1, true)).hasSize(1);
        replay = replay(directory, Instant.parse("2001-01-01T00:00:00Z"), 90, 6_000, new Speed(14_400));
        sending = CompletableFuture.supplyAsync(() -> Flights.run(replay));
    }

    /** A flight a minute, mostly late from 16 o'clock on. */
    private FlightReplay replay(Path directory, Instant from, int days, int distance, Speed speed) throws IOException {
        Path file = directory.resolve(from.getEpochSecond() + ".csv.gz");
        Random random = new Random(SEED);
        try (PrintWriter rows =
                new PrintWriter(new GZIPOutputStream(Files.newOutputStream(file)), false, StandardCharsets.UTF_8)) {
            rows.println("date,delay,distance,origin,destination");
            for (int minute = 0; minute < days * 1_440; minute++) {
                Instant departure = from.plus(Duration.ofMinutes(minute));
                boolean late = random.nextDouble() < (minute % 1_440 < 960 ? 0.05 : 0.9);
                rows.printf(
                        "%s,%d,%d,%s,%s%n",
                        departure.toString().replace('T', ' ').replace("Z", ""),
                        late ? 40 : 0,
                        distance + random.nextInt(700),
                        AIRPORTS.get(random.nextInt(AIRPORTS.size())),
                        AIRPORTS.get(random.nextInt(AIRPORTS.size())));
            }
        }
        return new FlightReplay(
                file, services.uris().get("ingest-service"), FLIGHTS, FlightReplay.Options.DEFAULT.withSpeed(speed));
    }

    @AfterAll
    void stop() {
        replay.stop();
        sending.join();
        connection.close();
        services.close();
        platform.close();
    }

    @ParameterizedTest
    @EnumSource
    void shouldReadPredictionsWhileTheyAreMade(Client client) throws Exception {
        client.assumeInstalled();

        List<String> read = read(client, FLIGHTS + ".predictions", RECORDS).lines();

        List<Object> expected = values(FLIGHTS + ".predictions", RECORDS, true);
        assertThat(read).hasSize(RECORDS);
        for (int i = 0; i < RECORDS; i++) {
            JsonNode json = JSON.readTree(read.get(i));
            Prediction prediction = (Prediction) expected.get(i);
            assertThat(json.get("eventId").textValue()).isEqualTo(prediction.getEventId());
            assertThat(json.get("score").doubleValue()).isEqualTo(prediction.getScore());
            assertThat(json.get("degraded").booleanValue()).isEqualTo(prediction.getDegraded());
        }
    }

    @ParameterizedTest
    @EnumSource
    void shouldReadDriftAlertsAsTheyAreRaised(Client client) throws Exception {
        client.assumeInstalled();

        List<String> read = read(client, "drift-alerts", 1).lines();

        DriftAlert alert = (DriftAlert) values("drift-alerts", 1, true).getFirst();
        JsonNode json = JSON.readTree(read.getFirst());
        assertThat(json.get("alertId").textValue()).isEqualTo(alert.getAlertId());
        assertThat(json.get("state").textValue()).isEqualTo("OPEN");
        assertThat(json.get("message").textValue()).isEqualTo(alert.getMessage());
        assertThat(json.at("/features/0/feature").textValue())
                .isEqualTo(alert.getFeatures().getFirst().getFeature());
        assertThat(json.at("/features/0/value").doubleValue())
                .isEqualTo(alert.getFeatures().getFirst().getValue());
    }

    @ParameterizedTest
    @EnumSource(names = {"PYTHON", "JAVA"})
    void shouldAnswerEventsAndLabelsThatWereWrittenStraightToKafka(Client client) throws Exception {
        client.assumeInstalled();
        List<String> command = new ArrayList<>(client.producer());
        command.addAll(List.of(
                platform.broker().bootstrapServers(), platform.registry().url(), OUTSIDE, Integer.toString(PRODUCED)));

        assertThat(run(command, ROOT).lines()).hasSize(1);

        String prefix = client.name().toLowerCase(Locale.ROOT) + "-";
        Set<String> predicted = awaitIds(OUTSIDE + ".predictions", prefix, PRODUCED);
        Set<String> labelled = awaitIds(OUTSIDE + ".examples", prefix, PRODUCED);
        assertThat(labelled).isEqualTo(predicted);
        shouldHaveOneSchemaEach();
    }

    @Test
    void shouldAnswerAnEventFromCurl() throws Exception {
        Outcome outcome;
        try {
            outcome = run(
                    List.of(
                            "curl",
                            "-sS",
                            "-H",
                            "Content-Type: application/json",
                            "-d",
                            """
                            {"flightId": "curl-1", "departure": "%s", "origin": "BOS", "destination": "ORD", "distance": 867}
                            """.formatted(Instant.now()),
                            services.uris().get("ingest-service") + "/v1/pipelines/" + OUTSIDE + "/events"),
                    ROOT);
        } catch (IOException e) {
            assumeTrue(false, "curl is not installed");
            return;
        }

        assertThat(JSON.readTree(outcome.lines().getFirst()).get("accepted").intValue())
                .as(outcome.out())
                .isEqualTo(1);
        assertThat(awaitIds(OUTSIDE + ".predictions", "curl-", 1)).containsExactly("curl-1");
        shouldHaveOneSchemaEach();
    }

    /** What the dashboard and the alerting rules ask for; Kafka's clients are looked at once a minute. */
    @Test
    void shouldShowEveryMetricThatIsAskedFor() {
        await().atMost(SOON)
                .untilAsserted(() -> assertThat(Monitoring.metrics())
                        .isSubsetOf(services.uris().values().stream()
                                .flatMap(service -> Monitoring.shown(service).stream())
                                .collect(Collectors.toSet())));
    }

    /** Whoever wrote first registered it, and all others found theirs to be the same. */
    private void shouldHaveOneSchemaEach() throws Exception {
        for (String subject : connection.registry().getAllSubjects()) {
            if (subject.startsWith(OUTSIDE)) {
                assertThat(connection.registry().getAllVersions(subject))
                        .as(subject)
                        .hasSize(1);
            }
        }
    }

    private Outcome read(Client client, String topic, int count) throws IOException {
        List<String> command = new ArrayList<>(client.reader());
        command.addAll(List.of(
                platform.broker().bootstrapServers(), platform.registry().url(), topic, Integer.toString(count)));
        return run(command, ROOT);
    }

    private static Outcome run(List<String> command, Path directory) throws IOException {
        Path out = Files.createTempFile("out", ".txt");
        Path err = Files.createTempFile("err", ".txt");
        try {
            Process process = new ProcessBuilder(command)
                    .directory(directory.toFile())
                    .redirectOutput(out.toFile())
                    .redirectError(err.toFile())
                    .start();
            process.getOutputStream().close();
            if (!process.waitFor(SOON.toSeconds(), TimeUnit.SECONDS)) {
                process.destroyForcibly().waitFor();
            }
            return new Outcome(process.exitValue(), Files.readString(out), Files.readString(err));
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        } finally {
            Files.delete(out);
            Files.delete(err);
        }
    }

    /** Our own reading: the first records of a topic of one partition. */
    private List<Object> values(String topic, int count, boolean specific) {
        List<Object> values = new ArrayList<>();
        follow(topic, specific, value -> {
            if (values.size() < count) {
                values.add(value);
            }
            return values.size() == count;
        });
        return values;
    }

    private Set<String> awaitIds(String topic, String prefix, int count) {
        Set<String> ids = new TreeSet<>();
        List<String> all = new ArrayList<>();
        follow(topic, false, value -> {
            GenericRecord record = (GenericRecord) value;
            GenericRecord row = record.hasField("row") ? (GenericRecord) record.get("row") : record;
            String id = row.get("eventId").toString();
            if (id.startsWith(prefix)) {
                ids.add(id);
                all.add(id);
            }
            return ids.size() == count;
        });
        assertThat(all).doesNotHaveDuplicates();
        return ids;
    }

    private void follow(String topic, boolean specific, Predicate<Object> last) {
        var deserializer = WireFormat.deserializer(
                connection.registry(), connection.settings().registryUrl(), specific);
        try (KafkaConsumer<byte[], byte[]> consumer = connection.consumer("test", Map.of())) {
            consumer.assign(List.of(new TopicPartition(topic, 0)));
            await(topic).atMost(SOON).until(() -> {
                boolean done = false;
                for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofMillis(200))) {
                    done |= last.test(deserializer.deserialize(topic, record.value()));
                }
                return done;
            });
        }
    }
}
