package io.freshet.runtime;

import io.micrometer.core.instrument.binder.kafka.KafkaClientMetrics;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.WakeupException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Consume, transform, produce: what a batch of records leads to and the batch's offsets are committed in one transaction,
 * so each record takes effect exactly once whatever fails in between. Any failure ends the loop uncommitted; its
 * successor does the batch again. Instances of a group share the topic's partitions; one that lost its partitions cannot
 * commit any more.
 */
public final class TransactionalLoop implements Worker {

    /** What is done with a batch, on the loop's thread. */
    @FunctionalInterface
    public interface Step {
        /**
         * @throws Exception to end the loop with nothing of this batch committed
         */
        void process(ConsumerRecords<byte[], byte[]> batch, Outbox outbox) throws Exception;

        /** Partitions have come, perhaps from another instance; called before their first batch. Must be quick. */
        default void assigned() {}
    }

    /** Takes the records of the running transaction. */
    @FunctionalInterface
    public interface Outbox {
        void send(ProducerRecord<byte[], byte[]> record);
    }

    /**
     * @param group the consumer group; with the instance it names the transactions
     * @param topic what is consumed
     * @param longestStep how long a step may take at most
     * @param batch how many records a batch has at most
     */
    public record Spec(String group, String topic, Duration longestStep, int batch) {}

    private static final Logger LOG = LoggerFactory.getLogger(TransactionalLoop.class);
    private static final Duration POLL = Duration.ofMillis(200);
    private static final Duration MARGIN = Duration.ofSeconds(30);
    private static final Duration SESSION = Duration.ofSeconds(10);
    private static final Duration COMMIT_INTERVAL = Duration.ofSeconds(10);

    private final KafkaConnection connection;
    private final Spec spec;
    private final Step step;
    private final Thread thread;
    private volatile Status status = new Starting();
    private volatile boolean closed;
    private volatile @Nullable KafkaConsumer<byte[], byte[]> reading;

    private TransactionalLoop(KafkaConnection connection, Spec spec, Step step) {
        this.connection = connection;
        this.spec = spec;
        this.step = step;
        this.thread = Thread.ofPlatform().name(spec.group()).unstarted(this::run);
    }

    public static TransactionalLoop start(KafkaConnection connection, Spec spec, Step step) {
        TransactionalLoop loop = new TransactionalLoop(connection, spec, step);
        loop.thread.start();
        return loop;
    }

    @Override
    public Status status() {
        return status;
    }

    private void run() {
        String instance = spec.group() + "-" + connection.settings().instance();
        long transactionMillis = Math.max(
                COMMIT_INTERVAL.toMillis(),
                spec.longestStep().plus(COMMIT_INTERVAL).toMillis());
        // A restarted instance takes its own membership and its own unfinished transaction over at once.
        try (KafkaConsumer<byte[], byte[]> consumer = connection.consumer(
                        instance,
                        Map.of(
                                "group.id",
                                spec.group(),
                                "group.instance.id",
                                instance,
                                "session.timeout.ms",
                                (int) SESSION.toMillis(),
                                "max.poll.records",
                                spec.batch(),
                                "max.poll.interval.ms",
                                (int) spec.longestStep().plus(MARGIN).toMillis()));
                KafkaProducer<byte[], byte[]> producer = connection.producer(
                        instance,
                        Map.of("transactional.id", instance, "transaction.timeout.ms", (int) transactionMillis));
                KafkaClientMetrics consuming = connection.measure(consumer, spec.group());
                KafkaClientMetrics producing = connection.measure(producer, spec.group())) {
            reading = consumer;
            producer.initTransactions();
            consumer.subscribe(List.of(spec.topic()), new Assignment(step));
            status = new Running();
            while (!closed) {
                ConsumerRecords<byte[], byte[]> batch = consumer.poll(POLL);
                if (!batch.isEmpty()) {
                    commit(consumer, producer, batch);
                }
            }
            status = new Failed("closed");
        } catch (WakeupException e) {
            status = new Failed("closed");
        } catch (Exception e) {
            // Closing the producer aborts the open transaction.
            LOG.warn("{} failed", instance, e);
            status = new Failed(e.toString());
        } finally {
            reading = null;
        }
    }

    private void commit(
            KafkaConsumer<byte[], byte[]> consumer,
            KafkaProducer<byte[], byte[]> producer,
            ConsumerRecords<byte[], byte[]> batch)
            throws Exception {
        producer.beginTransaction();
        step.process(batch, record -> producer.send(record));
        producer.sendOffsetsToTransaction(after(batch), consumer.groupMetadata());
        producer.commitTransaction();
    }

    /** Tells a step that partitions have come; those that go have nothing uncommitted between two batches. */
    private record Assignment(Step step) implements ConsumerRebalanceListener {
        @Override
        public void onPartitionsAssigned(Collection<TopicPartition> partitions) {
            step.assigned();
        }

        @Override
        public void onPartitionsRevoked(Collection<TopicPartition> partitions) {}
    }

    private static Map<TopicPartition, OffsetAndMetadata> after(ConsumerRecords<byte[], byte[]> batch) {
        Map<TopicPartition, OffsetAndMetadata> after = new HashMap<>();
        for (TopicPartition partition : batch.partitions()) {
            ConsumerRecord<byte[], byte[]> last = batch.records(partition).getLast();
            after.put(partition, new OffsetAndMetadata(last.offset() + 1, last.leaderEpoch(), ""));
        }
        return after;
    }

    @Override
    public void close() {
        closed = true;
        KafkaConsumer<byte[], byte[]> consumer = reading;
        if (consumer != null) {
            consumer.wakeup();
        }
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
