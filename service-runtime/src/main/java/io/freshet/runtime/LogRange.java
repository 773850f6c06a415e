package io.freshet.runtime;

import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;

/** Reads a piece of a partition to its end. */
public final class LogRange {
    private static final Duration POLL = Duration.ofMillis(500);
    private static final Duration STALLED = Duration.ofSeconds(30);

    private LogRange() {}

    /**
     * Hands on every record from an offset up to another, in order; the consumer is assigned to the partition.
     *
     * @param from first offset, inclusive
     * @param to last offset, exclusive; there is one as great, or the partition ends there
     * @throws IllegalStateException when nothing comes for {@code 30 s}
     */
    public static void read(
            KafkaConsumer<byte[], byte[]> consumer,
            TopicPartition partition,
            long from,
            long to,
            Consumer<ConsumerRecord<byte[], byte[]>> taker) {
        if (from >= to) {
            return;
        }
        consumer.assign(List.of(partition));
        consumer.seek(partition, from);
        long progressed = System.nanoTime();
        long position = from;
        while (position < to) {
            for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
                if (record.offset() >= to) {
                    break;
                }
                taker.accept(record);
            }
            long now = consumer.position(partition);
            if (now > position) {
                progressed = System.nanoTime();
            } else if (System.nanoTime() - progressed > STALLED.toNanos()) {
                throw new IllegalStateException(partition + " stands still at offset " + now);
            }
            position = now;
        }
    }
}
