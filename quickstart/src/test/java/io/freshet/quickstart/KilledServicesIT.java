package io.freshet.quickstart;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.freshet.quickstart.Declarations.Checked;
import io.freshet.quickstart.demo.DemoReport;
import io.freshet.quickstart.demo.FlightReplay;
import io.freshet.quickstart.demo.ReplayCounts;
import io.freshet.quickstart.demo.TopicReader;
import io.freshet.quickstart.platform.DataDirectory;
import io.freshet.quickstart.platform.Platform;
import io.freshet.quickstart.platform.Services;
import io.freshet.quickstart.send.Speed;
import io.freshet.runtime.KafkaConnection;
import io.freshet.runtime.KafkaSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.function.LongSupplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListTransactionsOptions;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.TransactionState;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Each service is killed in the middle of its work (SIGKILL) while flights stream through, and started again: a stream
 * service and scoring with a transaction open, the trainer while it trains, ingest-service with a producer that waits for
 * its answer. What stands on the topics at the end is counted by the demo's own report.
 *
 * <p>By itself it kills each service once, on the first days of the flights. {@code benchmarks/kill-services.sh} has it
 * replay all of them and kill all along.
 */
class KilledServicesIT {
    private static final String PIPELINE = "flight-delays";
    private static final int FLIGHTS_A_DAY = 3_300;
    /** Days of flights answered between two kills over the whole replay; 0 to kill each service once and end. */
    private static final int DAYS_BETWEEN = Integer.getInteger("freshet.kills.days", 0);

    private static final String REPORT =
            System.getProperty("freshet.kills.report", "target/killed-services/report.json");
    private static final Speed WHOLE = new Speed(86_400);
    /** Some 200 flights a second: all services always have work, and two cores have time to start them again. */
    private static final Speed FEW = new Speed(5_400);
    /** Flights whose label comes after its event was given up: 25 hours or more after the departure. */
    private static final int ARRIVED_A_DAY_LATE = 7;

    private static final Duration SOON = Duration.ofMinutes(5);
    private static final Duration DRAINED = Duration.ofMinutes(10);
    private static final Duration LOOK = Duration.ofMillis(25);
    private static final Pattern TRAINING = Pattern.compile(" - (\\S+): training on \\d+ examples");
    private static final ObjectMapper JSON = new ObjectMapper();

    /** One kill and what it cost, seconds from the kill on; the service is started again at once. */
    private record Kill(String service, String amid, double ready, double working) {}

    @TempDir
    Path directory;

    private final List<Kill> kills = new ArrayList<>();
    private final Set<String> interrupted = new HashSet<>();
    private CompletableFuture<ReplayCounts> sending = new CompletableFuture<>();
    private final Map<String, ServiceProcess> services = new LinkedHashMap<>();

    @Test
    void shouldLoseAndDoubleNothingWhenServicesAreKilled() throws Exception {
        boolean whole = DAYS_BETWEEN > 0;
        Path logs = Files.createDirectories(Path.of("target", "killed-services"));
        try (Platform platform = Platform.start(DataDirectory.temporary(), 0, 0);
                KafkaConnection connection = new KafkaConnection(new KafkaSettings(
                        platform.broker().bootstrapServers(),
                        platform.registry().url(),
                        "test",
                        (short) 1,
                        Map.of()));
                Admin admin = connection.admin()) {
            // A JVM of small code starts soonest; over the whole replay the full compiler pays.
            List<String> options = whole
                    ? List.of("-Xmx1g", "-XX:+UseSerialGC")
                    : List.of("-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1");
            for (String name : Services.ALL) {
                Path log = logs.resolve(name + ".log");
                Files.deleteIfExists(log);
                services.put(name, new ServiceProcess(name, platform, directory.resolve(name), log, options));
            }
            services.values().forEach(ServiceProcess::start);
            Checked declared = whole
                    ? Flights.declaration(directory, yaml -> yaml)
                    : Flights.declaration(directory, 2_000, yaml -> yaml.replace(", neural-network]", "]"));
            Declarations.apply(connection, declared, Instant.now());
            await().atMost(SOON).until(() -> services.values().stream().allMatch(ServiceProcess::ready));

            Instant began = Instant.now();
            FlightReplay replay = new FlightReplay(
                    Flights.FILE,
                    services.get("ingest-service").uri(),
                    PIPELINE,
                    FlightReplay.Options.DEFAULT.withSpeed(whole ? WHOLE : FEW));
            sending = CompletableFuture.supplyAsync(() -> Flights.run(replay));
            if (whole) {
                killAllAlong(admin, replay);
            } else {
                killEachOnce(admin, replay);
                replay.stop();
            }
            ReplayCounts sent = sending.get();
            awaitDrained(admin);

            DemoReport report = TopicReader.report(
                    connection, declared.pipeline(), sent, Duration.between(began, Instant.now()), List.of());
            write(report);
            shouldHaveKeptEverything(report, sent);
            if (whole) {
                assertThat(report.conditions()).allMatch(DemoReport.Condition::holds);
            }
        } finally {
            services.values().forEach(ServiceProcess::close);
        }
    }

    private void killEachOnce(Admin admin, FlightReplay replay) {
        await().atMost(SOON).pollInterval(LOOK).until(this::training);
        killTrainer(admin);
        // Twice in a row: while it was away the producer fell behind, and then always waits for an answer.
        killIngest(admin, replay);
        killIngest(admin, replay);
        killInTransaction(admin, "feature-stream", "freshet-features-");
        killInTransaction(admin, "scoring-service", "freshet-scoring-");
        killInTransaction(admin, "drift-service", "freshet-drift-");
    }

    private void killAllAlong(Admin admin, FlightReplay replay) {
        List<Runnable> turns = List.of(
                () -> {
                    // Nothing of it is to be seen once all was sent.
                    if (!sending.isDone()) {
                        killIngest(admin, replay);
                    }
                },
                () -> killInTransaction(admin, "feature-stream", "freshet-features-"),
                () -> killInTransaction(admin, "scoring-service", "freshet-scoring-"),
                () -> killInTransaction(admin, "drift-service", "freshet-drift-"));
        int turn = 0;
        while (true) {
            long next = rowed(admin) + (long) DAYS_BETWEEN * FLIGHTS_A_DAY;
            while (rowed(admin) < next) {
                await().atMost(SOON)
                        .pollInterval(LOOK)
                        .until(() -> rowed(admin) >= next || caughtUp(admin) || training());
                if (training()) {
                    killTrainer(admin);
                } else if (caughtUp(admin)) {
                    return;
                }
            }
            turns.get(turn++ % turns.size()).run();
        }
    }

    /** How many events feature-stream has answered. */
    private static long rowed(Admin admin) {
        OffsetAndMetadata offset =
                offsets(admin, "freshet-features-" + PIPELINE).get(new TopicPartition(PIPELINE + ".events", 0));
        return offset == null ? 0 : offset.offset();
    }

    /** Everything was sent and has its row. */
    private boolean caughtUp(Admin admin) {
        return sending.isDone()
                && lag(admin, "freshet-features-" + PIPELINE, PIPELINE + ".events", PIPELINE + ".labels") == 0;
    }

    /** A training is under way that was not interrupted yet: the last thing that the trainer said of it is its start. */
    private boolean training() {
        List<String> asked = asked();
        return !asked.isEmpty()
                && !interrupted.contains(asked.getLast())
                && services.get("trainer-service").said().lastIndexOf(" - " + asked.getLast() + ": ")
                        == services.get("trainer-service").said().lastIndexOf(" - " + asked.getLast() + ": training");
    }

    private List<String> asked() {
        Matcher line = TRAINING.matcher(services.get("trainer-service").said());
        List<String> asked = new ArrayList<>();
        while (line.find()) {
            asked.add(line.group(1));
        }
        return asked;
    }

    private void killTrainer(Admin admin) {
        String request = asked().getLast();
        interrupted.add(request);
        kill("trainer-service", request, () -> committed(admin, "freshet-trainer-" + PIPELINE));
    }

    private void killIngest(Admin admin, FlightReplay replay) {
        kill(
                "ingest-service",
                "flights of " + replay.counts().eventTime().orElseThrow(),
                () -> ends(admin, List.of(PIPELINE + ".events")).values().stream()
                        .mapToLong(Long::longValue)
                        .sum());
    }

    private void killInTransaction(Admin admin, String service, String prefix) {
        await().atMost(SOON)
                .pollInterval(LOOK)
                .ignoreExceptions()
                .until(() -> admin
                        .listTransactions(new ListTransactionsOptions().filterStates(Set.of(TransactionState.ONGOING)))
                        .all()
                        .get()
                        .stream()
                        .anyMatch(transaction -> transaction.transactionalId().startsWith(prefix)));
        kill(service, "an open transaction", () -> committed(admin, prefix + PIPELINE));
    }

    /** Kills it, starts it again, and waits until it is ready and what it leaves behind moves on. */
    private void kill(String service, String amid, LongSupplier position) {
        ServiceProcess process = services.get(service);
        process.kill();
        long killed = System.nanoTime();
        long before = position.getAsLong();
        process.start();
        await(service + " is ready again").atMost(SOON).pollInterval(LOOK).until(process::ready);
        double ready = (System.nanoTime() - killed) / 1e9;
        await(service + " works again").atMost(SOON).pollInterval(LOOK).until(() -> {
            if (sending.isCompletedExceptionally()) {
                sending.join();
            }
            return position.getAsLong() > before;
        });
        Kill kill = new Kill(service, amid, ready, (System.nanoTime() - killed) / 1e9);
        kills.add(kill);
        System.out.printf(
                "killed %s amid %s: ready after %.1f s, working after %.1f s%n",
                kill.service(), kill.amid(), kill.ready(), kill.working());
    }

    /** Everything sent has its rows, and every row its prediction. */
    private void awaitDrained(Admin admin) {
        await("feature-stream has caught up").atMost(DRAINED).until(() -> caughtUp(admin));
        // Behind the last row stands the marker of its transaction.
        await("scoring-service has caught up")
                .atMost(DRAINED)
                .until(() -> lag(admin, "freshet-scoring-" + PIPELINE, PIPELINE + ".features") <= 1);
    }

    private static long lag(Admin admin, String group, String... topics) {
        Map<TopicPartition, OffsetAndMetadata> committed = offsets(admin, group);
        return ends(admin, List.of(topics)).entrySet().stream()
                .mapToLong(end -> {
                    OffsetAndMetadata offset = committed.get(end.getKey());
                    return end.getValue() - (offset == null ? 0 : offset.offset());
                })
                .sum();
    }

    private static long committed(Admin admin, String group) {
        return offsets(admin, group).values().stream()
                .mapToLong(OffsetAndMetadata::offset)
                .sum();
    }

    private static Map<TopicPartition, OffsetAndMetadata> offsets(Admin admin, String group) {
        try {
            return admin.listConsumerGroupOffsets(group)
                    .partitionsToOffsetAndMetadata()
                    .get();
        } catch (ExecutionException | InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private static Map<TopicPartition, Long> ends(Admin admin, List<String> topics) {
        Map<TopicPartition, Long> ends = new HashMap<>();
        for (String topic : topics) {
            TopicPartition partition = new TopicPartition(topic, 0);
            try {
                ends.put(
                        partition,
                        admin.listOffsets(Map.of(partition, OffsetSpec.latest()))
                                .partitionResult(partition)
                                .get()
                                .offset());
            } catch (ExecutionException | InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }
        return ends;
    }

    private void write(DemoReport report) throws IOException {
        ObjectNode json = report.json();
        ArrayNode each = json.putArray("kills");
        kills.forEach(kill -> each.addPOJO(JSON.createObjectNode()
                .put("service", kill.service())
                .put("amid", kill.amid())
                .put("readySeconds", kill.ready())
                .put("workingSeconds", kill.working())));
        Files.writeString(Path.of(REPORT), JSON.writerWithDefaultPrettyPrinter().writeValueAsString(json));
        report.conditions()
                .forEach(condition -> System.out.printf(
                        "%s %s: %s%n", condition.holds() ? "yes" : "NO ", condition.name(), condition.detail()));
    }

    private void shouldHaveKeptEverything(DemoReport report, ReplayCounts sent) {
        JsonNode json = report.json();
        assertThat(kills).extracting(Kill::service).containsAll(Services.ALL);
        assertThat(json.get("lost").asLong()).isZero();
        assertThat(json.get("doubled").asLong()).isZero();
        assertThat(report.conditions())
                .filteredOn(condition -> condition.name().startsWith("every ")
                        || condition.name().startsWith("no "))
                .hasSize(7)
                .allMatch(DemoReport.Condition::holds);
        // Whatever was repeated: each flight has one row and one prediction, each label one example.
        assertThat(sent.requestsRepeated()).isPositive();
        assertThat(json.at("/events/accepted").asLong()).isEqualTo(sent.flights());
        assertThat(json.at("/features/total").asLong()).isEqualTo(sent.flights());
        assertThat(json.at("/predictions/total").asLong()).isEqualTo(sent.flights());
        long unknown = json.at("/labels/rejections/UNKNOWN_EVENT").asLong();
        long waiting = json.at("/labels/waiting").asLong();
        assertThat(json.at("/examples").asLong()).isEqualTo(sent.labels() - unknown - waiting);
        assertThat(unknown + waiting).isLessThanOrEqualTo(ARRIVED_A_DAY_LATE);
        // The trainer was killed in the middle of it, and did it again.
        assertThat(interrupted).isNotEmpty();
        for (String request : interrupted) {
            assertThat(json.get("retrains"))
                    .filteredOn(run -> run.path("requestId").asText().equals(request)
                            && run.path("runId").isTextual())
                    .as(request)
                    .hasSize(1);
        }
        // A restarted service answered with the model that it had.
        assertThat(json.at("/predictions/degradedSinceFirstModel").asLong()).isZero();
    }
}
