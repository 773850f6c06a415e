package io.freshet.trainer.service;

import io.freshet.schemas.message.ArtifactChunk;
import io.freshet.schemas.message.CandidateResult;
import io.freshet.schemas.message.Deployment;
import io.freshet.schemas.message.GateRule;
import io.freshet.schemas.message.ModelRegistered;
import io.freshet.schemas.message.RetrainRequest;
import io.freshet.schemas.message.TrainingRun;
import io.freshet.schemas.topic.Topic;
import io.freshet.schemas.topic.Topics;
import io.freshet.trainer.TrainingOutcome;
import io.freshet.trainer.TrainingReport;
import io.freshet.trainer.evaluate.Evaluation;
import io.freshet.trainer.gate.Rule;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.avro.specific.SpecificRecord;

/** What a training is told the world by. */
final class Announcement {
    private static final int CHUNK = 512 * 1024;

    /** A record for a topic. */
    record Keyed(Topic topic, String key, SpecificRecord value) {}

    private final RetrainRequest request;
    private final ExampleLog.Pinned pinned;
    private final String featureSet;
    private final TrainingOutcome outcome;
    private final int newVersion;
    private final Instant started;
    private final Instant finished;
    private final String runId;

    Announcement(
            RetrainRequest request,
            ExampleLog.Pinned pinned,
            String featureSet,
            TrainingOutcome outcome,
            int newVersion,
            Instant started,
            Instant finished) {
        this.request = request;
        this.pinned = pinned;
        this.featureSet = featureSet;
        this.outcome = outcome;
        this.newVersion = newVersion;
        this.started = started;
        this.finished = finished;
        this.runId = "run-" + request.getRequestId();
    }

    /** The outcome in one sentence. */
    String summary() {
        return switch (outcome) {
            case TrainingOutcome.Promoted promoted ->
                io.freshet.trainer.CandidateResult.name(promoted.family()) + " passed the gate and serves as version "
                        + newVersion;
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
        return records;
    }

    private List<Keyed> chunks(byte[] bundle) {
        int count = (bundle.length + CHUNK - 1) / CHUNK;
        String sha256 = sha256(bundle);
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
                        .setFamily(io.freshet.trainer.CandidateResult.name(promoted.family()))
                        .setFeatureSet(featureSet)
                        .setSha256(sha256(promoted.bundle()))
                        .setSizeBytes(promoted.bundle().length)
                        .setChunks(chunks)
                        .setRunId(runId)
                        .setDataset(pinned.ranges())
                        .setSeed(outcome.report().seed())
                        .setMetrics(outcome.report()
                                .best()
                                .map(best -> best.comparison().challenger().byName())
                                .orElse(Map.of()))
                        .setBaseline(
                                ByteBuffer.wrap(promoted.baseline().profile().toBytes()))
                        .setDriftThresholds(promoted.baseline().thresholds())
                        .setCodeCommit(BuildInfo.VERSION)
                        .setEnvironment(BuildInfo.environment())
                        .setRegisteredAt(finished)
                        .build());
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
                .setPromoted(promoted)
                .setNewVersion(promoted ? newVersion : 0)
                .setDetail(promoted ? "" : summary())
                .setStartedAt(started)
                .setFinishedAt(finished);
        report.best().ifPresent(best -> EvaluationReport.write(best, run));
        return run.build();
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
                        .setFamily(io.freshet.trainer.CandidateResult.name(evaluated.family()))
                        .setMetrics(evaluated.evaluation().byName())
                        .setEstimates(EvaluationReport.estimates(evaluated.evaluation()))
                        .setHyperparameters(settings)
                        .setFitMillis(evaluated.fitMillis())
                        .build();
            }
            case io.freshet.trainer.CandidateResult.Failed failed ->
                CandidateResult.newBuilder()
                        .setFamily(io.freshet.trainer.CandidateResult.name(failed.family()))
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

    private static String sha256(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
