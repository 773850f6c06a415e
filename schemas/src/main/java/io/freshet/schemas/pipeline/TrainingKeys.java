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
import java.util.Arrays;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.regex.Pattern;

/** Reads the sections of a pipeline file that say how models are trained, evaluated and let through. */
final class TrainingKeys {
    private static final Pattern SLICE_NAME = Pattern.compile("[A-Za-z][A-Za-z0-9_-]{0,63}");
    private static final int MOST_SLICES = 20;
    private static final int MOST_ROLLING = 20;
    private static final int MOST_CLASSES = 100;
    private static final int MOST_WINDOWS = 8;

    /** A transaction ends after ten minutes, and the fits of what was found are in it as well. */
    private static final Duration MOST_BUDGET = Duration.ofMinutes(5);

    private static final double LARGEST_BOUND = 1e9;
    private static final double LARGEST_FACTOR = 1e9;
    private static final int LARGEST_BUNDLE = 256 * 1024 * 1024;

    private TrainingKeys() {}

    static ModelSpec model(Section section) {
        Task task = task(section);
        List<Family> learning = Arrays.stream(Family.values())
                .filter(family -> family.learns(task))
                .toList();
        List<Family> candidates = section.choices("candidates", Family.class, learning);
        if (candidates.isEmpty()) {
            section.problem("candidates", "needs at least one model family");
        }
        for (Family family : candidates) {
            if (!family.learns(task)) {
                section.problem(
                        "candidates",
                        "'" + family.spelled() + "' does not learn a " + task.spelled() + " task; choose "
                                + String.join(
                                        ", ",
                                        learning.stream().map(Family::spelled).toList()));
            }
        }
        boolean regression = task instanceof Task.Regression;
        Metric optimize = section.choice("optimize", Metric.class, regression ? Metric.RMSE : Metric.AVERAGE_PRECISION);
        if (!optimize.judges(task)) {
            section.problem("optimize", noMetric(optimize, task));
        } else if (optimize.ofDecisions() && task instanceof Task.Binary) {
            section.problem(
                    "optimize",
                    "'" + optimize.spelled()
                            + "' judges decisions at a threshold, which is chosen for the best candidate"
                            + " only; choose average-precision, and declare what decisions must reach under"
                            + " 'threshold' or 'gate'");
        }
        section.finish();
        return new ModelSpec(task, candidates, optimize);
    }

    private static Task task(Section section) {
        String task = section.text("task", false).orElse("binary");
        List<String> classes =
                section.has("classes") || task.equals("multiclass") ? section.list("classes", Optional::of) : List.of();
        if (!task.equals("multiclass") && section.has("classes")) {
            section.problem("classes", "are of a multiclass task only");
        }
        switch (task) {
            case "binary" -> {
                return new Task.Binary(decision(section));
            }
            case "multiclass" -> {
                long distinct = classes.stream().distinct().count();
                boolean usable = classes.size() >= 2 && classes.size() <= MOST_CLASSES && distinct == classes.size();
                if (section.has("classes") && !usable) {
                    section.problem(
                            "classes",
                            "must be the label's values, 2 to " + MOST_CLASSES + " of them and each once: "
                                    + classes.size() + " are listed, " + distinct + " of them different");
                }
                refuseDecision(section, task);
                return new Task.Multiclass(classes);
            }
            case "regression" -> {
                refuseDecision(section, task);
                return new Task.Regression();
            }
            default -> {
                section.problem("task", "'" + task + "' is unknown; choose binary, multiclass, regression");
                return new Task.Binary(decision(section));
            }
        }
    }

    private static void refuseDecision(Section section, String task) {
        for (String key : List.of("costs", "threshold")) {
            if (section.has(key)) {
                section.sectionOrEmpty(key);
                section.problem(key, "is of a binary task only; remove it from this " + task + " task");
            }
        }
    }

    private static String noMetric(Metric metric, Task task) {
        return "'" + metric.spelled() + "' is no metric of a " + task.spelled() + " task; choose "
                + String.join(
                        ", ",
                        Arrays.stream(Metric.values())
                                .filter(other -> other.judges(task))
                                .map(Metric::spelled)
                                .toList());
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
        int last = section.count("last", 200_000, 100, 10_000_000);
        TrainingSpec training = new TrainingSpec(
                section.count("firstAfter", 10_000, 100, 100_000_000),
                last,
                section.number("holdout", 0.2, 0.01, 0.5),
                section.count("rolling", 0, 0, MOST_ROLLING),
                windows(section, last),
                budget(section));
        section.finish();
        return training;
    }

    private static List<TrainingWindow> windows(Section section, int last) {
        if (!section.has("window")) {
            return List.of(TrainingWindow.ALL);
        }
        List<TrainingWindow> windows = section
                .list("window", text -> {
                    Optional<TrainingWindow> window = TrainingWindow.parse(text);
                    if (window.isEmpty()) {
                        section.problem(
                                "window",
                                "'" + text + "' is no window; write all, since-drift, last 100000, last 30d or weighted"
                                        + " 30d");
                    } else if (window.get() instanceof TrainingWindow.Last(int rows) && rows > last) {
                        section.problem(
                                "window",
                                "'" + text + "' is more than training.last, which is " + last + "; raise that");
                    }
                    return window;
                })
                .stream()
                .distinct()
                .toList();
        if (windows.size() > MOST_WINDOWS) {
            section.problem("window", "are " + windows.size() + ", at most " + MOST_WINDOWS + " are taken");
        }
        return windows.isEmpty() ? List.of(TrainingWindow.ALL) : windows;
    }

    private static Duration budget(Section section) {
        if (!section.has("budget")) {
            return Duration.ZERO;
        }
        Duration budget = section.duration("budget", MOST_BUDGET);
        if (budget.compareTo(MOST_BUDGET) > 0) {
            section.problem("budget", "is more than " + Section.spelled(MOST_BUDGET) + ", which a training may take");
        }
        return budget;
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

    static GateSpec gate(Section section, Task task) {
        double confidence = section.number("confidence", 0.95, 0.5, 1);
        Map<Metric, Double> bounds = bounds(section, task);
        Section slices = section.sectionOrEmpty("slices");
        Map<Metric, Double> sliceBounds = bounds(slices, task);
        slices.finish();
        double meanScore = section.number("meanScore", 5, 1, LARGEST_FACTOR);
        if (!(task instanceof Task.Binary) && section.has("alarms")) {
            section.problem("alarms", "are of a binary task only; remove it from this " + task.spelled() + " task");
        }
        if (task instanceof Task.Regression && section.has("meanScore")) {
            section.problem("meanScore", "compares shares, which a regression does not have; remove it");
        }
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
    private static Map<Metric, Double> bounds(Section section, Task task) {
        Map<Metric, Double> bounds = new EnumMap<>(Metric.class);
        for (boolean losses : new boolean[] {false, true}) {
            Section declared = section.sectionOrEmpty(losses ? "maximum" : "minimum");
            for (String key : declared.keys()) {
                declared.constant(key, key, Metric.class).ifPresent(metric -> {
                    if (!metric.judges(task)) {
                        declared.problem(key, noMetric(metric, task));
                    } else if (metric.isLoss() != losses) {
                        declared.problem(
                                key,
                                losses
                                        ? "is better when greater; declare it under 'minimum'"
                                        : "is better when less; declare it under 'maximum'");
                    }
                    double least = metric == Metric.R2 ? -LARGEST_BOUND : 0;
                    bounds.put(metric, declared.number(key, 0, least, losses ? LARGEST_BOUND : 1));
                });
            }
        }
        return bounds;
    }
}
