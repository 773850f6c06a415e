package io.freshet.scoring;

import io.freshet.schemas.message.ModelRole;
import io.freshet.schemas.message.Prediction;
import io.freshet.schemas.pipeline.Pipeline;
import io.freshet.schemas.row.FeatureRow;
import java.time.Instant;

/** Turns a feature row into a prediction. Pure. */
final class Scoring {
    static final String NO_MODEL = "NO_MODEL";
    static final String MODEL_FAILED = "MODEL_FAILED";

    private static final double KNOWING_NOTHING = 0.5;

    private final Pipeline pipeline;

    Scoring(Pipeline pipeline) {
        this.pipeline = pipeline;
    }

    /** The champion's answer, or the base rate, flagged degraded, where it has none. */
    Prediction predict(FeatureRow row, Champion champion, Instant now) {
        return switch (champion) {
            case Champion.None() -> baseRate(row, 0, NO_MODEL, now);
            case Champion.Serving serving -> {
                var bundle = serving.model().bundle();
                double score;
                try {
                    score = serving.score(row.values());
                } catch (RuntimeException e) {
                    yield baseRate(row, bundle.modelVersion(), MODEL_FAILED, now);
                }
                yield of(row, now)
                        .setModelVersion(bundle.modelVersion())
                        .setModelFamily(bundle.family())
                        .setScore(score)
                        .setDecision(serving.model().decide(score))
                        .setThreshold(bundle.decisionThreshold())
                        .setDegraded(false)
                        .build();
            }
        };
    }

    /** The share of positives among the labels known by then, and the decision that costs least at that probability. */
    private Prediction baseRate(FeatureRow row, int version, String reason, Instant now) {
        Double prior = row.prior();
        double score = prior == null ? KNOWING_NOTHING : prior;
        double missed = pipeline.model().missedCost();
        double falseAlarm = pipeline.model().falseAlarmCost();
        double threshold = falseAlarm / (missed + falseAlarm);
        return of(row, now)
                .setModelVersion(version)
                .setScore(score)
                .setDecision(score >= threshold)
                .setThreshold(threshold)
                .setDegraded(true)
                .setDegradedReason(reason)
                .build();
    }

    private Prediction.Builder of(FeatureRow row, Instant now) {
        return Prediction.newBuilder()
                .setPredictionId(pipeline.name() + ":" + row.eventId() + ":champion")
                .setPipeline(pipeline.name())
                .setEventId(row.eventId())
                .setEntityKey(row.entityKey())
                .setEventTime(row.eventTime())
                .setRole(ModelRole.CHAMPION)
                .setFeatureSet(row.featureSet())
                .setFeaturesComputedAt(row.computedAt())
                .setScoredAt(now);
    }
}
