package io.freshet.trainer.service;

import io.freshet.trainer.TrainingOutcome;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import jakarta.inject.Singleton;
import java.util.List;

/** What training counts. */
@Singleton
final class TrainerMetrics {
    private static final String PROMOTED = "promoted";
    private static final String REFUSED = "refused";
    private static final String FAILED = "failed";
    private static final List<String> OUTCOMES = List.of(PROMOTED, REFUSED, FAILED);

    private final MeterRegistry meters;

    TrainerMetrics(MeterRegistry meters) {
        this.meters = meters;
    }

    /** Shows a pipeline's counters from 0 on, so that the first of a kind is seen as a rise. */
    void watch(String pipeline) {
        OUTCOMES.forEach(outcome -> trainings(pipeline, outcome));
        unreadableRequests(pipeline);
        unreadableExamples(pipeline);
    }

    void trained(String pipeline, TrainingOutcome outcome) {
        trainings(
                        pipeline,
                        switch (outcome) {
                            case TrainingOutcome.Promoted promoted -> PROMOTED;
                            case TrainingOutcome.Refused refused -> REFUSED;
                            case TrainingOutcome.Failed failed -> FAILED;
                        })
                .increment();
    }

    void unreadableRequest(String pipeline) {
        unreadableRequests(pipeline).increment();
    }

    void unreadableExamples(String pipeline, int records) {
        unreadableExamples(pipeline).increment(records);
    }

    private Counter trainings(String pipeline, String outcome) {
        return meters.counter("freshet.trainings", "pipeline", pipeline, "outcome", outcome);
    }

    private Counter unreadableRequests(String pipeline) {
        return meters.counter("freshet.retrain.requests.unreadable", "pipeline", pipeline);
    }

    private Counter unreadableExamples(String pipeline) {
        return meters.counter("freshet.examples.unreadable", "pipeline", pipeline);
    }
}
