package io.freshet.trainer.service;

import io.freshet.runtime.RetrainLedger;
import io.freshet.trainer.TrainingOutcome;
import io.freshet.trainer.dataset.PinnedRetention;
import io.freshet.trainer.request.RequestRule;
import io.freshet.trainer.rollout.Decision;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.MultiGauge;
import io.micrometer.core.instrument.MultiGauge.Row;
import io.micrometer.core.instrument.Tags;
import jakarta.inject.Singleton;
import java.util.List;
import java.util.function.ToLongFunction;

/** What training counts. */
@Singleton
final class TrainerMetrics {
    private static final String PROMOTED = "promoted";
    private static final String REFUSED = "refused";
    private static final String FAILED = "failed";
    private static final List<String> OUTCOMES = List.of(PROMOTED, REFUSED, FAILED);

    private final MeterRegistry meters;
    private final MultiGauge missing;
    private final MultiGauge expiring;

    TrainerMetrics(MeterRegistry meters) {
        this.meters = meters;
        this.missing = MultiGauge.builder("freshet.pinned.offsets.missing")
                .description("Offsets of a model's training set that retention has removed")
                .register(meters);
        this.expiring = MultiGauge.builder("freshet.pinned.offsets.expiring")
                .description("Offsets of a model's training set that retention removes within a week")
                .register(meters);
    }

    /** What is left of the training set of a registered model. */
    record Pinned(String pipeline, int version, PinnedRetention left) {}

    /** Shows a pipeline's counters from 0 on, so that the first of a kind is seen as a rise, and its queue. */
    void watch(String pipeline, RetrainLedger ledger) {
        OUTCOMES.forEach(outcome -> trainings(pipeline, outcome));
        for (RequestRule rule : RequestRule.values()) {
            declined(pipeline, rule.key());
        }
        repeatedRequests(pipeline);
        Gauge.builder("freshet.retrain.requests.waiting", ledger, requests -> requests.waiting(pipeline))
                .description("Retrain requests without an answer, the one being trained among them")
                .tag("pipeline", pipeline)
                .register(meters);
        unreadableRequests(pipeline);
        unreadableExamples(pipeline);
        progressesUnsent(pipeline);
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

    void declined(String pipeline, RequestRule rule) {
        declined(pipeline, rule.key()).increment();
    }

    void repeatedRequest(String pipeline) {
        repeatedRequests(pipeline).increment();
    }

    /** Shows the counters of a pipeline's challenges from 0 on. */
    void watchRollout(String pipeline) {
        List.of("advanced", PROMOTED, REFUSED).forEach(outcome -> rollouts(pipeline, outcome));
        unreadableEvents(pipeline);
    }

    void rolledOut(String pipeline, Decision decision) {
        switch (decision) {
            case Decision.Wait() -> {}
            case Decision.Advance _ -> rollouts(pipeline, "advanced").increment();
            case Decision.Promote _ -> rollouts(pipeline, PROMOTED).increment();
            case Decision.Refuse _ -> rollouts(pipeline, REFUSED).increment();
        }
    }

    void unreadableEvent(String pipeline) {
        unreadableEvents(pipeline).increment();
    }

    void unreadableRequest(String pipeline) {
        unreadableRequests(pipeline).increment();
    }

    /** Shows these models' training sets, and no others. */
    void pinned(List<Pinned> models) {
        missing.register(rows(models, PinnedRetention::missing), true);
        expiring.register(rows(models, PinnedRetention::expiring), true);
    }

    private static List<Row<?>> rows(List<Pinned> models, ToLongFunction<PinnedRetention> offsets) {
        return models.stream()
                .<Row<?>>map(model -> Row.of(
                        Tags.of("pipeline", model.pipeline(), "version", Integer.toString(model.version())),
                        offsets.applyAsLong(model.left())))
                .toList();
    }

    void unreadableExamples(String pipeline, long records) {
        unreadableExamples(pipeline).increment(records);
    }

    /** Progress is only told, so nothing waits for it. */
    void progressUnsent(String pipeline) {
        progressesUnsent(pipeline).increment();
    }

    private Counter progressesUnsent(String pipeline) {
        return meters.counter("freshet.training.progress.unsent", "pipeline", pipeline);
    }

    private Counter trainings(String pipeline, String outcome) {
        return meters.counter("freshet.trainings", "pipeline", pipeline, "outcome", outcome);
    }

    private Counter rollouts(String pipeline, String outcome) {
        return meters.counter("freshet.rollout.steps", "pipeline", pipeline, "outcome", outcome);
    }

    private Counter unreadableEvents(String pipeline) {
        return meters.counter("freshet.shadow.predictions.unreadable", "pipeline", pipeline);
    }

    private Counter declined(String pipeline, String rule) {
        return meters.counter("freshet.retrain.requests.declined", "pipeline", pipeline, "rule", rule);
    }

    private Counter repeatedRequests(String pipeline) {
        return meters.counter("freshet.retrain.requests.repeated", "pipeline", pipeline);
    }

    private Counter unreadableRequests(String pipeline) {
        return meters.counter("freshet.retrain.requests.unreadable", "pipeline", pipeline);
    }

    private Counter unreadableExamples(String pipeline) {
        return meters.counter("freshet.examples.unreadable", "pipeline", pipeline);
    }
}
