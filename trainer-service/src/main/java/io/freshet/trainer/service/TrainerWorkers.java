package io.freshet.trainer.service;

import io.freshet.runtime.CompactedTopic;
import io.freshet.runtime.DeclaredPipeline;
import io.freshet.runtime.KafkaConnection;
import io.freshet.runtime.ModelCatalogue;
import io.freshet.runtime.TransactionalLoop;
import io.freshet.runtime.Worker;
import io.freshet.runtime.WorkerFactory;
import io.freshet.schemas.message.ModelRegistered;
import io.freshet.schemas.topic.Topics;
import jakarta.annotation.PreDestroy;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.time.InstantSource;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/** Trains for each pipeline in a loop of its own, one training at a time. */
@Singleton
final class TrainerWorkers implements WorkerFactory {
    // Below the 15 minutes that brokers grant a transaction unless told otherwise.
    private static final Duration LONGEST_TRAINING = Duration.ofMinutes(10);

    private final KafkaConnection connection;
    private final TrainerMetrics metrics;
    private final Lock oneTrainingAtATime = new ReentrantLock();
    private @Nullable Views views;

    TrainerWorkers(KafkaConnection connection, TrainerMetrics metrics) {
        this.connection = connection;
        this.metrics = metrics;
    }

    @Override
    public Worker start(DeclaredPipeline declared) {
        Views open = views();
        TrainerFlow flow = new TrainerFlow(
                declared.pipeline(),
                connection,
                open.catalogue(),
                open.models(),
                oneTrainingAtATime,
                metrics,
                InstantSource.system());
        return TransactionalLoop.start(
                connection,
                new TransactionalLoop.Spec(
                        "freshet-trainer-" + declared.pipeline().name(),
                        Topics.RETRAIN_REQUESTS.name(),
                        LONGEST_TRAINING,
                        1),
                flow);
    }

    /** Opened with the first pipeline, when the topics are sure to exist. */
    private synchronized Views views() {
        Views open = views;
        if (open == null) {
            open = new Views(
                    new ModelCatalogue(connection),
                    CompactedTopic.follow(connection, Topics.MODELS, ModelRegistered.class, () -> {}));
            views = open;
        }
        return open;
    }

    @PreDestroy
    synchronized void close() {
        if (views != null) {
            views.catalogue().close();
            views.models().close();
        }
    }

    /** What was announced so far. */
    private record Views(ModelCatalogue catalogue, CompactedTopic<ModelRegistered> models) {}
}
