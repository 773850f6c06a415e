package io.freshet.quickstart.demo;

import static io.freshet.quickstart.demo.Records.time;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import io.freshet.model.Model;
import io.freshet.quickstart.demo.DemoReport.Condition;
import io.freshet.quickstart.demo.DemoReport.Range;
import io.freshet.schemas.message.AlertState;
import io.freshet.schemas.message.ModelRole;
import io.freshet.schemas.message.RecordKind;
import io.freshet.schemas.message.RetrainReason;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class DemoReportTest {
    private static final int EVENTS = 400;
    private static final int FIRST = 100;
    private static final int SECOND = 200;

    /**
     * One event an hour. The label is x > 0 up to event 200 and x < 0 after it; the first model goes by x throughout, the
     * second, which answers from event 200 on, by -x.
     */
    private static Evidence evidence() {
        Evidence evidence = new Evidence(List.of("x"));
        evidence.take(Records.alert(AlertState.OPEN));
        evidence.take(Records.alert(AlertState.RESOLVED));
        evidence.take(Records.performance(AlertState.OPEN));
        evidence.take(Records.request("q1", RetrainReason.FIRST_MODEL));
        evidence.take(Records.request("q2", RetrainReason.DRIFT));
        evidence.take(Records.request("q3", RetrainReason.DRIFT));
        evidence.take(Records.run("q1", RetrainReason.FIRST_MODEL, 1));
        evidence.take(Records.run("q2", RetrainReason.DRIFT, 2));
        evidence.take(Records.deployment(1));
        evidence.take(Records.deployment(2));
        for (int i = 0; i < EVENTS; i++) {
            int version = i < FIRST ? 0 : i < SECOND ? 1 : 2;
            double score = version == 0 ? 0.2 : logistic(version == 1 ? x(i) : -x(i));
            evidence.take(Records.prediction(i, version, score), 0, i);
        }
        evidence.take(Records.rejected(RecordKind.EVENT, "DUPLICATE"));
        evidence.take(Records.rejected(RecordKind.EVENT, "FIELD_TYPE"));
        evidence.take(Records.rejected(RecordKind.LABEL, "UNKNOWN_EVENT"));
        evidence.firstChampion(new Model(Records.bundle(1)));
        for (int i = 0; i < EVENTS; i++) {
            evidence.take(Records.row(i, x(i)));
        }
        for (int i = 0; i < EVENTS - 10; i++) {
            evidence.take(Records.example(i, x(i), i < SECOND ? x(i) > 0 : x(i) < 0));
        }
        return evidence;
    }

    private static double x(int i) {
        return (i % 7 - 3) + 0.5;
    }

    private static double logistic(double x) {
        return 1 / (1 + Math.exp(-x));
    }

    private static ReplayCounts sent(long flights, long uncertain) {
        return new ReplayCounts(flights, 1, 1, EVENTS - 9, 1, 0, 0, uncertain, 0, Optional.of(time(EVENTS)), true);
    }

    private static JsonNode report(Evidence evidence) {
        return DemoReport.of(evidence, sent(EVENTS, 0), Duration.ofSeconds(12), List.of())
                .json();
    }

    @Test
    void shouldCloseWhenAllIsAccountedForAndDriftHadItsModel() {
        DemoReport report = DemoReport.of(evidence(), sent(EVENTS, 0), Duration.ofSeconds(12), List.of());

        assertThat(report.conditions()).allMatch(Condition::holds);
        assertThat(report.closed()).isTrue();
        JsonNode json = report.json();
        assertThat(json.at("/closed/closed").booleanValue()).isTrue();
        assertThat(json.at("/events").toString())
                .startsWith("{\"sent\":402,\"accepted\":400,\"rejected\":1,\"duplicate\":1,");
        assertThat(json.at("/labels/sent").intValue()).isEqualTo(391);
        assertThat(json.at("/labels/accepted").intValue()).isEqualTo(390);
        assertThat(json.at("/labels/rejections/UNKNOWN_EVENT").intValue()).isEqualTo(1);
        assertThat(json.at("/predictions/total").intValue()).isEqualTo(400);
        assertThat(json.at("/predictions/degradedReasons/NO_MODEL").intValue()).isEqualTo(100);
        assertThat(json.at("/wallSeconds").doubleValue()).isEqualTo(12);
    }

    @Test
    void shouldSayWhichConditionDoesNotHold() {
        Evidence evidence = new Evidence(List.of("x"));
        evidence.take(Records.deployment(1));
        evidence.take(Records.run("q", RetrainReason.DRIFT, 0));
        evidence.take(Records.prediction(1, 0, 0.5), 0, 0);
        evidence.take(Records.prediction(1, 0, 0.5), 0, 1);
        evidence.take(Records.prediction(2, 1, Double.NaN), 0, 2);
        evidence.take(Records.row(1, 1));
        evidence.take(Records.row(2, 1));
        evidence.take(Records.row(3, 1));
        evidence.take(Records.error(3));
        evidence.take(Records.row(2, 1));
        evidence.take(Records.example(2, 1, true));
        evidence.take(Records.example(2, 1, true));
        evidence.take(Records.run("q", RetrainReason.DRIFT, 0));

        DemoReport report = DemoReport.of(evidence, sent(100, 0), Duration.ZERO, List.of());

        assertThat(report.closed()).isFalse();
        assertThat(report.conditions())
                .extracting(Condition::holds, Condition::detail)
                .containsExactly(
                        tuple(false, "102 sent, 3 accepted + 0 rejected + 0 duplicates = 3"),
                        tuple(false, "391 sent, 2 joined + 0 rejected = 2"),
                        tuple(false, "1 lost"),
                        tuple(false, "1 doubled"),
                        tuple(false, "1 with more rows, 1 with more examples"),
                        tuple(false, "2 runs, 1 repeated"),
                        tuple(false, "1 unreadable"),
                        tuple(false, "1 deployments"),
                        tuple(false, "0 promoted after drift"));
        assertThat(report.json().at("/lost").intValue()).isEqualTo(1);
        assertThat(report.json().at("/doubled").intValue()).isEqualTo(1);
        assertThat(report.json().at("/predictionErrors/by/MODEL_FAILED").intValue())
                .isEqualTo(1);
        assertThat(report.json().at("/firstChampionKept/version").isNull()).isTrue();
    }

    @Test
    void shouldAllowForRequestsWhoseAnswerWasLost() {
        // Sent three less than stand on the log.
        assertThat(DemoReport.of(evidence(), sent(EVENTS - 3, 3), Duration.ZERO, List.of())
                        .closed())
                .isTrue();
        assertThat(DemoReport.of(evidence(), sent(EVENTS - 3, 2), Duration.ZERO, List.of())
                        .closed())
                .isFalse();
    }

    @Test
    void shouldSetTheFirstChampionBesideWhatWasServed() {
        JsonNode kept = report(evidence()).get("firstChampionKept");

        assertThat(kept.get("version").intValue()).isEqualTo(1);
        assertThat(kept.get("from").textValue()).isEqualTo(time(FIRST).toString());
        assertThat(kept.get("unscorable").intValue()).isZero();
        JsonNode since = range(kept.get("ranges"), "sinceReplaced");
        assertThat(since.get("from").textValue()).isEqualTo(time(SECOND).toString());
        assertThat(since.at("/served/predictions").intValue()).isEqualTo(200);
        assertThat(since.at("/served/labelled").intValue()).isEqualTo(190);
        assertThat(since.at("/served/rocAuc").doubleValue()).isEqualTo(1);
        assertThat(since.at("/kept/rocAuc").doubleValue()).isZero();
        JsonNode whole = range(kept.get("ranges"), "whole");
        assertThat(whole.at("/served/predictions").intValue()).isEqualTo(300);
        assertThat(whole.at("/kept/predictions").intValue()).isEqualTo(300);
        assertThat(whole.at("/kept/rocAuc").doubleValue())
                .isLessThan(whole.at("/served/rocAuc").doubleValue());
    }

    @Test
    void shouldJudgeWeeksAndRangesWithTheirCoverage() {
        DemoReport report = DemoReport.of(
                evidence(),
                sent(EVENTS, 0),
                Duration.ZERO,
                List.of(new Range("first model", time(FIRST), time(SECOND)), new Range("never", time(900), time(901))));

        JsonNode json = report.json();
        JsonNode first = range(json.get("served"), "first model");
        assertThat(first.get("rocAuc").doubleValue()).isEqualTo(1);
        assertThat(first.get("averagePrecision").doubleValue()).isEqualTo(1);
        assertThat(first.get("coverage").doubleValue()).isEqualTo(1);
        JsonNode never = range(json.get("served"), "never");
        assertThat(never.get("predictions").intValue()).isZero();
        assertThat(never.get("coverage").isNull() && never.get("rocAuc").isNull())
                .isTrue();
        assertThat(range(json.get("served"), "whole").get("coverage").doubleValue())
                .isCloseTo(390.0 / 400, within(1e-12));
        assertThat(range(json.get("served"), "lastMonth").get("predictions").intValue())
                .isEqualTo(400);
        // 2001-01-01 was a Monday; 400 hours are two weeks and 64 hours.
        assertThat(json.get("metricsByWeek")).hasSize(3);
        assertThat(json.at("/metricsByWeek/2/range").textValue()).isEqualTo("2001-01-15");
        assertThat(json.at("/metricsByWeek/2/predictions").intValue()).isEqualTo(64);
        assertThat(json.at("/metricsByWeek/2/labelled").intValue()).isEqualTo(54);
    }

    @Test
    void shouldTellTheStoryOfAlertsRetrainsAndChampions() {
        JsonNode json = report(evidence());

        assertThat(json.at("/driftAlerts/0/states")).hasSize(2);
        assertThat(json.at("/driftAlerts/0/states/0/features/0/threshold").doubleValue())
                .isEqualTo(0.1);
        assertThat(json.at("/driftAlerts/0/states/1/state").textValue()).isEqualTo("RESOLVED");
        assertThat(json.at("/driftAlerts/0/kind").textValue()).isEqualTo("DRIFT");
        assertThat(json.at("/driftAlerts/1/kind").textValue()).isEqualTo("PERFORMANCE");
        assertThat(json.at("/driftAlerts/1/states/0/performance/realised").doubleValue())
                .isEqualTo(0.7);
        assertThat(json.at("/driftAlerts/1/states/0/performance/metrics/log-loss")
                        .doubleValue())
                .isEqualTo(0.7);
        assertThat(json.get("retrains")).hasSize(3);
        assertThat(json.at("/retrains/1/alertId").textValue()).isEqualTo("a1");
        assertThat(json.at("/retrains/1/candidates/0/metrics/roc-auc").doubleValue())
                .isEqualTo(0.71234);
        assertThat(json.at("/retrains/1/gate/0/passed").booleanValue()).isTrue();
        assertThat(json.at("/retrains/2/runId").isNull()).isTrue();
        assertThat(json.at("/retrains/2/requestId").textValue()).isEqualTo("q3");
        assertThat(json.get("champions")).hasSize(2);
        JsonNode second = json.at("/champions/1");
        assertThat(second.get("cause").textValue()).isEqualTo("DRIFT");
        assertThat(second.get("family").textValue()).isEqualTo("logistic-regression");
        assertThat(second.get("predictions").intValue()).isEqualTo(200);
        assertThat(second.at("/firstPrediction/offset").intValue()).isEqualTo(SECOND);
        assertThat(second.at("/firstPrediction/eventTime").textValue())
                .isEqualTo(time(SECOND).toString());
    }

    @Test
    void shouldTellACanaryFromAChampionAndScoreRowsWithoutAFeatureOfTheModel() {
        Evidence evidence = new Evidence(List.of("y"));
        var canary = Records.prediction(2, 2, 0.5);
        canary.setRole(ModelRole.CANARY);
        evidence.take(canary, 0, 0);
        evidence.take(Records.prediction(1, 1, 0.5), 0, 1);
        evidence.firstChampion(new Model(Records.bundle(1)));
        // The model's feature x is not declared any more: it counts as missing and is imputed.
        evidence.take(Records.row(1, 5));

        assertThat(evidence.predictions).isEqualTo(2);
        assertThat(evidence.firstPredictions).as("as the champion").containsOnlyKeys(1);
        assertThat(evidence.firstChampion()).hasValue(1);
        assertThat(evidence.unscorable).isZero();
        assertThat(evidence.events.kept(i -> true).predictions()).isEqualTo(1);
        assertThat(evidence.events.served(i -> true).predictions()).isEqualTo(2);
    }

    private static JsonNode range(JsonNode ranges, String name) {
        for (JsonNode range : ranges) {
            if (range.get("range").textValue().equals(name)) {
                return range;
            }
        }
        throw new AssertionError("no range " + name + " in " + ranges);
    }
}
