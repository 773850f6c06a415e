package io.freshet.drift;

import io.freshet.schemas.message.DriftAlert;
import io.freshet.schemas.message.FeatureDrift;
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
                .setEventTime(Instant.ofEpochMilli(retrain.eventTime()))
                .setRequestedAt(requestedAt);
        String alertId = retrain.alertId();
        if (alertId != null) {
            request.setAlertId(alertId);
        }
        return request.build();
    }
}
