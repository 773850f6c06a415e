package io.freshet.quickstart;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.confluent.kafka.serializers.KafkaAvroDeserializer;
import io.confluent.kafka.serializers.KafkaAvroSerializer;
import io.freshet.quickstart.Declarations.Applied;
import io.freshet.quickstart.Declarations.Checked;
import io.freshet.quickstart.platform.DataDirectory;
import io.freshet.quickstart.platform.Platform;
import io.freshet.quickstart.platform.Services;
import io.freshet.runtime.Champions;
import io.freshet.runtime.KafkaConnection;
import io.freshet.runtime.KafkaSettings;
import io.freshet.schemas.message.Deployment;
import io.freshet.schemas.message.Prediction;
import io.freshet.schemas.message.RetrainReason;
import io.freshet.schemas.message.RetrainRequest;
import io.freshet.schemas.row.FeatureRowSchema;
import io.freshet.schemas.wire.WireFormat;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A feature gets another definition under its old name while a model that learned the old one serves: the whole loop. */
class DeclarationChangeTest {
    private static final Duration SOON = Duration.ofMinutes(3);
    private static final double PROBE = 0.625;
    private static final String EVENT = """
            {"type": "record", "name": "Trial", "fields": [
              {"name": "id", "type": "string"}, {"name": "who", "type": "string"}, {"name": "at", "type": "long"},
              {"name": "weak", "type": "double"}, {"name": "strong", "type": "double"}]}""";
    private static final String LABEL = """
            {"type": "record", "name": "Result", "fields": [
              {"name": "id", "type": "string"}, {"name": "won", "type": "boolean"}, {"name": "at", "type": "long"}]}""";
    private static final String YAML = """
            pipeline: trials
            event: { schema: event.avsc, id: id, key: who, time: at, lateness: 1m }
            label: { schema: label.avsc, event: id, value: label.won, time: at, wait: 1h }
            features:
              sign: { value: %s }
            model: { task: binary, candidates: [logistic-regression], optimize: average-precision }
            training: { firstAfter: 600, last: 10000, holdout: 0.4 }
            drift: { window: 7d, timeBetweenFalseAlarms: 30d }
            retrain: { cooldown: 1h, minNewLabels: 100 }
            """;

    @TempDir
    Path directory;

    private final Random random = new Random(5);
    private final List<String> sent = new ArrayList<>();
    private final List<Prediction> predictions = new ArrayList<>();

    @Test
    void shouldGoOnPredictingByTheOldDefinitionUntilAModelOfTheNewOneServes() throws Exception {
        try (Platform platform = Platform.start(DataDirectory.temporary(), 0, 0);
                DataDirectory state = DataDirectory.temporary();
                KafkaConnection connection = new KafkaConnection(new KafkaSettings(
                        platform.broker().bootstrapServers(),
                        platform.registry().url(),
                        "test",
                        (short) 1,
                        Map.of()))) {
            Checked first = declaration("event.weak");
            assertThat(Declarations.apply(connection, first, Instant.now()).version())
                    .isEqualTo(1);
            try (Services services = Services.start(platform, state, Services.ALL);
                    Loop loop = new Loop(connection, services)) {
                changeAndFollow(connection, loop, first);
            }
        }
    }

    private void changeAndFollow(KafkaConnection connection, Loop loop, Checked first) throws Exception {
        loop.untilServing(1);
        Prediction before = loop.probe(1);
        int degraded = predictions.size();

        Checked second = declaration("event.strong");
        Applied applied = Declarations.apply(connection, second, Instant.now());

        String oldSet = FeatureRowSchema.of(first.pipeline()).featureSet();
        String newSet = FeatureRowSchema.of(second.pipeline()).featureSet();
        assertThat(applied.changes())
                .contains("feature sign is defined differently")
                .anySatisfy(change -> assertThat(change).contains(oldSet, newSet, "model v1"));
        loop.send(50, PROBE);
        loop.untilAnswered();
        Prediction meanwhile = loop.probe(1);
        assertThat(meanwhile.getScore()).isEqualTo(before.getScore());
        assertThat(meanwhile.getFeatureSet()).isEqualTo(oldSet);

        loop.untilServing(2);

        assertThat(loop.requests())
                .extracting(RetrainRequest::getReason)
                .startsWith(RetrainReason.FIRST_MODEL)
                .last()
                .isEqualTo(RetrainReason.DECLARATION_CHANGED);
        Prediction after = loop.probe(2);
        assertThat(after.getFeatureSet()).isEqualTo(newSet);

        loop.deploy(1, 2);
        loop.untilAnsweredBy(1);

        assertThat(loop.probe(1).getScore()).isEqualTo(before.getScore());
        assertThat(predictions.stream().map(Prediction::getEventId).toList()).containsExactlyInAnyOrderElementsOf(sent);
        assertThat(predictions.subList(degraded, predictions.size()))
                .as("since the first model served")
                .noneMatch(Prediction::getDegraded);
    }

    private Checked declaration(String sign) throws Exception {
        Files.writeString(directory.resolve("event.avsc"), EVENT);
        Files.writeString(directory.resolve("label.avsc"), LABEL);
        Path file = directory.resolve("trials.yaml");
        Files.writeString(file, YAML.formatted(sign));
        return Declarations.read(file);
    }

    /** Feeds the running loop and reads what comes out of it. */
    private final class Loop implements AutoCloseable {
        private final KafkaConnection connection;
        private final KafkaProducer<byte[], byte[]> producer;
        private final KafkaConsumer<byte[], byte[]> answers;
        private final KafkaAvroSerializer writer;
        private final KafkaAvroDeserializer reader;
        private final Champions champions;
        private final Schema event = new Schema.Parser().parse(EVENT);
        private final Schema label = new Schema.Parser().parse(LABEL);
        private long time = Instant.parse("2025-06-01T00:00:00Z").toEpochMilli();

        Loop(KafkaConnection connection, Services services) {
            this.connection = connection;
            String registry = connection.settings().registryUrl();
            writer = WireFormat.serializer(connection.registry(), registry);
            reader = WireFormat.deserializer(connection.registry(), registry, true);
            await().atMost(SOON).until(services::ready);
            champions = new Champions(connection);
            producer = connection.producer("test", Map.of());
            answers = connection.consumer("test", Map.of());
            TopicPartition all = new TopicPartition("trials.predictions", 0);
            answers.assign(List.of(all));
            answers.seekToBeginning(List.of(all));
        }

        /** Sends trials with their results until a version serves; a result depends on one sign much more than on the other. */
        void untilServing(int version) {
            await().atMost(SOON).pollInterval(Duration.ofMillis(200)).until(() -> {
                send(50, Double.NaN);
                read();
                return champions
                        .champion("trials")
                        .filter(model -> model.getVersion() == version)
                        .isPresent();
            });
            untilAnsweredBy(version);
        }

        void untilAnsweredBy(int version) {
            await().atMost(SOON).until(() -> {
                send(1, Double.NaN);
                untilAnswered();
                return predictions.getLast().getModelVersion() == version;
            });
        }

        /** Scores a trial of a known weak sign. */
        Prediction probe(int version) {
            send(1, PROBE);
            untilAnswered();
            assertThat(predictions.getLast().getModelVersion()).isEqualTo(version);
            return predictions.getLast();
        }

        /** @param given the weak sign, or NaN for a random one */
        void send(int howMany, double given) {
            for (int i = 0; i < howMany; i++) {
                time += 1_000;
                String id = "t" + sent.size();
                double weak = Double.isNaN(given) ? random.nextGaussian() : given;
                double strong = random.nextGaussian();
                boolean won = 2 * weak + 5 * strong + random.nextGaussian() > 0;
                GenericRecord trial = new GenericData.Record(event);
                trial.put("id", id);
                trial.put("who", "w" + random.nextInt(10));
                trial.put("at", time);
                trial.put("weak", weak);
                trial.put("strong", strong);
                GenericRecord result = new GenericData.Record(label);
                result.put("id", id);
                result.put("won", won);
                result.put("at", time + 500);
                write("trials.events", id, trial);
                write("trials.labels", id, result);
                sent.add(id);
            }
            producer.flush();
        }

        private void write(String topic, String key, Object record) {
            producer.send(new ProducerRecord<>(
                    topic, 0, key.getBytes(StandardCharsets.UTF_8), writer.serialize(topic, record)));
        }

        void untilAnswered() {
            await().atMost(SOON).until(() -> {
                read();
                return predictions.size() >= sent.size();
            });
        }

        private void read() {
            for (var record : answers.poll(Duration.ofMillis(100))) {
                predictions.add((Prediction) reader.deserialize(record.topic(), record.value()));
            }
        }

        /** A rollback, as the trainer would announce it. */
        void deploy(int version, int previous) {
            write(
                    "deployments",
                    "trials",
                    Deployment.newBuilder()
                            .setPipeline("trials")
                            .setChampionVersion(version)
                            .setPreviousVersion(previous)
                            .setRunId("test")
                            .setReason("rolled back")
                            .setDecidedAt(Instant.now())
                            .build());
            producer.flush();
        }

        List<RetrainRequest> requests() {
            List<RetrainRequest> requests = new ArrayList<>();
            TopicPartition all = new TopicPartition("retrain-requests", 0);
            try (KafkaConsumer<byte[], byte[]> consumer = connection.consumer("requests", Map.of())) {
                consumer.assign(List.of(all));
                consumer.seekToBeginning(List.of(all));
                long end = consumer.endOffsets(List.of(all)).get(all);
                while (consumer.position(all) < end) {
                    consumer.poll(Duration.ofMillis(100))
                            .forEach(record ->
                                    requests.add((RetrainRequest) reader.deserialize(record.topic(), record.value())));
                }
            }
            return requests;
        }

        @Override
        public void close() {
            champions.close();
            producer.close();
            answers.close();
        }
    }
}
