package io.freshet.trainer.service;

import io.confluent.kafka.serializers.KafkaAvroDeserializer;
import io.confluent.kafka.serializers.KafkaAvroSerializer;
import io.freshet.model.Model;
import io.freshet.runtime.CompactedTopic;
import io.freshet.runtime.KafkaConnection;
import io.freshet.runtime.ModelCatalogue;
import io.freshet.runtime.TransactionalLoop;
import io.freshet.schemas.message.ModelRegistered;
import io.freshet.schemas.message.RetrainRequest;
import io.freshet.schemas.pipeline.Pipeline;
import io.freshet.schemas.row.FeatureRowSchema;
import io.freshet.schemas.topic.Topic;
import io.freshet.schemas.wire.Unreadable;
import io.freshet.schemas.wire.WireFormat;
import io.freshet.trainer.Champion;
import io.freshet.trainer.Training;
import io.freshet.trainer.TrainingOutcome;
import io.freshet.trainer.TrainingTask;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.locks.Lock;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One pipeline's way from a retrain request to a verdict: pin the examples, train, and announce what came of it, all in
 * the transaction that also marks the request as done.
 */
final class TrainerFlow implements TransactionalLoop.Step {
    private static final Logger LOG = LoggerFactory.getLogger(TrainerFlow.class);
    private static final Duration CATALOGUE_WITHIN = Duration.ofSeconds(60);

    private final Pipeline pipeline;
    private final ModelCatalogue catalogue;
    private final CompactedTopic<ModelRegistered> models;
    private final Lock oneTrainingAtATime;
    private final TrainerMetrics metrics;
    private final InstantSource clock;
    private final ExampleLog examples;
    private final KafkaAvroDeserializer reader;
    private final KafkaAvroSerializer writer;

    TrainerFlow(
            Pipeline pipeline,
            KafkaConnection connection,
            ModelCatalogue catalogue,
            CompactedTopic<ModelRegistered> models,
            Lock oneTrainingAtATime,
            TrainerMetrics metrics,
            InstantSource clock) {
        this.pipeline = pipeline;
        this.catalogue = catalogue;
        this.models = models;
        this.oneTrainingAtATime = oneTrainingAtATime;
        this.metrics = metrics;
        this.clock = clock;
        this.examples = new ExampleLog(connection, pipeline);
        String registryUrl = connection.settings().registryUrl();
        this.reader = WireFormat.deserializer(connection.registry(), registryUrl, true);
        this.writer = WireFormat.serializer(connection.registry(), registryUrl);
        metrics.watch(pipeline.name());
    }

    @Override
    public void process(ConsumerRecords<byte[], byte[]> batch, TransactionalLoop.Outbox outbox)
            throws InterruptedException {
        for (ConsumerRecord<byte[], byte[]> record : batch) {
            Optional<RetrainRequest> request = request(record);
            if (request.isPresent() && request.get().getPipeline().equals(pipeline.name())) {
                oneTrainingAtATime.lockInterruptibly();
                try {
                    answer(request.get(), outbox);
                } finally {
                    oneTrainingAtATime.unlock();
                }
            }
        }
    }

    private Optional<RetrainRequest> request(ConsumerRecord<byte[], byte[]> record) {
        try {
            if (record.value() != null
                    && reader.deserialize(record.topic(), record.value()) instanceof RetrainRequest request) {
                return Optional.of(request);
            }
        } catch (RuntimeException e) {
            // Throws when the registry is at fault rather than the record.
            Unreadable.orThrow(e);
        }
        metrics.unreadableRequest(pipeline.name());
        LOG.warn("{} offset {} is no retrain request", record.topic(), record.offset());
        return Optional.empty();
    }

    private void answer(RetrainRequest request, TransactionalLoop.Outbox outbox) throws InterruptedException {
        Instant started = clock.instant();
        awaitAnnouncements();
        ExampleLog.Pinned pinned = examples.readNewest();
        metrics.unreadableExamples(pipeline.name(), pinned.unreadable());
        LOG.info(
                "{}: training on {} examples",
                request.getRequestId(),
                pinned.examples().size());
        Optional<Model> serving = catalogue.champion(pipeline.name());
        int newVersion = newestVersion() + 1;
        long seed = UUID.nameUUIDFromBytes(request.getRequestId().getBytes(StandardCharsets.UTF_8))
                .getMostSignificantBits();
        TrainingOutcome outcome = Training.ofEveryFamily(System::nanoTime)
                .run(new TrainingTask(
                        pipeline,
                        pinned.examples(),
                        serving.map(model -> new Champion(model.bundle().modelVersion(), model)),
                        newVersion,
                        seed));
        Announcement announcement = new Announcement(
                request,
                pinned,
                FeatureRowSchema.of(pipeline).featureSet(),
                outcome,
                newVersion,
                started,
                clock.instant());
        announcement.records().forEach(record -> send(record, outbox));
        metrics.trained(pipeline.name(), outcome);
        LOG.info("{}: {}", request.getRequestId(), announcement.summary());
    }

    /** Versions are counted, and champions compared with, as of everything announced by now, by any trainer. */
    private void awaitAnnouncements() throws InterruptedException {
        models.awaitEnd(CATALOGUE_WITHIN);
        catalogue.awaitEnd(CATALOGUE_WITHIN);
    }

    private int newestVersion() {
        return models.values().values().stream()
                .filter(model -> model.getPipeline().equals(pipeline.name()))
                .mapToInt(ModelRegistered::getVersion)
                .max()
                .orElse(0);
    }

    private void send(Announcement.Keyed record, TransactionalLoop.Outbox outbox) {
        Topic topic = record.topic();
        SpecificRecord value = record.value();
        outbox.send(new ProducerRecord<>(
                topic.name(), 0, record.key().getBytes(StandardCharsets.UTF_8), writer.serialize(topic.name(), value)));
    }
}
