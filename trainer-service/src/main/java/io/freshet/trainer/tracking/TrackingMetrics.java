package io.freshet.trainer.tracking;

import io.micrometer.core.instrument.MeterRegistry;

/** What telling MLflow counts. */
public final class TrackingMetrics {
    private final MeterRegistry meters;

    public TrackingMetrics(MeterRegistry meters) {
        this.meters = meters;
        // From 0 on, so that the first of a kind is seen as a rise.
        meters.counter("freshet.tracking.sent", "kind", "run");
        meters.counter("freshet.tracking.sent", "kind", "state");
        failed("unreachable", 0);
        skipped("unreadable", 0);
    }

    /** A training was told. */
    void run() {
        meters.counter("freshet.tracking.sent", "kind", "run").increment();
    }

    /** A change of state was told. */
    void state() {
        meters.counter("freshet.tracking.sent", "kind", "state").increment();
    }

    /** Something has to be told again later. */
    public void failed(String reason) {
        failed(reason, 1);
    }

    /** Something is never told. */
    public void skipped(String reason) {
        skipped(reason, 1);
    }

    private void failed(String reason, int times) {
        meters.counter("freshet.tracking.failures", "reason", reason).increment(times);
    }

    private void skipped(String reason, int times) {
        meters.counter("freshet.tracking.skipped", "reason", reason).increment(times);
    }
}
