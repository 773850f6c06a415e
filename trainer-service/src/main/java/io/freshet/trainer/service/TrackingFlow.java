package io.freshet.trainer.service;

import io.confluent.kafka.serializers.KafkaAvroDeserializer;
import io.freshet.model.ModelBundleCodec;
import io.freshet.runtime.KafkaConnection;
import io.freshet.runtime.MlflowSettings;
import io.freshet.runtime.ModelCatalogue;
import io.freshet.runtime.ModelRegistry;
import io.freshet.runtime.RetryingLoop;
import io.freshet.schemas.message.ModelRegistered;
import io.freshet.schemas.message.ModelStateChanged;
import io.freshet.schemas.message.TrainingRun;
import io.freshet.schemas.topic.Topics;
import io.freshet.schemas.wire.Unreadable;
import io.freshet.schemas.wire.WireFormat;
import io.freshet.trainer.tracking.Mlflow;
import io.freshet.trainer.tracking.MlflowException;
import io.freshet.trainer.tracking.TrackedModels;
import io.freshet.trainer.tracking.Tracker;
import io.freshet.trainer.tracking.TrackingMetrics;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Every pipeline's way from the log to MLflow. */
final class TrackingFlow implements RetryingLoop.Step {
    private static final Logger LOG = LoggerFactory.getLogger(TrackingFlow.class);
    private static final RetryingLoop.Spec SPEC = new RetryingLoop.Spec(
            "freshet-tracking",
            List.of(Topics.TRAINING_RUNS.name(), Topics.MODEL_HISTORY.name()),
            Duration.ofMinutes(15),
            new RetryingLoop.BackOff(Duration.ofSeconds(1), Duration.ofMinutes(1)));
    private static final Duration CALL_WITHIN = Duration.ofSeconds(30);
    private static final Duration UPLOAD_WITHIN = Duration.ofMinutes(3);

    private final Tracker tracker;
    private final TrackingMetrics metrics;
    private final KafkaAvroDeserializer reader;

    private TrackingFlow(KafkaConnection connection, Mlflow mlflow, TrackedModels models, TrackingMetrics metrics) {
        this.tracker = new Tracker(mlflow, models, metrics);
        this.metrics = metrics;
        this.reader = WireFormat.deserializer(
                connection.registry(), connection.settings().registryUrl(), true);
    }

    /** Telling, until it is closed. */
    record Running(RetryingLoop loop, Mlflow mlflow) implements AutoCloseable {
        @Override
        public void close() {
            loop.close();
            mlflow.close();
        }
    }

    /** Starts to tell; the shared topics have to exist. */
    static Running start(
            KafkaConnection connection,
            MlflowSettings settings,
            ModelRegistry registry,
            ModelCatalogue catalogue,
            TrackingMetrics metrics) {
        Mlflow mlflow = new Mlflow(settings, CALL_WITHIN, UPLOAD_WITHIN);
        TrackingFlow flow = new TrackingFlow(connection, mlflow, new OnTheLog(registry, catalogue), metrics);
        LOG.info("trainings are told to MLflow at {}", settings.url());
        return new Running(RetryingLoop.start(connection, SPEC, flow), mlflow);
    }

    @Override
    public void process(ConsumerRecord<byte[], byte[]> record) throws Exception {
        try {
            Optional<Object> read = read(record);
            if (read.isPresent() && read.get() instanceof TrainingRun run) {
                tracker.trained(run);
            } else if (read.isPresent() && read.get() instanceof ModelStateChanged change) {
                tracker.stateChanged(change);
            } else {
                metrics.skipped("unreadable");
                LOG.warn("{} offset {} is not told to MLflow: it is unreadable", record.topic(), record.offset());
            }
        } catch (MlflowException.Refused e) {
            metrics.skipped(e.reason());
            LOG.warn("{} offset {} is not told to MLflow: {}", record.topic(), record.offset(), e.getMessage());
        } catch (MlflowException.Unavailable e) {
            metrics.failed(e.reason());
            throw e;
        } catch (RuntimeException e) {
            metrics.failed("internal");
            throw e;
        }
    }

    private Optional<Object> read(ConsumerRecord<byte[], byte[]> record) {
        if (record.value() == null) {
            return Optional.empty();
        }
        try {
            return Optional.of(reader.deserialize(record.topic(), record.value()));
        } catch (RuntimeException e) {
            // Throws when the registry is at fault rather than the record.
            Unreadable.orThrow(e);
            return Optional.empty();
        }
    }

    /** Models as of everything announced by now: runs and history are written together with them. */
    private record OnTheLog(ModelRegistry registry, ModelCatalogue catalogue) implements TrackedModels {
        private static final Duration WITHIN = Duration.ofSeconds(60);

        @Override
        public Optional<ModelRegistered> model(String pipeline, int version) throws InterruptedException {
            registry.awaitEnd(WITHIN);
            return registry.model(pipeline, version);
        }

        @Override
        public Optional<byte[]> bundle(ModelRegistered model) throws InterruptedException {
            catalogue.awaitEnd(WITHIN);
            return catalogue
                    .bundle(model.getPipeline(), model.getVersion())
                    .filter(bytes -> ModelBundleCodec.fingerprint(bytes).equals(model.getSha256()));
        }
    }
}
