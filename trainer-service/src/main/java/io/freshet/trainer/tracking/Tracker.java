package io.freshet.trainer.tracking;

import io.freshet.card.CardJson;
import io.freshet.card.CardPage;
import io.freshet.card.ModelCard;
import io.freshet.model.InvalidBundleException;
import io.freshet.model.ModelBundle;
import io.freshet.model.ModelBundleCodec;
import io.freshet.schemas.message.ModelRegistered;
import io.freshet.schemas.message.ModelStage;
import io.freshet.schemas.message.ModelStateChanged;
import io.freshet.schemas.message.PipelineDeclared;
import io.freshet.schemas.message.RetrainRequest;
import io.freshet.schemas.message.RunOutcome;
import io.freshet.schemas.message.TrainingInputs;
import io.freshet.schemas.message.TrainingRun;
import io.freshet.schemas.pipeline.InvalidPipelineException;
import io.freshet.schemas.pipeline.PipelineFile;
import io.freshet.trainer.tracking.Mlflow.Run;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells MLflow of trainings and of what models are. A pipeline is an experiment and a registered model of its name, a
 * training a run, a registered version a model version with the run's files; the champion has the alias {@code champion}, what proves itself beside it {@code challenger}.
 * Each record may be told again, and in any order: what is there already is found by its tag.
 */
public final class Tracker {
    private static final Logger LOG = LoggerFactory.getLogger(Tracker.class);
    private static final String VERSION = "freshet.version";
    private static final String CHAMPION = "champion";
    private static final String CHALLENGER = "challenger";

    // What is safe between the quotes of MLflow's filters, and in names of its models.
    private static final Pattern PLAIN_ID = Pattern.compile("[A-Za-z0-9._:-]{1,200}");
    private static final Pattern PLAIN_NAME = Pattern.compile("[A-Za-z0-9._-]{1,200}");

    private final Mlflow mlflow;
    private final TrackedModels models;
    private final TrackingMetrics metrics;

    public Tracker(Mlflow mlflow, TrackedModels models, TrackingMetrics metrics) {
        this.mlflow = mlflow;
        this.models = models;
        this.metrics = metrics;
    }

    /**
     * A request was answered. One that was not trained is no run.
     *
     * @throws MlflowException when it has to be told again, or cannot be told
     */
    public void trained(TrainingRun run) throws MlflowException, InterruptedException {
        if (RunAccount.outcome(run) == RunOutcome.DECLINED) {
            return;
        }
        TrainingInputs inputs = run.getInputs();
        Run told = run(run.getPipeline(), run.getRunId(), run.getStartedAt());
        mlflow.log(told, RunAccount.of(run));
        upload(told, "training-run.json", utf8(run.toString()));
        if (inputs != null) {
            upload(told, "declaration.yaml", utf8(inputs.getDeclaration()));
        }
        if (run.getNewVersion() > 0) {
            Optional<ModelRegistered> model = models.model(run.getPipeline(), run.getNewVersion());
            if (model.isPresent()) {
                register(model.get(), told);
                card(model.get(), run, told);
            }
        }
        boolean failed = RunAccount.outcome(run) == RunOutcome.FAILED;
        mlflow.endRun(told, RunAccount.title(run), failed, run.getFinishedAt().toEpochMilli());
        metrics.run();
    }

    /**
     * A model has another state. What was never registered, such as a refused candidate, is told as a run alone.
     *
     * @throws MlflowException when it has to be told again, or cannot be told
     */
    public void stateChanged(ModelStateChanged change) throws MlflowException, InterruptedException {
        Optional<ModelRegistered> model = models.model(change.getPipeline(), change.getVersion());
        if (model.isEmpty()) {
            return;
        }
        String version =
                register(model.get(), run(change.getPipeline(), model.get().getRunId(), startOf(model.get())));
        mlflow.tagModelVersion(
                change.getPipeline(), version, "freshet.state", change.getTo().name());
        mlflow.tagModelVersion(
                change.getPipeline(),
                version,
                "freshet.state_since",
                change.getChangedAt().toString());
        if (change.getTo() == ModelStage.CHAMPION) {
            mlflow.alias(change.getPipeline(), CHAMPION, version);
        }
        if (challenges(change.getTo())) {
            mlflow.alias(change.getPipeline(), CHALLENGER, version);
        } else if (challenges(change.getFrom())) {
            mlflow.withoutAlias(change.getPipeline(), CHALLENGER, version);
        }
        metrics.state();
    }

    private static boolean challenges(ModelStage stage) {
        return stage == ModelStage.SHADOW || stage == ModelStage.CANARY;
    }

    private static Instant startOf(ModelRegistered model) {
        TrainingInputs inputs = model.getInputs();
        return inputs == null ? model.getRegisteredAt() : inputs.getPinnedAt();
    }

    private Run run(String pipeline, String runId, Instant started) throws MlflowException, InterruptedException {
        if (!PLAIN_NAME.matcher(pipeline).matches()) {
            throw new MlflowException.Refused("pipeline-name", "no pipeline has such a name");
        }
        // A request's id, which the run's is made of, is whatever the one who asked wrote.
        String key = PLAIN_ID.matcher(runId).matches() ? runId : ModelBundleCodec.fingerprint(utf8(runId));
        String experiment = mlflow.experiment(pipeline);
        Optional<Run> known = mlflow.run(experiment, RunAccount.RUN_ID, key);
        return known.isPresent()
                ? known.get()
                : mlflow.startRun(
                        experiment,
                        key,
                        started.toEpochMilli(),
                        Map.of(RunAccount.RUN_ID, key, "freshet.pipeline", pipeline, "mlflow.source.name", "freshet"));
    }

    /** Registers a version with its files, unless that is done, and gives the number that MLflow has for it. */
    private String register(ModelRegistered model, Run run) throws MlflowException, InterruptedException {
        String name = model.getPipeline();
        String ours = Integer.toString(model.getVersion());
        Optional<String> known = mlflow.modelVersion(name, VERSION, ours);
        if (known.isPresent()) {
            return known.get();
        }
        Map<String, String> tags = new LinkedHashMap<>();
        tags.put(VERSION, ours);
        tags.put("freshet.family", model.getFamily());
        tags.put("freshet.feature_set", model.getFeatureSet());
        tags.put("freshet.sha256", model.getSha256());
        tags.put("freshet.code_commit", model.getCodeCommit());
        tags.putAll(files(model, run));
        mlflow.registeredModel(name, "Models of the Freshet pipeline " + name + ". The alias champion is what serves.");
        return mlflow.createModelVersion(
                name, run, ModelFiles.DIRECTORY, tags, model.getFamily() + ", version " + ours + " of " + name);
    }

    private Map<String, String> files(ModelRegistered model, Run run) throws MlflowException, InterruptedException {
        Optional<byte[]> bytes = models.bundle(model);
        Optional<ModelBundle> bundle = bytes.flatMap(each -> bundle(model, each));
        if (bytes.isEmpty() || bundle.isEmpty()) {
            return Map.of();
        }
        ModelFiles files = ModelFiles.of(model, bytes.get(), bundle.get(), run.id());
        for (Map.Entry<String, byte[]> file : files.contents().entrySet()) {
            upload(run, ModelFiles.DIRECTORY + "/" + file.getKey(), file.getValue());
        }
        return files.withoutOnnx().map(why -> Map.of("freshet.no_onnx", why)).orElse(Map.of());
    }

    private void card(ModelRegistered model, TrainingRun run, Run told) throws MlflowException, InterruptedException {
        Optional<ModelBundle> bundle = models.bundle(model).flatMap(bytes -> bundle(model, bytes));
        if (bundle.isEmpty()) {
            metrics.skipped("no-bundle");
            LOG.warn(
                    "{} version {} has no readable bundle on the log; MLflow gets neither it nor a card",
                    model.getPipeline(),
                    model.getVersion());
            return;
        }
        TrainingInputs inputs = run.getInputs();
        // Without what serves: that changes, and aliases tell it.
        ModelCard card = new ModelCard(
                model, bundle.get(), Optional.of(run), request(inputs), label(model, inputs), Optional.empty());
        upload(told, "model-card.html", utf8(CardPage.of(card)));
        upload(told, "model-card.json", utf8(CardJson.of(card)));
    }

    private static Optional<RetrainRequest> request(@Nullable TrainingInputs inputs) {
        return Optional.ofNullable(inputs).map(TrainingInputs::getRequest);
    }

    private static Optional<ModelCard.Label> label(ModelRegistered model, @Nullable TrainingInputs inputs) {
        if (inputs == null) {
            return Optional.empty();
        }
        try {
            String label = PipelineFile.parse(PipelineDeclared.newBuilder()
                            .setPipeline(model.getPipeline())
                            .setVersion(inputs.getDeclarationVersion())
                            .setDeclaration(inputs.getDeclaration())
                            .setEventSchema(inputs.getEventSchema())
                            .setLabelSchema(inputs.getLabelSchema())
                            .setDeclaredAt(inputs.getPinnedAt())
                            .build())
                    .label()
                    .value()
                    .source();
            return Optional.of(new ModelCard.Label(label, inputs.getDeclarationVersion()));
        } catch (InvalidPipelineException e) {
            // Of a build that took other declarations.
            return Optional.empty();
        }
    }

    private static Optional<ModelBundle> bundle(ModelRegistered model, byte[] bytes) {
        try {
            return Optional.of(ModelBundleCodec.decode(bytes, bytes.length));
        } catch (InvalidBundleException e) {
            LOG.warn("the bundle of {} version {} cannot be read", model.getPipeline(), model.getVersion(), e);
            return Optional.empty();
        }
    }

    /** A file that the server refuses is left out; everything else is still told. */
    private void upload(Run run, String path, byte[] content) throws MlflowException, InterruptedException {
        try {
            mlflow.upload(run, path, content);
        } catch (MlflowException.Refused e) {
            metrics.skipped(e.reason());
            LOG.warn("{} of run {} is not kept by MLflow: {}", path, run.id(), e.getMessage());
        }
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
