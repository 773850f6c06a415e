package io.freshet.drift;

import io.freshet.drift.performance.Judgement;
import io.freshet.schemas.message.AlertState;
import io.freshet.schemas.message.IncidentKind;
import io.freshet.schemas.message.RetrainReason;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What is to be announced; times are event times in epoch milliseconds. */
sealed interface Decision {

    /**
     * An incident as it stands.
     *
     * @param message one sentence
     */
    record Alert(String alertId, AlertState state, long openedAt, Evidence evidence, String message)
            implements Decision {}

    /**
     * An incident of a model that does worse than it promised, as it stands.
     *
     * @param windowStart of the window that it was found in, inclusive
     * @param windowEnd exclusive
     * @param judgement the window; empty when another model has taken over
     * @param message one sentence
     */
    record PerformanceAlert(
            String alertId,
            AlertState state,
            long openedAt,
            int modelVersion,
            long windowStart,
            long windowEnd,
            Optional<Judgement> judgement,
            String message)
            implements Decision {}

    /**
     * A model is wanted.
     *
     * @param alertId the incident that asks for it, if one does
     * @param evidence one sentence
     * @param newLabels labels that have come since the last training was asked for
     * @param since when the stream became another one than the model knows, if that is why
     * @param eventTime how far the stream had come
     */
    record Retrain(
            String requestId,
            RetrainReason reason,
            @Nullable String alertId,
            String evidence,
            long newLabels,
            @Nullable Long since,
            long eventTime)
            implements Decision {}

    /**
     * Training again will not help, so that somebody has to look.
     *
     * @param feature the feature that it is about, if it is about one
     * @param modelVersion the serving version; 0 when none
     * @param alertId the alert that would have led to a request, if one would
     * @param detail what is wrong and what to do
     * @param evidence what was measured, by name
     * @param eventTime how far the stream had come
     */
    record Incident(
            String incidentId,
            IncidentKind kind,
            @Nullable String feature,
            int modelVersion,
            @Nullable String alertId,
            String detail,
            Map<String, Double> evidence,
            long eventTime)
            implements Decision {}
}
