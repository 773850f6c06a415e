package io.freshet.scoring;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import jakarta.inject.Singleton;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/** What scoring counts. */
@Singleton
final class ScoringMetrics {
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

    void champion(String pipeline, int version) {
        champions
                .computeIfAbsent(
                        pipeline,
                        name -> meters.gauge(
                                "freshet.champion.version", Tags.of("pipeline", name), new AtomicInteger()))
                .set(version);
    }
}
