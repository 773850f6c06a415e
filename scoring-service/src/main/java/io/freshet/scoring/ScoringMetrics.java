package io.freshet.scoring;

import io.freshet.model.Bucket;
import io.freshet.model.Feature;
import io.freshet.model.FeatureKind;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import jakarta.inject.Singleton;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/** What scoring counts. */
@Singleton
final class ScoringMetrics {
    private static final List<Bucket> OF_NUMBERS = List.of(Bucket.MISSING);
    private static final List<Bucket> OF_TEXT = List.of(Bucket.MISSING, Bucket.RARE, Bucket.UNSEEN);

    private final MeterRegistry meters;
    private final Map<String, AtomicInteger> champions = new ConcurrentHashMap<>();

    ScoringMetrics(MeterRegistry meters) {
        this.meters = meters;
    }

    void predicted(String pipeline, boolean degraded) {
        meters.counter("freshet.predictions", "pipeline", pipeline, "degraded", Boolean.toString(degraded))
                .increment();
    }

    void failed(String pipeline, String reason) {
        meters.counter("freshet.prediction.errors", "pipeline", pipeline, "reason", reason)
                .increment();
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

    void champion(String pipeline, int version) {
        champions
                .computeIfAbsent(
                        pipeline,
                        name -> meters.gauge(
                                "freshet.champion.version", Tags.of("pipeline", name), new AtomicInteger()))
                .set(version);
    }
}
