package io.freshet.features;

import io.confluent.kafka.schemaregistry.client.MockSchemaRegistryClient;
import io.confluent.kafka.serializers.KafkaAvroDeserializer;
import io.confluent.kafka.serializers.KafkaAvroSerializer;
import io.freshet.features.window.EntityStates;
import io.freshet.features.window.StateMemory;
import io.freshet.schemas.check.RejectReason;
import io.freshet.schemas.message.RejectedRecord;
import io.freshet.schemas.pipeline.InvalidPipelineException;
import io.freshet.schemas.pipeline.Pipeline;
import io.freshet.schemas.pipeline.PipelineFile;
import io.freshet.schemas.row.Example;
import io.freshet.schemas.row.FeatureRow;
import io.freshet.schemas.row.FeatureRowSchema;
import io.freshet.schemas.wire.WireFormat;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.Random;
import java.util.function.Function;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericRecord;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.TestInputTopic;
import org.apache.kafka.streams.TestOutputTopic;
import org.apache.kafka.streams.TopologyTestDriver;
import org.apache.kafka.streams.state.KeyValueBytesStoreSupplier;
import org.apache.kafka.streams.state.Stores;
import org.jspecify.annotations.Nullable;

/** A shop's pipeline over the topology, without a broker: bytes in, records out. */
final class Streams implements AutoCloseable {
    static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");
    private static final String URL = "mock://streams";
    private static final String EVENT = """
            {"type": "record", "name": "Order", "fields": [
              {"name": "id", "type": "string"}, {"name": "shop", "type": "string"}, {"name": "kind", "type": "string"},
              {"name": "at", "type": {"type": "long", "logicalType": "timestamp-millis"}},
              {"name": "amount", "type": ["null", "double"], "default": null}]}""";
    private static final String LABEL = """
            {"type": "record", "name": "Outcome", "fields": [
              {"name": "id", "type": "string"},
              {"name": "known", "type": {"type": "long", "logicalType": "timestamp-millis"}},
              {"name": "minutes", "type": ["null", "int"], "default": null}]}""";
    private static final String YAML = """
            pipeline: orders
            partitions: %d
            event:
              schema: e
              id: id
              key: shop
              time: at
              lateness: 10m
              corrections: true
              rules: { allowed: event.kind != "forbidden" }
            label: { schema: l, event: id, value: label.minutes > 15, time: known, wait: 2h }
            features:
            """;

    static final StateStores IN_MEMORY =
            new StateStores(Stores::inMemoryKeyValueStore, EntityStates.BEHIND, new StateMemory(Long.MAX_VALUE));

    /** State that is written sooner or later, and that little or all of is kept decoded. */
    static StateStores anyState(Random random, Function<String, KeyValueBytesStoreSupplier> kept) {
        return new StateStores(
                kept,
                random.nextInt(3) == 0 ? EntityStates.BEHIND : random.nextInt(40),
                new StateMemory(random.nextBoolean() ? Long.MAX_VALUE : random.nextInt(50_000)));
    }

    final Pipeline pipeline;
    final MockSchemaRegistryClient registry;
    private final FeatureRowSchema rows;
    private final KafkaAvroSerializer writer;
    private final KafkaAvroDeserializer generic;
    private final KafkaAvroDeserializer specific;
    private final TopologyTestDriver driver;
    private final TestInputTopic<byte[], byte[]> events;
    private final TestInputTopic<byte[], byte[]> labels;
    private final TestOutputTopic<byte[], byte[]> features;
    private final TestOutputTopic<byte[], byte[]> examples;
    private final TestOutputTopic<byte[], byte[]> corrections;
    private final TestOutputTopic<byte[], byte[]> rejected;

    Streams(Path state, String... declaredFeatures) {
        this(new MockSchemaRegistryClient(), state, declaredFeatures);
    }

    Streams(MockSchemaRegistryClient registry, Path state, String... declaredFeatures) {
        this(registry, state, Map.of(), StateStores.ON_DISK, pipeline(declaredFeatures));
    }

    /**
     * Takes over from another.
     *
     * @param restored what its stores held, by name
     * @param stores how state is kept
     */
    Streams(
            MockSchemaRegistryClient registry,
            Path state,
            Map<String, List<KeyValue<byte[], byte[]>>> restored,
            StateStores stores,
            Pipeline pipeline) {
        this(registry, state, restored, stores, pipeline, Optional.empty());
    }

    /** Takes over from another, with an earlier declaration's features beside. */
    Streams(
            MockSchemaRegistryClient registry,
            Path state,
            Map<String, List<KeyValue<byte[], byte[]>>> restored,
            StateStores stores,
            Pipeline pipeline,
            Optional<Superseded> superseded) {
        this.registry = registry;
        this.pipeline = pipeline;
        this.rows = FeatureRowSchema.of(pipeline);
        this.writer = WireFormat.serializer(registry, URL);
        this.generic = WireFormat.deserializer(registry, URL, false);
        this.specific = WireFormat.deserializer(registry, URL, true);
        Properties settings = new Properties();
        settings.put(StreamsConfig.APPLICATION_ID_CONFIG, "features");
        settings.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, "none:1");
        settings.put(StreamsConfig.STATE_DIR_CONFIG, state.toString());
        settings.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, StreamsConfig.EXACTLY_ONCE_V2);
        driver = new TopologyTestDriver(
                FeatureTopology.of(pipeline, superseded, 3, registry, URL, InstantSource.fixed(NOW), stores), settings);
        restored.forEach(
                (name, entries) -> driver.<byte[], byte[]>getKeyValueStore(name).putAll(entries));
        ByteArraySerializer in = new ByteArraySerializer();
        ByteArrayDeserializer out = new ByteArrayDeserializer();
        events = driver.createInputTopic("orders.events", in, in);
        labels = driver.createInputTopic("orders.labels", in, in);
        features = driver.createOutputTopic("orders.features", out, out);
        examples = driver.createOutputTopic("orders.examples", out, out);
        corrections = driver.createOutputTopic("orders.corrections", out, out);
        rejected = driver.createOutputTopic("orders.rejected", out, out);
    }

    /** The shop's pipeline with some features. */
    static Pipeline pipeline(String... declaredFeatures) {
        return pipeline(1, declaredFeatures);
    }

    static Pipeline pipeline(int partitions, String... declaredFeatures) {
        String yaml = YAML.formatted(partitions) + "  " + String.join("\n  ", declaredFeatures) + "\n";
        try {
            return PipelineFile.parse("orders", yaml, name -> Optional.of(name.equals("e") ? EVENT : LABEL));
        } catch (InvalidPipelineException e) {
            throw new IllegalStateException(e);
        }
    }

    GenericRecord event(String id, String shop, String kind, long at, @Nullable Double amount) {
        return event(pipeline, id, shop, kind, at, amount);
    }

    static GenericRecord event(
            Pipeline pipeline, String id, String shop, String kind, long at, @Nullable Double amount) {
        GenericRecord event = new GenericData.Record(pipeline.event().schema());
        event.put("id", id);
        event.put("shop", shop);
        event.put("kind", kind);
        event.put("at", at);
        event.put("amount", amount);
        return event;
    }

    GenericRecord label(String id, long known, @Nullable Integer minutes) {
        return label(pipeline, id, known, minutes);
    }

    static GenericRecord label(Pipeline pipeline, String id, long known, @Nullable Integer minutes) {
        GenericRecord label = new GenericData.Record(pipeline.label().schema());
        label.put("id", id);
        label.put("known", known);
        label.put("minutes", minutes);
        return label;
    }

    void send(GenericRecord record) {
        if (record.getSchema().equals(pipeline.event().schema())) {
            events.pipeInput(null, writer.serialize("orders.events", record));
        } else {
            labels.pipeInput(null, writer.serialize("orders.labels", record));
        }
    }

    byte[] bytesOf(GenericRecord event) {
        return writer.serialize("orders.events", event);
    }

    void sendEventBytes(byte @Nullable [] bytes) {
        events.pipeInput(null, bytes);
    }

    void sendLabelBytes(byte @Nullable [] bytes) {
        labels.pipeInput(null, bytes);
    }

    List<FeatureRow> features() {
        return features.readValuesToList().stream()
                .map(bytes -> rows.fromRecord((GenericRecord) generic.deserialize("orders.features", bytes)))
                .toList();
    }

    List<FeatureRow> corrections() {
        return corrections.readValuesToList().stream()
                .map(bytes -> rows.fromRecord((GenericRecord) generic.deserialize("orders.corrections", bytes)))
                .toList();
    }

    /** What the stores hold, by name. */
    Map<String, List<KeyValue<byte[], byte[]>>> stores() {
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

    /** The total of one of the topology's own counters. */
    double counted(String what) {
        return driver.metrics().entrySet().stream()
                .filter(metric -> metric.getKey().name().equals(what + "-total"))
                .mapToDouble(metric -> ((Number) metric.getValue().metricValue()).doubleValue())
                .sum();
    }

    List<Example> examples() {
        return examples.readValuesToList().stream()
                .map(bytes -> rows.exampleFromRecord((GenericRecord) generic.deserialize("orders.examples", bytes)))
                .toList();
    }

    /** How often records were rejected for a reason, by the stream's own metrics. */
    double rejections(RejectReason reason) {
        return driver.metrics().entrySet().stream()
                .filter(metric -> metric.getKey().name().equals("rejected-total")
                        && reason.name().equals(metric.getKey().tags().get("reason")))
                .mapToDouble(metric -> (Double) metric.getValue().metricValue())
                .sum();
    }

    List<RejectedRecord> rejected() {
        return rejected.readValuesToList().stream()
                .map(bytes -> (RejectedRecord) specific.deserialize("orders.rejected", bytes))
                .toList();
    }

    void elapse(Duration wall) {
        driver.advanceWallClockTime(wall);
    }

    @Override
    public void close() {
        driver.close();
    }
}
