package io.freshet.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.freshet.runtime.RetryingLoop.BackOff;
import io.freshet.runtime.RetryingLoop.Reading;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.MockConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class RetryingLoopTest {
    private static final TopicPartition TOPIC = new TopicPartition("runs", 0);
    private static final RetryingLoop.Spec SPEC = new RetryingLoop.Spec(
            "group", List.of("runs"), Duration.ofMinutes(1), new BackOff(Duration.ofMillis(1), Duration.ofMillis(4)));

    private final List<Long> done = new CopyOnWriteArrayList<>();

    @Test
    void shouldTryUntilItWorksAndLetNothingOvertake() {
        MockConsumer<byte[], byte[]> consumer = consumer(4);
        AtomicInteger failures = new AtomicInteger(6);

        try (RetryingLoop loop = start(consumer, record -> {
            if (record.offset() == 1 && failures.getAndDecrement() > 0) {
                throw new IOException("down");
            }
            done.add(record.offset());
        })) {
            await().until(() -> done.size() >= 4);
            await().until(() -> committed(consumer) == 4);
        }

        assertThat(done).containsExactly(0L, 1L, 2L, 3L);
    }

    @Test
    void shouldCommitNothingThatIsNotDone() throws Exception {
        MockConsumer<byte[], byte[]> consumer = consumer(3);
        CountDownLatch tried = new CountDownLatch(5);

        try (RetryingLoop loop = start(consumer, record -> {
            if (record.offset() == 2) {
                tried.countDown();
                throw new IOException("down");
            }
        })) {
            tried.await();
            assertThat(committed(consumer)).isEqualTo(2);
        }
    }

    @Test
    void shouldStopInTheMiddleOfASlowStep() throws Exception {
        MockConsumer<byte[], byte[]> consumer = consumer(1);
        CountDownLatch started = new CountDownLatch(1);
        RetryingLoop loop = start(consumer, record -> {
            started.countDown();
            new CountDownLatch(1).await();
        });
        started.await();

        loop.close();

        assertThat(consumer.closed()).isTrue();
    }

    @Test
    void shouldStartOverWithANewConsumer() {
        MockConsumer<byte[], byte[]> broken = consumer(0);
        broken.setPollException(new KafkaException("gone"));
        MockConsumer<byte[], byte[]> sound = consumer(1);
        AtomicInteger opened = new AtomicInteger();

        try (RetryingLoop loop = RetryingLoop.start(
                SPEC,
                () -> new Reading(opened.getAndIncrement() == 0 ? broken : sound, () -> {}),
                record -> done.add(record.offset()))) {
            await().until(() -> done.equals(List.of(0L)));
        }

        assertThat(broken.closed()).isTrue();
    }

    @Test
    void shouldDoubleTheWaitUpToTheLongest() {
        BackOff backOff = new BackOff(Duration.ofSeconds(1), Duration.ofSeconds(60));

        assertThat(List.of(1, 2, 3, 6, 7, 1_000_000))
                .extracting(failures -> backOff.after(failures).toSeconds())
                .containsExactly(1L, 2L, 4L, 32L, 60L, 60L);
    }

    private static RetryingLoop start(MockConsumer<byte[], byte[]> consumer, RetryingLoop.Step step) {
        return RetryingLoop.start(SPEC, () -> new Reading(consumer, () -> {}), step);
    }

    /** A topic of so many records, which can be read again as a mock's own cannot. */
    private static MockConsumer<byte[], byte[]> consumer(int records) {
        MockConsumer<byte[], byte[]> consumer = new MockConsumer<>("earliest") {
            @Override
            public synchronized ConsumerRecords<byte[], byte[]> poll(Duration timeout) {
                if (assignment().contains(TOPIC) && !paused().contains(TOPIC) && position(TOPIC) < records) {
                    addRecord(new ConsumerRecord<>("runs", 0, position(TOPIC), new byte[0], new byte[0]));
                }
                return super.poll(timeout);
            }
        };
        consumer.schedulePollTask(() -> {
            consumer.rebalance(Set.of(TOPIC));
            consumer.updateBeginningOffsets(Map.of(TOPIC, 0L));
        });
        return consumer;
    }

    private static long committed(MockConsumer<byte[], byte[]> consumer) {
        OffsetAndMetadata offset = consumer.committed(Set.of(TOPIC)).get(TOPIC);
        return offset == null ? 0 : offset.offset();
    }
}
