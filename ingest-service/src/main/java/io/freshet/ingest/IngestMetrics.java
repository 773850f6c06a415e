package io.freshet.ingest;

import io.freshet.schemas.message.RecordKind;
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

    void judged(String pipeline, RecordKind kind, Verdict verdict) {
        String reason = verdict instanceof Verdict.Rejected rejected ? rejected.reason() : "";
        meters.counter(
                        "freshet.ingest.records",
                        "pipeline",
                        pipeline,
                        "kind",
                        kind.name().toLowerCase(Locale.ROOT),
                        "verdict",
                        reason.isEmpty() ? "accepted" : "rejected",
                        "reason",
                        reason)
                .increment();
    }
}
