package io.freshet.drift;

import io.freshet.schemas.message.DriftAlert;
import io.freshet.schemas.message.FeatureDrift;
import io.freshet.schemas.message.Incident;
import io.freshet.schemas.message.RetrainRequest;
import io.freshet.schemas.topic.Topic.Writer;
import java.time.Instant;

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
