package io.freshet.runtime;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.apache.kafka.clients.consumer.CommitFailedException;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.consumer.RangeAssignor;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.RebalanceInProgressException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Hands records on to something outside that may be down or slow: each at least once, in the order of its partition, with
 * the offset committed behind it. What fails is tried again after a pause that doubles, for as long as it takes, and
 * nothing behind it overtakes it; nothing else of the service waits. Instances of a group share the topics; partition 0 of
 * all topics goes to the same instance.
 */
public final class RetryingLoop implements AutoCloseable {

    /** What is done with a record, on the loop's thread. */
    @FunctionalInterface
    public interface Step {
        /**
         * @throws Exception when it has to be done again
         */
        void process(ConsumerRecord<byte[], byte[]> record) throws Exception;
    }

    /**
     * How long to wait before something is tried again.
     *
     * @param first after the first failure, above 0
     * @param longest at most; each wait is twice the one before
     */
    public record BackOff(Duration first, Duration longest) {
        /** The wait after so many failures in a row, from 1 on. */
        Duration after(int failures) {
            Duration wait = first;
            for (int i = 1; i < failures && wait.compareTo(longest) < 0; i++) {
                wait = wait.multipliedBy(2);
            }
            return wait.compareTo(longest) < 0 ? wait : longest;
        }
    }

    /**
     * @param group the consumer group
     * @param topics what is consumed
     * @param longestStep how long a step may take at most; after that another instance may do the record as well
     */
    public record Spec(String group, List<String> topics, Duration longestStep, BackOff backOff) {
        public Spec {
            topics = List.copyOf(topics);
        }
    }

    private static final Logger LOG = LoggerFactory.getLogger(RetryingLoop.class);
    private static final Duration POLL = Duration.ofMillis(200);
    private static final Duration MARGIN = Duration.ofSeconds(30);

    private final Spec spec;
    private final Supplier<Reading> open;
    private final Step step;
    private final Thread thread;
    private volatile boolean closed;
    private volatile @Nullable Consumer<byte[], byte[]> reading;

    /** A consumer with what ends measuring it. */
    record Reading(Consumer<byte[], byte[]> consumer, Runnable measured) implements AutoCloseable {
        @Override
        public void close() {
            measured.run();
            consumer.close();
        }
    }

    private RetryingLoop(Spec spec, Supplier<Reading> open, Step step) {
        this.spec = spec;
        this.open = open;
        this.step = step;
        this.thread = Thread.ofPlatform().daemon().name(spec.group()).unstarted(this::run);
    }

    /** Starts a loop over topics that exist. */
    public static RetryingLoop start(KafkaConnection connection, Spec spec, Step step) {
        return start(spec, () -> open(connection, spec), step);
    }

    static RetryingLoop start(Spec spec, Supplier<Reading> open, Step step) {
        RetryingLoop loop = new RetryingLoop(spec, open, step);
        loop.thread.start();
        return loop;
    }

    private static Reading open(KafkaConnection connection, Spec spec) {
        KafkaConsumer<byte[], byte[]> consumer = connection.consumer(
                spec.group() + "-" + connection.settings().instance(),
                Map.of(
                        "group.id",
                        spec.group(),
                        "partition.assignment.strategy",
                        RangeAssignor.class.getName(),
                        "max.poll.records",
                        1,
                        "max.poll.interval.ms",
                        (int) spec.longestStep().plus(MARGIN).toMillis()));
        return new Reading(consumer, connection.measure(consumer, spec.group())::close);
    }

    private void run() {
        while (!closed) {
            try (Reading opened = open.get()) {
                read(opened.consumer());
            } catch (Exception e) {
                if (!closed) {
                    LOG.warn("{} failed, starting over", spec.group(), e);
                    pause();
                }
            }
        }
    }

    private void read(Consumer<byte[], byte[]> consumer) throws InterruptedException {
        try {
            reading = consumer;
            consumer.subscribe(spec.topics());
            int failures = 0;
            long resumeAt = 0;
            while (!closed) {
                if (failures > 0 && System.nanoTime() - resumeAt >= 0) {
                    consumer.resume(consumer.paused());
                }
                for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
                    if (done(record, failures + 1)) {
                        failures = 0;
                        commit(consumer, record);
                    } else {
                        failures++;
                        resumeAt = System.nanoTime()
                                + spec.backOff().after(failures).toNanos();
                        // Polled on meanwhile, or the group would take it for dead.
                        consumer.seek(partition(record), record.offset());
                        consumer.pause(consumer.assignment());
                        break;
                    }
                }
            }
        } finally {
            reading = null;
        }
    }

    private boolean done(ConsumerRecord<byte[], byte[]> record, int attempt) throws InterruptedException {
        try {
            step.process(record);
            return true;
        } catch (InterruptedException e) {
            throw e;
        } catch (Exception e) {
            LOG.warn(
                    "{}: {} offset {} failed, attempt {}, next in {}: {}",
                    spec.group(),
                    record.topic(),
                    record.offset(),
                    attempt,
                    spec.backOff().after(attempt),
                    e.toString());
            return false;
        }
    }

    private void commit(Consumer<byte[], byte[]> consumer, ConsumerRecord<byte[], byte[]> record) {
        try {
            consumer.commitSync(
                    Map.of(partition(record), new OffsetAndMetadata(record.offset() + 1, record.leaderEpoch(), "")));
        } catch (CommitFailedException | RebalanceInProgressException e) {
            // The partition is another instance's by now, or about to be: it does the record again.
            LOG.info("{}: {} offset {} is not committed", spec.group(), record.topic(), record.offset(), e);
        }
    }

    private static TopicPartition partition(ConsumerRecord<?, ?> record) {
        return new TopicPartition(record.topic(), record.partition());
    }

    private void pause() {
        try {
            Thread.sleep(spec.backOff().longest());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Stops it in the middle of a step if need be; what was not committed is done again by its successor. */
    @Override
    public void close() {
        closed = true;
        Consumer<byte[], byte[]> consumer = reading;
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
