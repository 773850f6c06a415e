package io.freshet.benchmarks.fraud;

import io.confluent.kafka.schemaregistry.client.MockSchemaRegistryClient;
import io.confluent.kafka.serializers.KafkaAvroDeserializer;
import io.confluent.kafka.serializers.KafkaAvroSerializer;
import io.freshet.features.FeatureTopology;
import io.freshet.schemas.pipeline.Pipeline;
import io.freshet.schemas.row.Example;
import io.freshet.schemas.row.FeatureRowSchema;
import io.freshet.schemas.wire.WireFormat;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Properties;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericRecord;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.TestInputTopic;
import org.apache.kafka.streams.TopologyTestDriver;
import org.apache.kafka.streams.state.KeyValueIterator;

/**
 * Feeds transactions, and a week after each its truth, through the real feature topology in the order of their times, and
 * hands on the labelled examples. There is no broker; everything else is as in service, bytes and stores included. A truth
 * goes before the transactions of its own instant, so that a terminal's window ends as the handbook's does.
 */
final class FeatureReplay implements AutoCloseable {
    private static final String REGISTRY = "mock://fraud-handbook";
    private static final int DRAIN_EVERY = 5_000;

    private final Pipeline pipeline;
    private final Consumer<Example> examples;
    private final FeatureRowSchema rows;
    private final KafkaAvroSerializer writer;
    private final KafkaAvroDeserializer reader;
    private final Path stateFolder;
    private final TopologyTestDriver driver;
    private final TestInputTopic<byte[], byte[]> events;
    private final TestInputTopic<byte[], byte[]> labels;
    private int fed;

    private FeatureReplay(Pipeline pipeline, Instant clock, Consumer<Example> examples) throws IOException {
        this.pipeline = pipeline;
        this.examples = examples;
        this.rows = FeatureRowSchema.of(pipeline);
        MockSchemaRegistryClient registry = new MockSchemaRegistryClient();
        this.writer = WireFormat.serializer(registry, REGISTRY);
        this.reader = WireFormat.deserializer(registry, REGISTRY, false);
        this.stateFolder = Files.createTempDirectory("fraud-handbook");
        Properties settings = new Properties();
        settings.put(StreamsConfig.APPLICATION_ID_CONFIG, "fraud-handbook");
        settings.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, "none:1");
        settings.put(StreamsConfig.STATE_DIR_CONFIG, stateFolder.toString());
        this.driver = new TopologyTestDriver(
                FeatureTopology.of(pipeline, Optional.empty(), 1, registry, REGISTRY, InstantSource.fixed(clock)),
                settings);
        ByteArraySerializer bytes = new ByteArraySerializer();
        this.events = driver.createInputTopic(pipeline.name() + ".events", bytes, bytes);
        this.labels = driver.createInputTopic(pipeline.name() + ".labels", bytes, bytes);
    }

    /**
     * What the topology keeps of its windows at the end.
     *
     * @param entries in the store, several for an entity
     * @param bytes of their keys and values
     */
    record State(long entries, long bytes) {}

    /**
     * Runs all of it.
     *
     * @param transactions in order of time, at least one
     * @param examples takes every labelled example, in order of label time
     * @throws IllegalStateException when a record was refused
     */
    static State run(Pipeline pipeline, List<Transaction> transactions, Consumer<Example> examples) throws IOException {
        Instant clock = Instant.ofEpochMilli(transactions.getLast().known());
        try (FeatureReplay replay = new FeatureReplay(pipeline, clock, examples)) {
            int known = 0;
            for (Transaction transaction : transactions) {
                for (; transactions.get(known).known() <= transaction.time(); known++) {
                    replay.truth(transactions.get(known));
                }
                replay.event(transaction);
            }
            for (; known < transactions.size(); known++) {
                replay.truth(transactions.get(known));
            }
            replay.drain();
            return replay.state();
        }
    }

    private State state() {
        long entries = 0;
        long bytes = 0;
        try (KeyValueIterator<byte[], byte[]> all =
                driver.<byte[], byte[]>getKeyValueStore("windows").all()) {
            while (all.hasNext()) {
                KeyValue<byte[], byte[]> each = all.next();
                entries++;
                bytes += each.key.length + each.value.length;
            }
        }
        return new State(entries, bytes);
    }

    private void event(Transaction transaction) {
        GenericRecord event = new GenericData.Record(pipeline.event().schema());
        event.put("transactionId", transaction.id());
        event.put("at", transaction.time());
        event.put("customerId", transaction.customer());
        event.put("terminalId", transaction.terminal());
        event.put("amount", transaction.amount());
        feed(events, ".events", event);
    }

    private void truth(Transaction transaction) {
        GenericRecord label = new GenericData.Record(pipeline.label().schema());
        label.put("transactionId", transaction.id());
        label.put("known", transaction.known());
        label.put("fraud", transaction.fraud());
        feed(labels, ".labels", label);
    }

    private void feed(TestInputTopic<byte[], byte[]> topic, String name, GenericRecord record) {
        topic.pipeInput(null, writer.serialize(pipeline.name() + name, record));
        if (++fed % DRAIN_EVERY == 0) {
            drain();
        }
    }

    /** Takes what was written, changelogs too, which the driver would keep. */
    private void drain() {
        ByteArrayDeserializer bytes = new ByteArrayDeserializer();
        for (String topic : List.copyOf(driver.producedTopicNames())) {
            List<byte[]> written = driver.createOutputTopic(topic, bytes, bytes).readValuesToList();
            if (topic.equals(pipeline.name() + ".rejected") && !written.isEmpty()) {
                throw new IllegalStateException(written.size() + " records were refused; the first is "
                        + reader.deserialize(topic, written.getFirst()));
            }
            if (topic.equals(pipeline.name() + ".examples")) {
                for (byte[] example : written) {
                    examples.accept(rows.exampleFromRecord((GenericRecord) reader.deserialize(topic, example)));
                }
            }
        }
    }

    @Override
    public void close() {
        driver.close();
        try (Stream<Path> files = Files.walk(stateFolder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
