package io.freshet.quickstart.log;

import io.freshet.model.ModelBundleCodec;
import io.freshet.page.PlainText;
import io.freshet.quickstart.platform.PlatformException;
import io.freshet.runtime.ModelArtifacts;
import io.freshet.schemas.message.ArtifactChunk;
import io.freshet.schemas.message.Deployment;
import io.freshet.schemas.message.ModelRegistered;
import io.freshet.schemas.topic.Topics;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** A pipeline's registered models as the log has them. */
public final class RegisteredModels {
    private static final int SHOWN = 300;

    private final LogReader log;
    private final String pipeline;
    private final List<ModelRegistered> models;
    private final Optional<Deployment> deployment;

    private RegisteredModels(
            LogReader log, String pipeline, List<ModelRegistered> models, Optional<Deployment> deployment) {
        this.log = log;
        this.pipeline = pipeline;
        this.models = models;
        this.deployment = deployment;
    }

    /** Reads what is registered and what is deployed. */
    public static RegisteredModels of(LogReader log, String pipeline) {
        List<ModelRegistered> models = new ArrayList<>(
                log.newest(Topics.MODELS.name(), ModelRegistered.class).values());
        models.removeIf(model -> !model.getPipeline().equals(pipeline));
        models.sort(Comparator.comparingInt(ModelRegistered::getVersion));
        return new RegisteredModels(
                log,
                pipeline,
                models,
                Optional.ofNullable(
                        log.newest(Topics.DEPLOYMENTS.name(), Deployment.class).get(pipeline)));
    }

    /** Every version, rising. */
    public List<ModelRegistered> all() {
        return List.copyOf(models);
    }

    /** What serves; empty where nothing does. */
    public Optional<Deployment> deployment() {
        return deployment;
    }

    /**
     * A version.
     *
     * @param version null for the champion
     * @throws PlatformException where there is no such version
     */
    public ModelRegistered version(@Nullable Integer version) {
        int wanted =
                version == null ? deployment.map(Deployment::getChampionVersion).orElse(0) : version;
        return models.stream()
                .filter(model -> model.getVersion() == wanted)
                .findFirst()
                .orElseThrow(() -> new PlatformException(PlainText.of(
                        pipeline + " has no " + (wanted == 0 ? "champion" : "model version " + wanted) + "; "
                                + (models.isEmpty()
                                        ? "no version is registered"
                                        : "registered are "
                                                + models.stream()
                                                        .map(model -> Integer.toString(model.getVersion()))
                                                        .collect(Collectors.joining(", "))),
                        SHOWN)));
    }

    /**
     * The bundle of a version.
     *
     * @throws PlatformException where it is not on the log in full and as it was registered
     */
    public byte[] bundle(ModelRegistered model) {
        String prefix = model.getPipeline() + ":" + model.getVersion() + ":";
        Map<String, ArtifactChunk> chunks = log.newest(Topics.MODEL_ARTIFACTS.name(), prefix, ArtifactChunk.class);
        ModelArtifacts.Joined joined = ModelArtifacts.join(
                model.getPipeline(), model.getVersion(), key -> Optional.ofNullable(chunks.get(key)));
        Optional<byte[]> bytes = joined.bytes()
                .filter(whole -> ModelBundleCodec.fingerprint(whole).equals(model.getSha256()));
        if (bytes.isPresent()) {
            return bytes.get();
        }
        String why = switch (joined) {
            case ModelArtifacts.Whole _ -> "its checksum is not the registered one";
            case ModelArtifacts.Missing(String detail) -> detail;
            case ModelArtifacts.Damaged(String detail) -> detail;
        };
        throw new PlatformException(PlainText.of(
                "the bundle of " + model.getPipeline() + " version " + model.getVersion() + " is not on "
                        + Topics.MODEL_ARTIFACTS.name() + " in full and as it was registered: " + why,
                SHOWN));
    }
}
