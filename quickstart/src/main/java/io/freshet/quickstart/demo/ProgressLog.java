package io.freshet.quickstart.demo;

import io.freshet.page.PlainText;
import io.freshet.schemas.message.AlertKind;
import io.freshet.schemas.message.AlertState;
import io.freshet.schemas.message.CandidateResult;
import io.freshet.schemas.message.Challenge;
import io.freshet.schemas.message.Deployment;
import io.freshet.schemas.message.DriftAlert;
import io.freshet.schemas.message.GateRule;
import io.freshet.schemas.message.Prediction;
import io.freshet.schemas.message.RecordKind;
import io.freshet.schemas.message.RejectedRecord;
import io.freshet.schemas.message.RetrainRequest;
import io.freshet.schemas.message.RunOutcome;
import io.freshet.schemas.message.TrainingRun;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * Turns what stands on the topics into words. The methods that take a record return the lines to print for it, none for
 * what is only counted. Pure, not thread-safe.
 */
final class ProgressLog {
    private static final int LONGEST = 300;
    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm", Locale.ROOT).withZone(ZoneOffset.UTC);
    private static final String DUPLICATE = "DUPLICATE";

    private long predictions;
    private long errors;
    private long rejectedEvents;
    private long duplicates;
    private long rejectedLabels;
    private long examples;
    private long unreadable;
    private int trainings;
    private int refused;
    private int champion;
    private String family = "";
    private boolean degradedSeen;
    private int servedSince;
    private final Set<String> drifts = new HashSet<>();
    private final Set<String> degradations = new HashSet<>();

    /** Predictions that are only counted. */
    void predictions(long more) {
        predictions += more;
    }

    /** One of the counted predictions, looked into: at least the newest of each batch should be. */
    List<String> look(Prediction prediction) {
        String when = TIME.format(prediction.getEventTime());
        if (prediction.getDegraded() && prediction.getModelVersion() == 0) {
            if (degradedSeen || servedSince > 0) {
                return List.of();
            }
            degradedSeen = true;
            return line("first predictions, for " + when + ": there is no model yet, so they give the share of late"
                    + " flights so far and are marked degraded");
        }
        if (prediction.getDegraded() || prediction.getModelVersion() <= servedSince) {
            return List.of();
        }
        servedSince = prediction.getModelVersion();
        family = PlainText.of(String.valueOf(prediction.getModelFamily()), 40);
        return line("model " + servedSince + " (" + family + ") answers, from flights of " + when + " on");
    }

    void error() {
        errors++;
    }

    void example() {
        examples++;
    }

    void unreadable() {
        unreadable++;
    }

    void rejected(RejectedRecord rejected) {
        if (rejected.getKind() == RecordKind.LABEL) {
            rejectedLabels++;
        } else if (rejected.getReason().equals(DUPLICATE)) {
            duplicates++;
        } else {
            rejectedEvents++;
        }
    }

    List<String> alert(DriftAlert alert) {
        boolean drift = alert.getKind() == AlertKind.DRIFT;
        Set<String> alerts = drift ? drifts : degradations;
        if (alert.getState() == AlertState.RESOLVED) {
            String over = drift ? "drift is over: " : "an alert of performance is over: ";
            return alerts.remove(alert.getAlertId()) ? line(over + alert.getMessage()) : List.of();
        }
        return alerts.add(alert.getAlertId())
                ? line((drift ? "DRIFT: " : "PERFORMANCE: ") + alert.getMessage())
                : List.of();
    }

    List<String> request(RetrainRequest request) {
        return line("a new model is asked for: " + request.getEvidence());
    }

    List<String> run(TrainingRun run) {
        if (run.getOutcome() == RunOutcome.DECLINED) {
            return line(run.getDetail());
        }
        trainings++;
        List<String> lines = new ArrayList<>();
        lines.addAll(line("trained on " + number(run.getTrainRows()) + " flights, judged on the "
                + number(run.getHoldoutRows()) + " after them:"));
        for (CandidateResult candidate : run.getCandidates()) {
            String outcome = candidate.getError() == null ? metrics(candidate.getMetrics()) : candidate.getError();
            lines.addAll(line("  " + candidate.getFamily() + ": " + outcome));
        }
        if (run.getChampionVersion() > 0) {
            lines.addAll(line(
                    "  model " + run.getChampionVersion() + ", which serves: " + metrics(run.getChampionMetrics())));
        }
        if (run.getPromoted()) {
            lines.addAll(line(
                    "the gate lets the best through as model " + run.getNewVersion() + " (" + rules(run, true) + ")"));
        } else {
            refused++;
            String failed = rules(run, false);
            String detail = run.getDetail().isEmpty() ? "" : run.getDetail();
            lines.addAll(line("nothing takes over: " + (detail.isEmpty() ? failed : detail)));
        }
        return lines;
    }

    List<String> deployment(Deployment deployment) {
        Challenge challenge = deployment.getChallenge();
        if (challenge != null) {
            return line("model " + challenge.getVersion() + " challenges model " + deployment.getChampionVersion()
                    + ": " + challenge.getReason());
        }
        if (deployment.getChampionVersion() == champion) {
            return line("model " + deployment.getEndedChallenge() + " challenges model " + champion + " no more");
        }
        champion = deployment.getChampionVersion();
        String replaces = deployment.getPreviousVersion() == 0
                ? "the first model"
                : "instead of model " + deployment.getPreviousVersion();
        return line("NEW CHAMPION: model " + champion + ", " + replaces + ": " + deployment.getReason());
    }

    /** Whether every event that was sent has had its outcome. */
    boolean eventsDrained(ReplayCounts sent) {
        return predictions + errors + rejectedEvents + duplicates >= sent.events();
    }

    /** Whether every label that was sent has had its outcome. */
    boolean labelsDrained(ReplayCounts sent) {
        return examples + rejectedLabels >= sent.labels();
    }

    /** How things stand, in a few lines of at most 79 characters. */
    List<String> status(ReplayCounts sent, Duration elapsed) {
        long rate = elapsed.isZero() ? 0 : Math.round(sent.events() / (elapsed.toMillis() / 1e3));
        long decided = predictions + errors + rejectedEvents + duplicates;
        String troubles = (errors > 0 ? ", " + number(errors) + " failed" : "")
                + (unreadable > 0 ? ", " + number(unreadable) + " unreadable" : "")
                + (sent.requestsRepeated() > 0 ? ", " + number(sent.requestsRepeated()) + " requests repeated" : "");
        String serving = servedSince == 0 ? "none serves yet" : servedSince + " (" + family + ") serves";
        return List.of(
                "flights      " + sent.eventTime().map(ProgressLog::time).orElse("not started") + ", "
                        + number(sent.events()) + " sent, " + number(rate) + " a second",
                "predictions  " + number(predictions) + ", " + number(Math.max(0, sent.events() - decided))
                        + " under way" + troubles,
                "not taken    " + number(rejectedEvents) + " malformed, " + number(duplicates) + " duplicates",
                "labels       " + number(sent.labels()) + " sent, " + number(examples) + " joined to their predictions'"
                        + " features",
                "models       " + serving + ", " + trainings + " trainings, " + refused + " refused, "
                        + (!drifts.isEmpty() ? "DRIFT" : degradations.isEmpty() ? "no drift" : "WORSE"));
    }

    private static String time(Instant time) {
        return TIME.format(time);
    }

    private static String metrics(Map<String, Double> metrics) {
        return metrics.isEmpty()
                ? "no metrics"
                : new TreeMap<>(metrics)
                        .entrySet().stream()
                                .map(metric ->
                                        metric.getKey() + " " + String.format(Locale.ROOT, "%.4f", metric.getValue()))
                                .collect(Collectors.joining(", "));
    }

    private static String rules(TrainingRun run, boolean passed) {
        return run.getGate().stream()
                .filter(rule -> rule.getPassed() == passed)
                .map(ProgressLog::rule)
                .collect(Collectors.joining(", "));
    }

    private static String rule(GateRule rule) {
        return String.format(
                Locale.ROOT, "%s: %.4g against %.4g", rule.getRule(), rule.getValue(), rule.getThreshold());
    }

    private static String number(long value) {
        return String.format(Locale.ROOT, "%,d", value);
    }

    private static List<String> line(String text) {
        return List.of(PlainText.of(text, LONGEST));
    }
}
