package io.freshet.trainer.service;

import io.confluent.kafka.serializers.KafkaAvroSerializer;
import io.freshet.runtime.KafkaConnection;
import io.freshet.schemas.message.TrainingPhase;
import io.freshet.schemas.message.TrainingProgress;
import io.freshet.schemas.pipeline.Pipeline;
import io.freshet.schemas.topic.Topics;
import io.freshet.schemas.wire.WireFormat;
import io.freshet.trainer.TrainingProgress.Phase;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.jspecify.annotations.Nullable;

/**
 * Tells how far a training has come while it is under way, so outside its transaction: at the start of each phase, and in a
 * phase once a second at most. What cannot be sent is counted and left out; no training waits for it, or fails of it.
 */
final class ProgressLog implements AutoCloseable {
    private static final long BETWEEN_MILLIS = 1_000;
    private static final Duration CLOSE_WITHIN = Duration.ofSeconds(2);

    private final Pipeline pipeline;
    private final String requestId;
    private final TrainerMetrics metrics;
    private final InstantSource clock;
    private final long began;
    private final KafkaAvroSerializer writer;
    private final KafkaProducer<byte[], byte[]> producer;
    private @Nullable Phase phase;
    private long told;

    ProgressLog(
            KafkaConnection connection,
            Pipeline pipeline,
            String requestId,
            TrainerMetrics metrics,
            InstantSource clock)
            throws InterruptedException {
        this.pipeline = pipeline;
        this.requestId = requestId;
        this.metrics = metrics;
        this.clock = clock;
        this.began = clock.millis();
        this.writer = WireFormat.serializer(
                connection.registry(), connection.settings().registryUrl());
        this.producer = connection.producer("freshet-trainer-progress", Map.of("max.block.ms", BETWEEN_MILLIS));
        try {
            connection.ensure(List.of(Topics.TRAINING_PROGRESS));
        } catch (RuntimeException e) {
            metrics.progressUnsent(pipeline.name());
        }
        send(record(TrainingPhase.READING, 0));
    }

    synchronized void tell(io.freshet.trainer.TrainingProgress progress) {
        long now = clock.millis();
        if (progress.phase() == phase && now - told < BETWEEN_MILLIS) {
            return;
        }
        phase = progress.phase();
        told = now;
        TrainingProgress.Builder record = record(
                switch (progress.phase()) {
                    case SEARCHING -> TrainingPhase.SEARCHING;
                    case FITTING -> TrainingPhase.FITTING;
                    case JUDGING -> TrainingPhase.JUDGING;
                },
                progress.done());
        progress.best()
                .ifPresent(best -> record.setFamily(best.family().spelled()).setValue(best.value()));
        send(record);
    }

    private TrainingProgress.Builder record(TrainingPhase of, int done) {
        return TrainingProgress.newBuilder()
                .setPipeline(pipeline.name())
                .setRequestId(requestId)
                .setPhase(of)
                .setDone(done)
                .setElapsedMillis(clock.millis() - began)
                .setBudgetMillis(pipeline.training().budget().toMillis())
                .setAt(clock.instant());
    }

    private void send(TrainingProgress.Builder progress) {
        String topic = Topics.TRAINING_PROGRESS.name();
        try {
            producer.send(
                    new ProducerRecord<>(
                            topic,
                            pipeline.name().getBytes(StandardCharsets.UTF_8),
                            writer.serialize(topic, progress.build())),
                    (sent, failure) -> {
                        if (failure != null) {
                            metrics.progressUnsent(pipeline.name());
                        }
                    });
        } catch (RuntimeException e) {
            metrics.progressUnsent(pipeline.name());
        }
    }

    @Override
    public synchronized void close() {
        send(record(TrainingPhase.FINISHED, 0));
        producer.close(CLOSE_WITHIN);
    }
}
