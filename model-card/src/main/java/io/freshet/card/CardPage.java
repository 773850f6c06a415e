package io.freshet.card;

import static io.freshet.page.Page.fact;
import static io.freshet.page.Page.text;

import io.freshet.card.Chart.Point;
import io.freshet.card.ModelCard.Importance;
import io.freshet.model.Calibration;
import io.freshet.model.ClassCalibration;
import io.freshet.model.FeatureKind;
import io.freshet.model.Output;
import io.freshet.page.Figures;
import io.freshet.page.Page;
import io.freshet.schemas.message.CalibrationTrial;
import io.freshet.schemas.message.CandidateResult;
import io.freshet.schemas.message.ClassEvaluation;
import io.freshet.schemas.message.CurvePoint;
import io.freshet.schemas.message.Deployment;
import io.freshet.schemas.message.Evaluation;
import io.freshet.schemas.message.GateRule;
import io.freshet.schemas.message.MetricDifference;
import io.freshet.schemas.message.MetricEstimate;
import io.freshet.schemas.message.OffsetRange;
import io.freshet.schemas.message.RetrainRequest;
import io.freshet.schemas.message.SliceEvaluation;
import io.freshet.schemas.message.TrainingRun;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** A card as one HTML page that loads nothing and runs nothing. */
public final class CardPage {
    private static final int MOST_FEATURES = 30;
    private static final double CERTAIN = 0.95;
    private static final String AS_GIVEN = "as the model gives them";

    private static final String STYLE = """
            h2 { margin: 2.2rem 0 .6rem; font-size: 1.15rem; }
            .status { margin-left: .6rem; font-size: .9rem; vertical-align: .25rem; }
            .status.champion { background: var(--soft); color: var(--ink); }
            p.note { margin: .2rem 0 .8rem; color: var(--quiet); font-size: .92em; max-width: 46rem; }
            th, td { padding: .35rem .9rem .35rem 0; }
            th.n, td.n { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums; }
            td:first-child { min-width: 9rem; }
            td.range { white-space: nowrap; color: var(--quiet); font-variant-numeric: tabular-nums; }
            .good { color: var(--mark); font-weight: 600; }
            .bad { color: var(--warn); font-weight: 600; }
            .charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(15rem, 1fr)); gap: 1rem 1.6rem; }
            figure { margin: 0; max-width: 24rem; }
            figcaption { font-weight: 600; margin-bottom: .2rem; }
            svg text { fill: var(--quiet); font-size: 11px; }
            svg .grid { stroke: var(--line); }
            svg .reference { stroke: var(--quiet); stroke-dasharray: 4 4; }
            svg .curve { stroke: var(--mark); stroke-width: 2; fill: none; stroke-linejoin: round; }
            svg .dot { fill: var(--paper); stroke: var(--mark); stroke-width: 2; }
            .bars { max-width: 46rem; font-size: 1em; }
            .bars i { background: var(--mark); opacity: .75; }
            .two { display: grid; grid-template-columns: repeat(auto-fit, minmax(18rem, 1fr)); gap: 0 2.5rem; }
            @media (max-width: 40rem) { body { padding: 1.2rem 1rem 3rem; } dl.facts { grid-template-columns: 1fr; gap: 0; }
              dl.facts dd { margin-bottom: .5rem; } }
            """;

    private CardPage() {}

    /** The page, encoded in UTF-8 when it is written. */
    public static String of(ModelCard card) {
        StringBuilder page = new StringBuilder();
        head(page, card);
        card.run().ifPresent(run -> {
            metrics(page, run);
            curves(page, run);
            importance(page, card);
            slices(page, run);
            candidates(page, card, run);
            folds(page, run);
            gate(page, card, run);
        });
        settings(page, card);
        data(page, card);
        lineage(page, card);
        return Page.of(card.model().getPipeline() + " version " + card.model().getVersion(), STYLE, page);
    }

    private static void head(StringBuilder page, ModelCard card) {
        page.append("<h1>")
                .append(text(card.model().getPipeline()))
                .append(", version ")
                .append(card.model().getVersion())
                .append("<span class=\"tag status")
                .append(
                        switch (card.status()) {
                            case CHAMPION -> " champion\">champion";
                            case PREVIOUS -> "\">champion before";
                            case REGISTERED -> "\">not serving";
                        })
                .append("</span></h1>\n<p class=\"sub\">")
                .append(text(card.model().getFamily()))
                .append(", registered ")
                .append(Figures.time(card.model().getRegisteredAt()))
                .append("</p>\n<dl class=\"facts\">\n");
        card.label()
                .ifPresent(label -> fact(
                        page,
                        "Predicts",
                        "<code>" + text(label.definition()) + "</code> <span class=\"quiet\">as version "
                                + label.declaration() + " of the declaration defines it</span>"));
        switch (card.bundle().output()) {
            case Output.Binary binary -> {
                fact(page, "Decides", "positive from a score of " + Figures.number(binary.threshold()) + " on");
                fact(page, "Probabilities", calibration(card, binary.calibration()));
            }
            case Output.Multiclass several -> {
                fact(page, "Decides", "the most probable of " + text(String.join(", ", several.classes())));
                fact(page, "Probabilities", calibration(card, several.calibration()));
            }
            case Output.Regression() -> fact(page, "Gives", "a value in the label's unit");
        }
        card.run().ifPresent(run -> {
            fact(
                    page,
                    "Learned from",
                    Figures.number(run.getTrainRows()) + " rows, judged on the " + Figures.number(run.getHoldoutRows())
                            + " that followed"
                            + Optional.ofNullable(run.getChallenger())
                                    .filter(evaluation -> evaluation.getPositives() > 0)
                                    .map(evaluation -> ", "
                                            + Figures.percent((double) evaluation.getPositives()
                                                    / Math.max(1, evaluation.getRows()))
                                            + " of them positive")
                                    .orElse(""));
            fact(page, "Gate", verdict(card, run));
        });
        if (card.run().isEmpty()) {
            fact(
                    page,
                    "Training",
                    "its run is no longer on the log: what follows is of the registration and the bundle");
        }
        page.append("</dl>\n");
    }

    private static String calibration(ModelCard card, Calibration calibration) {
        return switch (calibration) {
                    case Calibration.None() -> AS_GIVEN;
                    case Calibration.Platt platt -> "calibrated by Platt's method";
                    case Calibration.Isotonic isotonic -> "calibrated by isotonic regression";
                }
                + trial(card);
    }

    private static String calibration(ModelCard card, ClassCalibration calibration) {
        return switch (calibration) {
                    case ClassCalibration.None() -> AS_GIVEN;
                    case ClassCalibration.Temperature(double temperature) ->
                        "calibrated by a temperature of " + Figures.number(temperature);
                }
                + trial(card);
    }

    private static String trial(ModelCard card) {
        return card.run().map(TrainingRun::getCalibration).map(CardPage::trial).orElse("");
    }

    private static String trial(CalibrationTrial trial) {
        return ": " + text(trial.getMethod()) + " brought the log loss from " + Figures.number(trial.getLogLossBefore())
                + " to " + Figures.number(trial.getLogLossAfter()) + ", for the better in "
                + Figures.percent(trial.getProbabilityBetter()) + " of resamples"
                + (trial.getKept() ? "" : ", which is not enough");
    }

    private static String verdict(ModelCard card, TrainingRun run) {
        List<String> broken = card.broken();
        return broken.isEmpty()
                ? "passed all " + run.getGate().size() + " rules"
                : "<span class=\"bad\">broke " + text(String.join(", ", broken)) + "</span>";
    }

    private static void metrics(StringBuilder page, TrainingRun run) {
        Evaluation model = run.getChallenger();
        if (model == null) {
            return;
        }
        Map<String, MetricEstimate> champion = estimates(run.getChampion());
        Map<String, MetricDifference> differences = new LinkedHashMap<>();
        run.getComparison().forEach(difference -> differences.put(difference.getMetric(), difference));
        section(
                page,
                "Quality on the hold-out",
                "On rows newer than all it learned from, with intervals of 95% from "
                        + "resampling whole stretches of time."
                        + (champion.isEmpty()
                                ? ""
                                : " The difference to version " + run.getChampionVersion()
                                        + ", the champion then, is measured on the same rows."));
        table(
                page,
                List.of("Metric", "#This model", "95 %"),
                champion.isEmpty()
                        ? List.of()
                        : List.of("#Version " + run.getChampionVersion(), "#Difference", "95 %", "#Better in"));
        for (MetricEstimate estimate : model.getEstimates()) {
            page.append("<tr>");
            cell(page, text(estimate.getMetric()));
            number(page, estimate.getValue());
            range(page, estimate.getLow(), estimate.getHigh());
            MetricEstimate before = champion.get(estimate.getMetric());
            MetricDifference difference = differences.get(estimate.getMetric());
            if (!champion.isEmpty()) {
                number(page, before == null ? Double.NaN : before.getValue());
                number(page, difference == null ? Double.NaN : difference.getValue());
                range(
                        page,
                        difference == null ? Double.NaN : difference.getLow(),
                        difference == null ? Double.NaN : difference.getHigh());
                better(page, difference == null ? Double.NaN : difference.getProbabilityBetter());
            }
            page.append("</tr>\n");
        }
        end(page);
        if (Double.isFinite(model.getThreshold())) {
            confusion(page, model);
        }
        classes(page, model);
    }

    private static void classes(StringBuilder page, Evaluation model) {
        if (model.getClasses().isEmpty()) {
            return;
        }
        List<String> names =
                model.getClasses().stream().map(ClassEvaluation::getName).toList();
        List<String> metrics = model.getClasses().stream()
                .flatMap(each -> each.getMetrics().keySet().stream())
                .distinct()
                .sorted()
                .toList();
        section(page, "Classes", "Each against all others, and what rows of it were taken for.");
        table(
                page,
                List.of("Class", "#Rows"),
                Stream.concat(metrics.stream(), names.stream().map(name -> "as " + name))
                        .map(heading -> "#" + text(heading))
                        .toList());
        for (ClassEvaluation each : model.getClasses()) {
            page.append("<tr>");
            cell(page, text(each.getName()));
            number(page, each.getRows());
            metrics.forEach(metric -> number(page, each.getMetrics().getOrDefault(metric, Double.NaN)));
            names.forEach(name -> number(page, each.getDecided().getOrDefault(name, 0L)));
            page.append("</tr>\n");
        }
        end(page);
    }

    private static void confusion(StringBuilder page, Evaluation model) {
        page.append("<p class=\"note\">At the threshold of ")
                .append(Figures.number(model.getThreshold()))
                .append(": ")
                .append(Figures.number(model.getTruePositives()))
                .append(" positives found and ")
                .append(Figures.number(model.getFalseNegatives()))
                .append(" missed; ")
                .append(Figures.number(model.getFalsePositives()))
                .append(" false alarms and ")
                .append(Figures.number(model.getTrueNegatives()))
                .append(" negatives left alone.</p>\n");
    }

    private static Map<String, MetricEstimate> estimates(@Nullable Evaluation evaluation) {
        Map<String, MetricEstimate> estimates = new LinkedHashMap<>();
        if (evaluation != null) {
            evaluation.getEstimates().forEach(estimate -> estimates.put(estimate.getMetric(), estimate));
        }
        return estimates;
    }

    /** The resamples in which it is better; a clear case stands out. */
    private static void better(StringBuilder page, double probability) {
        String mark = probability >= CERTAIN ? "good" : probability <= 1 - CERTAIN ? "bad" : "";
        page.append("<td class=\"n\"><span class=\"")
                .append(mark)
                .append("\">")
                .append(Double.isNaN(probability) ? "-" : Figures.percent(probability))
                .append("</span></td>");
    }

    private static void curves(StringBuilder page, TrainingRun run) {
        Evaluation model = run.getChallenger();
        if (model == null || (run.getCurve().isEmpty() && run.getReliability().isEmpty())) {
            return;
        }
        List<Point> reliability = run.getReliability().stream()
                .map(bin -> new Point(bin.getMeanScore(), bin.getPositiveShare()))
                .toList();
        section(
                page,
                "Curves",
                run.getCurve().isEmpty()
                        ? "On the hold-out, of the most probable class."
                        : "On the hold-out; the dot is the threshold at which it decides.");
        page.append("<div class=\"charts\">\n");
        if (!run.getCurve().isEmpty()) {
            decisions(page, model, run);
        }
        Chart calibration = Chart.around("Calibration", "predicted", "came true", reliability)
                .diagonal()
                .line(reliability);
        run.getReliability()
                .forEach(bin -> calibration.dot(
                        new Point(bin.getMeanScore(), bin.getPositiveShare()),
                        Figures.number(bin.getRows()) + " rows"));
        figure(page, "Calibration", calibration);
        page.append("</div>\n");
    }

    /** What each threshold finds, and at what cost. */
    private static void decisions(StringBuilder page, Evaluation model, TrainingRun run) {
        double found = share(model.getTruePositives(), model.getFalseNegatives());
        double alarmed = share(model.getFalsePositives(), model.getTrueNegatives());
        double right = share(model.getTruePositives(), model.getFalsePositives());
        double positives = share(model.getPositives(), model.getRows() - model.getPositives());
        String threshold = "threshold " + Figures.number(model.getThreshold());
        List<Point> roc = new ArrayList<>(List.of(new Point(0, 0)));
        run.getCurve().forEach(point -> roc.add(new Point(point.getFalsePositiveRate(), point.getRecall())));
        roc.add(new Point(1, 1));
        List<Point> precision = run.getCurve().stream()
                .map((CurvePoint point) -> new Point(point.getRecall(), point.getPrecision()))
                .toList();
        figure(
                page,
                "ROC",
                Chart.of("ROC curve", "negatives taken for positives", "positives found")
                        .diagonal()
                        .line(roc)
                        .dot(new Point(alarmed, found), threshold));
        figure(
                page,
                "Precision and recall",
                Chart.of("Precision-recall curve", "positives found", "right alarms")
                        .reference(new Point(0, positives), new Point(1, positives))
                        .line(precision)
                        .dot(new Point(found, right), threshold));
    }

    private static double share(long some, long others) {
        return some + others == 0 ? 0 : (double) some / (some + others);
    }

    private static void figure(StringBuilder page, String caption, Chart chart) {
        page.append("<figure><figcaption>")
                .append(caption)
                .append("</figcaption>")
                .append(chart.svg())
                .append("</figure>\n");
    }

    private static void importance(StringBuilder page, ModelCard card) {
        List<Importance> importance = card.importance();
        if (importance.isEmpty()) {
            return;
        }
        double most = importance.getFirst().rise();
        section(
                page,
                "Features by importance",
                "How much the loss on the hold-out rises when the values of one feature "
                        + "are shuffled. Features that tell the same share what they are worth; below 0 the model does better "
                        + "without.");
        page.append("<div class=\"bars\">");
        for (Importance each : importance.subList(0, Math.min(MOST_FEATURES, importance.size()))) {
            page.append("<span>")
                    .append(text(each.name()))
                    .append("</span><i style=\"width:")
                    .append(Page.decimal(most > 0 ? 100 * Math.max(0, each.rise()) / most : 0))
                    .append("%\"></i><span>")
                    .append(Figures.number(each.rise()))
                    .append("</span>");
        }
        page.append("</div>\n");
        if (importance.size() > MOST_FEATURES) {
            page.append("<p class=\"note\">and ")
                    .append(importance.size() - MOST_FEATURES)
                    .append(" more, none above ")
                    .append(Figures.number(importance.get(MOST_FEATURES).rise()))
                    .append("</p>\n");
        }
    }

    private static void slices(StringBuilder page, TrainingRun run) {
        if (run.getSlices().isEmpty()) {
            return;
        }
        List<String> metrics = run.getSlices().stream()
                .flatMap(slice -> slice.getChallenger().getEstimates().stream())
                .map(MetricEstimate::getMetric)
                .distinct()
                .toList();
        section(page, "Slices", "Declared parts of the hold-out. A part of one class alone has no metrics.");
        table(
                page,
                List.of("Slice", "#Rows", "#Positives"),
                metrics.stream().map(name -> "#" + text(name)).toList());
        for (SliceEvaluation slice : run.getSlices()) {
            Map<String, MetricEstimate> estimates = estimates(slice.getChallenger());
            page.append("<tr>");
            cell(page, text(slice.getSlice()));
            number(page, slice.getChallenger().getRows());
            number(page, slice.getChallenger().getPositives());
            metrics.forEach(metric -> {
                MetricEstimate estimate = estimates.get(metric);
                number(page, estimate == null ? Double.NaN : estimate.getValue());
            });
            page.append("</tr>\n");
        }
        end(page);
    }

    private static void candidates(StringBuilder page, ModelCard card, TrainingRun run) {
        Set<String> metrics = new LinkedHashSet<>();
        run.getCandidates()
                .forEach(candidate -> candidate.getEstimates().forEach(estimate -> metrics.add(estimate.getMetric())));
        section(
                page,
                "Candidates",
                "What was tried on the hold-out, the best first, before any calibration."
                        + (run.getTrials().isEmpty()
                                ? ""
                                : " " + run.getTrials().size()
                                        + " trials on older rows have chosen each family's window and settings."));
        table(
                page,
                List.of("Family", "Fitted on"),
                Stream.concat(metrics.stream().map(name -> "#" + text(name)), Stream.of("#Fitted in"))
                        .toList());
        for (CandidateResult candidate : run.getCandidates()) {
            Map<String, MetricEstimate> estimates = new LinkedHashMap<>();
            candidate.getEstimates().forEach(estimate -> estimates.put(estimate.getMetric(), estimate));
            page.append("<tr>");
            String name = text(candidate.getFamily());
            cell(
                    page,
                    (card.winner().filter(candidate::equals).isPresent() ? "<b>" + name + "</b>" : name)
                            + (candidate.getError() == null
                                    ? ""
                                    : "<div class=\"small bad\">" + text(candidate.getError()) + "</div>"));
            cell(page, text(candidate.getWindow()));
            metrics.forEach(metric -> {
                MetricEstimate estimate = estimates.get(metric);
                number(page, estimate == null ? Double.NaN : estimate.getValue());
            });
            page.append("<td class=\"n\">")
                    .append(seconds(candidate.getFitMillis()))
                    .append("</td></tr>\n");
        }
        end(page);
    }

    private static String seconds(long millis) {
        return Figures.number(millis / 1000.0) + " s";
    }

    private static void folds(StringBuilder page, TrainingRun run) {
        if (run.getFolds().isEmpty()) {
            return;
        }
        List<String> metrics = List.copyOf(new TreeMap<>(run.getFoldMeans()).keySet());
        section(page, "Rolling origins", "The same family on older rows, each time fitted on what was known before.");
        table(
                page,
                List.of("Rows of", "#Trained on", "#Judged on"),
                metrics.stream().map(name -> "#" + text(name)).toList());
        run.getFolds().forEach(fold -> {
            page.append("<tr>");
            cell(
                    page,
                    Figures.time(fold.getFrom()) + " to " + Figures.time(fold.getTo())
                            + (fold.getDetail().isEmpty()
                                    ? ""
                                    : "<div class=\"small bad\">" + text(fold.getDetail()) + "</div>"));
            number(page, fold.getTrainRows());
            number(page, fold.getTestRows());
            metrics.forEach(metric -> number(page, fold.getMetrics().getOrDefault(metric, Double.NaN)));
            page.append("</tr>\n");
        });
        page.append("<tr>");
        cell(page, "mean");
        page.append("<td></td><td></td>");
        metrics.forEach(metric -> number(page, run.getFoldMeans().getOrDefault(metric, Double.NaN)));
        page.append("</tr>\n");
        end(page);
    }

    private static void gate(StringBuilder page, ModelCard card, TrainingRun run) {
        section(page, "Gate", verdict(card, run) + ". docs/evaluation.md tells what each rule asks for.");
        table(page, List.of("Rule", "#Measured", "#Bound", ""), List.of());
        for (GateRule rule : run.getGate()) {
            page.append("<tr>");
            cell(page, text(rule.getRule()));
            number(page, rule.getValue());
            number(page, rule.getThreshold());
            cell(page, rule.getPassed() ? "<span class=\"good\">holds</span>" : "<span class=\"bad\">broken</span>");
            page.append("</tr>\n");
        }
        end(page);
    }

    private static void settings(StringBuilder page, ModelCard card) {
        page.append("<div class=\"two\">\n<div>");
        card.winner().ifPresent(winner -> {
            page.append("<h2>Settings</h2>\n<dl class=\"facts\">\n");
            new TreeMap<>(winner.getHyperparameters())
                    .forEach((name, value) -> fact(page, text(name), "<code>" + text(value) + "</code>"));
            fact(page, "seed", "<code>" + card.model().getSeed() + "</code>");
            page.append("</dl>\n");
        });
        page.append("</div>\n<div>");
    }

    private static void data(StringBuilder page, ModelCard card) {
        page.append("<h2>Data</h2>\n<dl class=\"facts\">\n");
        fact(
                page,
                "Training set",
                card.model().getDataset().stream().map(CardPage::range).collect(Collectors.joining("<br>")));
        fact(page, "Feature set", "<code>" + text(card.model().getFeatureSet()) + "</code>");
        fact(
                page,
                "Features",
                card.bundle().features().stream()
                        .map(feature -> text(feature.name())
                                + (feature.kind() == FeatureKind.CATEGORICAL
                                        ? " <span class=\"quiet\">text</span>"
                                        : ""))
                        .collect(Collectors.joining(", ")));
        card.run().ifPresent(run -> {
            fact(page, "Rows", rows(run));
        });
        card.request()
                .ifPresent(request ->
                        fact(page, "Stream at", Figures.time(request.getEventTime()) + " when it was asked for"));
        page.append("</dl>\n</div>\n</div>\n");
    }

    private static String range(OffsetRange range) {
        return "<code>" + text(range.getTopic()) + "</code> partition " + range.getPartition() + ", offsets "
                + range.getFromOffset() + " to " + range.getToOffset();
    }

    private static String rows(TrainingRun run) {
        return Figures.number(run.getRows()) + " read"
                + (run.getOtherFeatureSetRows() > 0
                        ? ", " + Figures.number(run.getOtherFeatureSetRows()) + " of another feature set left out"
                        : "");
    }

    private static void lineage(StringBuilder page, ModelCard card) {
        page.append("<h2>Where it comes from</h2>\n<dl class=\"facts\">\n");
        card.run().ifPresent(run -> fact(page, "Reason", text(run.getReason().name())));
        card.request().map(CardPage::request).ifPresent(request -> fact(page, "Request", request));
        card.run()
                .ifPresent(run -> fact(
                        page,
                        "Run",
                        "<code>" + text(run.getRunId()) + "</code>, " + Figures.time(run.getStartedAt()) + ", took "
                                + seconds(Duration.between(run.getStartedAt(), run.getFinishedAt())
                                        .toMillis())));
        card.run()
                .ifPresent(run -> fact(
                        page,
                        "Champion then",
                        run.getChampionVersion() == 0 ? "none" : "version " + run.getChampionVersion()));
        card.deployment().map(CardPage::serving).ifPresent(now -> fact(page, "Serves now", now));
        fact(page, "Code", "<code>" + text(card.model().getCodeCommit()) + "</code>");
        fact(
                page,
                "Environment",
                new TreeMap<>(card.model().getEnvironment())
                        .entrySet().stream()
                                .map(each -> text(each.getKey()) + " " + text(each.getValue()))
                                .collect(Collectors.joining(", ")));
        fact(
                page,
                "Bundle",
                Figures.number(card.model().getSizeBytes()) + " bytes, format "
                        + card.bundle().formatVersion() + ", SHA-256 <code>"
                        + text(card.model().getSha256()) + "</code>");
        page.append("</dl>\n");
    }

    private static String request(RetrainRequest request) {
        return "<code>" + text(request.getRequestId()) + "</code> by " + text(request.getWriter()) + ", "
                + Figures.time(request.getRequestedAt()) + ": " + text(request.getEvidence())
                + (request.getAlertId() == null ? "" : ", alert <code>" + text(request.getAlertId()) + "</code>");
    }

    private static String serving(Deployment now) {
        return "version " + now.getChampionVersion() + ", since " + Figures.time(now.getDecidedAt()) + ": "
                + text(now.getReason());
    }

    private static void section(StringBuilder page, String title, String note) {
        page.append("<h2>")
                .append(title)
                .append("</h2>\n<p class=\"note\">")
                .append(note)
                .append("</p>\n");
    }

    /** Begins a table; a heading after {@code #} is of numbers. */
    private static void table(StringBuilder page, List<String> first, List<String> more) {
        page.append("<div class=\"scroll\">\n<table>\n<thead><tr>");
        Stream.concat(first.stream(), more.stream())
                .forEach(heading -> page.append(heading.startsWith("#") ? "<th class=\"n\">" : "<th>")
                        .append(heading.startsWith("#") ? heading.substring(1) : heading)
                        .append("</th>"));
        page.append("</tr></thead>\n<tbody>\n");
    }

    private static void end(StringBuilder page) {
        page.append("</tbody>\n</table>\n</div>\n");
    }

    private static void cell(StringBuilder page, String html) {
        page.append("<td>").append(html).append("</td>");
    }

    private static void number(StringBuilder page, double value) {
        page.append("<td class=\"n\">").append(finite(value)).append("</td>");
    }

    private static void range(StringBuilder page, double low, double high) {
        page.append("<td class=\"range\">");
        if (Double.isFinite(low) && Double.isFinite(high)) {
            page.append(Figures.number(low)).append(" to ").append(Figures.number(high));
        } else {
            page.append('-');
        }
        page.append("</td>");
    }

    private static String finite(double value) {
        return Double.isFinite(value) ? Figures.number(value) : "-";
    }
}
