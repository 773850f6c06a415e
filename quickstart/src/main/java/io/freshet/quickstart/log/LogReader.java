package io.freshet.quickstart.log;

import io.confluent.kafka.serializers.KafkaAvroDeserializer;
import io.freshet.page.PlainText;
import io.freshet.quickstart.platform.PlatformException;
import io.freshet.runtime.KafkaConnection;
import io.freshet.schemas.wire.Unreadable;
import io.freshet.schemas.wire.WireFormat;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListTopicsOptions;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/**
 * Reads topics: committed records only, and in bounded time. A topic that does not exist is empty; records that are not of
 * ours are left out. Every method throws {@link PlatformException} when broker or registry do not answer. Not safe for
 * concurrent use.
 */
public final class LogReader implements AutoCloseable {
    private static final Duration ANSWER_WITHIN = Duration.ofSeconds(10);
    private static final Duration READ_WITHIN = Duration.ofSeconds(30);
    private static final Duration POLL = Duration.ofMillis(100);
    private static final int SHOWN = 300;

    private final KafkaConnection connection;
    private final KafkaConsumer<byte[], byte[]> consumer;
    private final Set<String> topics;
    private final KafkaAvroDeserializer specific;
    private final KafkaAvroDeserializer generic;

    private LogReader(KafkaConnection connection, KafkaConsumer<byte[], byte[]> consumer, Set<String> topics) {
        this.connection = connection;
        this.consumer = consumer;
        this.topics = topics;
        String registry = connection.settings().registryUrl();
        this.specific = WireFormat.deserializer(connection.registry(), registry, true);
        this.generic = WireFormat.deserializer(connection.registry(), registry, false);
    }

    /**
     * Connects.
     *
     * @param client the name by which the broker knows the reader
     */
    public static LogReader open(KafkaConnection connection, String client) throws InterruptedException {
        Set<String> topics = topics(connection);
        return new LogReader(
                connection,
                connection.consumer(
                        client,
                        Map.of(
                                "allow.auto.create.topics",
                                false,
                                "default.api.timeout.ms",
                                (int) ANSWER_WITHIN.toMillis(),
                                "max.poll.records",
                                5_000)),
                topics);
    }

    private static Set<String> topics(KafkaConnection connection) throws InterruptedException {
        String servers = connection.settings().bootstrapServers();
        try (Admin admin = connection.admin()) {
            // The client's own limit, as closing it waits for what is under way.
            int limit = (int) ANSWER_WITHIN.toMillis();
            return admin.listTopics(new ListTopicsOptions().timeoutMs(limit))
                    .names()
                    .get(2L * limit, TimeUnit.MILLISECONDS);
        } catch (ExecutionException | TimeoutException | KafkaException e) {
            throw new PlatformException(
                    "no broker answers at " + servers + " within " + ANSWER_WITHIN.toSeconds() + " s", e);
        }
    }

    /** The newest value of each key of a topic of one partition; what cannot be read leaves the one before in force. */
    public <T> Map<String, T> newest(String topic, Class<T> type) {
        return newest(topic, "", type);
    }

    /** As {@link #newest(String, Class)}, of the keys that begin like this. */
    public <T> Map<String, T> newest(String topic, String prefix, Class<T> type) {
        Map<String, T> values = new TreeMap<>();
        read(topic, Long.MAX_VALUE, record -> {
            String key = record.key() == null ? null : new String(record.key(), StandardCharsets.UTF_8);
            if (key == null || !key.startsWith(prefix)) {
                return;
            }
            if (record.value() == null) {
                values.remove(key);
            } else {
                Object value = decoded(specific, record);
                if (type.isInstance(value)) {
                    values.put(key, type.cast(value));
                }
            }
        });
        return values;
    }

    /** Every value of one key of a topic of one partition, the oldest first. */
    public <T> List<T> all(String topic, String key, Class<T> type) {
        byte[] wanted = key.getBytes(StandardCharsets.UTF_8);
        List<T> values = new ArrayList<>();
        read(topic, Long.MAX_VALUE, record -> {
            if (Arrays.equals(record.key(), wanted) && record.value() != null) {
                Object value = decoded(specific, record);
                if (type.isInstance(value)) {
                    values.add(type.cast(value));
                }
            }
        });
        return values;
    }

    /** A record's value by the schema it was written with; null for what is no record of ours. */
    public @Nullable Object generic(ConsumerRecord<byte[], byte[]> record) {
        return decoded(generic, record);
    }

    private @Nullable Object decoded(KafkaAvroDeserializer reader, ConsumerRecord<byte[], byte[]> record) {
        try {
            return reader.deserialize(record.topic(), record.value());
        } catch (RuntimeException e) {
            try {
                var _ = Unreadable.orThrow(e);
                return null;
            } catch (RuntimeException registry) {
                Throwable root = registry;
                while (root.getCause() != null) {
                    root = root.getCause();
                }
                throw new PlatformException(
                        "the schema registry at " + connection.settings().registryUrl() + " does not answer: "
                                + PlainText.of(root.toString(), SHOWN),
                        registry);
            }
        }
    }

    /**
     * Reads a topic's partitions.
     *
     * @param offsets how far before its end each is begun
     */
    public void read(String topic, long offsets, Consumer<ConsumerRecord<byte[], byte[]>> taker) {
        if (!topics.contains(topic)) {
            return;
        }
        try {
            readToEnd(topic, offsets, taker);
        } catch (KafkaException e) {
            throw new PlatformException(
                    "the broker at " + connection.settings().bootstrapServers() + " does not answer: " + e.getMessage(),
                    e);
        }
    }

    private void readToEnd(String topic, long offsets, Consumer<ConsumerRecord<byte[], byte[]>> taker) {
        List<TopicPartition> partitions = consumer.partitionsFor(topic).stream()
                .map(info -> new TopicPartition(topic, info.partition()))
                .toList();
        consumer.assign(partitions);
        Map<TopicPartition, Long> starts = consumer.beginningOffsets(partitions);
        Map<TopicPartition, Long> ends = new HashMap<>(consumer.endOffsets(partitions));
        for (TopicPartition partition : partitions) {
            long start = Objects.requireNonNull(starts.get(partition));
            long end = Objects.requireNonNull(ends.get(partition));
            consumer.seek(partition, Math.max(start, offsets > end ? start : end - offsets));
        }
        long until = System.nanoTime() + READ_WITHIN.toNanos();
        while (!ends.entrySet().stream().allMatch(end -> consumer.position(end.getKey()) >= end.getValue())) {
            if (System.nanoTime() - until > 0) {
                throw new PlatformException(
                        topic + " could not be read to its end within " + READ_WITHIN.toSeconds() + " s");
            }
            for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
                long end = Objects.requireNonNull(ends.get(new TopicPartition(record.topic(), record.partition())));
                if (record.offset() < end) {
                    taker.accept(record);
                }
            }
        }
    }

    @Override
    public void close() {
        consumer.close();
    }
}
