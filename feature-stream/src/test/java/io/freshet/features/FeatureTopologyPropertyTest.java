package io.freshet.features;

import static org.assertj.core.api.Assertions.assertThat;

import io.confluent.kafka.schemaregistry.client.MockSchemaRegistryClient;
import io.freshet.features.WindowDefinition.Correction;
import io.freshet.features.WindowDefinition.Expected;
import io.freshet.features.WindowDefinition.Spec;
import io.freshet.schemas.message.RejectedRecord;
import io.freshet.schemas.pipeline.Pipeline;
import io.freshet.schemas.row.Example;
import io.freshet.schemas.row.FeatureRow;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.apache.avro.generic.GenericRecord;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.state.Stores;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Random features over random streams against the definition, arrival by arrival, over restarts and crashes. */
class FeatureTopologyPropertyTest {
    private static final int STREAMS = Integer.getInteger("streams", 1_200);
    private static final int FEATURES = 8;
    private static final int ARRIVALS = 200;
    private static final int ON_DISK = 40;
    private static final long START = Instant.parse("2025-03-01T22:00:00Z").toEpochMilli();

    @TempDir
    Path state;

    @Test
    void shouldComputeWhatTheDefinitionStates() {
        long first = Long.getLong("seed", new Random().nextLong());
        Map<String, Integer> seen = new ConcurrentHashMap<>();
        IntStream.range(0, STREAMS).parallel().forEach(i -> {
            long seed = first + i;
            try {
                new Scenario(new Random(seed), state.resolve("s" + i), i % ON_DISK == 0).compare(seen);
            } catch (RuntimeException | AssertionError e) {
                throw new AssertionError("reproduce with -Dseed=" + seed + " -Dstreams=1: " + e, e);
            }
        });
        if (STREAMS > 100) {
            // The generator has to reach every way out.
            assertThat(seen)
                    .containsKeys(
                            "rows",
                            "examples",
                            "corrections",
                            "crashes",
                            "UNDECODABLE",
                            "UNKNOWN_SCHEMA",
                            "TOMBSTONE",
                            "RULE_BREACHED",
                            "NOT_FINITE",
                            "DUPLICATE",
                            "TOO_LATE",
                            "UNKNOWN_EVENT");
        }
    }

    @Test
    void shouldGiveTheSameBitsWheneverItIsStopped() {
        long seed = Long.getLong("seed", new Random().nextLong());
        for (int i = 0; i < 30; i++) {
            Scenario scenario = new Scenario(new Random(seed + i), state.resolve("a" + i), false);
            List<Consumer<Streams>> arrivals = scenario.arrivals();

            List<FeatureRow> atOnce = scenario.rows(arrivals, ARRIVALS * 2);
            List<FeatureRow> inPieces = scenario.rows(arrivals, 20 + new Random(seed + i).nextInt(60));

            assertThat(inPieces).as("seed %d", seed + i).isEqualTo(atOnce);
        }
    }

    /** What came out of a run; outputs that were not committed are not among it. */
    private static final class Outputs {
        final List<FeatureRow> rows = new ArrayList<>();
        final List<FeatureRow> corrections = new ArrayList<>();
        final List<Example> examples = new ArrayList<>();
        final List<RejectedRecord> rejected = new ArrayList<>();
        double changed;

        void take(Streams from) {
            rows.addAll(from.features());
            corrections.addAll(from.corrections());
            examples.addAll(from.examples());
            rejected.addAll(from.rejected());
            changed += from.counted("rows-changed-by-late-events");
        }
    }

    /** One random stream. */
    private static final class Scenario {
        private final Random random;
        private final Path state;
        private final StateStores stores;
        private final MockSchemaRegistryClient registry = new MockSchemaRegistryClient();
        private final List<Spec> specs;
        private final Pipeline pipeline;
        private final WindowDefinition expected;
        private final List<String> hostile = new ArrayList<>();

        Scenario(Random random, Path state, boolean onDisk) {
            this.random = random;
            this.state = state;
            this.stores =
                    Streams.anyState(random, onDisk ? Stores::persistentKeyValueStore : Stores::inMemoryKeyValueStore);
            this.specs = IntStream.range(0, FEATURES)
                    .mapToObj(number -> Spec.random(random, number))
                    .toList();
            List<String> lines = new ArrayList<>();
            lines.add("hour: { value: 'hour(event.at, \"UTC\")' }");
            specs.forEach(spec -> lines.add(spec.yaml()));
            this.pipeline = Streams.pipeline(lines.toArray(String[]::new));
            this.expected = new WindowDefinition(specs);
        }

        private Streams open(Map<String, List<KeyValue<byte[], byte[]>>> committed) {
            return new Streams(registry, state, committed, stores, pipeline);
        }

        /** Feeds everything; now and then the process is stopped, or dies and its uncommitted work is done again. */
        void compare(Map<String, Integer> seen) {
            List<Consumer<Streams>> arrivals = arrivals();
            Outputs outputs = new Outputs();
            Map<String, List<KeyValue<byte[], byte[]>>> committed = Map.of();
            int next = 0;
            while (next < arrivals.size()) {
                int until = Math.min(arrivals.size(), next + 1 + random.nextInt(2 * ARRIVALS / 3));
                boolean dies = random.nextInt(4) == 0;
                try (Streams streams = open(committed)) {
                    arrivals.subList(next, until).forEach(arrival -> arrival.accept(streams));
                    if (random.nextInt(3) == 0) {
                        streams.elapse(java.time.Duration.ofMinutes(1));
                    }
                    if (dies) {
                        seen.merge("crashes", 1, Integer::sum);
                        continue;
                    }
                    outputs.take(streams);
                    committed = streams.stores();
                }
                next = until;
            }
            check(outputs, seen);
        }

        List<FeatureRow> rows(List<Consumer<Streams>> arrivals, int piece) {
            Outputs outputs = new Outputs();
            Map<String, List<KeyValue<byte[], byte[]>>> committed = Map.of();
            for (int next = 0; next < arrivals.size(); next += piece) {
                try (Streams streams = open(committed)) {
                    arrivals.subList(next, Math.min(arrivals.size(), next + piece))
                            .forEach(arrival -> arrival.accept(streams));
                    outputs.take(streams);
                    committed = streams.stores();
                }
            }
            return outputs.rows;
        }

        /** Events somewhat out of order, some twice, some too late; labels before and after them, some of no event. */
        List<Consumer<Streams>> arrivals() {
            List<Consumer<Streams>> arrivals = new ArrayList<>();
            long time = START;
            List<GenericRecord> sent = new ArrayList<>();
            List<GenericRecord> labels = new ArrayList<>();
            int pace = 1 + random.nextInt(random.nextBoolean() ? 120_000 : 5_000);
            int ids = 0;
            for (int i = 0; i < ARRIVALS; i++) {
                // Some arrive at one and the same time.
                time += random.nextInt(6) == 0 ? 0 : random.nextInt(pace);
                int draw = random.nextInt(100);
                if (draw < 4) {
                    arrivals.add(hostile());
                } else if (draw < 55 || sent.isEmpty()) {
                    long at = time
                            - switch (random.nextInt(12)) {
                                case 0, 1 -> random.nextInt(600_000);
                                case 2 -> random.nextInt(2_000_000);
                                default -> 0;
                            };
                    GenericRecord event = Streams.event(
                            pipeline,
                            "o" + ids++,
                            "shop" + random.nextInt(3),
                            random.nextInt(20) == 0 ? "forbidden" : "kind" + random.nextInt(2),
                            at,
                            amount(random));
                    sent.add(event);
                    if (random.nextInt(8) == 0) {
                        // Its label comes before it, or the event never comes.
                        label(arrivals, labels, (String) event.get("id"), time);
                        if (random.nextInt(3) == 0) {
                            continue;
                        }
                    }
                    event(arrivals, event);
                } else if (draw < 60) {
                    event(arrivals, sent.get(Math.max(0, sent.size() - 1 - random.nextInt(30))));
                } else if (draw < 64 && !labels.isEmpty()) {
                    GenericRecord again = labels.get(Math.max(0, labels.size() - 1 - random.nextInt(30)));
                    arrivals.add(streams -> streams.send(again));
                    expected.label(again);
                } else {
                    String id = (String) sent.get(Math.max(0, sent.size() - 1 - random.nextInt(40)))
                            .get("id");
                    label(arrivals, labels, id, time - random.nextInt(3) * 60_000);
                }
            }
            return arrivals;
        }

        private void event(List<Consumer<Streams>> arrivals, GenericRecord event) {
            arrivals.add(streams -> streams.send(event));
            expected.event(event);
        }

        private void label(List<Consumer<Streams>> arrivals, List<GenericRecord> labels, String id, long known) {
            GenericRecord label = Streams.label(pipeline, id, known, random.nextInt(40));
            labels.add(label);
            arrivals.add(streams -> streams.send(label));
            expected.label(label);
        }

        private Consumer<Streams> hostile() {
            byte[] bytes = new byte[random.nextInt(40)];
            random.nextBytes(bytes);
            int draw = random.nextInt(3);
            if (draw == 0) {
                bytes = null;
            } else if (draw == 1) {
                bytes = new byte[] {0, 0x7f, 1, 2, 3, 4, 5};
            } else if (bytes.length > 0) {
                bytes[0] = 1;
            }
            hostile.add(List.of("TOMBSTONE", "UNKNOWN_SCHEMA", "UNDECODABLE").get(draw));
            byte[] sent = bytes;
            boolean event = random.nextBoolean();
            return streams -> {
                if (event) {
                    streams.sendEventBytes(sent);
                } else {
                    streams.sendLabelBytes(sent);
                }
            };
        }

        private void check(Outputs actual, Map<String, Integer> seen) {
            assertThat(actual.rows)
                    .extracting(FeatureRow::eventId)
                    .isEqualTo(
                            expected.rows.stream().map(WindowDefinition.Row::id).toList());
            Map<String, List<FeatureRow>> byId = new HashMap<>();
            for (int i = 0; i < actual.rows.size(); i++) {
                FeatureRow row = actual.rows.get(i);
                assertThat(row.prior())
                        .as("prior of %s", row)
                        .isEqualTo(expected.rows.get(i).prior());
                int differs = firstDifference(row, expected.rows.get(i).values());
                assertThat(differs)
                        .as(() -> "row " + row.eventId() + ": "
                                + explain(
                                        row,
                                        expected.rows
                                                .get(actual.rows.indexOf(row))
                                                .values(),
                                        differs))
                        .isEqualTo(-1);
                byId.computeIfAbsent(row.eventId(), id -> new ArrayList<>()).add(row);
            }
            checkCorrections(actual, seen);
            assertThat(actual.examples.stream()
                            .map(e -> new WindowDefinition.Joined(
                                    e.row().eventId(), e.label(), e.labelTime().toEpochMilli()))
                            .toList())
                    .isEqualTo(expected.joined);
            assertThat(actual.examples)
                    .allSatisfy(example ->
                            assertThat(byId.get(example.row().eventId())).contains(example.row()));
            List<String> reasons = new ArrayList<>();
            Map<String, Integer> balance = new TreeMap<>();
            actual.rejected.forEach(refused -> {
                reasons.add(refused.getReason());
                balance.merge(refused.getReason() + " " + refused.getRecordId(), 1, Integer::sum);
            });
            hostile.forEach(reason -> balance.merge(reason + " null", -1, Integer::sum));
            expected.refused.forEach(refused -> balance.merge(refused.reason() + " " + refused.id(), -1, Integer::sum));
            balance.values().removeIf(count -> count == 0);
            assertThat(balance).as("refused, less what should be").isEmpty();
            reasons.forEach(reason -> seen.merge(reason, 1, Integer::sum));
            seen.merge("rows", actual.rows.size(), Integer::sum);
            seen.merge("examples", actual.examples.size(), Integer::sum);
        }

        /** Every row that a late event changed is counted; those whose values it changed are published, in order. */
        private void checkCorrections(Outputs actual, Map<String, Integer> seen) {
            assertThat(actual.changed).as("rows changed").isEqualTo(expected.corrections.size());
            int next = 0;
            for (Correction should : expected.corrections) {
                FeatureRow row = next < actual.corrections.size() ? actual.corrections.get(next) : null;
                if (row != null && row.eventId().equals(should.id()) && firstDifference(row, should.now()) < 0) {
                    next++;
                } else {
                    assertThat(mayBeEqual(should.before(), should.now()))
                            .as("%s, which was not published, has no value that changed", should)
                            .isTrue();
                }
            }
            assertThat(actual.corrections).as("corrections").hasSize(next);
            seen.merge("corrections", next, Integer::sum);
        }

        private static boolean mayBeEqual(List<Expected> before, List<Expected> now) {
            return IntStream.range(0, now.size()).allMatch(i -> {
                double tolerance = before.get(i).tolerance() + now.get(i).tolerance() + 1e-6;
                return WindowDefinition.agrees(
                        before.get(i).value(), new Expected(now.get(i).value(), tolerance));
            });
        }

        /** The place of the first value that is not as expected; -1 for none. The hour comes first. */
        private static int firstDifference(FeatureRow row, List<Expected> should) {
            for (int i = 0; i < should.size(); i++) {
                if (!WindowDefinition.agrees(row.values().get(i + 1), should.get(i))) {
                    return i;
                }
            }
            return -1;
        }

        private String explain(FeatureRow row, List<Expected> should, int at) {
            return at < 0
                    ? "as expected"
                    : specs.get(at).yaml() + " is " + row.values().get(at + 1) + ", should be " + should.get(at);
        }
    }

    static @Nullable Double amount(Random random) {
        return switch (random.nextInt(15)) {
            case 0 -> null;
            case 1 -> Double.NaN;
            default -> random.nextInt(1_000) / 8.0 - 20;
        };
    }
}
