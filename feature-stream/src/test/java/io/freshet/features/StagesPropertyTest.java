package io.freshet.features;

import static org.assertj.core.api.Assertions.assertThat;

import io.confluent.kafka.schemaregistry.client.MockSchemaRegistryClient;
import io.freshet.features.WindowDefinition.Expected;
import io.freshet.features.WindowDefinition.Spec;
import io.freshet.schemas.pipeline.Pipeline;
import io.freshet.schemas.row.FeatureRow;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.IntStream;
import org.apache.avro.generic.GenericRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Random features over random streams on several partitions, however fast each task is and whenever it dies, against the
 * definition, which takes the records of all partitions in their one order.
 */
class StagesPropertyTest {
    private static final int STREAMS = Integer.getInteger("stagedStreams", 60);
    private static final int FEATURES = 6;
    private static final int ARRIVALS = 200;
    private static final long START = Instant.parse("2025-03-01T22:00:00Z").toEpochMilli();

    @TempDir
    Path state;

    @Test
    void shouldComputeWhatTheDefinitionStatesOnAnyNumberOfPartitions() {
        long first = Long.getLong("seed", new Random().nextLong());
        Map<String, Integer> seen = new ConcurrentHashMap<>();
        IntStream.range(0, STREAMS).parallel().forEach(i -> {
            long seed = first + i;
            try {
                new Scenario(new Random(seed), state.resolve("s" + i)).compare(seen);
            } catch (RuntimeException | AssertionError e) {
                throw new AssertionError("reproduce with -Dseed=" + seed + " -DstagedStreams=1: " + e, e);
            }
        });
        if (STREAMS > 30) {
            assertThat(seen)
                    .containsKeys(
                            "rows",
                            "examples",
                            "corrections",
                            "takeovers",
                            "UNDECODABLE",
                            "RULE_BREACHED",
                            "NOT_FINITE",
                            "DUPLICATE",
                            "TOO_LATE",
                            "UNKNOWN_EVENT");
        }
    }

    /** A record from outside, and its place by the documented order. */
    private record Sent(GenericRecord record, boolean event, long reached, int lane, int sequence) {}

    private static final class Scenario {
        private final Random random;
        private final Path state;
        private final int partitions;
        private final List<Spec> specs;
        private final Pipeline pipeline;
        private final WindowDefinition expected;
        private final List<Sent> sent = new ArrayList<>();
        private final long[] reached;
        private int unreadable;

        Scenario(Random random, Path state) {
            this.random = random;
            this.state = state;
            this.partitions = 2 + random.nextInt(3);
            this.specs = IntStream.range(0, FEATURES)
                    .mapToObj(number -> Spec.random(random, number))
                    .toList();
            List<String> lines = new ArrayList<>();
            lines.add("hour: { value: 'hour(event.at, \"UTC\")' }");
            specs.forEach(spec -> lines.add(spec.yaml()));
            this.pipeline = Streams.pipeline(partitions, lines.toArray(String[]::new));
            this.expected = new WindowDefinition(
                    specs, id -> StagePartitioner.of(id.getBytes(StandardCharsets.UTF_8), partitions));
            this.reached = new long[2 * partitions];
        }

        void compare(Map<String, Integer> seen) {
            try (StagedStreams streams = new StagedStreams(new MockSchemaRegistryClient(), state, pipeline, random)) {
                produce(streams);
                streams.run();
                sent.stream()
                        .sorted(Comparator.comparingLong(Sent::reached)
                                .thenComparingInt(Sent::lane)
                                .thenComparingInt(Sent::sequence))
                        .forEach(each -> {
                            if (each.event()) {
                                expected.event(each.record(), each.reached());
                            } else {
                                expected.label(each.record(), each.reached());
                            }
                        });
                check(streams, seen);
            }
        }

        private void produce(StagedStreams streams) {
            long time = START;
            List<GenericRecord> events = new ArrayList<>();
            List<GenericRecord> labels = new ArrayList<>();
            int pace = 1 + random.nextInt(random.nextBoolean() ? 120_000 : 5_000);
            // In some streams what waited for its event has waited long enough before the end.
            int leap = random.nextInt(3) == 0 ? ARRIVALS - 10 : ARRIVALS;
            for (int i = 0; i < ARRIVALS; i++) {
                time += random.nextInt(6) == 0 ? 0 : random.nextInt(pace);
                time += i == leap ? Duration.ofHours(3).toMillis() : 0;
                int draw = random.nextInt(100);
                if (draw < 3) {
                    streams.send(
                            "orders." + (random.nextBoolean() ? "events" : "labels"),
                            random.nextInt(partitions),
                            new byte[] {1, 2});
                    unreadable++;
                } else if (draw < 55 || events.isEmpty()) {
                    long at = time
                            - switch (random.nextInt(12)) {
                                case 0, 1 -> random.nextInt(600_000);
                                case 2 -> random.nextInt(2_000_000);
                                default -> 0;
                            };
                    GenericRecord event = Streams.event(
                            pipeline,
                            "o" + events.size(),
                            "shop" + random.nextInt(3),
                            random.nextInt(20) == 0 ? "forbidden" : "kind" + random.nextInt(2),
                            at,
                            FeatureTopologyPropertyTest.amount(random));
                    events.add(event);
                    if (random.nextInt(8) == 0) {
                        label(streams, labels, (String) event.get("id"), time);
                        if (random.nextInt(3) == 0) {
                            continue;
                        }
                    }
                    event(streams, event);
                } else if (draw < 60) {
                    event(streams, events.get(Math.max(0, events.size() - 1 - random.nextInt(30))));
                } else if (draw < 64 && !labels.isEmpty()) {
                    send(streams, labels.get(Math.max(0, labels.size() - 1 - random.nextInt(30))));
                } else {
                    GenericRecord of = events.get(Math.max(0, events.size() - 1 - random.nextInt(40)));
                    String id = random.nextInt(20) == 0 ? "nobody" + i : (String) of.get("id");
                    label(streams, labels, id, time - random.nextInt(3) * 60_000);
                }
            }
        }

        /** Producers may partition as they like. */
        private void event(StagedStreams streams, GenericRecord event) {
            int partition = random.nextInt(partitions);
            streams.send("orders.events", partition, streams.bytes("orders.events", event));
            int lane = 2 * partition;
            long time = (Long) event.get("at");
            if (WindowDefinition.fault(event) != null) {
                expected.event(event);
            } else if (reached[lane] > 0 && time < reached[lane] - WindowDefinition.LATENESS) {
                expected.refuse(event, "TOO_LATE");
            } else {
                reached[lane] = Math.max(reached[lane], time);
                sent.add(new Sent(event, true, reached[lane], lane, sent.size()));
            }
        }

        private void label(StagedStreams streams, List<GenericRecord> labels, String id, long known) {
            GenericRecord label = Streams.label(pipeline, id, known, random.nextInt(40));
            labels.add(label);
            send(streams, label);
        }

        private void send(StagedStreams streams, GenericRecord label) {
            int partition = random.nextInt(partitions);
            streams.send("orders.labels", partition, streams.bytes("orders.labels", label));
            int lane = 2 * partition + 1;
            reached[lane] = Math.max(reached[lane], (Long) label.get("known"));
            sent.add(new Sent(label, false, reached[lane], lane, sent.size()));
        }

        private void check(StagedStreams actual, Map<String, Integer> seen) {
            Map<String, List<FeatureRow>> rows = new TreeMap<>();
            actual.features.forEach(row ->
                    rows.computeIfAbsent(row.eventId(), id -> new ArrayList<>()).add(row));
            Map<String, List<WindowDefinition.Row>> should = new TreeMap<>();
            expected.rows.forEach(row ->
                    should.computeIfAbsent(row.id(), id -> new ArrayList<>()).add(row));
            assertThat(rows.keySet()).isEqualTo(should.keySet());
            should.forEach((id, each) -> {
                assertThat(rows.get(id)).as("rows of %s", id).hasSameSizeAs(each);
                for (int i = 0; i < each.size(); i++) {
                    same(rows.get(id).get(i), each.get(i));
                }
            });
            checkCorrections(actual, rows, seen);
            assertThat(actual.examples.stream()
                            .map(e -> new WindowDefinition.Joined(
                                    e.row().eventId(), e.label(), e.labelTime().toEpochMilli())))
                    .containsExactlyInAnyOrderElementsOf(expected.joined);
            assertThat(actual.examples)
                    .allSatisfy(example ->
                            assertThat(rows.get(example.row().eventId())).contains(example.row()));
            Map<String, Integer> balance = new TreeMap<>();
            actual.rejected.forEach(
                    refused -> balance.merge(refused.getReason() + " " + refused.getRecordId(), 1, Integer::sum));
            balance.merge("UNDECODABLE null", -unreadable, Integer::sum);
            expected.refused.forEach(refused -> balance.merge(refused.reason() + " " + refused.id(), -1, Integer::sum));
            balance.values().removeIf(count -> count == 0);
            assertThat(balance).as("refused, less what should be").isEmpty();
            actual.rejected.forEach(refused -> seen.merge(refused.getReason(), 1, Integer::sum));
            seen.merge("rows", actual.features.size(), Integer::sum);
            seen.merge("examples", actual.examples.size(), Integer::sum);
            seen.merge("takeovers", actual.takeovers, Integer::sum);
        }

        /** The last that is published of a row, or the row itself, is what the definition makes of it with all events. */
        private void checkCorrections(
                StagedStreams actual, Map<String, List<FeatureRow>> rows, Map<String, Integer> seen) {
            Map<String, FeatureRow> last = new TreeMap<>();
            actual.corrections.forEach(row -> last.put(row.eventId(), row));
            expected.corrected().forEach((id, values) -> {
                if (rows.get(id).size() == 1) {
                    same(last.getOrDefault(id, rows.get(id).getFirst()), values);
                }
            });
            seen.merge("corrections", actual.corrections.size(), Integer::sum);
        }

        private void same(FeatureRow row, WindowDefinition.Row should) {
            assertThat(row.prior()).as("prior of %s", row).isEqualTo(should.prior());
            same(row, should.values());
        }

        private void same(FeatureRow row, List<Expected> should) {
            for (int i = 0; i < specs.size(); i++) {
                Object value = row.values().get(i + 1);
                Expected wanted = should.get(i);
                int at = i;
                assertThat(WindowDefinition.agrees(value, wanted))
                        .as(() -> "row " + row.eventId() + ": " + specs.get(at).yaml() + " is " + value + ", should be "
                                + wanted)
                        .isTrue();
            }
        }
    }
}
