package io.freshet.quickstart.services;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.freshet.quickstart.platform.DataDirectory;
import io.freshet.quickstart.platform.EmbeddedBroker;
import io.freshet.runtime.KafkaConnection;
import io.freshet.runtime.KafkaSettings;
import io.freshet.runtime.TransactionalLoop;
import io.freshet.runtime.Worker;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.Test;

class TransactionalLoopTest {
    private static final int RECORDS = 500;
    private static final long SEED = 20_260_101;

    @Test
    void shouldGiveEachRecordItsEffectOnceHoweverOftenTheStepFails() throws Exception {
        try (DataDirectory data = DataDirectory.temporary();
                EmbeddedBroker broker = EmbeddedBroker.start(data, 0);
                KafkaConnection connection = new KafkaConnection(
                        new KafkaSettings(broker.bootstrapServers(), "mock://loop", "0", (short) 1, Map.of()))) {
            prepare(connection);
            Random random = new Random(SEED);
            AtomicInteger failures = new AtomicInteger();
            AtomicInteger done = new AtomicInteger();
            // Fails after having sent a part of the batch, in every third batch or so.
            TransactionalLoop.Step step = (batch, outbox) -> {
                int breakAt = random.nextInt(3) == 0 ? random.nextInt(batch.count()) : batch.count();
                int sent = 0;
                for (ConsumerRecord<byte[], byte[]> record : batch) {
                    if (sent++ == breakAt) {
                        failures.incrementAndGet();
                        throw new IllegalStateException("broken on purpose");
                    }
                    outbox.send(new ProducerRecord<>("out", record.key(), record.value()));
                }
                done.addAndGet(sent);
            };

            while (done.get() < RECORDS) {
                try (TransactionalLoop loop = TransactionalLoop.start(
                        connection, new TransactionalLoop.Spec("copy", "in", Duration.ofSeconds(10), 50), step)) {
                    await().atMost(Duration.ofMinutes(2))
                            .until(() -> done.get() >= RECORDS || loop.status() instanceof Worker.Failed);
                }
            }

            assertThat(failures.get()).as("failures, seed %s", SEED).isPositive();
            assertThat(committed(connection))
                    .as("seed %s", SEED)
                    .containsExactlyElementsOf(IntStream.range(0, RECORDS)
                            .mapToObj(Integer::toString)
                            .toList());
        }
    }

    @Test
    void shouldShowItsClientsNumbersWhileItRuns() throws Exception {
        SimpleMeterRegistry meters = new SimpleMeterRegistry();
        try (DataDirectory data = DataDirectory.temporary();
                EmbeddedBroker broker = EmbeddedBroker.start(data, 0);
                KafkaConnection connection = new KafkaConnection(
                        new KafkaSettings(broker.bootstrapServers(), "mock://loop", "0", (short) 1, Map.of()),
                        meters)) {
            prepare(connection);
            try (TransactionalLoop loop = TransactionalLoop.start(
                    connection,
                    new TransactionalLoop.Spec("copy", "in", Duration.ofSeconds(10), 50),
                    (batch, outbox) -> {})) {
                await().atMost(Duration.ofMinutes(2)).until(() -> loop.status() instanceof Worker.Running);

                assertThat(meters.find("kafka.consumer.coordinator.rebalance.total")
                                .tag("group", "copy")
                                .meters())
                        .isNotEmpty();
                assertThat(meters.find("kafka.producer.txn.commit.time.ns.total")
                                .tag("group", "copy")
                                .meters())
                        .isNotEmpty();
            }

            assertThat(meters.getMeters()).isEmpty();
        }
    }

    private static void prepare(KafkaConnection connection) throws Exception {
        try (Admin admin = connection.admin();
                KafkaProducer<byte[], byte[]> producer = connection.producer("test", Map.of())) {
            admin.createTopics(List.of(new NewTopic("in", 1, (short) 1), new NewTopic("out", 1, (short) 1)))
                    .all()
                    .get();
            for (int i = 0; i < RECORDS; i++) {
                producer.send(new ProducerRecord<>("in", Integer.toString(i).getBytes(StandardCharsets.UTF_8)));
            }
        }
    }

    private static List<String> committed(KafkaConnection connection) {
        List<String> values = new ArrayList<>();
        try (KafkaConsumer<byte[], byte[]> consumer = connection.consumer("test", Map.of("group.id", "test"))) {
            consumer.subscribe(List.of("out"));
            await().atMost(Duration.ofMinutes(2)).until(() -> {
                consumer.poll(Duration.ofMillis(200))
                        .forEach(record -> values.add(new String(record.value(), StandardCharsets.UTF_8)));
                return values.size() >= RECORDS;
            });
        }
        return values;
    }
}
