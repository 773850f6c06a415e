package io.freshet.scoring;

import io.freshet.model.ModelBundle;
import io.freshet.model.Output;
import io.freshet.schemas.message.ModelAnswer;
import io.freshet.schemas.message.ModelRole;
import io.freshet.schemas.message.Prediction;
import io.freshet.schemas.message.ShadowPrediction;
import io.freshet.schemas.pipeline.Pipeline;
import io.freshet.schemas.pipeline.Pipeline.Decision;
import io.freshet.schemas.pipeline.Pipeline.Task;
import io.freshet.schemas.row.FeatureRow;
import java.time.Instant;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Turns a feature row into a prediction. Pure. */
final class Scoring {
    static final String NO_MODEL = "NO_MODEL";
    static final String MODEL_FAILED = "MODEL_FAILED";
    static final String OTHER_FEATURE_SET = "OTHER_FEATURE_SET";
    static final String NOT_LOADED = "NOT_LOADED";

    private static final double KNOWING_NOTHING = 0.5;

    private final Pipeline pipeline;

    Scoring(Pipeline pipeline) {
        this.pipeline = pipeline;
    }

    /**
     * What a row leads to.
     *
     * @param prediction the event's only one
     * @param shadow what both models say, while one challenges the champion
     */
    record Answers(Prediction prediction, Optional<ShadowPrediction> shadow) {}

    /**
     * The answer of the challenger where it answers for the entity and can, else that of the champion. Nothing that the
     * challenger does keeps the champion from answering.
     */
    Answers answer(FeatureRow row, Champion champion, Challenger challenger, Instant now) {
        Prediction first = predict(row, champion, now);
        return switch (challenger) {
            case Challenger.None() -> new Answers(first, Optional.empty());
            case Challenger.NotLoaded notLoaded -> {
                ModelAnswer none = without(notLoaded.challenge().getVersion(), NOT_LOADED);
                yield new Answers(first, Optional.of(shadow(row, notLoaded, first.getRole(), first, none, now)));
            }
            case Challenger.Loaded loaded -> {
                Prediction second = answer(row, loaded.serving(), now)
                        .orElseGet(() -> baseRate(row, loaded.challenge().getVersion(), OTHER_FEATURE_SET, now));
                boolean canary = !second.getDegraded() && loaded.answersFor(row.entityKey());
                Prediction answer = canary ? asCanary(second) : first;
                yield new Answers(answer, Optional.of(shadow(row, loaded, answer.getRole(), first, said(second), now)));
            }
        };
    }

    private Prediction asCanary(Prediction prediction) {
        prediction.setRole(ModelRole.CANARY);
        prediction.setPredictionId(pipeline.name() + ":" + prediction.getEventId() + ":canary");
        return prediction;
    }

    private ShadowPrediction shadow(
            FeatureRow row,
            Challenger.Deployed challenger,
            ModelRole answered,
            Prediction champion,
            ModelAnswer said,
            Instant now) {
        return ShadowPrediction.newBuilder()
                .setPipeline(pipeline.name())
                .setEventId(row.eventId())
                .setEntityKey(row.entityKey())
                .setEventTime(row.eventTime())
                .setCauseId(challenger.challenge().getCauseId())
                .setAnswered(answered)
                .setChampion(said(champion))
                .setChallenger(said)
                .setScoredAt(now)
                .build();
    }

    /** A model's own words: the base rate that stands in for it is none of them. */
    private static ModelAnswer said(Prediction prediction) {
        String failure = prediction.getDegradedReason();
        return failure != null
                ? without(prediction.getModelVersion(), failure)
                : ModelAnswer.newBuilder()
                        .setModelVersion(prediction.getModelVersion())
                        .setScore(prediction.getScore())
                        .setDecision(prediction.getDecision())
                        .setPredictedClass(prediction.getPredictedClass())
                        .setProbabilities(prediction.getProbabilities())
                        .build();
    }

    private static ModelAnswer without(int version, String failure) {
        return ModelAnswer.newBuilder()
                .setModelVersion(version)
                .setFailure(failure)
                .build();
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
        double[] scores;
        try {
            scores = serving.score(values);
        } catch (RuntimeException e) {
            return baseRate(row, bundle.modelVersion(), MODEL_FAILED, now);
        }
        Prediction.Builder prediction = of(row, now)
                .setModelVersion(bundle.modelVersion())
                .setModelFamily(bundle.family())
                .setDegraded(false)
                .setFeatureSet(bundle.featureSetId());
        switch (bundle.output()) {
            case Output.Binary binary ->
                prediction
                        .setScore(scores[0])
                        .setDecision(binary.decide(scores[0]))
                        .setThreshold(binary.threshold());
            case Output.Multiclass output -> {
                List<String> classes = output.classes();
                int decided = Output.Multiclass.decide(scores, classes.size());
                prediction
                        .setScore(scores[decided])
                        .setPredictedClass(classes.get(decided))
                        .setProbabilities(byName(classes, scores));
            }
            case Output.Regression regression -> prediction.setScore(scores[0]);
        }
        return prediction.build();
    }

    private static Map<String, Double> byName(List<String> classes, double[] scores) {
        Map<String, Double> named = new LinkedHashMap<>();
        for (int i = 0; i < scores.length; i++) {
            named.put(classes.get(i), scores[i]);
        }
        return named;
    }

    /**
     * What is known without a model: the share of positives among the labels known by then and the decision that is declared
     * to be best at that probability, or the mean label; of several classes that each is as probable as the others.
     */
    private Prediction baseRate(FeatureRow row, int version, String reason, Instant now) {
        Prediction.Builder prediction =
                of(row, now).setModelVersion(version).setDegraded(true).setDegradedReason(reason);
        Double prior = row.prior();
        switch (pipeline.model().task()) {
            case Task.Binary(Decision decision) -> {
                double score = prior == null ? KNOWING_NOTHING : prior;
                double threshold = decision.ofAProbability();
                prediction.setScore(score).setDecision(score >= threshold).setThreshold(threshold);
            }
            case Task.Multiclass(List<String> classes) -> {
                double[] equal = new double[classes.size()];
                Arrays.fill(equal, 1.0 / equal.length);
                prediction.setScore(equal[0]).setProbabilities(byName(classes, equal));
            }
            case Task.Regression regression -> prediction.setScore(prior == null ? 0 : prior);
        }
        return prediction.build();
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
