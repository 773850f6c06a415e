package io.freshet.drift;

import io.freshet.drift.performance.Judgement;
import io.freshet.schemas.message.AlertKind;
import io.freshet.schemas.message.DriftAlert;
import io.freshet.schemas.message.FeatureDrift;
import io.freshet.schemas.message.Incident;
import io.freshet.schemas.message.RealisedPerformance;
import io.freshet.schemas.message.RetrainRequest;
import io.freshet.schemas.topic.Topic.Writer;
import java.time.Instant;
import java.util.List;
import java.util.TreeMap;

/** Decisions as messages. */
final class Announcements {
    private Announcements() {}

    static DriftAlert alert(String pipeline, Decision.Alert alert, Instant decidedAt) {
        Evidence evidence = alert.evidence();
        return DriftAlert.newBuilder()
                .setAlertId(alert.alertId())
                .setPipeline(pipeline)
                .setState(alert.state())
                .setModelVersion(evidence.modelVersion())
                .setWindowStart(Instant.ofEpochMilli(evidence.windowStart()))
                .setWindowEnd(Instant.ofEpochMilli(evidence.windowEnd()))
                .setRows(evidence.rows())
                .setFeatures(
                        evidence.features().stream().map(Announcements::feature).toList())
                .setMessage(alert.message())
                .setOpenedAt(Instant.ofEpochMilli(alert.openedAt()))
                .setDecidedAt(decidedAt)
                .build();
    }

    static DriftAlert alert(String pipeline, Decision.PerformanceAlert alert, Instant decidedAt) {
        DriftAlert.Builder built = DriftAlert.newBuilder()
                .setAlertId(alert.alertId())
                .setPipeline(pipeline)
                .setKind(AlertKind.PERFORMANCE)
                .setState(alert.state())
                .setModelVersion(alert.modelVersion())
                .setWindowStart(Instant.ofEpochMilli(alert.windowStart()))
                .setWindowEnd(Instant.ofEpochMilli(alert.windowEnd()))
                .setRows(alert.judgement()
                        .map(judgement -> judgement.figures().rows())
                        .orElse(0L))
                .setFeatures(List.of())
                .setMessage(alert.message())
                .setOpenedAt(Instant.ofEpochMilli(alert.openedAt()))
                .setDecidedAt(decidedAt);
        alert.judgement().map(Announcements::performance).ifPresent(built::setPerformance);
        return built.build();
    }

    private static RealisedPerformance performance(Judgement judgement) {
        TreeMap<String, Double> metrics = new TreeMap<>();
        judgement.figures().metrics().forEach((metric, value) -> metrics.put(metric.spelled(), value));
        return RealisedPerformance.newBuilder()
                .setMetric(judgement.metric().spelled())
                .setPromised(judgement.promised().value())
                .setPromisedLow(judgement.promised().low())
                .setPromisedHigh(judgement.promised().high())
                .setBound(judgement.bound())
                .setRealised(judgement.figures().realised().value())
                .setRealisedLow(judgement.figures().realised().low())
                .setRealisedHigh(judgement.figures().realised().high())
                .setPredictions(judgement.figures().predictions())
                .setMetrics(metrics)
                .build();
    }

    private static FeatureDrift feature(Evidence.Measured measured) {
        return FeatureDrift.newBuilder()
                .setFeature(measured.feature())
                .setStatistic(measured.statistic())
                .setValue(measured.value())
                .setThreshold(measured.threshold())
                .setBaseline(measured.baseline())
                .setWindow(measured.window())
                .build();
    }

    static RetrainRequest request(String pipeline, Decision.Retrain retrain, Instant requestedAt) {
        RetrainRequest.Builder request = RetrainRequest.newBuilder()
                .setRequestId(retrain.requestId())
                .setPipeline(pipeline)
                .setWriter(Writer.DRIFT_SERVICE.label())
                .setReason(retrain.reason())
                .setEvidence(retrain.evidence())
                .setNewLabels(retrain.newLabels())
                .setEventTime(Instant.ofEpochMilli(retrain.eventTime()))
                .setRequestedAt(requestedAt);
        String alertId = retrain.alertId();
        if (alertId != null) {
            request.setAlertId(alertId);
        }
        Long since = retrain.since();
        if (since != null) {
            request.setSince(Instant.ofEpochMilli(since));
        }
        return request.build();
    }

    static Incident incident(String pipeline, Decision.Incident raised, Instant raisedAt) {
        Incident.Builder incident = Incident.newBuilder()
                .setIncidentId(raised.incidentId())
                .setPipeline(pipeline)
                .setKind(raised.kind())
                .setModelVersion(raised.modelVersion())
                .setDetail(raised.detail())
                .setEvidence(raised.evidence())
                .setEventTime(Instant.ofEpochMilli(raised.eventTime()))
                .setRaisedAt(raisedAt);
        String feature = raised.feature();
        if (feature != null) {
            incident.setFeature(feature);
        }
        String alertId = raised.alertId();
        if (alertId != null) {
            incident.setAlertId(alertId);
        }
        return incident.build();
    }
}
