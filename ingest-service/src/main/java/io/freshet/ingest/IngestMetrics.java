package io.freshet.ingest;

import io.freshet.schemas.message.RecordKind;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import jakarta.inject.Singleton;
import java.util.Locale;

/** What ingest counts. */
@Singleton
final class IngestMetrics {
    private final MeterRegistry meters;

    IngestMetrics(MeterRegistry meters) {
        this.meters = meters;
    }

    /** Shows a pipeline's counters from 0 on, so that its first records are seen as a rise. */
    void watch(String pipeline) {
        for (RecordKind kind : RecordKind.values()) {
            records(pipeline, kind, "");
        }
    }

    void judged(String pipeline, RecordKind kind, Verdict verdict) {
        records(
                        pipeline,
                        kind,
                        verdict instanceof Verdict.Rejected rejected
                                ? rejected.reason().name()
                                : "")
                .increment();
    }

    private Counter records(String pipeline, RecordKind kind, String reason) {
        return meters.counter(
                "freshet.ingest.records",
                "pipeline",
                pipeline,
                "kind",
                kind.name().toLowerCase(Locale.ROOT),
                "verdict",
                reason.isEmpty() ? "accepted" : "rejected",
                "reason",
                reason);
    }
}
