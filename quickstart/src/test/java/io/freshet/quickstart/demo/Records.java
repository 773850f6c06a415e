package io.freshet.quickstart.demo;

import io.freshet.model.Calibration;
import io.freshet.model.Feature;
import io.freshet.model.FeatureKind;
import io.freshet.model.GoldenVector;
import io.freshet.model.LinearScorer;
import io.freshet.model.Link;
import io.freshet.model.ModelBundle;
import io.freshet.model.Output;
import io.freshet.model.Preparation;
import io.freshet.model.Step;
import io.freshet.schemas.message.AlertKind;
import io.freshet.schemas.message.AlertState;
import io.freshet.schemas.message.CandidateResult;
import io.freshet.schemas.message.Deployment;
import io.freshet.schemas.message.DriftAlert;
import io.freshet.schemas.message.FeatureDrift;
import io.freshet.schemas.message.GateRule;
import io.freshet.schemas.message.ModelRole;
import io.freshet.schemas.message.Prediction;
import io.freshet.schemas.message.PredictionError;
import io.freshet.schemas.message.RealisedPerformance;
import io.freshet.schemas.message.RecordKind;
import io.freshet.schemas.message.RejectedRecord;
import io.freshet.schemas.message.RetrainReason;
import io.freshet.schemas.message.RetrainRequest;
import io.freshet.schemas.message.TrainingRun;
import io.freshet.schemas.row.Example;
import io.freshet.schemas.row.FeatureRow;
import io.freshet.schemas.wire.WireFormat;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;

/** Records as the services write them. */
final class Records {
    static final String PIPELINE = "late";
    static final Instant START = Instant.parse("2001-01-01T00:00:00Z");

    static {
        WireFormat.trustMessages();
    }

    private Records() {}

    /** The time of event {@code i}: an hour after the one before. */
    static Instant time(int i) {
        return START.plus(Duration.ofHours(i));
    }

    static FeatureRow row(int i, double x) {
        return new FeatureRow("e" + i, "k", time(i), "set", null, time(i), List.of(x));
    }

    static Example example(int i, double x, boolean positive) {
        return new Example(row(i, x), positive ? 1 : 0, time(i).plusSeconds(60));
    }

    /** Version 0 stands for no model. */
    static Prediction prediction(int i, int version, double score) {
        boolean degraded = version == 0;
        return Prediction.newBuilder()
                .setPredictionId("p" + i)
                .setPipeline(PIPELINE)
                .setEventId("e" + i)
                .setEntityKey("k")
                .setEventTime(time(i))
                .setModelVersion(version)
                .setModelFamily(degraded ? null : "logistic-regression")
                .setRole(ModelRole.CHAMPION)
                .setScore(score)
                .setDecision(score > 0.5)
                .setThreshold(0.5)
                .setDegraded(degraded)
                .setDegradedReason(degraded ? "NO_MODEL" : null)
                .setFeatureSet("set")
                .setFeaturesComputedAt(time(i))
                .setScoredAt(time(i))
                .build();
    }

    static PredictionError error(int i) {
        return PredictionError.newBuilder()
                .setPipeline(PIPELINE)
                .setEventId("e" + i)
                .setReason("MODEL_FAILED")
                .setDetail("")
                .setModelVersion(1)
                .setSourceTopic("late.features")
                .setSourcePartition(0)
                .setSourceOffset(i)
                .setPayload(ByteBuffer.allocate(0))
                .setFailedAt(time(i))
                .build();
    }

    static RejectedRecord rejected(RecordKind kind, String reason) {
        return RejectedRecord.newBuilder()
                .setPipeline(PIPELINE)
                .setPipelineVersion(1)
                .setWriter("ingest-service")
                .setKind(kind)
                .setReason(reason)
                .setDetail("")
                .setPayload(ByteBuffer.allocate(0))
                .setPayloadFormat("json")
                .setRejectedAt(START)
                .build();
    }

    static DriftAlert alert(AlertState state) {
        return DriftAlert.newBuilder()
                .setAlertId("a1")
                .setPipeline(PIPELINE)
                .setState(state)
                .setModelVersion(1)
                .setWindowStart(time(5))
                .setWindowEnd(time(10))
                .setRows(5)
                .setFeatures(
                        state == AlertState.RESOLVED
                                ? List.of()
                                : List.of(new FeatureDrift("x", "population-stability", 0.4, 0.1, "mean 1", "mean 2")))
                .setMessage("x moved from 1 to 2")
                .setOpenedAt(time(10))
                .setDecidedAt(time(10))
                .build();
    }

    /** A model that does worse than it promised. */
    static DriftAlert performance(AlertState state) {
        return DriftAlert.newBuilder(alert(AlertState.RESOLVED))
                .setAlertId("a2")
                .setKind(AlertKind.PERFORMANCE)
                .setState(state)
                .setPerformance(new RealisedPerformance(
                        "log-loss", 0.5, 0.45, 0.55, 0.605, 0.7, 0.69, 0.71, 6L, Map.of("log-loss", 0.7)))
                .setMessage("log-loss 0.7 on 5")
                .build();
    }

    static RetrainRequest request(String id, RetrainReason reason) {
        return RetrainRequest.newBuilder()
                .setRequestId(id)
                .setPipeline(PIPELINE)
                .setWriter("drift-service")
                .setReason(reason)
                .setAlertId(reason == RetrainReason.DRIFT ? "a1" : null)
                .setEvidence("x moved")
                .setEventTime(time(10))
                .setRequestedAt(time(10))
                .build();
    }

    /** Version 0 stands for a run whose candidate was refused. */
    static TrainingRun run(String requestId, RetrainReason reason, int version) {
        boolean promoted = version > 0;
        return TrainingRun.newBuilder()
                .setRunId("run-" + requestId)
                .setRequestId(requestId)
                .setPipeline(PIPELINE)
                .setReason(reason)
                .setDataset(List.of())
                .setRows(1_000)
                .setTrainRows(800)
                .setHoldoutRows(200)
                .setCandidates(List.of(
                        new CandidateResult(
                                "logistic-regression",
                                Map.of("roc-auc", 0.71234),
                                Map.of(),
                                12L,
                                null,
                                List.of(),
                                "all",
                                Map.of(),
                                List.of()),
                        new CandidateResult(
                                "neural-network",
                                Map.of(),
                                Map.of(),
                                0L,
                                "did not converge",
                                List.of(),
                                "all",
                                Map.of(),
                                List.of())))
                .setChampionVersion(version > 1 ? version - 1 : 0)
                .setChampionMetrics(version > 1 ? Map.of("roc-auc", 0.65) : Map.of())
                .setGate(List.of(new GateRule("beats-champion", 0.97, 0.95, promoted)))
                .setPromoted(promoted)
                .setNewVersion(version)
                .setDetail("")
                .setStartedAt(time(10))
                .setFinishedAt(time(10))
                .build();
    }

    static Deployment deployment(int version) {
        return Deployment.newBuilder()
                .setPipeline(PIPELINE)
                .setChampionVersion(version)
                .setPreviousVersion(version - 1)
                .setRunId("run")
                .setReason("it passed the gate")
                .setDecidedAt(time(10))
                .build();
    }

    /** A model that scores the logistic function of its one feature {@code x}. */
    static ModelBundle bundle(int version) {
        return new ModelBundle(
                ModelBundle.FORMAT_VERSION,
                PIPELINE,
                version,
                "logistic-regression",
                List.of(new Feature("x", FeatureKind.NUMERIC)),
                "set",
                new Preparation(List.of(new Step.Numeric("x", 0, 0, 1))),
                new LinearScorer(new double[] {1}, 0, Link.LOGISTIC),
                new Output.Binary(new Calibration.None(), 0.5),
                List.of(new GoldenVector(List.of(0.0), List.of(0.5))));
    }
}
