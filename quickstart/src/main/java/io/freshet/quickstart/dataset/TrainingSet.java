package io.freshet.quickstart.dataset;

import io.freshet.quickstart.platform.PlatformException;
import io.freshet.runtime.KafkaConnection;
import io.freshet.schemas.message.CandidateResult;
import io.freshet.schemas.message.ModelRegistered;
import io.freshet.schemas.message.OffsetRange;
import io.freshet.schemas.message.PipelineDeclared;
import io.freshet.schemas.message.RetrainRequest;
import io.freshet.schemas.message.TrainingInputs;
import io.freshet.schemas.message.TrainingRun;
import io.freshet.schemas.pipeline.InvalidPipelineException;
import io.freshet.schemas.pipeline.Pipeline;
import io.freshet.schemas.pipeline.PipelineFile;
import io.freshet.schemas.pipeline.TrainingWindow;
import io.freshet.trainer.dataset.ExampleLog;
import io.freshet.trainer.dataset.Pinned;
import io.freshet.trainer.dataset.UnavailableDatasetException;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import org.apache.kafka.common.KafkaException;
import org.jspecify.annotations.Nullable;

/**
 * A training set as it was recorded.
 *
 * @param name of what was trained on it, for messages
 * @param ranges where it stands
 * @param inputs what else the training was made from
 * @param pipeline the declaration of then
 * @param window the rows of it that were fitted on; of a run without a model those of its best candidate
 */
public record TrainingSet(
        String name, List<OffsetRange> ranges, TrainingInputs inputs, Pipeline pipeline, TrainingWindow window) {
    public TrainingSet {
        ranges = List.copyOf(ranges);
    }

    /**
     * What a model was trained on.
     *
     * @throws PlatformException where that was not recorded yet when it was trained, or cannot be read any more
     */
    public static TrainingSet of(ModelRegistered model) {
        return of(
                model.getPipeline() + " version " + model.getVersion(),
                model.getPipeline(),
                model.getDataset(),
                model.getInputs(),
                model.getWindow());
    }

    /**
     * What a run was made on.
     *
     * @throws PlatformException as for a model
     */
    public static TrainingSet of(TrainingRun run) {
        return of(
                run.getRunId(),
                run.getPipeline(),
                run.getDataset(),
                run.getInputs(),
                run.getCandidates().stream()
                        .findFirst()
                        .map(CandidateResult::getWindow)
                        .orElseGet(TrainingWindow.ALL::spelled));
    }

    private static TrainingSet of(
            String name, String pipeline, List<OffsetRange> ranges, @Nullable TrainingInputs inputs, String window) {
        if (inputs == null) {
            throw new PlatformException("of " + name + " neither content hash nor declaration were recorded: it was"
                    + " trained by an earlier build, or no rows were read");
        }
        try {
            return new TrainingSet(
                    name,
                    ranges,
                    inputs,
                    PipelineFile.parse(PipelineDeclared.newBuilder()
                            .setPipeline(pipeline)
                            .setVersion(inputs.getDeclarationVersion())
                            .setDeclaration(inputs.getDeclaration())
                            .setEventSchema(inputs.getEventSchema())
                            .setLabelSchema(inputs.getLabelSchema())
                            .setDeclaredAt(inputs.getPinnedAt())
                            .build()),
                    TrainingWindow.parse(window)
                            .orElseThrow(() -> new PlatformException(
                                    "this build knows no window " + window + ", which " + name + " was trained on")));
        } catch (InvalidPipelineException e) {
            throw new PlatformException(
                    "the declaration that " + name + " was trained by is not valid for this build: "
                            + e.problems().getFirst(),
                    e);
        }
    }

    /** When the drift began that the training was asked for, if one was. */
    public Optional<Instant> since() {
        return Optional.ofNullable(inputs.getRequest()).map(RetrainRequest::getSince);
    }

    /**
     * Reads it again.
     *
     * @throws UnavailableDatasetException when it is not there any more as it was
     * @throws PlatformException when the platform does not answer
     */
    public Pinned read(KafkaConnection connection) throws UnavailableDatasetException {
        try {
            return new ExampleLog(connection, pipeline, InstantSource.system())
                    .readAgain(ranges, inputs.getContentHash(), inputs.getPinnedAt());
        } catch (KafkaException | IllegalStateException e) {
            throw new PlatformException("the training set of " + name + " cannot be read: " + e.getMessage(), e);
        }
    }
}
