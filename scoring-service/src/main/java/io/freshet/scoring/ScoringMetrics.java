package io.freshet.scoring;

import io.freshet.model.Bucket;
import io.freshet.model.Feature;
import io.freshet.model.FeatureKind;
import io.freshet.runtime.ModelCatalogue;
import io.freshet.schemas.message.Challenge;
import io.freshet.schemas.message.ModelRole;
import io.freshet.schemas.message.ShadowPrediction;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import jakarta.inject.Singleton;
import java.util.List;
import java.util.Locale;

/** What scoring counts. */
@Singleton
final class ScoringMetrics {
    private static final List<Bucket> OF_NUMBERS = List.of(Bucket.MISSING);
    private static final List<Bucket> OF_TEXT = List.of(Bucket.MISSING, Bucket.RARE, Bucket.UNSEEN);

    private final MeterRegistry meters;

    ScoringMetrics(MeterRegistry meters) {
        this.meters = meters;
    }

    /** Shows a pipeline's counters from 0 on, so that the first failure is seen as a rise, and which model serves it. */
    void watch(String pipeline, ModelCatalogue catalogue) {
        predictions(pipeline, false);
        predictions(pipeline, true);
        ScoringFlow.FAILURES.forEach(reason -> failures(pipeline, reason));
        Gauge.builder("freshet.champion.version", catalogue, models -> version(models, pipeline))
                .description("The version of the model that serves; 0 while there is none")
                .tag("pipeline", pipeline)
                .register(meters);
        for (String failure : List.of(Scoring.MODEL_FAILED, Scoring.OTHER_FEATURE_SET, Scoring.NOT_LOADED)) {
            challengerFailures(pipeline, failure);
        }
        for (ModelRole role : ModelRole.values()) {
            challenged(pipeline, role);
        }
        Gauge.builder(
                        "freshet.challenger.version",
                        catalogue,
                        models -> models.challenge(pipeline)
                                .map(Challenge::getVersion)
                                .orElse(0))
                .description("The version of the model that challenges the champion; 0 while there is none")
                .tag("pipeline", pipeline)
                .register(meters);
        Gauge.builder("freshet.models.refused", catalogue, ModelCatalogue::refusals)
                .description("Deployed models that cannot be loaded, so that the one before still serves")
                .register(meters);
    }

    void predicted(String pipeline, boolean degraded) {
        predictions(pipeline, degraded).increment();
    }

    void failed(String pipeline, String reason) {
        failures(pipeline, reason).increment();
    }

    /** An event that a challenger was asked about: who answered it, and why the challenger could not if so. */
    void challenged(String pipeline, ShadowPrediction shadow) {
        challenged(pipeline, shadow.getAnswered()).increment();
        String failure = shadow.getChallenger().getFailure();
        if (failure != null) {
            challengerFailures(pipeline, failure).increment();
        }
    }

    /**
     * Adds what the champion met since the last time: values that were missing, rare or unseen in training, by feature.
     *
     * @param first whether the counters that stay at zero are made as well, so that a rate can be taken of them
     */
    void values(String pipeline, Champion.Serving serving, boolean first) {
        List<Feature> features = serving.model().bundle().features();
        for (int i = 0; i < features.size(); i++) {
            for (Bucket bucket : features.get(i).kind() == FeatureKind.NUMERIC ? OF_NUMBERS : OF_TEXT) {
                long count = serving.counts().count(i, bucket);
                if (count > 0 || first) {
                    meters.counter(
                                    "freshet.scoring.values",
                                    "pipeline",
                                    pipeline,
                                    "feature",
                                    features.get(i).name(),
                                    "bucket",
                                    bucket.name().toLowerCase(Locale.ROOT))
                            .increment(count);
                }
            }
        }
        serving.counts().clear();
    }

    private Counter predictions(String pipeline, boolean degraded) {
        return meters.counter("freshet.predictions", "pipeline", pipeline, "degraded", Boolean.toString(degraded));
    }

    private Counter challenged(String pipeline, ModelRole answered) {
        return meters.counter(
                "freshet.challenged.predictions",
                "pipeline",
                pipeline,
                "answered",
                answered.name().toLowerCase(Locale.ROOT));
    }

    private Counter challengerFailures(String pipeline, String reason) {
        return meters.counter("freshet.challenger.failures", "pipeline", pipeline, "reason", reason);
    }

    private Counter failures(String pipeline, String reason) {
        return meters.counter("freshet.prediction.errors", "pipeline", pipeline, "reason", reason);
    }

    private static int version(ModelCatalogue models, String pipeline) {
        return models.champion(pipeline)
                .map(model -> model.bundle().modelVersion())
                .orElse(0);
    }
}
