package io.freshet.quickstart.demo;

import io.confluent.kafka.serializers.KafkaAvroDeserializer;
import io.freshet.model.InvalidBundleException;
import io.freshet.model.Model;
import io.freshet.quickstart.platform.PlatformException;
import io.freshet.runtime.KafkaConnection;
import io.freshet.runtime.ModelArtifacts;
import io.freshet.schemas.check.RecordCheck;
import io.freshet.schemas.check.RecordCheck.Passed;
import io.freshet.schemas.message.ArtifactChunk;
import io.freshet.schemas.message.Deployment;
import io.freshet.schemas.message.DriftAlert;
import io.freshet.schemas.message.Prediction;
import io.freshet.schemas.message.PredictionError;
import io.freshet.schemas.message.RecordKind;
import io.freshet.schemas.message.RejectedRecord;
import io.freshet.schemas.message.RetrainRequest;
import io.freshet.schemas.message.TrainingRun;
import io.freshet.schemas.pipeline.Pipeline;
import io.freshet.schemas.pipeline.Pipeline.Feature;
import io.freshet.schemas.row.FeatureRowSchema;
import io.freshet.schemas.topic.Topics;
import io.freshet.schemas.wire.Unreadable;
import io.freshet.schemas.wire.WireFormat;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.apache.avro.AvroRuntimeException;
import org.apache.avro.generic.GenericRecord;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;

/** Reads a pipeline's topics as an outside consumer: committed records only, from the start to what is the end now. */
public final class TopicReader {
    private static final Duration POLL = Duration.ofMillis(200);
    private static final Duration STALLED = Duration.ofSeconds(30);

    private final KafkaConnection connection;
    private final KafkaConsumer<byte[], byte[]> consumer;
    private final Pipeline pipeline;
    private final Evidence evidence;

    private TopicReader(KafkaConnection connection, KafkaConsumer<byte[], byte[]> consumer, Pipeline pipeline) {
        this.connection = connection;
        this.consumer = consumer;
        this.pipeline = pipeline;
        this.evidence =
                new Evidence(pipeline.features().stream().map(Feature::name).toList());
    }

    /**
     * Reads everything and draws the report.
     *
     * @param sent what the replay sent
     * @param wall how long the demo took
     * @param ranges spans of event time to judge beside the standard ones
     * @throws PlatformException when a topic cannot be read to its end
     */
    public static DemoReport report(
            KafkaConnection connection,
            Pipeline pipeline,
            ReplayCounts sent,
            Duration wall,
            List<DemoReport.Range> ranges) {
        try (KafkaConsumer<byte[], byte[]> consumer = connection.consumer(
                "freshet-report",
                Map.of(
                        "allow.auto.create.topics",
                        false,
                        "default.api.timeout.ms",
                        (int) STALLED.toMillis(),
                        "max.poll.records",
                        5_000))) {
            TopicReader reader = new TopicReader(connection, consumer, pipeline);
            reader.readAnswers();
            if (reader.evidence.answeredLabels() < sent.labels()) {
                reader.readLabels();
            }
            return DemoReport.of(reader.evidence, sent, wall, ranges);
        }
    }

    private void readAnswers() {
        String name = pipeline.name();
        messages(Topics.DRIFT_ALERTS.name(), 1, DriftAlert.class, DriftAlert::getPipeline, evidence::take);
        messages(Topics.RETRAIN_REQUESTS.name(), 1, RetrainRequest.class, RetrainRequest::getPipeline, evidence::take);
        messages(Topics.TRAINING_RUNS.name(), 1, TrainingRun.class, TrainingRun::getPipeline, evidence::take);
        messages(Topics.DEPLOYMENTS.name(), 1, Deployment.class, Deployment::getPipeline, evidence::take);
        read(name + ".predictions", pipeline.partitions(), true, (record, value) -> {
            evidence.take((Prediction) value, record.partition(), record.offset());
        });
        messages(
                name + ".prediction-errors",
                pipeline.partitions(),
                PredictionError.class,
                PredictionError::getPipeline,
                evidence::take);
        messages(
                name + ".rejected",
                pipeline.partitions(),
                RejectedRecord.class,
                RejectedRecord::getPipeline,
                evidence::take);
        evidence.firstChampion().flatMap(this::model).ifPresent(evidence::firstChampion);
        FeatureRowSchema schema = FeatureRowSchema.of(pipeline);
        read(name + ".features", pipeline.partitions(), false, (record, value) -> {
            evidence.take(schema.fromRecord((GenericRecord) value));
        });
        read(name + ".examples", pipeline.partitions(), false, (record, value) -> {
            evidence.take(schema.exampleFromRecord((GenericRecord) value));
        });
    }

    /** The labels that may still wait for their event: what was neither joined nor refused. */
    private void readLabels() {
        RecordCheck check = RecordCheck.of(pipeline, RecordKind.LABEL);
        WaitingLabels waiting = new WaitingLabels(evidence.events, pipeline);
        read(pipeline.name() + ".labels", pipeline.partitions(), false, (record, value) -> {
            if (check.check((GenericRecord) value, Instant.now()) instanceof Passed label
                    && !evidence.refusedLabels.contains(label.id())) {
                waiting.take(label.id(), label.time().toEpochMilli());
            }
        });
        evidence.waitingLabels = waiting.count();
    }

    /** A model from its pieces on the log; empty when they do not make a valid bundle, which is counted. */
    private Optional<Model> model(int version) {
        Map<String, ArtifactChunk> chunks = new HashMap<>();
        messages(Topics.MODEL_ARTIFACTS.name(), 1, ArtifactChunk.class, ArtifactChunk::getPipeline, chunk -> {
            if (chunk.getVersion() == version) {
                chunks.put(ModelArtifacts.key(chunk.getPipeline(), version, chunk.getIndex()), chunk);
            }
        });
        Optional<byte[]> bytes = ModelArtifacts.join(
                        pipeline.name(), version, key -> Optional.ofNullable(chunks.get(key)))
                .bytes();
        if (bytes.isPresent()) {
            try {
                return Optional.of(Model.load(bytes.get(), ModelArtifacts.LARGEST));
            } catch (InvalidBundleException e) {
                // Counted below, like one of which a piece is missing.
            }
        }
        evidence.unreadable(Topics.MODEL_ARTIFACTS.name());
        return Optional.empty();
    }

    private <T> void messages(
            String topic, int partitions, Class<T> type, Function<T, String> pipelineOf, Consumer<T> taker) {
        read(topic, partitions, true, (record, value) -> {
            T message = type.cast(value);
            if (pipelineOf.apply(message).equals(pipeline.name())) {
                taker.accept(message);
            }
        });
    }

    /** Takes in one decoded record. */
    private interface Taker {
        void take(ConsumerRecord<byte[], byte[]> record, Object value);
    }

    private void read(String topic, int partitions, boolean specific, Taker taker) {
        KafkaAvroDeserializer deserializer = WireFormat.deserializer(
                connection.registry(), connection.settings().registryUrl(), specific);
        List<TopicPartition> all = IntStream.range(0, partitions)
                .mapToObj(partition -> new TopicPartition(topic, partition))
                .toList();
        try {
            consumer.assign(all);
            Map<TopicPartition, Long> ends = new HashMap<>(consumer.endOffsets(all));
            long moved = System.nanoTime();
            while (!ends.entrySet().stream().allMatch(end -> consumer.position(end.getKey()) >= end.getValue())) {
                ConsumerRecords<byte[], byte[]> records = consumer.poll(POLL);
                for (ConsumerRecord<byte[], byte[]> record : records) {
                    if (record.offset()
                            < Objects.requireNonNull(
                                    ends.get(new TopicPartition(record.topic(), record.partition())))) {
                        take(record, deserializer, taker);
                    }
                }
                if (!records.isEmpty()) {
                    moved = System.nanoTime();
                } else if (System.nanoTime() - moved > STALLED.toNanos()) {
                    throw new PlatformException(topic + " cannot be read to its end");
                }
            }
        } catch (KafkaException e) {
            throw new PlatformException(topic + " cannot be read: " + e.getMessage(), e);
        }
    }

    private void take(ConsumerRecord<byte[], byte[]> record, KafkaAvroDeserializer deserializer, Taker taker) {
        Object value = null;
        if (record.value() != null) {
            try {
                value = deserializer.deserialize(record.topic(), record.value());
            } catch (RuntimeException e) {
                // Throws when the registry is at fault rather than the record.
                var _ = Unreadable.orThrow(e);
            }
        }
        if (value == null) {
            evidence.unreadable(record.topic());
            return;
        }
        try {
            taker.take(record, value);
        } catch (ClassCastException | NullPointerException | AvroRuntimeException e) {
            // Another record type than the topic's.
            evidence.unreadable(record.topic());
        }
    }
}
