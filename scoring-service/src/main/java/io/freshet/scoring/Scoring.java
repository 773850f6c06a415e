package io.freshet.scoring;

import io.freshet.model.ModelBundle;
import io.freshet.schemas.message.ModelRole;
import io.freshet.schemas.message.Prediction;
import io.freshet.schemas.pipeline.Pipeline;
import io.freshet.schemas.row.FeatureRow;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Turns a feature row into a prediction. Pure. */
final class Scoring {
    static final String NO_MODEL = "NO_MODEL";
    static final String MODEL_FAILED = "MODEL_FAILED";
    static final String OTHER_FEATURE_SET = "OTHER_FEATURE_SET";

    private static final double KNOWING_NOTHING = 0.5;

    private final Pipeline pipeline;

    Scoring(Pipeline pipeline) {
        this.pipeline = pipeline;
    }

    /**
     * The champion's answer, or that of the model before where the row has the features of that one alone. The base rate,
     * flagged degraded, where there is neither: no model sees a feature that is defined otherwise than it learned.
     */
    Prediction predict(FeatureRow row, Champion champion, Instant now) {
        return switch (champion) {
            case Champion.None() -> baseRate(row, 0, NO_MODEL, now);
            case Champion.Serving serving ->
                answer(row, serving, now)
                        .or(() -> serving.before().flatMap(before -> answer(row, before, now)))
                        .orElseGet(
                                () -> baseRate(row, serving.model().bundle().modelVersion(), OTHER_FEATURE_SET, now));
        };
    }

    /** Empty where the row does not have the model's features. */
    private Optional<Prediction> answer(FeatureRow row, Champion.Serving serving, Instant now) {
        return serving.inputs().of(row).map(values -> answer(row, serving, values, now));
    }

    private Prediction answer(FeatureRow row, Champion.Serving serving, @Nullable Object[] values, Instant now) {
        ModelBundle bundle = serving.model().bundle();
        double score;
        try {
            score = serving.score(values);
        } catch (RuntimeException e) {
            return baseRate(row, bundle.modelVersion(), MODEL_FAILED, now);
        }
        return of(row, now)
                .setModelVersion(bundle.modelVersion())
                .setModelFamily(bundle.family())
                .setScore(score)
                .setDecision(serving.model().decide(score))
                .setThreshold(bundle.decisionThreshold())
                .setDegraded(false)
                .setFeatureSet(bundle.featureSetId())
                .build();
    }

    /**
     * The share of positives among the labels known by then, and the decision that is declared to be best at that
     * probability.
     */
    private Prediction baseRate(FeatureRow row, int version, String reason, Instant now) {
        Double prior = row.prior();
        double score = prior == null ? KNOWING_NOTHING : prior;
        double threshold = pipeline.model().decision().ofAProbability();
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
