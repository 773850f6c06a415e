package io.freshet.drift;

import io.freshet.schemas.message.AlertState;
import io.freshet.schemas.message.RetrainReason;
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
     * A model is wanted.
     *
     * @param alertId the incident that asks for it, if one does
     * @param evidence one sentence
     * @param eventTime how far the stream had come
     */
    record Retrain(
            String requestId,
            RetrainReason reason,
            @Nullable String alertId,
            String evidence,
            long eventTime) implements Decision {}
}
