package io.freshet.trainer.service;

import io.freshet.schemas.message.ModelStateChanged;
import io.freshet.schemas.topic.Topics;
import io.freshet.trainer.registry.ModelState.Canary;
import io.freshet.trainer.registry.ModelState.Move;
import java.time.Instant;

/** A change of a model's state as a record. */
final class StateChange {
    private StateChange() {}

    static Announcement.Keyed of(String pipeline, Move<?> move, String causeId, String reason, Instant at) {
        return new Announcement.Keyed(
                Topics.MODEL_HISTORY,
                pipeline,
                ModelStateChanged.newBuilder()
                        .setPipeline(pipeline)
                        .setVersion(move.to().version())
                        .setFrom(move.from().stage())
                        .setTo(move.to().stage())
                        .setCauseId(causeId)
                        .setReason(reason)
                        .setChangedAt(at)
                        .setShare(move.to() instanceof Canary(int _, double share) ? share : 0)
                        .build());
    }
}
