package io.freshet.runtime;

import io.freshet.model.InvalidBundleException;
import io.freshet.model.Model;
import io.freshet.schemas.message.ArtifactChunk;
import io.freshet.schemas.message.Challenge;
import io.freshet.schemas.message.Deployment;
import io.freshet.schemas.topic.Topics;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Which model is deployed for each pipeline, loaded and checked. Thread-safe. */
public final class ModelCatalogue implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ModelCatalogue.class);
    private static final Duration LOOK = Duration.ofMillis(20);

    private final CompactedTopic<Deployment> deployments;
    private final CompactedTopic<ArtifactChunk> artifacts;
    private final Map<String, Model> loaded = new ConcurrentHashMap<>();
    private final Map<String, String> refused = new ConcurrentHashMap<>();

    public ModelCatalogue(KafkaConnection connection) {
        this.deployments =
                CompactedTopic.follow(connection, Topics.DEPLOYMENTS, Deployment.class, ModelCatalogue::nothing);
        this.artifacts =
                CompactedTopic.follow(connection, Topics.MODEL_ARTIFACTS, ArtifactChunk.class, ModelCatalogue::nothing);
    }

    private static void nothing() {}

    /**
     * Waits until it knows everything that is announced now.
     *
     * @throws IllegalStateException when that takes longer than twice {@code longest}
     */
    public void awaitEnd(Duration longest) throws InterruptedException {
        deployments.awaitEnd(longest);
        artifacts.awaitEnd(longest);
    }

    /**
     * Waits until a pipeline's deployed model is there: the deployment may have been read before the pieces of the bundle,
     * which were written together with it. Gives up without a word, for pieces may be missing for good.
     */
    public void awaitChampion(String pipeline, Duration longest) throws InterruptedException {
        long until = System.nanoTime() + longest.toNanos();
        while (onItsWay(pipeline) && System.nanoTime() - until < 0) {
            Thread.sleep(LOOK);
        }
    }

    private boolean onItsWay(String pipeline) {
        return champion(pipeline).isEmpty()
                && deployments
                        .get(pipeline)
                        .filter(deployed -> !refused.containsKey(name(pipeline, deployed.getChampionVersion())))
                        .isPresent();
    }

    private static String name(String pipeline, int version) {
        return pipeline + " version " + version;
    }

    /**
     * The deployed model. While the pieces of a newly deployed one are still on their way, or when they do not make a
     * valid bundle, the one before stays.
     */
    public Optional<Model> champion(String pipeline) {
        Optional<Deployment> deployment = deployments.get(pipeline);
        Model current = loaded.get(pipeline);
        if (deployment.isEmpty()) {
            return Optional.empty();
        }
        int version = deployment.get().getChampionVersion();
        if (current == null || current.bundle().modelVersion() != version) {
            version(pipeline, version).ifPresent(model -> loaded.put(pipeline, model));
        }
        return Optional.ofNullable(loaded.get(pipeline));
    }

    /** The deployed version; 0 when none is, whether it can be loaded or not. */
    public int deployed(String pipeline) {
        return deployment(pipeline).map(Deployment::getChampionVersion).orElse(0);
    }

    /** The model that was deployed before the deployed one; empty where there was none or it cannot be loaded. */
    public Optional<Model> previous(String pipeline) {
        return deployments
                .get(pipeline)
                .map(Deployment::getPreviousVersion)
                .filter(version -> version > 0)
                .flatMap(version -> version(pipeline, version));
    }

    /** Which model challenges the champion, and how. */
    public Optional<Challenge> challenge(String pipeline) {
        return deployments.get(pipeline).map(Deployment::getChallenge);
    }

    /** What is deployed for a pipeline. */
    public Optional<Deployment> deployment(String pipeline) {
        return deployments.get(pipeline);
    }

    /** The bytes of a registered model; empty where a piece is missing, or damaged. Not looked into. */
    public Optional<byte[]> bundle(String pipeline, int version) {
        return joined(pipeline, version).bytes();
    }

    private ModelArtifacts.Joined joined(String pipeline, int version) {
        return ModelArtifacts.join(pipeline, version, artifacts::get);
    }

    /** A registered model, whether it serves or not; empty where it cannot be loaded. */
    public Optional<Model> version(String pipeline, int version) {
        return switch (joined(pipeline, version)) {
            case ModelArtifacts.Missing _ -> Optional.empty();
            case ModelArtifacts.Damaged(String detail) -> refuse(name(pipeline, version), detail);
            case ModelArtifacts.Whole(byte[] bytes) -> load(pipeline, version, bytes);
        };
    }

    private Optional<Model> load(String pipeline, int version, byte[] bytes) {
        String name = name(pipeline, version);
        try {
            Model model = Model.load(bytes, ModelArtifacts.LARGEST);
            if (!model.bundle().pipeline().equals(pipeline) || model.bundle().modelVersion() != version) {
                return refuse(name, "the bundle is of another model");
            }
            refused.remove(name);
            return Optional.of(model);
        } catch (InvalidBundleException e) {
            return refuse(name, String.valueOf(e.getMessage()));
        }
    }

    private Optional<Model> refuse(String name, String why) {
        if (!why.equals(refused.put(name, why))) {
            LOG.warn("{} cannot be served, the model before stays: {}", name, why);
        }
        return Optional.empty();
    }

    /** How many deployed versions could not be loaded. */
    public int refusals() {
        return refused.size();
    }

    @Override
    public void close() {
        deployments.close();
        artifacts.close();
    }
}
