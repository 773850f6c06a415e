package io.freshet.quickstart.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.confluent.kafka.serializers.KafkaAvroSerializer;
import io.freshet.model.ModelBundleCodec;
import io.freshet.quickstart.platform.DataDirectory;
import io.freshet.quickstart.platform.EmbeddedBroker;
import io.freshet.runtime.KafkaConnection;
import io.freshet.runtime.KafkaSettings;
import io.freshet.schemas.message.AlertState;
import io.freshet.schemas.message.ArtifactChunk;
import io.freshet.schemas.message.RecordKind;
import io.freshet.schemas.message.RejectedRecord;
import io.freshet.schemas.message.RetrainReason;
import io.freshet.schemas.pipeline.Pipeline;
import io.freshet.schemas.pipeline.PipelineFile;
import io.freshet.schemas.row.FeatureRowSchema;
import io.freshet.schemas.topic.Topics;
import io.freshet.schemas.wire.WireFormat;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.generic.GenericRecordBuilder;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;

class TopicReaderTest {
    private static final long SEED = 17_2026;
    private static final int EVENTS = 300;
    /** Three labels and the marker of their transaction. */
    private static final int LABELS = 4;

    private static final String EVENT = """
            {"type":"record","name":"E","fields":[
              {"name":"id","type":"string"},{"name":"key","type":"string"},{"name":"x","type":"double"},
              {"name":"time","type":{"type":"long","logicalType":"timestamp-millis"}}]}""";
    private static final String LABEL = """
            {"type":"record","name":"L","fields":[{"name":"id","type":"string"},{"name":"late","type":"boolean"},
              {"name":"time","type":{"type":"long","logicalType":"timestamp-millis"}}]}""";
    static final String YAML = """
            pipeline: late
            event: { schema: e.avsc, id: id, key: key, time: time, lateness: 1h }
            label: { schema: l.avsc, event: id, value: label.late, time: time, wait: 24h }
            features:
              x: { value: event.x }
            model: { task: binary, candidates: [logistic-regression], optimize: roc-auc, costs: { missed: 1, falseAlarm: 1 } }
            training: { firstAfter: 1000, last: 10000, holdout: 0.2 }
            gate: { confidence: 0.95, minimum: { roc-auc: 0.55 } }
            drift: { window: 7d, timeBetweenFalseAlarms: 30d }
            retrain: { cooldown: 1d, minNewLabels: 1000 }
            """;

    @Test
    void shouldReportAndShowWhatIsCommittedOnTheTopics() throws Exception {
        Pipeline pipeline = PipelineFile.parse("late.yaml", YAML, name -> Optional.of(schema(name)));
        ReplayCounts sent =
                new ReplayCounts(EVENTS, 1, 0, EVENTS + 1, 0, 0, 1, 0, 1, Optional.of(Records.time(EVENTS)), true);
        try (DataDirectory data = DataDirectory.temporary();
                EmbeddedBroker broker = EmbeddedBroker.start(data, 0);
                KafkaConnection connection = new KafkaConnection(
                        new KafkaSettings(broker.bootstrapServers(), "mock://report", "0", (short) 1, Map.of()));
                Admin admin = connection.admin()) {
            connection.ensure(Topics.shared());
            connection.ensure(Topics.of("late", pipeline.partitions()));
            StringWriter shown = new StringWriter();
            try (Progress progress = Progress.start(connection, pipeline, () -> sent, new PrintWriter(shown), true)) {
                write(connection, pipeline);
                // As feature-stream would have taken the labels.
                admin.alterConsumerGroupOffsets(
                                "freshet-features-late",
                                Map.of(new TopicPartition("late.labels", 0), new OffsetAndMetadata(LABELS)))
                        .all()
                        .get();
                await().atMost(Duration.ofMinutes(2)).until(progress::drained);
                assertThat(progress.failure()).isEmpty();
            }

            DemoReport report = TopicReader.report(connection, pipeline, sent, Duration.ofSeconds(1), List.of());

            assertThat(report.conditions()).as("seed %d", SEED).allMatch(DemoReport.Condition::holds);
            JsonNode json = report.json();
            assertThat(json.at("/predictions/total").intValue()).isEqualTo(EVENTS);
            assertThat(json.at("/features/total").intValue()).isEqualTo(EVENTS);
            assertThat(json.at("/examples").intValue()).isEqualTo(EVENTS);
            assertThat(json.at("/labels/waiting").intValue()).isEqualTo(1);
            assertThat(json.at("/firstChampionKept/ranges/0/kept/predictions").intValue())
                    .isEqualTo(EVENTS);
            assertThat(json.at("/firstChampionKept/ranges/0/kept/rocAuc").doubleValue())
                    .isEqualTo(1);
            assertThat(shown.toString())
                    .contains("DRIFT: x moved from 1 to 2", "NEW CHAMPION: model 2", "predictions  300, 0 under way");
        }
    }

    static String schema(String name) {
        return name.equals("e.avsc") ? EVENT : LABEL;
    }

    private static GenericRecord label(String eventId, int hour) {
        return new GenericRecordBuilder(new Schema.Parser().parse(LABEL))
                .set("id", eventId)
                .set("late", true)
                .set("time", Records.time(hour).toEpochMilli())
                .build();
    }

    private static void write(KafkaConnection connection, Pipeline pipeline) {
        Random random = new Random(SEED);
        FeatureRowSchema schema = FeatureRowSchema.of(pipeline);
        try (KafkaProducer<byte[], byte[]> producer = connection.producer("test", Map.of("transactional.id", "test"))) {
            Writer writer = new Writer(
                    WireFormat.serializer(
                            connection.registry(), connection.settings().registryUrl()),
                    producer,
                    pipeline.partitions(),
                    random);
            producer.initTransactions();
            producer.beginTransaction();
            writer.write("late.predictions", Records.prediction(0, 9, 0.9));
            writer.write("late.features", schema.toRecord(Records.row(9_999, 1)));
            producer.flush();
            producer.abortTransaction();
            producer.beginTransaction();
            for (int i = 0; i < EVENTS; i++) {
                double x = random.nextGaussian();
                writer.write("late.features", schema.toRecord(Records.row(i, x)));
                writer.write("late.predictions", Records.prediction(i, i < 150 ? 1 : 2, 0.5));
                writer.write("late.examples", schema.toRecord(Records.example(i, x, x > 0)));
            }
            writer.write("late.labels", label("e1", 2));
            // Its request was repeated.
            writer.write("late.labels", label("e-never", EVENTS - 5));
            writer.write("late.labels", label("e-never", EVENTS - 5));
            RejectedRecord repeated = Records.rejected(RecordKind.LABEL, "DUPLICATE");
            repeated.setRecordId("e-never");
            writer.write("late.rejected", repeated);
            writer.write("late.rejected", Records.rejected(RecordKind.EVENT, "DUPLICATE"));
            writer.write("drift-alerts", Records.alert(AlertState.OPEN));
            writer.write("retrain-requests", Records.request("q", RetrainReason.DRIFT));
            writer.write("training-runs", Records.run("q", RetrainReason.DRIFT, 2));
            writer.write("deployments", Records.deployment(1));
            writer.write("deployments", Records.deployment(2));
            byte[] bundle = ModelBundleCodec.encode(Records.bundle(1));
            int half = bundle.length / 2;
            String sha256 = ModelBundleCodec.fingerprint(bundle);
            for (int i = 0; i < 2; i++) {
                byte[] piece = i == 0 ? Arrays.copyOf(bundle, half) : Arrays.copyOfRange(bundle, half, bundle.length);
                writer.write("model-artifacts", new ArtifactChunk("late", 1, i, 2, sha256, ByteBuffer.wrap(piece)));
            }
            producer.commitTransaction();
        }
    }

    private record Writer(
            KafkaAvroSerializer serializer, KafkaProducer<byte[], byte[]> producer, int partitions, Random random) {
        void write(String topic, Object value) {
            int partition = topic.contains(".") ? random.nextInt(partitions) : 0;
            byte[] key = topic.getBytes(StandardCharsets.UTF_8);
            var unused = producer.send(new ProducerRecord<>(topic, partition, key, serializer.serialize(topic, value)));
        }
    }
}
