package io.freshet.schemas.pipeline;

import io.freshet.schemas.pipeline.Pipeline.Decision;
import io.freshet.schemas.pipeline.Pipeline.EvaluationSpec;
import io.freshet.schemas.pipeline.Pipeline.Family;
import io.freshet.schemas.pipeline.Pipeline.Feature;
import io.freshet.schemas.pipeline.Pipeline.GateSpec;
import io.freshet.schemas.pipeline.Pipeline.Metric;
import io.freshet.schemas.pipeline.Pipeline.ModelSpec;
import io.freshet.schemas.pipeline.Pipeline.Task;
import io.freshet.schemas.pipeline.Pipeline.TrainingSpec;
import java.time.Duration;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.regex.Pattern;

/** Reads the sections of a pipeline file that say how models are trained, evaluated and let through. */
final class TrainingKeys {
    private static final Pattern SLICE_NAME = Pattern.compile("[A-Za-z][A-Za-z0-9_-]{0,63}");
    private static final int MOST_SLICES = 20;
    private static final int MOST_ROLLING = 20;
    private static final double LARGEST_BOUND = 1e9;
    private static final double LARGEST_FACTOR = 1e9;
    private static final int LARGEST_BUNDLE = 256 * 1024 * 1024;

    private TrainingKeys() {}

    static ModelSpec model(Section section) {
        Task task = section.choice("task", Task.class, Task.BINARY);
        List<Family> candidates = section.choices("candidates", Family.class, List.of(Family.values()));
        if (candidates.isEmpty()) {
            section.problem("candidates", "needs at least one model family");
        }
        Metric optimize = section.choice("optimize", Metric.class, Metric.AVERAGE_PRECISION);
        if (optimize.ofDecisions()) {
            section.problem(
                    "optimize",
                    "'" + optimize.spelled()
                            + "' judges decisions at a threshold, which is chosen for the best candidate"
                            + " only; choose average-precision, and declare what decisions must reach under"
                            + " 'threshold' or 'gate'");
        }
        Decision decision = decision(section);
        section.finish();
        return new ModelSpec(task, candidates, optimize, decision);
    }

    private static Decision decision(Section section) {
        Section costs = section.sectionOrEmpty("costs");
        Decision decision =
                new Decision.Costs(costs.number("missed", 1, 1e-6, 1e6), costs.number("falseAlarm", 1, 1e-6, 1e6));
        costs.finish();
        if (!section.has("threshold")) {
            return decision;
        }
        Section threshold = section.sectionOrEmpty("threshold");
        double precision = threshold.number("precision", 1, 1e-6, 1);
        double recall = threshold.number("recall", 1, 1e-6, 1);
        if (section.has("costs")) {
            section.problem(
                    "threshold", "cannot be declared beside 'costs'; keep the one that the threshold is chosen by");
        }
        if (threshold.has("precision") == threshold.has("recall")) {
            section.problem("threshold", "needs either 'precision' or 'recall', the least that decisions must have");
        }
        threshold.finish();
        return threshold.has("precision") ? new Decision.LeastPrecision(precision) : new Decision.LeastRecall(recall);
    }

    static TrainingSpec training(Section section) {
        TrainingSpec training = new TrainingSpec(
                section.count("firstAfter", 10_000, 100, 100_000_000),
                section.count("last", 200_000, 100, 10_000_000),
                section.number("holdout", 0.2, 0.01, 0.5),
                section.count("rolling", 0, 0, MOST_ROLLING));
        section.finish();
        return training;
    }

    static EvaluationSpec evaluation(Section section, List<Feature> features) {
        Map<String, Expression> slices = new LinkedHashMap<>();
        Section declared = section.sectionOrEmpty("slices");
        if (declared.keys().size() > MOST_SLICES) {
            section.problem("slices", "are " + declared.keys().size() + ", at most " + MOST_SLICES + " are taken");
        }
        for (String name : declared.keys()) {
            if (!SLICE_NAME.matcher(name).matches()) {
                declared.problem(name, "must start with a letter and hold letters, digits, - and _ only");
            }
            // Without features there is a mistake among them already, which would only be repeated here.
            declared.text(name, true)
                    .filter(source -> !features.isEmpty())
                    .flatMap(source -> PipelineFile.expression(
                            declared, name, source, PipelineFile.NO_EVENT, null, PipelineFile.kinds(features)))
                    .ifPresent(expression -> {
                        if (expression.kind() == Expression.Kind.NUMBER) {
                            declared.problem(
                                    name,
                                    "'" + expression + "' is a number; compare it, such as '" + expression
                                            + " > 1.0', or name a text for a slice for each of its values");
                        }
                        slices.put(name, expression);
                    });
        }
        section.finish();
        return new EvaluationSpec(slices);
    }

    static GateSpec gate(Section section) {
        double confidence = section.number("confidence", 0.95, 0.5, 1);
        Map<Metric, Double> bounds = bounds(section);
        Section slices = section.sectionOrEmpty("slices");
        Map<Metric, Double> sliceBounds = bounds(slices);
        slices.finish();
        double meanScore = section.number("meanScore", 5, 1, LARGEST_FACTOR);
        Section alarms = section.sectionOrEmpty("alarms");
        OptionalDouble toPositives = factor(alarms, "positives");
        OptionalDouble toChampion = factor(alarms, "champion");
        alarms.finish();
        double singleFeature = section.number("singleFeature", 0.99, 0.5, 1);
        Duration latency = section.duration("latency", Duration.ofMillis(5));
        int bytes = section.count("bytes", LARGEST_BUNDLE, 1, LARGEST_BUNDLE);
        section.finish();
        return new GateSpec(
                confidence, bounds, sliceBounds, meanScore, toPositives, toChampion, singleFeature, latency, bytes);
    }

    private static OptionalDouble factor(Section section, String key) {
        double factor = section.number(key, 1, 1, LARGEST_FACTOR);
        return section.has(key) ? OptionalDouble.of(factor) : OptionalDouble.empty();
    }

    /** The least values under {@code minimum} and, of losses, the greatest under {@code maximum}. */
    private static Map<Metric, Double> bounds(Section section) {
        Map<Metric, Double> bounds = new EnumMap<>(Metric.class);
        for (boolean losses : new boolean[] {false, true}) {
            Section declared = section.sectionOrEmpty(losses ? "maximum" : "minimum");
            for (String key : declared.keys()) {
                declared.constant(key, key, Metric.class).ifPresent(metric -> {
                    if (metric.isLoss() != losses) {
                        declared.problem(
                                key,
                                losses
                                        ? "is better when greater; declare it under 'minimum'"
                                        : "is better when less; declare it under 'maximum'");
                    }
                    bounds.put(metric, declared.number(key, 0, 0, losses ? LARGEST_BOUND : 1));
                });
            }
        }
        return bounds;
    }
}
