package io.freshet.card;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.freshet.model.Calibration;
import io.freshet.model.ClassCalibration;
import io.freshet.model.Output;
import io.freshet.model.Step;
import io.freshet.page.JsonText;
import io.freshet.schemas.message.CandidateResult;
import io.freshet.schemas.message.ClassEvaluation;
import io.freshet.schemas.message.Evaluation;
import io.freshet.schemas.message.MetricDifference;
import io.freshet.schemas.message.MetricEstimate;
import io.freshet.schemas.message.OffsetRange;
import io.freshet.schemas.message.RetrainRequest;
import io.freshet.schemas.message.SliceEvaluation;
import io.freshet.schemas.message.TrainingRun;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** A card for programs: JSON in ASCII, times as ISO 8601, durations in milliseconds; a number that is not finite is null. */
public final class CardJson {
    private CardJson() {}

    /** The document, with a line's end behind it. */
    public static String of(ModelCard card) {
        ObjectNode root = JsonText.object();
        root.put("pipeline", card.model().getPipeline());
        root.put("version", card.model().getVersion());
        root.put("family", card.model().getFamily());
        root.put("status", card.status().name().toLowerCase(Locale.ROOT));
        root.put("registeredAt", card.model().getRegisteredAt().toString());
        data(root.putObject("data"), card);
        model(root.putObject("model"), card);
        card.run().ifPresent(run -> evaluation(root.putObject("evaluation"), card, run));
        card.run().ifPresent(run -> gate(root.putObject("gate"), card, run));
        lineage(root.putObject("lineage"), card);
        return JsonText.of(root);
    }

    private static void data(ObjectNode data, ModelCard card) {
        data.put("featureSet", card.model().getFeatureSet());
        card.label()
                .ifPresent(label -> data.putObject("label")
                        .put("definition", label.definition())
                        .put("declarationVersion", label.declaration()));
        ArrayNode ranges = data.putArray("ranges");
        for (OffsetRange range : card.model().getDataset()) {
            ranges.addObject()
                    .put("topic", range.getTopic())
                    .put("partition", range.getPartition())
                    .put("fromOffset", range.getFromOffset())
                    .put("toOffset", range.getToOffset());
        }
        card.run()
                .ifPresent(run -> data.put("rows", run.getRows())
                        .put("otherFeatureSetRows", run.getOtherFeatureSetRows())
                        .put("trainRows", run.getTrainRows())
                        .put("holdoutRows", run.getHoldoutRows()));
        card.request()
                .ifPresent(
                        request -> data.put("streamAt", request.getEventTime().toString()));
    }

    private static void model(ObjectNode model, ModelCard card) {
        switch (card.bundle().output()) {
            case Output.Binary binary -> {
                model.put("task", "binary");
                number(model, "decisionThreshold", binary.threshold());
                calibration(model.putObject("calibration"), card, binary.calibration());
            }
            case Output.Multiclass several -> {
                model.put("task", "multiclass");
                several.classes().forEach(model.putArray("classes")::add);
                calibration(model.putObject("calibration"), card, several.calibration());
            }
            case Output.Regression() -> model.put("task", "regression");
        }
        card.winner().ifPresent(winner -> {
            texts(model.putObject("hyperparameters"), winner.getHyperparameters());
            model.put("window", winner.getWindow());
            model.put("fitMillis", winner.getFitMillis());
        });
        model.put("seed", card.model().getSeed());
        ArrayNode features = model.putArray("features");
        Map<String, Double> importance =
                card.run().map(TrainingRun::getImportance).orElse(Map.of());
        for (Step step : card.bundle().preparation().steps()) {
            ObjectNode feature = features.addObject();
            feature.put("name", step.feature());
            feature.put("kind", step.kind().name().toLowerCase(Locale.ROOT));
            feature.put("columns", step.width());
            Double rise = importance.get(step.feature());
            if (rise != null) {
                number(feature, "importance", rise);
            }
        }
    }

    private static void calibration(ObjectNode node, ModelCard card, Calibration calibration) {
        switch (calibration) {
            case Calibration.None() -> node.put("method", "none");
            case Calibration.Platt(double slope, double intercept) ->
                node.put("method", "platt").put("slope", slope).put("intercept", intercept);
            case Calibration.Isotonic isotonic ->
                node.put("method", "isotonic").put("points", isotonic.scores().length);
        }
        trial(node, card);
    }

    private static void calibration(ObjectNode node, ModelCard card, ClassCalibration calibration) {
        switch (calibration) {
            case ClassCalibration.None() -> node.put("method", "none");
            case ClassCalibration.Temperature(double temperature) ->
                node.put("method", "temperature").put("temperature", temperature);
        }
        trial(node, card);
    }

    private static void trial(ObjectNode node, ModelCard card) {
        card.run().map(TrainingRun::getCalibration).ifPresent(trial -> {
            ObjectNode tried = node.putObject("tried");
            tried.put("method", trial.getMethod()).put("rows", trial.getRows());
            number(tried, "logLossBefore", trial.getLogLossBefore());
            number(tried, "logLossAfter", trial.getLogLossAfter());
            number(tried, "probabilityBetter", trial.getProbabilityBetter());
            tried.put("kept", trial.getKept());
        });
    }

    private static void evaluation(ObjectNode node, ModelCard card, TrainingRun run) {
        if (run.getChallenger() != null) {
            evaluation(node.putObject("model"), run.getChallenger());
        }
        if (run.getChampion() != null) {
            evaluation(node.putObject("championBefore"), run.getChampion());
        }
        ArrayNode comparison = node.putArray("comparison");
        for (MetricDifference difference : run.getComparison()) {
            ObjectNode each = comparison.addObject().put("metric", difference.getMetric());
            interval(each, difference.getValue(), difference.getLow(), difference.getHigh());
            number(each, "probabilityBetter", difference.getProbabilityBetter());
        }
        ArrayNode slices = node.putArray("slices");
        for (SliceEvaluation slice : run.getSlices()) {
            ObjectNode each = slices.addObject().put("slice", slice.getSlice());
            evaluation(each.putObject("model"), slice.getChallenger());
            if (slice.getChampion() != null) {
                evaluation(each.putObject("championBefore"), slice.getChampion());
            }
        }
        ArrayNode curve = node.putArray("curve");
        run.getCurve().forEach(point -> {
            ObjectNode each = curve.addObject();
            number(each, "threshold", point.getThreshold());
            number(each, "recall", point.getRecall());
            number(each, "falsePositiveRate", point.getFalsePositiveRate());
            number(each, "precision", point.getPrecision());
        });
        ArrayNode reliability = node.putArray("reliability");
        run.getReliability().forEach(bin -> {
            ObjectNode each = reliability.addObject().put("rows", bin.getRows());
            number(each, "meanScore", bin.getMeanScore());
            number(each, "positiveShare", bin.getPositiveShare());
        });
        ArrayNode candidates = node.putArray("candidates");
        run.getCandidates().forEach(candidate -> candidate(candidates.addObject(), candidate));
        node.put("trials", run.getTrials().size());
        ArrayNode folds = node.putArray("folds");
        run.getFolds().forEach(fold -> {
            ObjectNode each = folds.addObject()
                    .put("from", fold.getFrom().toString())
                    .put("to", fold.getTo().toString())
                    .put("trainRows", fold.getTrainRows())
                    .put("testRows", fold.getTestRows())
                    .put("detail", fold.getDetail());
            numbers(each.putObject("metrics"), fold.getMetrics());
        });
        numbers(node.putObject("foldMeans"), run.getFoldMeans());
    }

    private static void evaluation(ObjectNode node, Evaluation evaluation) {
        node.put("rows", evaluation.getRows()).put("positives", evaluation.getPositives());
        number(node, "threshold", evaluation.getThreshold());
        node.putObject("confusion")
                .put("truePositives", evaluation.getTruePositives())
                .put("falsePositives", evaluation.getFalsePositives())
                .put("falseNegatives", evaluation.getFalseNegatives())
                .put("trueNegatives", evaluation.getTrueNegatives());
        estimates(node.putArray("metrics"), evaluation.getEstimates());
        if (!evaluation.getClasses().isEmpty()) {
            ArrayNode classes = node.putArray("classes");
            for (ClassEvaluation each : evaluation.getClasses()) {
                ObjectNode one = classes.addObject().put("name", each.getName()).put("rows", each.getRows());
                numbers(one.putObject("metrics"), each.getMetrics());
                new TreeMap<>(each.getDecided()).forEach(one.putObject("decided")::put);
            }
        }
    }

    private static void candidate(ObjectNode node, CandidateResult candidate) {
        node.put("family", candidate.getFamily())
                .put("window", candidate.getWindow())
                .put("fitMillis", candidate.getFitMillis());
        if (candidate.getError() != null) {
            node.put("error", candidate.getError());
        }
        texts(node.putObject("hyperparameters"), candidate.getHyperparameters());
        estimates(node.putArray("metrics"), candidate.getEstimates());
    }

    private static void gate(ObjectNode node, ModelCard card, TrainingRun run) {
        node.put("passed", card.broken().isEmpty());
        ArrayNode rules = node.putArray("rules");
        run.getGate().forEach(rule -> {
            ObjectNode each = rules.addObject().put("rule", rule.getRule());
            number(each, "value", rule.getValue());
            number(each, "threshold", rule.getThreshold());
            each.put("passed", rule.getPassed());
        });
    }

    private static void lineage(ObjectNode node, ModelCard card) {
        node.put("runId", card.model().getRunId());
        card.run()
                .ifPresent(run -> node.put("requestId", run.getRequestId())
                        .put("reason", run.getReason().name())
                        .put("championBefore", run.getChampionVersion())
                        .put("startedAt", run.getStartedAt().toString())
                        .put("finishedAt", run.getFinishedAt().toString()));
        card.request().ifPresent(request -> request(node.putObject("request"), request));
        node.put("codeCommit", card.model().getCodeCommit());
        texts(node.putObject("environment"), card.model().getEnvironment());
        node.putObject("bundle")
                .put("sha256", card.model().getSha256())
                .put("bytes", card.model().getSizeBytes())
                .put("format", card.bundle().formatVersion());
        card.deployment()
                .ifPresent(now -> node.putObject("servesNow")
                        .put("version", now.getChampionVersion())
                        .put("since", now.getDecidedAt().toString())
                        .put("reason", now.getReason()));
    }

    private static void request(ObjectNode node, RetrainRequest request) {
        node.put("writer", request.getWriter())
                .put("evidence", request.getEvidence())
                .put("requestedAt", request.getRequestedAt().toString());
        if (request.getAlertId() != null) {
            node.put("alertId", request.getAlertId());
        }
    }

    private static void estimates(ArrayNode node, List<MetricEstimate> estimates) {
        for (MetricEstimate estimate : estimates) {
            interval(
                    node.addObject().put("metric", estimate.getMetric()),
                    estimate.getValue(),
                    estimate.getLow(),
                    estimate.getHigh());
        }
    }

    private static void interval(ObjectNode node, double value, double low, double high) {
        number(node, "value", value);
        number(node, "low", low);
        number(node, "high", high);
    }

    private static void numbers(ObjectNode node, Map<String, Double> numbers) {
        new TreeMap<>(numbers).forEach((name, value) -> number(node, name, value));
    }

    private static void texts(ObjectNode node, Map<String, String> texts) {
        new TreeMap<>(texts).forEach(node::put);
    }

    /** JSON has no NaN and no infinity. */
    private static void number(ObjectNode node, String name, double value) {
        if (Double.isFinite(value)) {
            node.put(name, value);
        } else {
            node.putNull(name);
        }
    }
}
