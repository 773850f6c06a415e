package io.freshet.trainer.service;

import io.freshet.model.metrics.Confusion;
import io.freshet.model.metrics.Reliability;
import io.freshet.model.metrics.ThresholdCurve;
import io.freshet.schemas.message.CalibrationTrial;
import io.freshet.schemas.message.ClassEvaluation;
import io.freshet.schemas.message.CurvePoint;
import io.freshet.schemas.message.Evaluation;
import io.freshet.schemas.message.Fold;
import io.freshet.schemas.message.MetricDifference;
import io.freshet.schemas.message.MetricEstimate;
import io.freshet.schemas.message.ReliabilityBin;
import io.freshet.schemas.message.SliceEvaluation;
import io.freshet.schemas.message.TrainingRun;
import io.freshet.schemas.pipeline.Pipeline.Metric;
import io.freshet.schemas.pipeline.Pipeline.Task;
import io.freshet.trainer.Assessment;
import io.freshet.trainer.FoldResult;
import io.freshet.trainer.evaluate.Difference;
import io.freshet.trainer.evaluate.Evaluation.OfClass;
import io.freshet.trainer.evaluate.Slices.Slice;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** How the best candidate was evaluated, as a training run tells it. */
final class EvaluationReport {
    private EvaluationReport() {}

    /** @param task whose classes are told by name */
    static void write(Task task, Assessment best, TrainingRun.Builder run) {
        List<String> classes = task instanceof Task.Multiclass(List<String> names) ? names : List.of();
        run.setChallenger(evaluation(best.comparison().challenger(), classes))
                .setComparison(differences(best.comparison().overChampion()))
                .setSlices(best.slices().stream()
                        .map(slice -> slice(slice, classes))
                        .toList())
                .setFolds(best.folds().stream().map(EvaluationReport::fold).toList())
                .setFoldMeans(named(best.foldMeans()))
                .setCurve(best.curve().map(EvaluationReport::curve).orElse(List.of()))
                .setReliability(
                        best.reliability().map(EvaluationReport::reliability).orElse(List.of()))
                .setImportance(best.importance());
        best.comparison()
                .champion()
                .map(champion -> evaluation(champion, classes))
                .ifPresent(run::setChampion);
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

    private static Evaluation evaluation(io.freshet.trainer.evaluate.Evaluation evaluation, List<String> classes) {
        Confusion confusion = evaluation.confusion().orElse(new Confusion(0, 0, 0, 0));
        return new Evaluation(
                (long) evaluation.rows(),
                (long) evaluation.positives(),
                evaluation.threshold().orElse(Double.NaN),
                confusion.truePositives(),
                confusion.falsePositives(),
                confusion.falseNegatives(),
                confusion.trueNegatives(),
                estimates(evaluation),
                byClass(evaluation.classes(), classes));
    }

    private static List<ClassEvaluation> byClass(List<OfClass> evaluations, List<String> names) {
        List<ClassEvaluation> classes = new ArrayList<>();
        for (int one = 0; one < evaluations.size(); one++) {
            OfClass of = evaluations.get(one);
            Map<String, Long> decided = new LinkedHashMap<>();
            for (int other = 0; other < names.size(); other++) {
                decided.put(names.get(other), of.decided().get(other));
            }
            classes.add(new ClassEvaluation(names.get(one), of.rows(), decided, named(of.metrics())));
        }
        return classes;
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

    private static SliceEvaluation slice(Slice slice, List<String> classes) {
        SliceEvaluation.Builder told = SliceEvaluation.newBuilder()
                .setSlice(slice.name())
                .setChallenger(evaluation(slice.challenger(), classes));
        slice.champion().map(champion -> evaluation(champion, classes)).ifPresent(told::setChampion);
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
