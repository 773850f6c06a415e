package io.freshet.trainer.service;

import io.confluent.kafka.serializers.KafkaAvroSerializer;
import io.freshet.model.ModelBundleCodec;
import io.freshet.runtime.DeclaredPipeline;
import io.freshet.runtime.ModelArtifacts;
import io.freshet.schemas.message.CandidateResult;
import io.freshet.schemas.message.Deployment;
import io.freshet.schemas.message.GateRule;
import io.freshet.schemas.message.ModelRegistered;
import io.freshet.schemas.message.PipelineDeclared;
import io.freshet.schemas.message.RetrainRequest;
import io.freshet.schemas.message.RunOutcome;
import io.freshet.schemas.message.TrainingInputs;
import io.freshet.schemas.message.TrainingRun;
import io.freshet.schemas.message.Trial;
import io.freshet.schemas.pipeline.Pipeline.RolloutSpec;
import io.freshet.schemas.pipeline.Pipeline.Task;
import io.freshet.schemas.row.Example;
import io.freshet.schemas.row.FeatureRowSchema;
import io.freshet.schemas.topic.Topic;
import io.freshet.schemas.topic.Topics;
import io.freshet.trainer.Choice;
import io.freshet.trainer.TrainingOutcome;
import io.freshet.trainer.TrainingReport;
import io.freshet.trainer.dataset.Pinned;
import io.freshet.trainer.evaluate.Evaluation;
import io.freshet.trainer.gate.Rule;
import io.freshet.trainer.registry.ModelState;
import io.freshet.trainer.registry.ModelState.Move;
import io.freshet.trainer.registry.Registration;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.clients.producer.ProducerRecord;

/** What a training is told the world by. */
final class Announcement {
    /** A record for a topic. */
    record Keyed(Topic topic, String key, SpecificRecord value) {
        /** As it is sent, to the topic's one partition. */
        ProducerRecord<byte[], byte[]> written(KafkaAvroSerializer writer) {
            return new ProducerRecord<>(
                    topic.name(), 0, key.getBytes(StandardCharsets.UTF_8), writer.serialize(topic.name(), value));
        }
    }

    private final RetrainRequest request;
    private final Pinned pinned;
    private final TrainingInputs inputs;
    private final Task task;
    private final TrainingOutcome outcome;
    private final Optional<Deployment> deployed;
    private final List<Move<?>> moves;
    private final int newVersion;
    private final Instant started;
    private final Instant finished;
    private final String runId;

    /** @param deployed what is in force */
    Announcement(
            RetrainRequest request,
            DeclaredPipeline declared,
            Pinned pinned,
            TrainingOutcome outcome,
            Optional<Deployment> deployed,
            int newVersion,
            Instant started,
            Instant finished) {
        this.request = request;
        this.pinned = pinned;
        this.task = declared.pipeline().model().task();
        this.outcome = outcome;
        this.deployed = deployed;
        RolloutSpec rollout = declared.pipeline().rollout();
        this.moves = Registration.trained(outcome, newVersion, rollout, NextDeployment.inUse(deployed));
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
                promoted.family().spelled() + " passed the gate and " + newPlace();
            case TrainingOutcome.Refused(List<String> broken, TrainingReport report) ->
                "the best candidate did not pass: " + String.join(", ", broken);
            case TrainingOutcome.Failed(var reason, String detail, TrainingReport report) -> reason + ": " + detail;
        };
    }

    private String newPlace() {
        return challenger()
                .map(challenger -> "challenges version " + outcome.report().championVersion() + " as version "
                        + newVersion + ", a " + challenger.stage().name().toLowerCase(Locale.ROOT))
                .orElse("serves as version " + newVersion);
    }

    /** The new model, where it challenges the champion rather than serve at once. */
    private Optional<ModelState.Challenger> challenger() {
        return moves.stream()
                .map(Move::to)
                .filter(ModelState.Challenger.class::isInstance)
                .map(ModelState.Challenger.class::cast)
                .findFirst();
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
        moves.forEach(move -> records.add(StateChange.of(request.getPipeline(), move, runId, summary(), finished)));
        return records;
    }

    private List<Keyed> chunks(byte[] bundle) {
        return ModelArtifacts.split(request.getPipeline(), newVersion, bundle).stream()
                .map(piece -> new Keyed(
                        Topics.MODEL_ARTIFACTS,
                        ModelArtifacts.key(request.getPipeline(), newVersion, piece.getIndex()),
                        piece))
                .toList();
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
                        .setWindow(promoted.choice().window().spelled())
                        .setSettings(promoted.choice().settings().values())
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
                .setTrials(report.trials().stream().map(Announcement::trial).toList())
                .setLeftOutWindows(leftOut(report))
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
                .setDetail(promoted && challenger().isEmpty() ? "" : summary())
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
        String reason = summary() + ", asked for because of " + request.getReason();
        Optional<ModelState.Challenger> challenger = challenger();
        return challenger.isPresent() && deployed.isPresent()
                ? NextDeployment.challenged(deployed.get(), challenger.get(), runId, reason, finished)
                : NextDeployment.serving(
                        request.getPipeline(),
                        deployed,
                        newVersion,
                        outcome.report().championVersion(),
                        runId,
                        reason,
                        finished);
    }

    private static CandidateResult candidate(io.freshet.trainer.CandidateResult result) {
        return switch (result) {
            case io.freshet.trainer.CandidateResult.Evaluated evaluated -> {
                Map<String, String> settings = new TreeMap<>(evaluated.hyperparameters());
                yield candidate(evaluated.choice())
                        .setMetrics(evaluated.evaluation().byName())
                        .setEstimates(EvaluationReport.estimates(evaluated.evaluation()))
                        .setHyperparameters(settings)
                        .setLearningCurve(evaluated.learningCurve())
                        .setFitMillis(evaluated.fitMillis())
                        .build();
            }
            case io.freshet.trainer.CandidateResult.Failed failed ->
                candidate(failed.choice())
                        .setMetrics(Map.of())
                        .setHyperparameters(Map.of())
                        .setFitMillis(failed.fitMillis())
                        .setError(failed.reason() + ": " + failed.detail())
                        .build();
        };
    }

    private static CandidateResult.Builder candidate(Choice choice) {
        return CandidateResult.newBuilder()
                .setFamily(choice.family().spelled())
                .setWindow(choice.window().spelled())
                .setSettings(choice.settings().values());
    }

    private static Trial trial(io.freshet.trainer.Trial trial) {
        Trial.Builder record = Trial.newBuilder()
                .setFamily(trial.choice().family().spelled())
                .setWindow(trial.choice().window().spelled())
                .setSettings(trial.choice().settings().values())
                .setRows(trial.rows())
                .setFitMillis(trial.millis());
        if (!Double.isNaN(trial.value())) {
            record.setValue(trial.value());
        }
        trial.error().ifPresent(record::setError);
        return record.build();
    }

    private static Map<String, String> leftOut(TrainingReport report) {
        Map<String, String> leftOut = new TreeMap<>();
        report.leftOutWindows().forEach((window, why) -> leftOut.put(window.spelled(), why));
        return leftOut;
    }

    private static GateRule rule(Rule rule) {
        return new GateRule(rule.name(), rule.value(), rule.threshold(), rule.passed());
    }
}
