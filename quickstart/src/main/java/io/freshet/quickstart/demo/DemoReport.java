package io.freshet.quickstart.demo;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.freshet.quickstart.demo.Evidence.FirstPrediction;
import io.freshet.schemas.message.CandidateResult;
import io.freshet.schemas.message.Deployment;
import io.freshet.schemas.message.DriftAlert;
import io.freshet.schemas.message.FeatureDrift;
import io.freshet.schemas.message.GateRule;
import io.freshet.schemas.message.RealisedPerformance;
import io.freshet.schemas.message.RetrainReason;
import io.freshet.schemas.message.RetrainRequest;
import io.freshet.schemas.message.TrainingRun;
import java.time.DayOfWeek;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.temporal.TemporalAdjusters;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.TreeSet;
import java.util.function.IntPredicate;

/** What happened in a demo, from what stands on the topics alone; only what was sent is the replay's word. */
public final class DemoReport {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Duration LAST_MONTH = Duration.ofDays(30);
    /** The end of a range that has none. */
    private static final Instant FAR = Instant.ofEpochMilli(Long.MAX_VALUE);

    /**
     * A span of event time to judge predictions over.
     *
     * @param name its key in the report
     * @param from inclusive
     * @param to exclusive
     */
    public record Range(String name, Instant from, Instant to) {
        boolean holds(long time) {
            return time >= from.toEpochMilli() && time < to.toEpochMilli();
        }
    }

    /**
     * One thing that has to be true for the loop to count as closed.
     *
     * @param name what has to be true
     * @param detail the numbers it was judged by
     */
    public record Condition(String name, boolean holds, String detail) {}

    private final ObjectNode json;
    private final List<Condition> conditions;

    private DemoReport(ObjectNode json, List<Condition> conditions) {
        this.json = json;
        this.conditions = List.copyOf(conditions);
    }

    /** Whether nothing was lost or doubled and a model that drift asked for took over. */
    public boolean closed() {
        return conditions.stream().allMatch(Condition::holds);
    }

    /** All conditions of {@link #closed}, also those that hold. */
    public List<Condition> conditions() {
        return conditions;
    }

    /** The report as a tree that the caller may change. */
    public ObjectNode json() {
        return json.deepCopy();
    }

    /** The report as indented JSON. */
    public String text() {
        try {
            return JSON.writerWithDefaultPrettyPrinter().writeValueAsString(json);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a tree is always writable", e);
        }
    }

    /**
     * Draws the report.
     *
     * @param wall how long the demo took
     * @param ranges what to judge beside the whole, the last 30 days, and each week
     */
    static DemoReport of(Evidence evidence, ReplayCounts sent, Duration wall, List<Range> ranges) {
        List<Range> all = new ArrayList<>(standardRanges(evidence.events));
        all.addAll(ranges);
        List<Condition> conditions = conditions(evidence, sent);
        ObjectNode json = JSON.createObjectNode();
        json.set("closed", closed(conditions));
        json.put("wallSeconds", wall.toMillis() / 1e3);
        json.set("events", events(evidence, sent));
        json.set("labels", labels(evidence, sent));
        json.set("features", features(evidence));
        json.put("examples", evidence.examples);
        json.set("predictions", predictions(evidence));
        json.set("predictionErrors", counts(Evidence.sum(evidence.errors), evidence.errors));
        json.put("lost", evidence.events.lost());
        json.put("doubled", evidence.events.doubled());
        json.set("unreadable", counts(Evidence.sum(evidence.unreadable), evidence.unreadable));
        json.set("champions", champions(evidence));
        json.set("driftAlerts", alerts(evidence));
        json.set("retrains", retrains(evidence));
        json.set("served", served(evidence.events, all));
        json.set("firstChampionKept", kept(evidence, all));
        json.set("metricsByWeek", served(evidence.events, weeks(evidence.events)));
        return new DemoReport(json, conditions);
    }

    private static List<Condition> conditions(Evidence evidence, ReplayCounts sent) {
        long accepted = evidence.events.accepted();
        long accounted = accepted + evidence.rejectedEvents() + evidence.duplicateEvents();
        long labels = evidence.examples + Evidence.sum(evidence.labelRejections) + evidence.waitingLabels;
        long driftRuns = evidence.runs.stream()
                .filter(run -> run.getPromoted() && run.getReason() == RetrainReason.DRIFT)
                .count();
        return List.of(
                new Condition(
                        "every event sent is accounted for",
                        accounted(sent.events(), accounted, sent.eventsUncertain()),
                        sent.events() + " sent, " + accepted + " accepted + " + evidence.rejectedEvents()
                                + " rejected + " + evidence.duplicateEvents() + " duplicates = " + accounted
                                + allowance(sent.eventsUncertain())),
                new Condition(
                        "every label sent is accounted for",
                        accounted(sent.labels(), labels, sent.labelsUncertain()),
                        sent.labels() + " sent, " + evidence.examples + " joined + "
                                + Evidence.sum(evidence.labelRejections) + " rejected"
                                + (evidence.waitingLabels == 0
                                        ? ""
                                        : " + " + evidence.waitingLabels + " waiting for their event")
                                + " = " + labels
                                + allowance(sent.labelsUncertain())),
                new Condition(
                        "no accepted event is without a prediction",
                        evidence.events.lost() == 0,
                        evidence.events.lost() + " lost"),
                new Condition(
                        "no event has two predictions",
                        evidence.events.doubled() == 0,
                        evidence.events.doubled() + " doubled"),
                new Condition(
                        "no event has two rows or two examples",
                        evidence.events.doubledRows() == 0 && evidence.events.doubledLabels() == 0,
                        evidence.events.doubledRows() + " with more rows, " + evidence.events.doubledLabels()
                                + " with more examples"),
                new Condition(
                        "no retrain request was answered twice",
                        evidence.repeatedRuns() == 0,
                        evidence.runs.size() + " runs, " + evidence.repeatedRuns() + " repeated"),
                new Condition(
                        "every record could be read",
                        evidence.unreadable.isEmpty(),
                        Evidence.sum(evidence.unreadable) + " unreadable"),
                new Condition(
                        "a champion was replaced",
                        evidence.deployments.size() >= 2,
                        evidence.deployments.size() + " deployments"),
                new Condition(
                        "a model that drift asked for was promoted",
                        driftRuns > 0,
                        driftRuns + " promoted after drift"));
    }

    /** A repeated request may have left its records on the log more than once, and one without an answer any of them. */
    private static boolean accounted(long sent, long found, long uncertain) {
        return found >= sent && found <= sent + uncertain;
    }

    private static String allowance(long uncertain) {
        return uncertain == 0
                ? ""
                : "; up to " + uncertain + " more may stand on the log, their requests were repeated or had no answer";
    }

    private static ObjectNode closed(List<Condition> conditions) {
        ObjectNode json = JSON.createObjectNode();
        json.put("closed", conditions.stream().allMatch(Condition::holds));
        ArrayNode each = json.putArray("conditions");
        conditions.forEach(condition -> each.addObject()
                .put("condition", condition.name())
                .put("holds", condition.holds())
                .put("detail", condition.detail()));
        return json;
    }

    private static ObjectNode events(Evidence evidence, ReplayCounts sent) {
        ObjectNode json = JSON.createObjectNode()
                .put("sent", sent.events())
                .put("accepted", evidence.events.accepted())
                .put("rejected", evidence.rejectedEvents())
                .put("duplicate", evidence.duplicateEvents());
        json.set("rejections", JSON.valueToTree(evidence.eventRejections));
        json.putObject("replay")
                .put("flights", sent.flights())
                .put("duplicates", sent.duplicates())
                .put("malformed", sent.malformed())
                .put("requestsRepeated", sent.requestsRepeated())
                .put("uncertain", sent.eventsUncertain());
        return json;
    }

    private static ObjectNode labels(Evidence evidence, ReplayCounts sent) {
        ObjectNode json = JSON.createObjectNode()
                .put("sent", sent.labels())
                .put("accepted", evidence.examples)
                .put("rejected", Evidence.sum(evidence.labelRejections))
                .put("waiting", evidence.waitingLabels)
                .put("doubled", evidence.events.doubledLabels())
                .put("uncertain", sent.labelsUncertain());
        json.set("rejections", JSON.valueToTree(evidence.labelRejections));
        return json;
    }

    private static ObjectNode features(Evidence evidence) {
        return JSON.createObjectNode()
                .put("total", evidence.rows)
                .put("events", evidence.events.accepted())
                .put("doubled", evidence.events.doubledRows());
    }

    private static ObjectNode predictions(Evidence evidence) {
        ObjectNode json = JSON.createObjectNode()
                .put("total", evidence.predictions)
                .put("degraded", Evidence.sum(evidence.degraded))
                .put("degradedSinceFirstModel", evidence.relapses)
                .put("withoutFeatures", evidence.events.unfounded());
        json.set("degradedReasons", JSON.valueToTree(evidence.degraded));
        return json;
    }

    private static ObjectNode counts(long total, Map<String, Long> by) {
        ObjectNode json = JSON.createObjectNode().put("total", total);
        json.set("by", JSON.valueToTree(by));
        return json;
    }

    private static ArrayNode champions(Evidence evidence) {
        ArrayNode json = JSON.createArrayNode();
        TreeSet<Integer> versions = new TreeSet<>(evidence.firstPredictions.keySet());
        evidence.deployments.forEach(deployment -> versions.add(deployment.getChampionVersion()));
        for (int version : versions) {
            ObjectNode champion = json.addObject().put("version", version);
            FirstPrediction first = evidence.firstPredictions.get(version);
            Optional<TrainingRun> run = evidence.runs.stream()
                    .filter(made -> made.getPromoted() && made.getNewVersion() == version)
                    .findFirst();
            Optional<Deployment> deployment = evidence.deployments.stream()
                    .filter(made -> made.getChampionVersion() == version)
                    .findFirst();
            champion.put("family", first == null ? null : first.family());
            champion.put("cause", run.map(made -> made.getReason().name()).orElse(null));
            champion.put("runId", run.map(TrainingRun::getRunId).orElse(null));
            champion.put("reason", deployment.map(Deployment::getReason).orElse(null));
            champion.put(
                    "decidedAt",
                    deployment.map(made -> made.getDecidedAt().toString()).orElse(null));
            champion.put("predictions", evidence.predictionsByVersion.getOrDefault(version, 0L));
            if (first == null) {
                champion.putNull("firstPrediction");
            } else {
                champion.putObject("firstPrediction")
                        .put("eventTime", first.eventTime().toString())
                        .put("partition", first.partition())
                        .put("offset", first.offset())
                        .put("scoredAt", first.scoredAt().toString());
            }
        }
        return json;
    }

    private static ArrayNode alerts(Evidence evidence) {
        ArrayNode json = JSON.createArrayNode();
        evidence.alerts.forEach((id, states) -> {
            ObjectNode alert = json.addObject().put("alertId", id);
            alert.put("kind", states.getFirst().getKind().name());
            alert.put("openedAt", states.getFirst().getOpenedAt().toString());
            alert.put("modelVersion", states.getFirst().getModelVersion());
            ArrayNode history = alert.putArray("states");
            states.forEach(state -> history.add(state(state)));
        });
        return json;
    }

    private static ObjectNode state(DriftAlert alert) {
        ObjectNode json = JSON.createObjectNode()
                .put("state", alert.getState().name())
                .put("windowStart", alert.getWindowStart().toString())
                .put("windowEnd", alert.getWindowEnd().toString())
                .put("rows", alert.getRows())
                .put("message", alert.getMessage())
                .put("decidedAt", alert.getDecidedAt().toString());
        ArrayNode features = json.putArray("features");
        for (FeatureDrift drift : alert.getFeatures()) {
            features.addObject()
                    .put("feature", drift.getFeature())
                    .put("statistic", drift.getStatistic())
                    .put("value", drift.getValue())
                    .put("threshold", drift.getThreshold())
                    .put("baseline", drift.getBaseline())
                    .put("window", drift.getWindow());
        }
        RealisedPerformance performance = alert.getPerformance();
        if (performance != null) {
            ObjectNode realised = json.putObject("performance")
                    .put("metric", performance.getMetric())
                    .put("promised", performance.getPromised())
                    .put("promisedLow", performance.getPromisedLow())
                    .put("promisedHigh", performance.getPromisedHigh())
                    .put("bound", performance.getBound())
                    .put("realised", performance.getRealised())
                    .put("realisedLow", performance.getRealisedLow())
                    .put("realisedHigh", performance.getRealisedHigh())
                    .put("predictions", performance.getPredictions());
            realised.set("metrics", JSON.valueToTree(performance.getMetrics()));
        }
        return json;
    }

    private static ArrayNode retrains(Evidence evidence) {
        ArrayNode json = JSON.createArrayNode();
        for (TrainingRun run : evidence.runs) {
            ObjectNode retrain = json.addObject()
                    .put("runId", run.getRunId())
                    .put("reason", run.getReason().name());
            RetrainRequest request = evidence.requests.get(run.getRequestId());
            if (request != null) {
                request(retrain, request);
            }
            retrain.put("rows", run.getRows())
                    .put("trainRows", run.getTrainRows())
                    .put("holdoutRows", run.getHoldoutRows());
            ArrayNode candidates = retrain.putArray("candidates");
            for (CandidateResult candidate : run.getCandidates()) {
                ObjectNode each = candidates
                        .addObject()
                        .put("family", candidate.getFamily())
                        .put("fitMillis", candidate.getFitMillis())
                        .put("error", candidate.getError());
                each.set("metrics", JSON.valueToTree(candidate.getMetrics()));
            }
            retrain.put("championVersion", run.getChampionVersion());
            retrain.set("championMetrics", JSON.valueToTree(run.getChampionMetrics()));
            ArrayNode gate = retrain.putArray("gate");
            for (GateRule rule : run.getGate()) {
                gate.addObject()
                        .put("rule", rule.getRule())
                        .put("value", rule.getValue())
                        .put("threshold", rule.getThreshold())
                        .put("passed", rule.getPassed());
            }
            retrain.put("promoted", run.getPromoted())
                    .put("newVersion", run.getNewVersion())
                    .put("detail", run.getDetail())
                    .put("startedAt", run.getStartedAt().toString())
                    .put("finishedAt", run.getFinishedAt().toString());
        }
        evidence.requests.forEach((id, request) -> {
            if (evidence.runs.stream().noneMatch(run -> run.getRequestId().equals(id))) {
                request(
                        json.addObject()
                                .putNull("runId")
                                .put("reason", request.getReason().name()),
                        request);
            }
        });
        return json;
    }

    private static void request(ObjectNode json, RetrainRequest request) {
        json.put("requestId", request.getRequestId())
                .put("requestedAt", request.getRequestedAt().toString())
                .put("eventTime", request.getEventTime().toString())
                .put("alertId", request.getAlertId())
                .put("evidence", request.getEvidence());
    }

    private static ArrayNode served(EventLedger events, List<Range> ranges) {
        ArrayNode json = JSON.createArrayNode();
        for (Range range : ranges) {
            ObjectNode each = range(json, range);
            quality(each, events.served(i -> range.holds(events.time(i))));
        }
        return json;
    }

    /**
     * The served scores and those that the first champion gives, on the same rows: events from its first prediction on
     * that a model answered and that it can score.
     */
    private static ObjectNode kept(Evidence evidence, List<Range> ranges) {
        EventLedger events = evidence.events;
        ObjectNode json = JSON.createObjectNode();
        Map.Entry<Integer, FirstPrediction> first = evidence.firstPredictions.firstEntry();
        if (first == null || !evidence.hasFirstChampion()) {
            return json.putNull("version");
        }
        Instant from = first.getValue().eventTime();
        json.put("version", first.getKey()).put("from", from.toString()).put("unscorable", evidence.unscorable);
        List<Range> all = new ArrayList<>(ranges);
        Map.Entry<Integer, FirstPrediction> next = evidence.firstPredictions.higherEntry(first.getKey());
        if (next != null) {
            all.add(new Range("sinceReplaced", next.getValue().eventTime(), FAR));
        }
        json.set("ranges", sideBySide(events, from, all));
        json.set("byWeek", sideBySide(events, from, weeks(events)));
        return json;
    }

    private static ArrayNode sideBySide(EventLedger events, Instant from, List<Range> ranges) {
        ArrayNode json = JSON.createArrayNode();
        for (Range range : ranges) {
            IntPredicate chosen = i -> events.version(i) > 0
                    && events.rescored(i)
                    && events.time(i) >= from.toEpochMilli()
                    && range.holds(events.time(i));
            ObjectNode each = range(json, range);
            quality(each.putObject("served"), events.served(chosen));
            quality(each.putObject("kept"), events.kept(chosen));
        }
        return json;
    }

    private static ObjectNode range(ArrayNode json, Range range) {
        return json.addObject()
                .put("range", range.name())
                .put("from", range.from().toString())
                .put("to", range.to().equals(FAR) ? null : range.to().toString());
    }

    private static void quality(ObjectNode json, Quality quality) {
        json.put("predictions", quality.predictions()).put("labelled", quality.labelled());
        json.put(
                "coverage",
                quality.predictions() == 0 ? null : (Double) (quality.labelled() / (double) quality.predictions()));
        metric(json, "rocAuc", quality.rocAuc());
        metric(json, "averagePrecision", quality.averagePrecision());
        metric(json, "logLoss", quality.logLoss());
    }

    private static void metric(ObjectNode json, String name, OptionalDouble value) {
        if (value.isPresent()) {
            json.put(name, value.getAsDouble());
        } else {
            json.putNull(name);
        }
    }

    /** The whole, and the 30 days up to the last predicted event; none without predictions. */
    private static List<Range> standardRanges(EventLedger events) {
        Optional<Range> whole = span(events);
        return whole.map(all -> List.of(all, new Range("lastMonth", all.to().minus(LAST_MONTH), all.to())))
                .orElse(List.of());
    }

    private static Optional<Range> span(EventLedger events) {
        long from = Long.MAX_VALUE;
        long to = Long.MIN_VALUE;
        for (int i = 0; i < events.size(); i++) {
            if (events.predicted(i)) {
                from = Math.min(from, events.time(i));
                to = Math.max(to, events.time(i));
            }
        }
        return from > to
                ? Optional.empty()
                : Optional.of(new Range("whole", Instant.ofEpochMilli(from), Instant.ofEpochMilli(to + 1)));
    }

    /** The weeks with predictions, from Monday 00:00 UTC, named by their Monday. */
    private static List<Range> weeks(EventLedger events) {
        TreeSet<LocalDate> mondays = new TreeSet<>();
        for (int i = 0; i < events.size(); i++) {
            if (events.predicted(i)) {
                mondays.add(Instant.ofEpochMilli(events.time(i))
                        .atZone(ZoneOffset.UTC)
                        .toLocalDate()
                        .with(TemporalAdjusters.previousOrSame(DayOfWeek.MONDAY)));
            }
        }
        return mondays.stream()
                .map(monday -> new Range(
                        monday.toString(),
                        monday.atStartOfDay(ZoneOffset.UTC).toInstant(),
                        monday.plusWeeks(1).atStartOfDay(ZoneOffset.UTC).toInstant()))
                .toList();
    }
}
