package io.freshet.trainer.service;

import io.freshet.schemas.message.Challenge;
import io.freshet.schemas.message.ChallengeStage;
import io.freshet.schemas.message.Deployment;
import io.freshet.schemas.topic.Topics;
import io.freshet.trainer.registry.ModelState.Canary;
import io.freshet.trainer.registry.ModelState.Challenger;
import io.freshet.trainer.registry.ModelState.Champion;
import io.freshet.trainer.registry.ModelState.Shadow;
import io.freshet.trainer.registry.Registration.InUse;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The deployment record of a pipeline that takes the place of the one in force. */
final class NextDeployment {
    private NextDeployment() {}

    /** Who is in use by the record in force. */
    static InUse inUse(Optional<Deployment> now) {
        return new InUse(
                now.filter(deployed -> deployed.getChampionVersion() > 0)
                        .map(deployed -> new Champion(deployed.getChampionVersion())),
                now.map(Deployment::getChallenge).map(NextDeployment::state));
    }

    /** A challenge as a state. */
    static Challenger state(Challenge challenge) {
        double share = challenge.getShare();
        return challenge.getStage() == ChallengeStage.CANARY && share > 0 && share < 1
                ? new Canary(challenge.getVersion(), share)
                : new Shadow(challenge.getVersion());
    }

    /**
     * Another version serves, and nothing challenges it.
     *
     * @param previous the version that served before; 0 when none did
     */
    static Announcement.Keyed serving(
            String pipeline,
            Optional<Deployment> now,
            int version,
            int previous,
            String causeId,
            String reason,
            Instant at) {
        return keyed(Deployment.newBuilder()
                .setPipeline(pipeline)
                .setChampionVersion(version)
                .setPreviousVersion(previous)
                .setRunId(causeId)
                .setReason(reason)
                .setDecidedAt(at)
                .setEndedChallenge(ended(now, version))
                .build());
    }

    /** The champion stays, and a model challenges it. */
    static Announcement.Keyed challenged(
            Deployment now, Challenger challenger, String causeId, String reason, Instant at) {
        return keyed(Deployment.newBuilder(now)
                .setChallenge(new Challenge(
                        challenger.version(),
                        challenger instanceof Canary ? ChallengeStage.CANARY : ChallengeStage.SHADOW,
                        challenger.share(),
                        causeId,
                        reason,
                        at))
                .setEndedChallenge(ended(Optional.of(now), challenger.version()))
                .build());
    }

    /** The champion stays, and nothing challenges it any more. */
    static Announcement.Keyed unchallenged(Deployment now) {
        return keyed(Deployment.newBuilder(now)
                .clearChallenge()
                .setEndedChallenge(ended(Optional.of(now), 0))
                .build());
    }

    private static Announcement.Keyed keyed(Deployment deployment) {
        return new Announcement.Keyed(Topics.DEPLOYMENTS, deployment.getPipeline(), deployment);
    }

    /** @param stays the version that challenges on, or serves; its challenge has not ended without that */
    private static int ended(Optional<Deployment> now, int stays) {
        if (now.isEmpty()) {
            return 0;
        }
        @Nullable Challenge challenge = now.get().getChallenge();
        int before = now.get().getEndedChallenge();
        return challenge == null || challenge.getVersion() == stays ? before : Math.max(before, challenge.getVersion());
    }
}
