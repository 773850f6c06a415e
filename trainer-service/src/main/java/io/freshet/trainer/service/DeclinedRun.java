package io.freshet.trainer.service;

import io.freshet.schemas.message.RetrainReason;
import io.freshet.schemas.message.RetrainRequest;
import io.freshet.schemas.message.RunOutcome;
import io.freshet.schemas.message.TrainingRun;
import io.freshet.trainer.request.Admission;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The answer to a request that is not trained. */
final class DeclinedRun {
    private DeclinedRun() {}

    static TrainingRun of(RetrainRequest request, Admission.Declined declined, int championVersion, Instant now) {
        TrainingRun.Builder run = TrainingRun.newBuilder()
                .setRunId("run-" + request.getRequestId())
                .setRequestId(request.getRequestId())
                .setPipeline(request.getPipeline())
                .setReason(request.getReason())
                .setDataset(List.of())
                .setRows(0)
                .setTrainRows(0)
                .setHoldoutRows(0)
                .setCandidates(List.of())
                .setChampionVersion(championVersion)
                .setChampionMetrics(Map.of())
                .setGate(List.of())
                .setOutcome(RunOutcome.DECLINED)
                .setRule(declined.rule().key())
                .setPromoted(false)
                .setNewVersion(0)
                .setDetail("not trained, " + declined.rule().key() + ": " + declined.detail())
                .setStartedAt(now)
                .setFinishedAt(now);
        known(request).ifPresent(run::setEventTime);
        return run.build();
    }

    /** How far the stream had come, which a person who asks does not know. */
    static Optional<Instant> known(RetrainRequest request) {
        return request.getReason() == RetrainReason.MANUAL ? Optional.empty() : Optional.of(request.getEventTime());
    }
}
