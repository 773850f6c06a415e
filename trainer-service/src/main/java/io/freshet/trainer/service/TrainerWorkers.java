package io.freshet.trainer.service;

import io.freshet.runtime.CompactedTopic;
import io.freshet.runtime.DeclaredPipeline;
import io.freshet.runtime.KafkaConnection;
import io.freshet.runtime.MlflowSettings;
import io.freshet.runtime.ModelCatalogue;
import io.freshet.runtime.ModelRegistry;
import io.freshet.runtime.RetrainLedger;
import io.freshet.runtime.ServiceSettings;
import io.freshet.runtime.TransactionalLoop;
import io.freshet.runtime.Worker;
import io.freshet.runtime.WorkerFactory;
import io.freshet.schemas.message.DeploymentAnswer;
import io.freshet.schemas.topic.Topics;
import io.freshet.trainer.tracking.TrackingMetrics;
import io.micrometer.core.instrument.MeterRegistry;
import jakarta.annotation.PreDestroy;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Trains for each pipeline in a loop of its own, one training at a time, deploys by hand in another, and decides on
 * challengers in a third.
 */
@Singleton
final class TrainerWorkers implements WorkerFactory {
    // Below the 15 minutes that brokers grant a transaction unless told otherwise.
    private static final Duration LONGEST_TRAINING = Duration.ofMinutes(10);
    private static final InstantSource CLOCK = InstantSource.system();
    private static final Duration LONGEST_DEPLOYMENT = Duration.ofMinutes(5);
    private static final int EVENTS = 500;

    private final KafkaConnection connection;
    private final TrainerMetrics metrics;
    private final Optional<MlflowSettings> mlflow;
    private final MeterRegistry meters;
    private final Lock oneTrainingAtATime = new ReentrantLock();
    private @Nullable Views views;

    TrainerWorkers(KafkaConnection connection, TrainerMetrics metrics, ServiceSettings settings, MeterRegistry meters) {
        this.connection = connection;
        this.metrics = metrics;
        this.mlflow = settings.mlflow();
        this.meters = meters;
    }

    @Override
    public Worker start(DeclaredPipeline declared) {
        Views open = views();
        TrainerFlow flow = new TrainerFlow(
                declared,
                connection,
                open.catalogue(),
                open.registry(),
                open.retention(),
                open.ledger(),
                oneTrainingAtATime,
                metrics,
                CLOCK);
        DeploymentFlow deployments = new DeploymentFlow(
                declared, connection, open.registry(), open.answers(), open.catalogue(), metrics, CLOCK);
        String name = declared.pipeline().name();
        open.retention().watch(name);
        RolloutFlow rollout = new RolloutFlow(declared, connection, open.registry(), open.catalogue(), metrics, CLOCK);
        return new Loops(List.of(
                TransactionalLoop.start(
                        connection,
                        new TransactionalLoop.Spec(
                                "freshet-trainer-" + name, Topics.RETRAIN_REQUESTS.name(), LONGEST_TRAINING, 1),
                        flow),
                TransactionalLoop.start(
                        connection,
                        new TransactionalLoop.Spec(
                                "freshet-deployer-" + name, Topics.DEPLOYMENT_REQUESTS.name(), LONGEST_DEPLOYMENT, 1),
                        deployments),
                TransactionalLoop.start(
                        connection,
                        new TransactionalLoop.Spec(
                                "freshet-rollout-" + name, name + ".shadow-predictions", LONGEST_DEPLOYMENT, EVENTS),
                        rollout)));
    }

    /** Opened with the first pipeline, when the topics are sure to exist. */
    private synchronized Views views() {
        Views open = views;
        if (open == null) {
            ModelCatalogue catalogue = new ModelCatalogue(connection);
            ModelRegistry registry = new ModelRegistry(connection);
            open = new Views(
                    catalogue,
                    registry,
                    new RetentionWatch(connection, catalogue, registry, metrics, CLOCK),
                    new RetrainLedger(connection, () -> {}),
                    CompactedTopic.follow(
                            connection,
                            Topics.DEPLOYMENT_ANSWERS,
                            DeploymentAnswer.class,
                            DeploymentAnswer::getCommandId,
                            answer -> answer,
                            () -> {}),
                    mlflow.map(settings -> TrackingFlow.start(
                            connection, settings, registry, catalogue, new TrackingMetrics(meters))));
            views = open;
        }
        return open;
    }

    @PreDestroy
    synchronized void close() {
        if (views != null) {
            views.tracking().ifPresent(TrackingFlow.Running::close);
            views.retention().close();
            views.catalogue().close();
            views.ledger().close();
            views.registry().close();
            views.answers().close();
        }
    }

    /** What was asked for and announced so far. */
    private record Views(
            ModelCatalogue catalogue,
            ModelRegistry registry,
            RetentionWatch retention,
            RetrainLedger ledger,
            CompactedTopic<DeploymentAnswer> answers,
            Optional<TrackingFlow.Running> tracking) {}
}
