package io.freshet.card;

import io.freshet.card.ModelCard.Label;
import io.freshet.model.Calibration;
import io.freshet.model.ClassCalibration;
import io.freshet.model.ClassScorer;
import io.freshet.model.GoldenVector;
import io.freshet.model.LinearScorer;
import io.freshet.model.Link;
import io.freshet.model.ModelBundle;
import io.freshet.model.Output;
import io.freshet.model.Preparation;
import io.freshet.model.Scorer;
import io.freshet.model.Step;
import io.freshet.schemas.message.CalibrationTrial;
import io.freshet.schemas.message.CandidateResult;
import io.freshet.schemas.message.CurvePoint;
import io.freshet.schemas.message.Deployment;
import io.freshet.schemas.message.Evaluation;
import io.freshet.schemas.message.Fold;
import io.freshet.schemas.message.GateRule;
import io.freshet.schemas.message.MetricDifference;
import io.freshet.schemas.message.MetricEstimate;
import io.freshet.schemas.message.ModelRegistered;
import io.freshet.schemas.message.OffsetRange;
import io.freshet.schemas.message.ReliabilityBin;
import io.freshet.schemas.message.RetrainReason;
import io.freshet.schemas.message.RetrainRequest;
import io.freshet.schemas.message.SliceEvaluation;
import io.freshet.schemas.message.TrainingRun;
import io.freshet.schemas.wire.WireFormat;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What a card is made of, for tests: version 2 of {@code cards}, trained because of drift while version 1 served. */
public final class Cards {
    public static final Instant TIME = Instant.parse("2026-01-02T03:04:05Z");
    public static final String HOSTILE = "<script>alert('&\u001b[2J\u202e\u009b</script>";

    static {
        try {
            // Lets Avro load our messages by name, which builders do for fields that are left to their defaults.
            Class.forName(WireFormat.class.getName());
        } catch (ClassNotFoundException e) {
            throw new IllegalStateException(e);
        }
    }

    private Cards() {}

    public static ModelCard card() {
        return new ModelCard(
                model("ab12"),
                bundle(),
                Optional.of(run()),
                Optional.of(request()),
                Optional.of(new Label("label.fraud == '" + HOSTILE + "'", 4)),
                Optional.of(deployment()));
    }

    public static ModelBundle bundle() {
        Preparation preparation = new Preparation(
                List.of(new Step.Numeric("amount", 0, 10, 2), new Step.OneHot("country", List.of("AT", "DE"))));
        return new ModelBundle(
                ModelBundle.FORMAT_VERSION,
                "cards",
                2,
                "logistic-regression",
                preparation.features(),
                "0123456789ab",
                preparation,
                new LinearScorer(new double[] {0, 0, 0, 0}, 0, Link.LOGISTIC),
                new Output.Binary(new Calibration.Platt(1, 0), 0.25),
                List.of(new GoldenVector(Arrays.asList(null, null), List.of(0.5))));
    }

    /** The same with two classes, calibrated. */
    static ModelBundle bundleOfClasses() {
        ModelBundle binary = bundle();
        Scorer one = new LinearScorer(new double[] {0, 0, 0, 0}, 0, Link.IDENTITY);
        return new ModelBundle(
                ModelBundle.FORMAT_VERSION,
                binary.pipeline(),
                binary.modelVersion(),
                binary.family(),
                binary.features(),
                binary.featureSetId(),
                binary.preparation(),
                new ClassScorer(List.of(one, one), ClassScorer.Combination.SOFTMAX),
                new Output.Multiclass(List.of("ham", "spam"), new ClassCalibration.Temperature(1.5)),
                List.of(new GoldenVector(Arrays.asList(null, null), List.of(0.5, 0.5))));
    }

    public static ModelRegistered model(String sha256) {
        return ModelRegistered.newBuilder()
                .setPipeline("cards")
                .setVersion(2)
                .setFamily("logistic-regression")
                .setFeatureSet("0123456789ab")
                .setSha256(sha256)
                .setSizeBytes(1_234)
                .setChunks(1)
                .setRunId("run-r2")
                .setDataset(List.of(new OffsetRange("cards.examples", 0, 100L, 1_100L)))
                .setSeed(77)
                .setMetrics(Map.of())
                .setBaseline(ByteBuffer.allocate(0))
                .setDriftThresholds(Map.of())
                .setCodeCommit("0.1.0")
                .setEnvironment(Map.of("java", "25"))
                .setRegisteredAt(TIME)
                .build();
    }

    public static TrainingRun run() {
        return TrainingRun.newBuilder()
                .setRunId("run-r2")
                .setRequestId("r2")
                .setPipeline("cards")
                .setReason(RetrainReason.DRIFT)
                .setDataset(model("").getDataset())
                .setRows(1_000)
                .setOtherFeatureSetRows(100)
                .setTrainRows(700)
                .setHoldoutRows(200)
                .setCandidates(List.of(
                        CandidateResult.newBuilder()
                                .setFamily("logistic-regression")
                                .setMetrics(Map.of("roc-auc", 0.8))
                                .setHyperparameters(Map.of("l2", "0.01"))
                                .setFitMillis(1_500)
                                .setEstimates(List.of(new MetricEstimate("roc-auc", 0.8, 0.75, 0.85)))
                                .build(),
                        CandidateResult.newBuilder()
                                .setFamily("neural-network")
                                .setMetrics(Map.of())
                                .setHyperparameters(Map.of())
                                .setFitMillis(1)
                                .setEstimates(List.of())
                                .setError("NOT_FITTED: " + HOSTILE)
                                .build()))
                .setChampionVersion(1)
                .setChampionMetrics(Map.of("roc-auc", 0.7))
                .setChallenger(evaluation(0.8))
                .setChampion(evaluation(0.7))
                .setComparison(List.of(new MetricDifference("roc-auc", 0.1, 0.05, Double.NaN, 0.99)))
                .setSlices(List.of(new SliceEvaluation("country=" + HOSTILE, evaluation(0.6), null)))
                .setCalibration(new CalibrationTrial("platt", 140L, 0.5, 0.45, 0.97, true))
                .setFolds(List.of(new Fold(TIME, TIME.plusSeconds(60), 300L, 100L, Map.of("roc-auc", 0.77), "")))
                .setFoldMeans(Map.of("roc-auc", 0.77))
                .setCurve(List.of(
                        new CurvePoint(0.9, 0.2, 0.01, 0.9),
                        new CurvePoint(0.5, 0.6, 0.1, 0.5),
                        new CurvePoint(0.1, 1.0, 1.0, 0.1)))
                .setReliability(List.of(new ReliabilityBin(100L, 0.02, 0.01), new ReliabilityBin(100L, 0.08, 0.09)))
                .setImportance(Map.of("amount", 0.125, "country", -0.001))
                .setGate(List.of(
                        new GateRule("beats-champion", 0.99, 0.95, true),
                        new GateRule("minimum roc-auc", 0.8, 0.6, true)))
                .setPromoted(true)
                .setNewVersion(2)
                .setStartedAt(TIME.minusSeconds(30))
                .setFinishedAt(TIME)
                .build();
    }

    private static Evaluation evaluation(double rocAuc) {
        return Evaluation.newBuilder()
                .setRows(200)
                .setPositives(20)
                .setThreshold(0.25)
                .setTruePositives(12)
                .setFalsePositives(18)
                .setFalseNegatives(8)
                .setTrueNegatives(162)
                .setClasses(List.of())
                .setEstimates(List.of(
                        new MetricEstimate("roc-auc", rocAuc, rocAuc - 0.05, rocAuc + 0.05),
                        new MetricEstimate("precision", 0.4, Double.NaN, Double.NaN)))
                .build();
    }

    public static RetrainRequest request() {
        return RetrainRequest.newBuilder()
                .setRequestId("r2")
                .setPipeline("cards")
                .setWriter("drift-service")
                .setReason(RetrainReason.DRIFT)
                .setAlertId("a1")
                .setEvidence("amount moved from 1 to 2 " + HOSTILE)
                .setEventTime(TIME.minusSeconds(3_600))
                .setRequestedAt(TIME.minusSeconds(31))
                .build();
    }

    public static Deployment deployment() {
        return Deployment.newBuilder()
                .setPipeline("cards")
                .setChampionVersion(2)
                .setPreviousVersion(1)
                .setRunId("run-r2")
                .setReason("it passed the gate")
                .setDecidedAt(TIME)
                .build();
    }
}
