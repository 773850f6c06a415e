package io.freshet.runtime;

import io.freshet.schemas.message.Deployment;
import io.freshet.schemas.message.ModelRegistered;
import io.freshet.schemas.topic.Topics;
import java.time.Duration;
import java.util.Optional;

/** Which registered model serves each pipeline, without loading it. Thread-safe. */
public final class Champions implements AutoCloseable {
    private static final Duration LOOK = Duration.ofMillis(20);

    private final CompactedTopic<Deployment> deployments;
    private final CompactedTopic<ModelRegistered> models;

    public Champions(KafkaConnection connection) {
        this.deployments = CompactedTopic.follow(connection, Topics.DEPLOYMENTS, Deployment.class, () -> {});
        this.models = CompactedTopic.follow(connection, Topics.MODELS, ModelRegistered.class, () -> {});
    }

    /** Whether it knows everything that was announced when it was opened. */
    public boolean caughtUp() {
        return deployments.caughtUp() && models.caughtUp();
    }

    /**
     * Waits until it has caught up.
     *
     * @throws IllegalStateException when that takes longer than {@code longest}
     */
    public void awaitCaughtUp(Duration longest) throws InterruptedException {
        long until = System.nanoTime() + longest.toNanos();
        while (!caughtUp()) {
            if (System.nanoTime() - until > 0) {
                throw new IllegalStateException("the deployed models could not be read within " + longest);
            }
            Thread.sleep(LOOK);
        }
    }

    /** The deployed model as it was registered; empty while there is none, or its registration is not there yet. */
    public Optional<ModelRegistered> champion(String pipeline) {
        return deployments
                .get(pipeline)
                .flatMap(deployed -> models.get(pipeline + ":" + deployed.getChampionVersion()));
    }

    @Override
    public void close() {
        deployments.close();
        models.close();
    }
}
