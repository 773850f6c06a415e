package io.freshet.quickstart.services;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.confluent.kafka.serializers.KafkaAvroSerializer;
import io.freshet.quickstart.platform.DataDirectory;
import io.freshet.quickstart.platform.EmbeddedBroker;
import io.freshet.runtime.DeclaredPipeline;
import io.freshet.runtime.KafkaConnection;
import io.freshet.runtime.KafkaSettings;
import io.freshet.runtime.PipelineSupervisor;
import io.freshet.runtime.Worker;
import io.freshet.schemas.message.PipelineDeclared;
import io.freshet.schemas.topic.Topics;
import io.freshet.schemas.wire.WireFormat;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class PipelineSupervisorTest {
    private static final Duration SOON = Duration.ofMinutes(3);
    private static final String YAML = """
            pipeline: payments
            event: { schema: e, id: id, key: card, time: at }
            label: { schema: l, event: id, value: label.fraud, time: at, wait: 24h }
            features: { amount: { value: event.amount } }
            """;
    private static final String EVENT = """
            {"type": "record", "name": "Payment", "fields": [
              {"name": "id", "type": "string"}, {"name": "card", "type": "string"},
              {"name": "at", "type": {"type": "long", "logicalType": "timestamp-millis"}},
              {"name": "amount", "type": "double"}]}""";
    private static final String LABEL = """
            {"type": "record", "name": "Verdict", "fields": [
              {"name": "id", "type": "string"}, {"name": "fraud", "type": "boolean"},
              {"name": "at", "type": {"type": "long", "logicalType": "timestamp-millis"}}]}""";

    private final List<RecordingWorker> started = new CopyOnWriteArrayList<>();

    @Test
    void shouldFollowTheDeclarationsOfARunningPlatform() throws Exception {
        try (DataDirectory data = DataDirectory.temporary();
                EmbeddedBroker broker = EmbeddedBroker.start(data, 0);
                KafkaConnection connection = new KafkaConnection(
                        new KafkaSettings(broker.bootstrapServers(), "mock://supervisor", "0", (short) 1, Map.of()));
                KafkaProducer<byte[], byte[]> producer = connection.producer("test", Map.of());
                PipelineSupervisor supervisor = PipelineSupervisor.start(connection, this::begin, "test")) {
            await().atMost(SOON).until(supervisor::ready);

            declare(connection, producer, 1, YAML);
            await().atMost(SOON).until(() -> started.size() == 1 && supervisor.ready());

            // A worker that fails is closed and replaced.
            started.getFirst().failure = "broken on purpose";
            await().atMost(SOON).until(() -> started.size() == 2 && supervisor.ready());
            assertThat(started.getFirst().closed).isTrue();
            assertThat(supervisor.restarts()).isEqualTo(1);

            // A declaration that cannot be read leaves the one before in force, and is reported.
            declare(connection, producer, 2, "pipeline: payments");
            await().atMost(SOON)
                    .untilAsserted(() ->
                            assertThat(supervisor.report().get("payments")).contains("running", "not taken"));
            assertThat(started).hasSize(2);

            // So do bytes that are no declaration at all.
            send(producer, new byte[] {1, 2, 3});
            declare(connection, producer, 3, YAML + "partitions: 1\n");
            await().atMost(SOON).until(() -> started.size() == 3 && supervisor.ready());
            assertThat(started.get(1).closed).isTrue();
            assertThat(started.getLast().declared.version()).isEqualTo(3);

            assertThat(supervisor.mayDeclare("payments")).isTrue();
            send(producer, null);
            await().atMost(SOON).until(() -> supervisor.pipeline("payments").isEmpty());
            assertThat(supervisor.mayDeclare("payments")).isFalse();
            assertThat(started.getLast().closed).isTrue();
        }
    }

    private Worker begin(DeclaredPipeline declared) {
        RecordingWorker worker = new RecordingWorker(declared);
        started.add(worker);
        return worker;
    }

    private static void declare(
            KafkaConnection connection, KafkaProducer<byte[], byte[]> producer, int version, String yaml)
            throws Exception {
        KafkaAvroSerializer serializer = WireFormat.serializer(
                connection.registry(), connection.settings().registryUrl());
        send(
                producer,
                serializer.serialize(
                        Topics.PIPELINES.name(),
                        PipelineDeclared.newBuilder()
                                .setPipeline("payments")
                                .setVersion(version)
                                .setDeclaration(yaml)
                                .setEventSchema(EVENT)
                                .setLabelSchema(LABEL)
                                .setDeclaredAt(Instant.EPOCH)
                                .build()));
    }

    private static void send(KafkaProducer<byte[], byte[]> producer, byte @Nullable [] value) throws Exception {
        producer.send(new ProducerRecord<>(Topics.PIPELINES.name(), "payments".getBytes(StandardCharsets.UTF_8), value))
                .get();
    }

    private static final class RecordingWorker implements Worker {
        private final DeclaredPipeline declared;
        private volatile String failure = "";
        private volatile boolean closed;

        RecordingWorker(DeclaredPipeline declared) {
            this.declared = declared;
        }

        @Override
        public Status status() {
            return failure.isEmpty() ? new Running() : new Failed(failure);
        }

        @Override
        public void close() {
            closed = true;
        }
    }
}
