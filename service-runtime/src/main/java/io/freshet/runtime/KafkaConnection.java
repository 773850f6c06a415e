package io.freshet.runtime;

import io.confluent.kafka.schemaregistry.avro.AvroSchemaProvider;
import io.confluent.kafka.schemaregistry.client.CachedSchemaRegistryClient;
import io.confluent.kafka.schemaregistry.client.SchemaRegistryClient;
import io.confluent.kafka.schemaregistry.testutil.MockSchemaRegistry;
import io.freshet.schemas.topic.Topic;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.binder.MeterBinder;
import io.micrometer.core.instrument.binder.kafka.KafkaClientMetrics;
import io.micrometer.core.instrument.binder.kafka.KafkaStreamsMetrics;
import io.micrometer.core.instrument.composite.CompositeMeterRegistry;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.RetriableException;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.streams.KafkaStreams;

/** Makes clients of one cluster and its registry. Thread-safe; the clients it makes are their callers' to close. */
public final class KafkaConnection implements AutoCloseable {
    /**
     * The largest message of the platform's own topics and producers, in bytes: what is kept for one event holds several
     * records of the largest size that is taken.
     */
    static final int LARGEST_MESSAGE = 32 * 1024 * 1024;

    private static final Map<String, Object> ANSWER_IN_TIME =
            Map.of("http.connect.timeout.ms", 10_000, "http.read.timeout.ms", 20_000);

    private static final Duration LEADERS_WITHIN = Duration.ofSeconds(30);
    private static final Duration LOOK = Duration.ofMillis(20);
    private static final int CACHED_SCHEMAS = 1_000;
    private static final String MOCK = "mock://";

    private final KafkaSettings settings;
    private final SchemaRegistryClient registry;
    private final MeterRegistry meters;

    /** A connection whose clients are not measured. */
    public KafkaConnection(KafkaSettings settings) {
        this(settings, new CompositeMeterRegistry());
    }

    /**
     * @param meters takes the numbers of the workers' clients: lag, rates, rebalances, under the names that Micrometer
     *     gives Kafka's metrics, tagged with the consumer {@code group}
     */
    public KafkaConnection(KafkaSettings settings, MeterRegistry meters) {
        this.settings = settings;
        this.meters = meters;
        this.registry = settings.registryUrl().startsWith(MOCK)
                ? MockSchemaRegistry.getClientForScope(
                        settings.registryUrl().substring(MOCK.length()), List.of(new AvroSchemaProvider()))
                : new CachedSchemaRegistryClient(settings.registryUrl(), CACHED_SCHEMAS, ANSWER_IN_TIME);
    }

    public KafkaSettings settings() {
        return settings;
    }

    public SchemaRegistryClient registry() {
        return registry;
    }

    /** A consumer of raw records that reads only what was committed and commits nothing by itself. */
    public KafkaConsumer<byte[], byte[]> consumer(String clientId, Map<String, Object> further) {
        Map<String, Object> properties = settings.base(clientId);
        properties.put("auto.offset.reset", "earliest");
        properties.putAll(further);
        properties.put("isolation.level", "read_committed");
        properties.put("enable.auto.commit", false);
        return new KafkaConsumer<>(properties, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    }

    /** A producer of raw records that waits for every replica and never writes one twice. */
    public KafkaProducer<byte[], byte[]> producer(String clientId, Map<String, Object> further) {
        Map<String, Object> properties = settings.base(clientId);
        properties.put("linger.ms", 5);
        properties.put("compression.type", "lz4");
        properties.putAll(further);
        properties.put("max.request.size", LARGEST_MESSAGE);
        properties.put("buffer.memory", 2L * LARGEST_MESSAGE);
        properties.put("acks", "all");
        properties.put("enable.idempotence", true);
        return new KafkaProducer<>(properties, new ByteArraySerializer(), new ByteArraySerializer());
    }

    /** Adds a consumer's numbers to the metrics; to be closed before the consumer. */
    KafkaClientMetrics measure(KafkaConsumer<?, ?> consumer, String group) {
        return bound(new KafkaClientMetrics(consumer, group(group)));
    }

    /** Adds a producer's numbers to the metrics; to be closed before the producer. */
    KafkaClientMetrics measure(KafkaProducer<?, ?> producer, String group) {
        return bound(new KafkaClientMetrics(producer, group(group)));
    }

    /** Adds the numbers of a topology and its clients to the metrics; to be closed before the streams. */
    KafkaStreamsMetrics measure(KafkaStreams streams, String group) {
        return bound(new KafkaStreamsMetrics(streams, group(group)));
    }

    private static Tags group(String group) {
        return Tags.of("group", group);
    }

    private <B extends MeterBinder> B bound(B binder) {
        binder.bindTo(meters);
        return binder;
    }

    public Admin admin() {
        return Admin.create(settings.base("freshet-admin"));
    }

    /**
     * Creates those topics that do not exist yet, and waits until they can be written; existing ones are left as they are.
     *
     * @throws IllegalStateException when one cannot be created, or exists with another number of partitions
     */
    public void ensure(Collection<Topic> topics) throws InterruptedException {
        List<Topic> existing = new ArrayList<>();
        Map<TopicPartition, OffsetSpec> created = new HashMap<>();
        try (Admin admin = admin()) {
            var results = admin.createTopics(topics.stream().map(this::newTopic).toList())
                    .values();
            for (Topic topic : topics) {
                try {
                    Objects.requireNonNull(results.get(topic.name())).get();
                    for (int partition = 0; partition < topic.partitions(); partition++) {
                        created.put(new TopicPartition(topic.name(), partition), OffsetSpec.latest());
                    }
                } catch (ExecutionException e) {
                    if (!(e.getCause() instanceof TopicExistsException)) {
                        throw new IllegalStateException(
                                "topic " + topic.name() + " cannot be created: " + e.getCause(), e);
                    }
                    existing.add(topic);
                }
            }
            awaitLeaders(admin, created);
        }
        requirePartitions(existing);
    }

    /**
     * Only a partition's leader knows its end. Of an idempotent producer's first batches to a partition whose leader is not
     * there yet, a later one may be taken before an earlier one, which is refused from then on.
     */
    private static void awaitLeaders(Admin admin, Map<TopicPartition, OffsetSpec> created) throws InterruptedException {
        long until = System.nanoTime() + LEADERS_WITHIN.toNanos();
        while (true) {
            try {
                admin.listOffsets(created).all().get();
                return;
            } catch (ExecutionException e) {
                if (!(e.getCause() instanceof RetriableException) || System.nanoTime() - until > 0) {
                    throw new IllegalStateException("created topics cannot be reached: " + e.getCause(), e);
                }
                Thread.sleep(LOOK);
            }
        }
    }

    /**
     * Looks at the partitions of those topics that exist; the others are left out.
     *
     * @throws IllegalStateException when one has another number of partitions, or cannot be looked at
     */
    public void requirePartitions(Collection<Topic> topics) throws InterruptedException {
        try (Admin admin = admin()) {
            var described = admin.describeTopics(
                            topics.stream().map(Topic::name).toList())
                    .topicNameValues();
            for (Topic topic : topics) {
                try {
                    int partitions = Objects.requireNonNull(described.get(topic.name()))
                            .get()
                            .partitions()
                            .size();
                    if (partitions != topic.partitions()) {
                        throw new IllegalStateException("topic " + topic.name() + " has " + partitions
                                + " partitions and needs " + topic.partitions()
                                + ": declare the pipeline with the partitions that its topics have or under another"
                                + " name, or delete the topic");
                    }
                } catch (ExecutionException e) {
                    if (!(e.getCause() instanceof UnknownTopicOrPartitionException)) {
                        throw new IllegalStateException(
                                "topic " + topic.name() + " cannot be looked at: " + e.getCause(), e);
                    }
                }
            }
        }
    }

    private NewTopic newTopic(Topic topic) {
        Map<String, String> config = new HashMap<>();
        config.put("cleanup.policy", topic.cleanup() == Topic.Cleanup.COMPACT ? "compact" : "delete");
        // Event time is in the value. Were it the record's timestamp, replayed history would be past retention on
        // arrival.
        config.put("message.timestamp.type", "LogAppendTime");
        config.put("max.message.bytes", Integer.toString(LARGEST_MESSAGE));
        config.put(
                "retention.ms",
                topic.retention().map(kept -> Long.toString(kept.toMillis())).orElse("-1"));
        return new NewTopic(topic.name(), topic.partitions(), settings.replicationFactor()).configs(config);
    }

    @Override
    public void close() {
        try {
            registry.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
