package io.freshet.features;

import static org.assertj.core.api.Assertions.assertThat;

import io.confluent.kafka.schemaregistry.avro.AvroSchemaProvider;
import io.confluent.kafka.schemaregistry.client.SchemaRegistryClient;
import io.confluent.kafka.schemaregistry.testutil.MockSchemaRegistry;
import io.confluent.kafka.serializers.KafkaAvroDeserializer;
import io.confluent.kafka.serializers.KafkaAvroSerializer;
import io.freshet.schemas.message.RejectedRecord;
import io.freshet.schemas.pipeline.InvalidPipelineException;
import io.freshet.schemas.pipeline.Pipeline;
import io.freshet.schemas.pipeline.PipelineFile;
import io.freshet.schemas.row.Example;
import io.freshet.schemas.row.FeatureRow;
import io.freshet.schemas.row.FeatureRowSchema;
import io.freshet.schemas.wire.WireFormat;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.Random;
import java.util.Set;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericRecord;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.TestInputTopic;
import org.apache.kafka.streams.TopologyTestDriver;
import org.apache.kafka.streams.state.Stores;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FeatureTopologyTest {
    private static final String YAML = """
            pipeline: payments
            event: { schema: e, id: id, key: card, time: at, lateness: 10m, rules: { positive: event.amount > 0.0 } }
            label: { schema: l, event: id, value: label.fraud, time: at, wait: 2h }
            features:
              amount: { value: event.amount }
              shop: { value: event.shop }
              card_1h: { count: event, by: card, over: 1h }
              card_sum_1h: { sum: event.amount, by: card, over: 1h }
              shop_max_4h: { max: event.amount, by: shop, over: 4h }
              shop_fraud_4h: { mean: label.fraud, by: shop, over: 4h }
              pair_min_1h: { min: event.amount, by: [card, shop], over: 1h }
            """;
    private static final String EVENT = """
            {"type": "record", "name": "Payment", "fields": [
              {"name": "id", "type": "string"}, {"name": "card", "type": "string"}, {"name": "shop", "type": "string"},
              {"name": "at", "type": {"type": "long", "logicalType": "timestamp-millis"}},
              {"name": "amount", "type": "double"}]}""";
    private static final String LABEL = """
            {"type": "record", "name": "Verdict", "fields": [
              {"name": "id", "type": "string"}, {"name": "fraud", "type": "boolean"},
              {"name": "at", "type": {"type": "long", "logicalType": "timestamp-millis"}}]}""";
    private static final long START = Instant.parse("2026-01-01T00:00:00Z").toEpochMilli();
    private static final Instant NOW = Instant.parse("2026-03-01T00:00:00Z");
    private static final long MINUTE = 60_000;
    private static final int STREAMS = 200;

    private final Pipeline pipeline = pipeline();
    private final FeatureRowSchema rows = FeatureRowSchema.of(pipeline);
    private final SchemaRegistryClient registry =
            MockSchemaRegistry.getClientForScope("features", List.of(new AvroSchemaProvider()));
    private final KafkaAvroSerializer serializer = WireFormat.serializer(registry, "mock://features");
    private final KafkaAvroDeserializer generic = WireFormat.deserializer(registry, "mock://features", false);
    private final KafkaAvroDeserializer specific = WireFormat.deserializer(registry, "mock://features", true);

    @TempDir
    Path state;

    @Test
    void shouldStandInTheGoldenDescription() throws Exception {
        Path golden = Path.of("src/test/resources/topology.txt");
        String description = FeatureTopology.of(pipeline, 1, registry, "mock://features", InstantSource.fixed(NOW))
                .describe()
                .toString();

        assertThat(description.strip()).isEqualTo(Files.readString(golden).strip());
    }

    @Test
    void shouldComputeOverWhatArrivedBeforeAndLearnWithTheLabel() {
        Run run = run(List.of(
                event("a", "c1", "s1", 0, 10),
                event("b", "c1", "s1", 1, 20),
                label("a", true, 2),
                event("c", "c2", "s1", 3, 5)));

        assertThat(run.rows).extracting(FeatureRow::eventId).containsExactly("a", "b", "c");
        assertThat(run.rows.get(0).values()).containsExactly(10.0, "s1", 0.0, 0.0, null, null, null);
        assertThat(run.rows.get(1).values()).containsExactly(20.0, "s1", 1.0, 10.0, 10.0, null, 10.0);
        assertThat(run.rows.get(2).values()).containsExactly(5.0, "s1", 0.0, 0.0, 20.0, 1.0, null);
        assertThat(run.rows.get(1).prior()).isNull();
        assertThat(run.rows.get(2).prior()).isEqualTo(1.0);
        assertThat(run.examples)
                .containsExactly(new Example(run.rows.get(0), 1, Instant.ofEpochMilli(START + 2 * MINUTE)));
    }

    @Test
    void shouldRefuseWithAReasonAndGoOn() {
        Run run = run(List.of(
                event("a", "c1", "s1", 100, 10),
                event("a", "c1", "s1", 101, 10),
                event("late", "c1", "s1", 85, 10),
                event("negative", "c1", "s1", 101, -1),
                event("nan", "c1", "s1", 101, Double.NaN),
                event("", "c1", "s1", 101, 1),
                new Sent(true, START, new byte[] {1, 2, 3}, "", "", "", 0, false),
                new Sent(true, START, new byte[] {0, 0, 1, 1, 1, 5}, "", "", "", 0, false),
                new Sent(true, START, null, "", "", "", 0, false),
                event("old", "c1", "s1", -20_000_000, 1),
                event("ahead", "c1", "s1", 200_000, 1),
                label("a", true, 102),
                label("a", false, 103),
                label("never", true, 104),
                event("b", "c1", "s1", 400, 1)));

        assertThat(run.rejected)
                .extracting(RejectedRecord::getReason)
                .containsExactlyInAnyOrder(
                        "DUPLICATE",
                        "TOO_LATE",
                        "RULE_BREACHED",
                        "NOT_FINITE",
                        "FIELD_MISSING",
                        "UNDECODABLE",
                        "UNKNOWN_SCHEMA",
                        "TOMBSTONE",
                        "TIME_OUT_OF_RANGE",
                        "TIME_OUT_OF_RANGE",
                        "DUPLICATE",
                        "UNKNOWN_EVENT");
        assertThat(run.rows).extracting(FeatureRow::eventId).containsExactly("a", "b");
        assertThat(run.examples).hasSize(1);
    }

    @Test
    void shouldAgreeWithTheDefinitionOnRandomStreamsAndOverARestart() {
        for (long seed = 0; seed < STREAMS; seed++) {
            Random random = new Random(seed);
            List<Sent> stream = randomStream(random);
            int restartAt = random.nextInt(stream.size());

            Run run = run(stream, restartAt, state.resolve("s" + seed));

            Oracle oracle = new Oracle();
            stream.forEach(oracle::take);
            assertThat(run.rows).as("rows, seed %s", seed).hasSameSizeAs(oracle.rows);
            for (int i = 0; i < run.rows.size(); i++) {
                assertThat(run.rows.get(i).eventId())
                        .as("seed %s row %s", seed, i)
                        .isEqualTo(oracle.ids.get(i));
                assertThat(rounded(run.rows.get(i).values()))
                        .as("seed %s row %s", seed, i)
                        .isEqualTo(rounded(oracle.rows.get(i)));
            }
            assertThat(run.examples.stream()
                            .map(e -> e.row().eventId() + e.label())
                            .toList())
                    .as("examples, seed %s", seed)
                    .isEqualTo(oracle.examples);
            assertThat(run.rejected.stream()
                            .map(RejectedRecord::getReason)
                            .sorted()
                            .toList())
                    .as("rejected, seed %s", seed)
                    .isEqualTo(oracle.rejected.stream().sorted().toList());
        }
    }

    private static List<@Nullable Object> rounded(List<@Nullable Object> values) {
        List<@Nullable Object> rounded = new ArrayList<>();
        values.forEach(value -> rounded.add(value instanceof Double d ? (Object) Math.round(d * 1e6) : value));
        return rounded;
    }

    /** One record sent to the topology; {@code bytes} is what goes over the wire. */
    private record Sent(
            boolean isEvent,
            long time,
            byte @Nullable [] bytes,
            String id,
            String card,
            String shop,
            double amount,
            boolean fraud) {}

    private Sent event(String id, String card, String shop, long minute, double amount) {
        GenericRecord record = new GenericData.Record(pipeline.event().schema());
        long at = START + minute * MINUTE;
        record.put("id", id);
        record.put("card", card);
        record.put("shop", shop);
        record.put("at", at);
        record.put("amount", amount);
        return new Sent(true, at, serializer.serialize("payments.events", record), id, card, shop, amount, false);
    }

    private Sent label(String id, boolean fraud, long minute) {
        GenericRecord record = new GenericData.Record(pipeline.label().schema());
        long at = START + minute * MINUTE;
        record.put("id", id);
        record.put("fraud", fraud);
        record.put("at", at);
        return new Sent(false, at, serializer.serialize("payments.labels", record), id, "", "", 0, fraud);
    }

    /** Events somewhat out of order, some twice, some too late; labels before and after them, some of no event. */
    private List<Sent> randomStream(Random random) {
        List<Sent> stream = new ArrayList<>();
        List<String> ids = new ArrayList<>();
        long minute = 0;
        int length = 20 + random.nextInt(60);
        for (int i = 0; i < length; i++) {
            minute += random.nextInt(12);
            boolean again = !ids.isEmpty() && random.nextInt(10) == 0;
            String id = again ? ids.get(random.nextInt(ids.size())) : "e" + i;
            ids.add(id);
            long late = random.nextInt(4) == 0 ? random.nextInt(20) : 0;
            if (random.nextInt(3) > 0) {
                stream.add(event(
                        id,
                        "c" + random.nextInt(3),
                        "s" + random.nextInt(2),
                        Math.max(0, minute - late),
                        1 + random.nextInt(100)));
            }
            if (random.nextInt(2) == 0) {
                stream.add(label(ids.get(random.nextInt(ids.size())), random.nextBoolean(), minute));
            }
            if (random.nextInt(20) == 0) {
                stream.add(new Sent(random.nextBoolean(), START, new byte[] {9}, "", "", "", 0, false));
            }
        }
        return stream;
    }

    /**
     * The definition, taken literally: every value is computed anew from everything taken so far. Shares nothing with the
     * topology but the tile's length, which the definition names.
     */
    private static final class Oracle {
        private final List<Sent> events = new ArrayList<>();
        private final List<Sent> knownLabels = new ArrayList<>();
        private final List<Sent> labelledEvents = new ArrayList<>();
        private final Map<String, Sent> eventOf = new HashMap<>();
        private final Map<String, Sent> early = new HashMap<>();
        private final Map<String, Long> forgottenAt = new HashMap<>();
        private final Set<String> done = new HashSet<>();
        private final List<List<@Nullable Object>> rows = new ArrayList<>();
        private final List<String> ids = new ArrayList<>();
        private final List<String> examples = new ArrayList<>();
        private final List<String> rejected = new ArrayList<>();
        private long newestEvent = Long.MIN_VALUE;
        private long clock = Long.MIN_VALUE;

        void take(Sent sent) {
            if (sent.id().isEmpty()) {
                rejected.add("UNDECODABLE");
            } else if (sent.isEvent()) {
                takeEvent(sent);
                forget();
            } else {
                takeLabel(sent);
                forget();
            }
        }

        private void takeEvent(Sent event) {
            if (eventOf.containsKey(event.id())) {
                rejected.add("DUPLICATE");
                return;
            }
            if (newestEvent != Long.MIN_VALUE && event.time() < newestEvent - 10 * MINUTE) {
                rejected.add("TOO_LATE");
                return;
            }
            rows.add(row(event));
            ids.add(event.id());
            events.add(event);
            eventOf.put(event.id(), event);
            forgottenAt.put(event.id(), forgetAt(event.time()));
            newestEvent = Math.max(newestEvent, event.time());
            clock = Math.max(clock, event.time());
            Sent waiting = early.remove(event.id());
            if (waiting != null) {
                takeLabel(waiting);
            }
        }

        private void takeLabel(Sent label) {
            Sent event = eventOf.get(label.id());
            if (early.containsKey(label.id()) || done.contains(label.id())) {
                rejected.add("DUPLICATE");
                return;
            }
            if (event == null) {
                early.put(label.id(), label);
                forgottenAt.put(label.id(), forgetAt(label.time()));
                clock = Math.max(clock, label.time());
                return;
            }
            clock = Math.max(clock, label.time());
            done.add(label.id());
            knownLabels.add(label);
            labelledEvents.add(event);
            examples.add(label.id() + (label.fraud() ? 1.0 : 0.0));
        }

        /** Wait and lateness after its time, and after now, rounded up to a step of a 24th of them. */
        private long forgetAt(long time) {
            long step = 130 * MINUTE / 24;
            return Math.ceilDiv(Math.max(time + 130 * MINUTE, clock + 1), step) * step;
        }

        private void forget() {
            for (Map.Entry<String, Long> each : Map.copyOf(forgottenAt).entrySet()) {
                if (each.getValue() <= clock) {
                    forgottenAt.remove(each.getKey());
                    eventOf.remove(each.getKey());
                    done.remove(each.getKey());
                    if (early.remove(each.getKey()) != null) {
                        rejected.add("UNKNOWN_EVENT");
                    }
                }
            }
        }

        private List<@Nullable Object> row(Sent event) {
            double count = 0;
            double sum = 0;
            Double max = null;
            Double min = null;
            for (Sent before : events) {
                boolean sameCard = before.card().equals(event.card());
                boolean sameShop = before.shop().equals(event.shop());
                if (within(before.time(), event.time(), 60) && sameCard) {
                    count++;
                    sum += before.amount();
                }
                if (within(before.time(), event.time(), 240) && sameShop) {
                    max = max == null ? before.amount() : Math.max(max, before.amount());
                }
                if (within(before.time(), event.time(), 60) && sameCard && sameShop) {
                    min = min == null ? before.amount() : Math.min(min, before.amount());
                }
            }
            double known = 0;
            double fraud = 0;
            for (int i = 0; i < knownLabels.size(); i++) {
                if (within(knownLabels.get(i).time(), event.time(), 240)
                        && labelledEvents.get(i).shop().equals(event.shop())) {
                    known++;
                    fraud += knownLabels.get(i).fraud() ? 1 : 0;
                }
            }
            List<@Nullable Object> row = new ArrayList<>();
            row.add(event.amount());
            row.add(event.shop());
            row.add(count);
            row.add(sum);
            row.add(max);
            row.add(known == 0 ? null : (Object) (fraud / known));
            row.add(min);
            return row;
        }

        /** Of the 24 tiles that end with the one that holds {@code end}. */
        private static boolean within(long time, long end, long overMinutes) {
            long tile = overMinutes * MINUTE / 24;
            long last = Math.floorDiv(end, tile);
            return time >= (last - 23) * tile && time < (last + 1) * tile;
        }
    }

    private static final class Run {
        private final List<FeatureRow> rows = new ArrayList<>();
        private final List<Example> examples = new ArrayList<>();
        private final List<RejectedRecord> rejected = new ArrayList<>();
    }

    private Run run(List<Sent> stream) {
        return run(stream, stream.size(), state.resolve("single"));
    }

    /** Feeds a stream one record at a time; in between a new instance takes over with nothing but the stores. */
    private Run run(List<Sent> stream, int restartAt, Path directory) {
        Run run = new Run();
        Map<String, List<KeyValue<byte[], byte[]>>> stores =
                feed(stream.subList(0, restartAt), directory, run, Map.of());
        feed(stream.subList(restartAt, stream.size()), directory, run, stores);
        return run;
    }

    private Map<String, List<KeyValue<byte[], byte[]>>> feed(
            List<Sent> stream, Path directory, Run run, Map<String, List<KeyValue<byte[], byte[]>>> restored) {
        Properties properties = new Properties();
        properties.put(StreamsConfig.APPLICATION_ID_CONFIG, "test");
        properties.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, "none:1");
        properties.put(StreamsConfig.STATE_DIR_CONFIG, directory.toString());
        properties.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, StreamsConfig.AT_LEAST_ONCE);
        var topology = FeatureTopology.of(
                pipeline, 1, registry, "mock://features", InstantSource.fixed(NOW), Stores::inMemoryKeyValueStore);
        try (TopologyTestDriver driver = new TopologyTestDriver(topology, properties)) {
            restored.forEach((name, entries) ->
                    driver.<byte[], byte[]>getKeyValueStore(name).putAll(entries));
            TestInputTopic<byte[], byte[]> events =
                    driver.createInputTopic("payments.events", new ByteArraySerializer(), new ByteArraySerializer());
            TestInputTopic<byte[], byte[]> labels =
                    driver.createInputTopic("payments.labels", new ByteArraySerializer(), new ByteArraySerializer());
            var features = driver.createOutputTopic(
                    "payments.features", new ByteArrayDeserializer(), new ByteArrayDeserializer());
            var examples = driver.createOutputTopic(
                    "payments.examples", new ByteArrayDeserializer(), new ByteArrayDeserializer());
            var rejected = driver.createOutputTopic(
                    "payments.rejected", new ByteArrayDeserializer(), new ByteArrayDeserializer());
            for (Sent sent : stream) {
                (sent.isEvent() ? events : labels).pipeInput(new byte[0], sent.bytes());
            }
            features.readValuesToList()
                    .forEach(bytes -> run.rows.add(
                            rows.fromRecord((GenericRecord) generic.deserialize("payments.features", bytes))));
            examples.readValuesToList()
                    .forEach(bytes -> run.examples.add(
                            rows.exampleFromRecord((GenericRecord) generic.deserialize("payments.examples", bytes))));
            rejected.readValuesToList()
                    .forEach(bytes ->
                            run.rejected.add((RejectedRecord) specific.deserialize("payments.rejected", bytes)));
            Map<String, List<KeyValue<byte[], byte[]>>> stores = new HashMap<>();
            for (String name : driver.getAllStateStores().keySet()) {
                List<KeyValue<byte[], byte[]>> entries = new ArrayList<>();
                try (var all = driver.<byte[], byte[]>getKeyValueStore(name).all()) {
                    all.forEachRemaining(entries::add);
                }
                stores.put(name, entries);
            }
            return stores;
        }
    }

    private static Pipeline pipeline() {
        try {
            return PipelineFile.parse("p.yaml", YAML, name -> Optional.of(name.equals("e") ? EVENT : LABEL));
        } catch (InvalidPipelineException e) {
            throw new AssertionError(e);
        }
    }
}
