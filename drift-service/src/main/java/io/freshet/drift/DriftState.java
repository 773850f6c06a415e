package io.freshet.drift;

import java.util.List;

/** Whether live windows differ from the baseline. */
sealed interface DriftState {

    /** They do not, as far as is known. */
    record Quiet() implements DriftState {}

    /**
     * They do.
     *
     * @param alertId the alert that says so
     * @param openedAt end of the window that opened it, event time in epoch milliseconds
     * @param modelVersion the model whose baseline was compared with last
     * @param windowEnd end of the window judged last
     * @param features names of the drifted features as last announced
     * @param lead the greatest statistic over threshold as last announced, above 1
     * @param message the alert as last announced, in one sentence
     */
    record Drifting(
            String alertId,
            long openedAt,
            int modelVersion,
            long windowEnd,
            List<String> features,
            double lead,
            String message)
            implements DriftState {
        public Drifting {
            features = List.copyOf(features);
        }
    }
}
