package io.freshet.trainer.service;

import io.freshet.model.metrics.Confusion;
import io.freshet.model.metrics.Reliability;
import io.freshet.model.metrics.ThresholdCurve;
import io.freshet.schemas.message.CalibrationTrial;
import io.freshet.schemas.message.CurvePoint;
import io.freshet.schemas.message.Evaluation;
import io.freshet.schemas.message.Fold;
import io.freshet.schemas.message.MetricDifference;
import io.freshet.schemas.message.MetricEstimate;
import io.freshet.schemas.message.ReliabilityBin;
import io.freshet.schemas.message.SliceEvaluation;
import io.freshet.schemas.message.TrainingRun;
import io.freshet.schemas.pipeline.Pipeline.Metric;
import io.freshet.trainer.Assessment;
import io.freshet.trainer.FoldResult;
import io.freshet.trainer.evaluate.Difference;
import io.freshet.trainer.evaluate.Slices.Slice;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** How the best candidate was evaluated, as a training run tells it. */
final class EvaluationReport {
    private EvaluationReport() {}

    static void write(Assessment best, TrainingRun.Builder run) {
        run.setChallenger(evaluation(best.comparison().challenger()))
                .setComparison(differences(best.comparison().overChampion()))
                .setSlices(best.slices().stream().map(EvaluationReport::slice).toList())
                .setFolds(best.folds().stream().map(EvaluationReport::fold).toList())
                .setFoldMeans(named(best.foldMeans()))
                .setCurve(curve(best.curve()))
                .setReliability(reliability(best.reliability()));
        best.comparison().champion().map(EvaluationReport::evaluation).ifPresent(run::setChampion);
        best.calibration().map(EvaluationReport::calibration).ifPresent(run::setCalibration);
    }

    static List<MetricEstimate> estimates(io.freshet.trainer.evaluate.Evaluation evaluation) {
        List<MetricEstimate> estimates = new ArrayList<>();
        evaluation
                .estimates()
                .forEach((metric, estimate) -> estimates.add(
                        new MetricEstimate(metric.spelled(), estimate.value(), estimate.low(), estimate.high())));
        return estimates;
    }

    private static Evaluation evaluation(io.freshet.trainer.evaluate.Evaluation evaluation) {
        Confusion confusion = evaluation.confusion().orElseThrow();
        return new Evaluation(
                (long) evaluation.rows(),
                (long) evaluation.positives(),
                evaluation.threshold().orElseThrow(),
                confusion.truePositives(),
                confusion.falsePositives(),
                confusion.falseNegatives(),
                confusion.trueNegatives(),
                estimates(evaluation));
    }

    private static List<MetricDifference> differences(Map<Metric, Difference> differences) {
        List<MetricDifference> listed = new ArrayList<>();
        differences.forEach((metric, difference) -> listed.add(new MetricDifference(
                metric.spelled(),
                difference.estimate().value(),
                difference.estimate().low(),
                difference.estimate().high(),
                difference.probabilityBetter())));
        return listed;
    }

    private static SliceEvaluation slice(Slice slice) {
        SliceEvaluation.Builder told =
                SliceEvaluation.newBuilder().setSlice(slice.name()).setChallenger(evaluation(slice.challenger()));
        slice.champion().map(EvaluationReport::evaluation).ifPresent(told::setChampion);
        return told.build();
    }

    private static CalibrationTrial calibration(io.freshet.trainer.CalibrationTrial trial) {
        return new CalibrationTrial(
                trial.method().name().toLowerCase(Locale.ROOT),
                (long) trial.rows(),
                trial.logLossBefore(),
                trial.logLossAfter(),
                trial.probabilityBetter(),
                trial.kept());
    }

    private static Fold fold(FoldResult fold) {
        return new Fold(
                fold.from(),
                fold.to(),
                (long) fold.trainRows(),
                (long) fold.testRows(),
                named(fold.metrics()),
                fold.detail());
    }

    private static List<CurvePoint> curve(ThresholdCurve curve) {
        return curve.points().stream()
                .map(point -> new CurvePoint(
                        point.threshold(), curve.recall(point), curve.falsePositiveRate(point), point.precision()))
                .toList();
    }

    private static List<ReliabilityBin> reliability(Reliability reliability) {
        return reliability.bins().stream()
                .map(bin -> new ReliabilityBin(bin.rows(), bin.meanScore(), bin.positiveShare()))
                .toList();
    }

    private static Map<String, Double> named(Map<Metric, Double> metrics) {
        Map<String, Double> named = new LinkedHashMap<>();
        for (Metric metric : Metric.values()) {
            Double value = metrics.get(metric);
            if (value != null) {
                named.put(metric.spelled(), value);
            }
        }
        return named;
    }
}
