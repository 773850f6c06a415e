package io.freshet.runtime;

import io.freshet.schemas.message.ModelRegistered;
import io.freshet.schemas.message.ModelStateChanged;
import io.freshet.schemas.registry.ModelTimeline;
import io.freshet.schemas.topic.Topics;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/** The registered models with their history, as the log tells them, without loading any. Thread-safe. */
public final class ModelRegistry implements AutoCloseable {
    private final CompactedTopic<ModelRegistered> models;
    private final CompactedTopic<ModelStateChanged> history;

    public ModelRegistry(KafkaConnection connection) {
        this.models = CompactedTopic.follow(connection, Topics.MODELS, ModelRegistered.class, () -> {});
        this.history = CompactedTopic.follow(
                connection,
                Topics.MODEL_HISTORY,
                ModelStateChanged.class,
                change -> change.getPipeline() + ":" + change.getCauseId() + ":" + change.getVersion(),
                change -> change,
                () -> {});
    }

    /**
     * Waits until it knows everything that is on the log now.
     *
     * @throws IllegalStateException when that takes longer than twice {@code longest}
     */
    public void awaitEnd(Duration longest) throws InterruptedException {
        models.awaitEnd(longest);
        history.awaitEnd(longest);
    }

    /** The pipeline's registered models, the oldest first. */
    public List<ModelRegistered> models(String pipeline) {
        return models.values().values().stream()
                .filter(model -> model.getPipeline().equals(pipeline))
                .sorted(Comparator.comparing(ModelRegistered::getVersion))
                .toList();
    }

    /** A registered model. */
    public Optional<ModelRegistered> model(String pipeline, int version) {
        return models.get(pipeline + ":" + version);
    }

    /** The pipeline's registry as it stood at a time. */
    public ModelTimeline at(String pipeline, Instant time) {
        return ModelTimeline.at(
                history.values().values().stream()
                        .filter(change -> change.getPipeline().equals(pipeline))
                        .toList(),
                time);
    }

    @Override
    public void close() {
        models.close();
        history.close();
    }
}
