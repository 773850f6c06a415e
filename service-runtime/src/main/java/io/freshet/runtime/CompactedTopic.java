package io.freshet.runtime;

import io.confluent.kafka.serializers.KafkaAvroDeserializer;
import io.freshet.schemas.topic.Topic;
import io.freshet.schemas.wire.Unreadable;
import io.freshet.schemas.wire.WireFormat;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.WakeupException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The newest value per key of a topic of one partition, kept up to date by a thread of its own. Only committed records
 * are seen. A record that cannot be read is counted and leaves the key's last value in force.
 *
 * @param <V> what is kept of a record
 */
public final class CompactedTopic<V> implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(CompactedTopic.class);
    private static final Duration POLL = Duration.ofMillis(100);
    private static final Duration LOOK = Duration.ofMillis(20);
    private static final Duration PAUSE_AFTER_FAILURE = Duration.ofSeconds(1);

    private final KafkaConnection connection;
    private final TopicPartition partition;
    private final Kept<V> kept;
    private final Runnable changed;
    private final KafkaAvroDeserializer deserializer;
    private final Map<String, V> values = new ConcurrentHashMap<>();
    private final AtomicLong unreadable = new AtomicLong();
    private final Thread thread;
    private volatile boolean closed;
    private volatile boolean caughtUp;
    private volatile long position;
    private volatile @Nullable KafkaConsumer<byte[], byte[]> reading;

    /** What is kept of a record, and under which key; nothing of a record of another type. */
    private interface Kept<V> {
        Optional<Map.Entry<String, V>> of(String key, Object record);
    }

    private CompactedTopic(KafkaConnection connection, Topic topic, Kept<V> kept, Runnable changed) {
        this.connection = connection;
        this.partition = new TopicPartition(topic.name(), 0);
        this.kept = kept;
        this.changed = changed;
        this.deserializer = WireFormat.deserializer(
                connection.registry(), connection.settings().registryUrl(), true);
        this.thread = Thread.ofPlatform().daemon().name("view-" + topic.name()).unstarted(this::follow);
    }

    /**
     * Starts to follow a topic, which has to exist.
     *
     * @param changed called on the view's thread after each batch that changed something, and once when the view has
     *     caught up; must be quick
     */
    public static <V extends SpecificRecord> CompactedTopic<V> follow(
            KafkaConnection connection, Topic topic, Class<V> type, Runnable changed) {
        return start(new CompactedTopic<>(
                connection,
                topic,
                (key, record) ->
                        type.isInstance(record) ? Optional.of(Map.entry(key, type.cast(record))) : Optional.empty(),
                changed));
    }

    /**
     * Starts to follow a topic, which has to exist, by a key that its records hold.
     *
     * @param key the key, from a record
     * @param value what is kept of a record
     * @param changed as above
     */
    public static <R extends SpecificRecord, V> CompactedTopic<V> follow(
            KafkaConnection connection,
            Topic topic,
            Class<R> type,
            Function<R, String> key,
            Function<R, V> value,
            Runnable changed) {
        return start(new CompactedTopic<>(
                connection,
                topic,
                (own, record) -> {
                    if (!type.isInstance(record)) {
                        return Optional.empty();
                    }
                    R read = type.cast(record);
                    return Optional.of(Map.entry(key.apply(read), value.apply(read)));
                },
                changed));
    }

    private static <V> CompactedTopic<V> start(CompactedTopic<V> view) {
        view.thread.start();
        return view;
    }

    /** The newest value of a key. */
    public Optional<V> get(String key) {
        return Optional.ofNullable(values.get(key));
    }

    /** The newest value of every key, live. */
    public Map<String, V> values() {
        return Map.copyOf(values);
    }

    /** Whether everything was read that the topic held when the view was opened. */
    public boolean caughtUp() {
        return caughtUp;
    }

    /**
     * Waits until everything is known that is on the topic now, what unfinished transactions have written included.
     *
     * @throws IllegalStateException when that takes longer than {@code longest}, or the topic's end cannot be asked for
     */
    public void awaitEnd(Duration longest) throws InterruptedException {
        long until = System.nanoTime() + longest.toNanos();
        long end = end();
        while (position < end) {
            if (System.nanoTime() - until > 0) {
                throw new IllegalStateException(
                        partition.topic() + " could not be read to offset " + end + " within " + longest);
            }
            Thread.sleep(LOOK);
        }
    }

    private long end() throws InterruptedException {
        try (Admin admin = connection.admin()) {
            return admin.listOffsets(Map.of(partition, OffsetSpec.latest()))
                    .partitionResult(partition)
                    .get()
                    .offset();
        } catch (ExecutionException e) {
            throw new IllegalStateException("the end of " + partition.topic() + " is not known: " + e.getCause(), e);
        }
    }

    /** How many records could not be read. */
    public long unreadable() {
        return unreadable.get();
    }

    private void follow() {
        while (!closed) {
            try (KafkaConsumer<byte[], byte[]> consumer =
                    connection.consumer("freshet-view-" + partition.topic(), Map.of())) {
                reading = consumer;
                if (!closed) {
                    read(consumer);
                }
            } catch (WakeupException e) {
                // Closed, or about to be found so.
            } catch (RuntimeException e) {
                LOG.warn("reading {} failed, starting over", partition.topic(), e);
                pause();
            } finally {
                reading = null;
            }
        }
    }

    private void read(KafkaConsumer<byte[], byte[]> consumer) {
        consumer.assign(List.of(partition));
        consumer.seekToBeginning(List.of(partition));
        long end =
                Objects.requireNonNull(consumer.endOffsets(List.of(partition)).get(partition));
        while (!closed) {
            var records = consumer.poll(POLL);
            for (ConsumerRecord<byte[], byte[]> record : records) {
                take(record);
            }
            position = consumer.position(partition);
            boolean nowCaughtUp = !caughtUp && position >= end;
            caughtUp |= nowCaughtUp;
            if (nowCaughtUp || !records.isEmpty()) {
                changed.run();
            }
        }
    }

    private void take(ConsumerRecord<byte[], byte[]> record) {
        if (record.key() == null) {
            refuse(record, "it has no key");
            return;
        }
        String key = new String(record.key(), StandardCharsets.UTF_8);
        if (record.value() == null) {
            values.remove(key);
            return;
        }
        try {
            Object value = deserializer.deserialize(record.topic(), record.value());
            kept.of(key, value)
                    .ifPresentOrElse(
                            entry -> values.put(entry.getKey(), entry.getValue()),
                            () -> refuse(record, "it is of another type than the topic's"));
        } catch (RuntimeException e) {
            // Throws when the registry is at fault rather than the record.
            refuse(record, Unreadable.orThrow(e).detail());
        }
    }

    private void refuse(ConsumerRecord<byte[], byte[]> record, String why) {
        unreadable.incrementAndGet();
        LOG.warn("{} offset {} is ignored: {}", record.topic(), record.offset(), why);
    }

    private void pause() {
        try {
            Thread.sleep(PAUSE_AFTER_FAILURE);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() {
        closed = true;
        KafkaConsumer<byte[], byte[]> consumer = reading;
        if (consumer != null) {
            consumer.wakeup();
        }
        thread.interrupt();
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
