package io.freshet.trainer.service;

import io.freshet.trainer.TrainingOutcome;
import io.micrometer.core.instrument.MeterRegistry;
import jakarta.inject.Singleton;

/** What training counts. */
@Singleton
final class TrainerMetrics {
    private final MeterRegistry meters;

    TrainerMetrics(MeterRegistry meters) {
        this.meters = meters;
    }

    void trained(String pipeline, TrainingOutcome outcome) {
        String result = switch (outcome) {
            case TrainingOutcome.Promoted promoted -> "promoted";
            case TrainingOutcome.Refused refused -> "refused";
            case TrainingOutcome.Failed failed -> "failed";
        };
        meters.counter("freshet.trainings", "pipeline", pipeline, "outcome", result)
                .increment();
    }

    void unreadableRequest(String pipeline) {
        meters.counter("freshet.retrain.requests.unreadable", "pipeline", pipeline)
                .increment();
    }

    void unreadableExamples(String pipeline, int records) {
        meters.counter("freshet.examples.unreadable", "pipeline", pipeline).increment(records);
    }
}
