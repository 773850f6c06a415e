package io.freshet.trainer.service;

import io.freshet.model.ModelBundleCodec;
import io.freshet.runtime.DeclaredPipeline;
import io.freshet.schemas.message.ArtifactChunk;
import io.freshet.schemas.message.CandidateResult;
import io.freshet.schemas.message.Deployment;
import io.freshet.schemas.message.GateRule;
import io.freshet.schemas.message.ModelRegistered;
import io.freshet.schemas.message.PipelineDeclared;
import io.freshet.schemas.message.RetrainRequest;
import io.freshet.schemas.message.RunOutcome;
import io.freshet.schemas.message.TrainingInputs;
import io.freshet.schemas.message.TrainingRun;
import io.freshet.schemas.pipeline.Pipeline.Task;
import io.freshet.schemas.row.Example;
import io.freshet.schemas.row.FeatureRowSchema;
import io.freshet.schemas.topic.Topic;
import io.freshet.schemas.topic.Topics;
import io.freshet.trainer.TrainingOutcome;
import io.freshet.trainer.TrainingReport;
import io.freshet.trainer.dataset.Pinned;
import io.freshet.trainer.evaluate.Evaluation;
import io.freshet.trainer.gate.Rule;
import io.freshet.trainer.registry.ModelState;
import io.freshet.trainer.registry.Registration;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.apache.avro.specific.SpecificRecord;

/** What a training is told the world by. */
final class Announcement {
    private static final int CHUNK = 512 * 1024;

    /** A record for a topic. */
    record Keyed(Topic topic, String key, SpecificRecord value) {}

    private final RetrainRequest request;
    private final Pinned pinned;
    private final TrainingInputs inputs;
    private final Task task;
    private final TrainingOutcome outcome;
    private final int newVersion;
    private final Instant started;
    private final Instant finished;
    private final String runId;

    Announcement(
            RetrainRequest request,
            DeclaredPipeline declared,
            Pinned pinned,
            TrainingOutcome outcome,
            int newVersion,
            Instant started,
            Instant finished) {
        this.request = request;
        this.pinned = pinned;
        this.task = declared.pipeline().model().task();
        this.outcome = outcome;
        this.newVersion = newVersion;
        this.started = started;
        this.finished = finished;
        this.runId = "run-" + request.getRequestId();
        this.inputs = inputs(declared);
    }

    private TrainingInputs inputs(DeclaredPipeline declared) {
        PipelineDeclared source = declared.source();
        TrainingInputs.Builder inputs = TrainingInputs.newBuilder()
                .setContentHash(pinned.contentHash())
                .setRecords(pinned.records())
                .setUnreadable(pinned.unreadable())
                .setSchemaIds(pinned.schemaIds())
                .setFeatureSet(FeatureRowSchema.of(declared.pipeline()).featureSet())
                .setPinnedAt(pinned.pinnedAt())
                .setChampion(outcome.report().championVersion())
                .setDeclarationVersion(source.getVersion())
                .setDeclaration(source.getDeclaration())
                .setEventSchema(source.getEventSchema())
                .setLabelSchema(source.getLabelSchema())
                .setRequest(request);
        pinned.newestLabel().ifPresent(inputs::setNewestLabel);
        return inputs.build();
    }

    /** The outcome in one sentence. */
    String summary() {
        return switch (outcome) {
            case TrainingOutcome.Promoted promoted ->
                promoted.family().spelled() + " passed the gate and serves as version " + newVersion;
            case TrainingOutcome.Refused(List<String> broken, TrainingReport report) ->
                "the best candidate did not pass: " + String.join(", ", broken);
            case TrainingOutcome.Failed(var reason, String detail, TrainingReport report) -> reason + ": " + detail;
        };
    }

    /** Every record, the artifacts before what refers to them. */
    List<Keyed> records() {
        List<Keyed> records = new ArrayList<>();
        if (outcome instanceof TrainingOutcome.Promoted promoted) {
            List<Keyed> chunks = chunks(promoted.bundle());
            records.addAll(chunks);
            records.add(registration(promoted, chunks.size()));
        }
        records.add(new Keyed(Topics.TRAINING_RUNS, request.getPipeline(), run()));
        if (outcome instanceof TrainingOutcome.Promoted) {
            records.add(deployment());
        }
        int serving = outcome.report().championVersion();
        Registration.trained(
                        outcome,
                        newVersion,
                        serving == 0 ? Optional.empty() : Optional.of(new ModelState.Champion(serving)))
                .forEach(move -> records.add(StateChange.of(request.getPipeline(), move, runId, summary(), finished)));
        return records;
    }

    private List<Keyed> chunks(byte[] bundle) {
        int count = (bundle.length + CHUNK - 1) / CHUNK;
        String sha256 = ModelBundleCodec.fingerprint(bundle);
        List<Keyed> chunks = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            int from = i * CHUNK;
            chunks.add(new Keyed(
                    Topics.MODEL_ARTIFACTS,
                    request.getPipeline() + ":" + newVersion + ":" + i,
                    new ArtifactChunk(
                            request.getPipeline(),
                            newVersion,
                            i,
                            count,
                            sha256,
                            ByteBuffer.wrap(bundle, from, Math.min(CHUNK, bundle.length - from)))));
        }
        return chunks;
    }

    private Keyed registration(TrainingOutcome.Promoted promoted, int chunks) {
        return new Keyed(
                Topics.MODELS,
                request.getPipeline() + ":" + newVersion,
                ModelRegistered.newBuilder()
                        .setPipeline(request.getPipeline())
                        .setVersion(newVersion)
                        .setFamily(promoted.family().spelled())
                        .setFeatureSet(inputs.getFeatureSet())
                        .setSha256(ModelBundleCodec.fingerprint(promoted.bundle()))
                        .setSizeBytes(promoted.bundle().length)
                        .setChunks(chunks)
                        .setRunId(runId)
                        .setDataset(pinned.ranges())
                        .setSeed(outcome.report().seed())
                        .setInputs(inputs)
                        .setHyperparameters(hyperparameters(promoted))
                        .setMetrics(outcome.report()
                                .best()
                                .map(best -> best.comparison().challenger().byName())
                                .orElse(Map.of()))
                        .setGate(outcome.report().rules().stream()
                                .map(Announcement::rule)
                                .toList())
                        .setBaseline(
                                ByteBuffer.wrap(promoted.baseline().profile().toBytes()))
                        .setDriftThresholds(promoted.baseline().thresholds())
                        .setCodeCommit(BuildInfo.COMMIT)
                        .setEnvironment(BuildInfo.environment())
                        .setRegisteredAt(finished)
                        .build());
    }

    private static Map<String, String> hyperparameters(TrainingOutcome.Promoted promoted) {
        return promoted.report().candidates().stream()
                .filter(candidate -> candidate.family() == promoted.family())
                .flatMap(candidate -> candidate instanceof io.freshet.trainer.CandidateResult.Evaluated evaluated
                        ? Stream.of(new TreeMap<>(evaluated.hyperparameters()))
                        : Stream.of())
                .findFirst()
                .orElseGet(TreeMap::new);
    }

    private TrainingRun run() {
        TrainingReport report = outcome.report();
        boolean promoted = outcome instanceof TrainingOutcome.Promoted;
        TrainingRun.Builder run = TrainingRun.newBuilder()
                .setRunId(runId)
                .setRequestId(request.getRequestId())
                .setPipeline(request.getPipeline())
                .setReason(request.getReason())
                .setDataset(pinned.ranges())
                .setSeed(report.seed())
                .setInputs(inputs)
                .setRows(pinned.read())
                .setOtherFeatureSetRows(report.counts().otherFeatureSet())
                .setTrainRows(report.counts().train())
                .setHoldoutRows(report.counts().holdout())
                .setCandidates(report.candidates().stream()
                        .map(Announcement::candidate)
                        .toList())
                .setChampionVersion(report.championVersion())
                .setChampionMetrics(report.champion().map(Evaluation::byName).orElse(Map.of()))
                .setGate(report.rules().stream().map(Announcement::rule).toList())
                .setOutcome(
                        switch (outcome) {
                            case TrainingOutcome.Promoted _ -> RunOutcome.PROMOTED;
                            case TrainingOutcome.Refused _ -> RunOutcome.REFUSED;
                            case TrainingOutcome.Failed _ -> RunOutcome.FAILED;
                        })
                .setPromoted(promoted)
                .setNewVersion(promoted ? newVersion : 0)
                .setDetail(promoted ? "" : summary())
                .setStartedAt(started)
                .setFinishedAt(finished);
        streamTime().ifPresent(run::setEventTime);
        report.best().ifPresent(best -> EvaluationReport.write(task, best, run));
        return run.build();
    }

    private Optional<Instant> streamTime() {
        return DeclinedRun.known(request)
                .or(() -> pinned.examples().stream().map(Example::labelTime).max(Comparator.naturalOrder()));
    }

    private Keyed deployment() {
        return new Keyed(
                Topics.DEPLOYMENTS,
                request.getPipeline(),
                Deployment.newBuilder()
                        .setPipeline(request.getPipeline())
                        .setChampionVersion(newVersion)
                        .setPreviousVersion(outcome.report().championVersion())
                        .setRunId(runId)
                        .setReason(summary() + ", asked for because of " + request.getReason())
                        .setDecidedAt(finished)
                        .build());
    }

    private static CandidateResult candidate(io.freshet.trainer.CandidateResult result) {
        return switch (result) {
            case io.freshet.trainer.CandidateResult.Evaluated evaluated -> {
                Map<String, String> settings = new TreeMap<>(evaluated.hyperparameters());
                yield CandidateResult.newBuilder()
                        .setFamily(evaluated.family().spelled())
                        .setMetrics(evaluated.evaluation().byName())
                        .setEstimates(EvaluationReport.estimates(evaluated.evaluation()))
                        .setHyperparameters(settings)
                        .setFitMillis(evaluated.fitMillis())
                        .build();
            }
            case io.freshet.trainer.CandidateResult.Failed failed ->
                CandidateResult.newBuilder()
                        .setFamily(failed.family().spelled())
                        .setMetrics(Map.of())
                        .setHyperparameters(Map.of())
                        .setFitMillis(failed.fitMillis())
                        .setError(failed.reason() + ": " + failed.detail())
                        .build();
        };
    }

    private static GateRule rule(Rule rule) {
        return new GateRule(rule.name(), rule.value(), rule.threshold(), rule.passed());
    }
}
