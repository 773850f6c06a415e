package io.freshet.quickstart.log;

import io.freshet.card.ModelCard;
import io.freshet.card.ModelCard.Label;
import io.freshet.model.InvalidBundleException;
import io.freshet.model.ModelBundle;
import io.freshet.model.ModelBundleCodec;
import io.freshet.page.PlainText;
import io.freshet.quickstart.platform.PlatformException;
import io.freshet.runtime.KafkaConnection;
import io.freshet.schemas.message.ModelRegistered;
import io.freshet.schemas.message.PipelineDeclared;
import io.freshet.schemas.message.RetrainRequest;
import io.freshet.schemas.message.TrainingRun;
import io.freshet.schemas.pipeline.InvalidPipelineException;
import io.freshet.schemas.pipeline.PipelineFile;
import io.freshet.schemas.topic.Topics;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Reads a model's card off the log. */
public final class CardReader {
    private static final int SHOWN = 300;

    private CardReader() {}

    /**
     * Reads a card.
     *
     * @param version null for the champion
     * @throws PlatformException when there is no such version or its bundle is not readable, or the platform cannot be
     *     reached
     */
    public static ModelCard read(KafkaConnection connection, String pipeline, @Nullable Integer version)
            throws InterruptedException {
        try (LogReader log = LogReader.open(connection, "freshet-card")) {
            RegisteredModels models = RegisteredModels.of(log, pipeline);
            ModelRegistered model = models.version(version);
            Optional<TrainingRun> run = log.all(Topics.TRAINING_RUNS.name(), pipeline, TrainingRun.class).stream()
                    .filter(each -> each.getRunId().equals(model.getRunId()))
                    .findFirst();
            Optional<RetrainRequest> request = run.flatMap(
                    known -> log.all(Topics.RETRAIN_REQUESTS.name(), pipeline, RetrainRequest.class).stream()
                            .filter(each -> each.getRequestId().equals(known.getRequestId()))
                            .findFirst());
            return new ModelCard(
                    model,
                    bundle(model, models.bundle(model)),
                    run,
                    request,
                    label(log, pipeline),
                    models.deployment());
        }
    }

    private static ModelBundle bundle(ModelRegistered model, byte[] bytes) {
        try {
            return ModelBundleCodec.decode(bytes, bytes.length);
        } catch (InvalidBundleException e) {
            throw new PlatformException(
                    PlainText.of(
                            "the bundle of " + model.getPipeline() + " version " + model.getVersion()
                                    + " cannot be read: " + e.getMessage(),
                            SHOWN),
                    e);
        }
    }

    private static Optional<Label> label(LogReader log, String pipeline) {
        PipelineDeclared declared =
                log.newest(Topics.PIPELINES.name(), PipelineDeclared.class).get(pipeline);
        if (declared == null) {
            return Optional.empty();
        }
        try {
            return Optional.of(
                    new Label(PipelineFile.parse(declared).label().value().source(), declared.getVersion()));
        } catch (InvalidPipelineException e) {
            return Optional.empty();
        }
    }
}
