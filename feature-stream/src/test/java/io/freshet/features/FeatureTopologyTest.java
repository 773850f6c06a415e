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
import java.util.List;
import java.util.Optional;
import java.util.Properties;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericRecord;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.TestInputTopic;
import org.apache.kafka.streams.TopologyTestDriver;
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
        String description = FeatureTopology.of(
                        pipeline, Optional.empty(), 1, registry, "mock://features", InstantSource.fixed(NOW))
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

    private static final class Run {
        private final List<FeatureRow> rows = new ArrayList<>();
        private final List<Example> examples = new ArrayList<>();
        private final List<RejectedRecord> rejected = new ArrayList<>();
    }

    private Run run(List<Sent> stream) {
        Run run = new Run();
        Properties properties = new Properties();
        properties.put(StreamsConfig.APPLICATION_ID_CONFIG, "test");
        properties.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, "none:1");
        properties.put(StreamsConfig.STATE_DIR_CONFIG, state.toString());
        properties.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, StreamsConfig.AT_LEAST_ONCE);
        var topology = FeatureTopology.of(
                pipeline,
                Optional.empty(),
                1,
                registry,
                "mock://features",
                InstantSource.fixed(NOW),
                Streams.IN_MEMORY);
        try (TopologyTestDriver driver = new TopologyTestDriver(topology, properties)) {
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
            return run;
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
