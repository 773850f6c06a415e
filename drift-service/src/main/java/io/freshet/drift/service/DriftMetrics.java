package io.freshet.drift.service;

import io.freshet.drift.DriftCounts;
import io.micrometer.core.instrument.MeterRegistry;
import jakarta.inject.Singleton;

/** The counts as metrics. */
@Singleton
final class DriftMetrics implements DriftCounts {
    private final MeterRegistry meters;

    DriftMetrics(MeterRegistry meters) {
        this.meters = meters;
    }

    @Override
    public void late(String pipeline) {
        meters.counter("freshet.drift.rows.late", "pipeline", pipeline).increment();
    }

    @Override
    public void unreadable(String pipeline, String topic) {
        meters.counter("freshet.drift.records.unreadable", "pipeline", pipeline, "topic", topic)
                .increment();
    }

    @Override
    public void judged(String pipeline, boolean drifted) {
        meters.counter("freshet.drift.windows", "pipeline", pipeline, "drifted", Boolean.toString(drifted))
                .increment();
    }
}
