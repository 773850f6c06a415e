package io.freshet.quickstart.platform;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EmbeddedBrokerTest {
    private static final String TOPIC = "orders";

    @TempDir
    Path directory;

    @Test
    void shouldShowCommittedTransactionsOnlyToReadCommittedConsumers() throws Exception {
        // Given
        try (DataDirectory data = DataDirectory.temporary();
                EmbeddedBroker broker = EmbeddedBroker.start(data, 0)) {
            createTopic(broker);
            // When
            produce(broker, "aborted", false);
            produce(broker, "committed", true);
            // Then
            assertThat(readAll(broker, 1)).containsExactly("committed");
        }
    }

    @Test
    void shouldKeepRecordsAndClusterIdWhenRestartedOnAKeptDirectory() throws Exception {
        // Given
        String clusterId;
        try (DataDirectory data = DataDirectory.kept(directory);
                EmbeddedBroker broker = EmbeddedBroker.start(data, 0)) {
            clusterId = broker.clusterId();
            createTopic(broker);
            produce(broker, "before", true);
        }
        // When
        try (DataDirectory data = DataDirectory.kept(directory);
                EmbeddedBroker broker = EmbeddedBroker.start(data, 0)) {
            produce(broker, "after", true);
            // Then
            assertThat(broker.clusterId()).isEqualTo(clusterId).isNotEmpty();
            assertThat(readAll(broker, 2)).containsExactly("before", "after");
        }
    }

    @Test
    void shouldSayInOneLineThatThePortIsTaken() throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"));
                DataDirectory data = DataDirectory.temporary()) {
            int port = taken.getLocalPort();
            assertThatThrownBy(() -> EmbeddedBroker.start(data, port))
                    .isInstanceOf(PlatformException.class)
                    .hasMessage("port " + port + " is taken: choose another with --port");
        }
    }

    @Test
    void shouldRefuseADirectoryThatIsInUse() {
        try (DataDirectory data = DataDirectory.kept(directory)) {
            assertThatThrownBy(() -> DataDirectory.kept(data.path()))
                    .isInstanceOf(PlatformException.class)
                    .hasMessage("data directory " + data.path() + " is in use by another platform");
        }
    }

    @Test
    void shouldDeleteATemporaryDirectoryOnClose() throws Exception {
        // Given
        DataDirectory data = DataDirectory.temporary();
        Files.writeString(data.directory("broker").resolve("file"), "x");
        // When
        data.close();
        // Then
        assertThat(data.path()).doesNotExist();
    }

    private static void createTopic(EmbeddedBroker broker) throws Exception {
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", broker.bootstrapServers()))) {
            admin.createTopics(List.of(new NewTopic(TOPIC, 1, (short) 1))).all().get();
        }
    }

    private static void produce(EmbeddedBroker broker, String value, boolean commit) {
        Map<String, Object> config =
                Map.of("bootstrap.servers", broker.bootstrapServers(), "transactional.id", "test-" + value);
        try (KafkaProducer<String, String> producer =
                new KafkaProducer<>(config, new StringSerializer(), new StringSerializer())) {
            producer.initTransactions();
            producer.beginTransaction();
            producer.send(new ProducerRecord<>(TOPIC, value));
            producer.flush();
            if (commit) {
                producer.commitTransaction();
            } else {
                producer.abortTransaction();
            }
        }
    }

    private static List<String> readAll(EmbeddedBroker broker, int count) {
        Map<String, Object> config = Map.of(
                "bootstrap.servers", broker.bootstrapServers(),
                "group.id", "test",
                "auto.offset.reset", "earliest",
                "isolation.level", "read_committed");
        List<String> values = new ArrayList<>();
        try (KafkaConsumer<String, String> consumer =
                new KafkaConsumer<>(config, new StringDeserializer(), new StringDeserializer())) {
            consumer.subscribe(List.of(TOPIC));
            await().atMost(Duration.ofMinutes(2)).until(() -> {
                consumer.poll(Duration.ofMillis(100)).forEach(record -> values.add(record.value()));
                return values.size() >= count;
            });
        }
        return values;
    }
}
