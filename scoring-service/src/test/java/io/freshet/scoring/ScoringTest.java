package io.freshet.scoring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.freshet.model.Calibration;
import io.freshet.model.GoldenVector;
import io.freshet.model.LinearScorer;
import io.freshet.model.Link;
import io.freshet.model.Model;
import io.freshet.model.ModelBundle;
import io.freshet.model.Output;
import io.freshet.model.Preparation;
import io.freshet.model.Step;
import io.freshet.schemas.message.Challenge;
import io.freshet.schemas.message.ChallengeStage;
import io.freshet.schemas.message.ModelRole;
import io.freshet.schemas.message.Prediction;
import io.freshet.schemas.message.ShadowPrediction;
import io.freshet.schemas.pipeline.InvalidPipelineException;
import io.freshet.schemas.pipeline.Pipeline;
import io.freshet.schemas.pipeline.PipelineFile;
import io.freshet.schemas.row.FeatureRow;
import io.freshet.schemas.row.FeatureRowSchema;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class ScoringTest {
    private static final String YAML = """
            pipeline: payments
            event: { schema: e, id: id, key: card, time: at }
            label: { schema: l, event: id, value: label.fraud, time: at, wait: 24h }
            features: { card: { value: event.card }, amount: { value: event.amount } }
            model: { costs: { missed: 3, falseAlarm: 1 } }
            """;
    private static final String EVENT = """
            {"type": "record", "name": "Payment", "fields": [
              {"name": "id", "type": "string"}, {"name": "card", "type": "string"},
              {"name": "at", "type": {"type": "long", "logicalType": "timestamp-millis"}},
              {"name": "amount", "type": "double"}]}""";
    private static final String LABEL = """
            {"type": "record", "name": "Verdict", "fields": [
              {"name": "id", "type": "string"}, {"name": "fraud", "type": "boolean"},
              {"name": "at", "type": {"type": "long", "logicalType": "timestamp-millis"}}]}""";
    private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");
    private static final FeatureRowSchema ROWS = FeatureRowSchema.of(pipeline());
    private static final String SET = ROWS.featureSet();
    private static final String OLD_SET = "0123456789ab";

    private final Scoring scoring = new Scoring(pipeline());

    @Test
    void shouldAnswerWithTheChampion() {
        Prediction prediction = scoring.predict(row(0.1, "c1", 2.0), serving(model("amount")), NOW);

        assertThat(prediction.getScore()).isCloseTo(1 / (1 + Math.exp(-2.0)), within(1e-12));
        assertThat(prediction.getModelVersion()).isEqualTo(7);
        assertThat(prediction.getDegraded()).isFalse();
        assertThat(prediction.getDecision()).isTrue();
        assertThat(prediction.getPredictionId()).isEqualTo("payments:e1:champion");
    }

    @Test
    void shouldAnswerWithTheBaseRateBeforeTheFirstChampion() {
        Prediction prediction = scoring.predict(row(0.3, "c1", 2.0), new Champion.None(), NOW);

        assertThat(prediction.getScore()).isEqualTo(0.3);
        assertThat(prediction.getDegraded()).isTrue();
        assertThat(prediction.getDegradedReason()).isEqualTo("NO_MODEL");
        assertThat(prediction.getModelVersion()).isZero();
        // A missed positive costs three times a false alarm: 0.3 is above the break-even of 0.25.
        assertThat(prediction.getDecision()).isTrue();
    }

    @Test
    void shouldAnswerUndecidedWhenNothingIsKnown() {
        assertThat(scoring.predict(row(null, "c1", 2.0), new Champion.None(), NOW)
                        .getScore())
                .isEqualTo(0.5);
    }

    @Test
    void shouldFallBackToTheBaseRateWhenTheModelFails() {
        // A model that takes for a number what this declaration holds as text.
        Prediction prediction = scoring.predict(row(0.2, "c1", 2.0), serving(model("card")), NOW);

        assertThat(prediction.getDegradedReason()).isEqualTo("MODEL_FAILED");
        assertThat(prediction.getModelVersion()).isEqualTo(7);
        assertThat(prediction.getScore()).isEqualTo(0.2);
    }

    @Test
    void shouldScoreAModelOfASupersededDeclarationWithItsOwnPartOfTheRow() {
        FeatureRow row = row(0.1, "c1", 2.0, Map.of("amount", -2.0, "gone", 1.0));

        Prediction prediction = scoring.predict(row, serving(model(7, OLD_SET, "amount")), NOW);

        assertThat(prediction.getScore()).isCloseTo(1 / (1 + Math.exp(2.0)), within(1e-12));
        assertThat(prediction.getDegraded()).isFalse();
        assertThat(prediction.getFeatureSet()).isEqualTo(OLD_SET);
        assertThat(scoring.predict(row, serving(model(8, SET, "amount")), NOW).getScore())
                .isCloseTo(1 / (1 + Math.exp(-2.0)), within(1e-12));
    }

    @Test
    void shouldLetTheModelBeforeAnswerForRowsThatTheChampionCannotRead() {
        Champion.Serving before = serving(model(7, OLD_SET, "amount"));
        Champion champion = Champion.Serving.of(model(8, SET, "amount"), ROWS, Optional.of(before));
        FeatureRow old = new FeatureRow(
                "e1",
                "c1",
                NOW,
                OLD_SET,
                0.1,
                NOW,
                Arrays.asList("c1", 2.0),
                List.of(new FeatureRow.Part(OLD_SET, Map.of("amount", 3.0))));

        Prediction prediction = scoring.predict(old, champion, NOW);

        assertThat(prediction.getModelVersion()).isEqualTo(7);
        assertThat(prediction.getScore()).isCloseTo(1 / (1 + Math.exp(-3.0)), within(1e-12));
        assertThat(prediction.getDegraded()).isFalse();
        assertThat(scoring.predict(row(0.1, "c1", 2.0), champion, NOW).getModelVersion())
                .isEqualTo(8);
    }

    @Test
    void shouldNotScoreFeaturesThatAreDefinedOtherwiseThanTheModelLearned() {
        // The name is the same, the feature set is not.
        Prediction prediction = scoring.predict(row(0.2, "c1", 2.0), serving(model(7, OLD_SET, "amount")), NOW);

        assertThat(prediction.getDegraded()).isTrue();
        assertThat(prediction.getDegradedReason()).isEqualTo("OTHER_FEATURE_SET");
        assertThat(prediction.getScore()).isEqualTo(0.2);
        assertThat(prediction.getModelVersion()).isEqualTo(7);
    }

    @Test
    void shouldScoreEachRowWithBothModelsWhileOneIsInTheShadow() {
        Scoring.Answers answers =
                scoring.answer(row(0.1, "c1", 2.0), serving(model("amount")), challenger(0, opposite(8)), NOW);

        assertThat(answers.prediction()).isEqualTo(scoring.predict(row(0.1, "c1", 2.0), serving(model("amount")), NOW));
        ShadowPrediction shadow = answers.shadow().orElseThrow();
        assertThat(shadow.getAnswered()).isEqualTo(ModelRole.CHAMPION);
        assertThat(shadow.getCauseId()).isEqualTo("cause");
        assertThat(shadow.getEventId()).isEqualTo("e1");
        assertThat(shadow.getChampion().getModelVersion()).isEqualTo(7);
        assertThat(shadow.getChampion().getScore())
                .isEqualTo(answers.prediction().getScore());
        assertThat(shadow.getChallenger().getModelVersion()).isEqualTo(8);
        assertThat(shadow.getChallenger().getScore()).isCloseTo(1 / (1 + Math.exp(2.0)), within(1e-12));
        assertThat(shadow.getChallenger().getDecision()).isFalse();
        assertThat(shadow.getChallenger().getFailure()).isNull();
        assertThat(scoring.answer(row(0.1, "c1", 2.0), serving(model("amount")), new Challenger.None(), NOW)
                        .shadow())
                .isEmpty();
    }

    @Test
    void shouldLetACanaryAnswerForItsShareOfTheEntities() {
        int canary = 0;
        for (int i = 0; i < 2_000; i++) {
            FeatureRow row = new FeatureRow("e1", "entity-" + i, NOW, SET, 0.1, NOW, Arrays.asList("c1", 2.0));
            Scoring.Answers answers = scoring.answer(row, serving(model("amount")), challenger(0.25, opposite(8)), NOW);
            boolean answered = answers.prediction().getRole() == ModelRole.CANARY;
            canary += answered ? 1 : 0;
            assertThat(answers.prediction().getModelVersion()).isEqualTo(answered ? 8 : 7);
            assertThat(answers.prediction().getPredictionId())
                    .isEqualTo("payments:e1:" + (answered ? "canary" : "champion"));
            ShadowPrediction shadow = answers.shadow().orElseThrow();
            assertThat(shadow.getAnswered()).isEqualTo(answers.prediction().getRole());
            assertThat(shadow.getChampion().getScore()).isGreaterThan(0.5);
            assertThat(shadow.getChallenger().getScore()).isLessThan(0.5);
        }
        // Within four standard deviations.
        assertThat(canary).isBetween(422, 578);
    }

    @Test
    void shouldKeepAnEntityInEveryGreaterShareAndBeginElsewhereWithAnotherVersion() {
        int both = 0;
        for (int i = 0; i < 1_000; i++) {
            String key = "k" + i;
            double place = EntityShare.of(8, key);
            assertThat(place).isBetween(0.0, Math.nextDown(1.0)).isEqualTo(EntityShare.of(8, new String(key)));
            for (double share : List.of(0.05, 0.25, 0.9)) {
                assertThat(challenger(share, opposite(8)).answersFor(key))
                        .as("%s at %s", key, share)
                        .isEqualTo(place < share);
            }
            both += place < 0.25 && EntityShare.of(9, key) < 0.25 ? 1 : 0;
        }
        assertThat(both).isBetween(30, 95);
    }

    @Test
    void shouldNeverCostAPredictionWhateverTheChallengerDoes() {
        Prediction alone = scoring.predict(row(0.1, "c1", 2.0), serving(model("amount")), NOW);
        Map<String, Challenger> broken = Map.of(
                "MODEL_FAILED", challenger(0.999999, model(8, SET, "card")),
                "OTHER_FEATURE_SET", challenger(0.999999, model(8, OLD_SET, "amount")),
                "NOT_LOADED", new Challenger.NotLoaded(challenge(0.999999)));

        broken.forEach((failure, challenger) -> {
            Scoring.Answers answers = scoring.answer(row(0.1, "c1", 2.0), serving(model("amount")), challenger, NOW);

            assertThat(answers.prediction()).as(failure).isEqualTo(alone);
            ShadowPrediction shadow = answers.shadow().orElseThrow();
            assertThat(shadow.getAnswered()).isEqualTo(ModelRole.CHAMPION);
            assertThat(shadow.getChallenger().getFailure()).isEqualTo(failure);
            assertThat(shadow.getChallenger().getModelVersion()).isEqualTo(8);
            assertThat(shadow.getChallenger().getScore()).isNull();
        });
    }

    @Test
    void shouldTellWhenTheChampionGaveOnlyTheBaseRate() {
        ShadowPrediction shadow = scoring.answer(
                        row(0.1, "c1", 2.0), serving(model(7, OLD_SET, "amount")), challenger(0, opposite(8)), NOW)
                .shadow()
                .orElseThrow();

        assertThat(shadow.getChampion().getFailure()).isEqualTo("OTHER_FEATURE_SET");
        assertThat(shadow.getChampion().getScore()).isNull();
        assertThat(shadow.getChallenger().getFailure()).isNull();
    }

    private static Challenger.Loaded challenger(double share, Model model) {
        return new Challenger.Loaded(challenge(share), serving(model));
    }

    private static Challenge challenge(double share) {
        return new Challenge(8, share > 0 ? ChallengeStage.CANARY : ChallengeStage.SHADOW, share, "cause", "test", NOW);
    }

    /** The logistic of the amount's negative. */
    private static Model opposite(int version) {
        return model(
                version,
                SET,
                new Preparation(List.of(new Step.Numeric("amount", 0.0, 0, 1))),
                new LinearScorer(new double[] {-1}, 0, Link.LOGISTIC),
                new GoldenVector(List.of(0.0), List.of(0.5)));
    }

    @Test
    void shouldCountWhatTheModelDidNotKnow() {
        MeterRegistry meters = new SimpleMeterRegistry();
        ScoringMetrics metrics = new ScoringMetrics(meters);
        Champion.Serving serving = serving(cards());
        metrics.values("payments", serving, true);
        assertThat(counted(meters, "card", "unseen")).isZero();

        for (String card : Arrays.asList("known", "rare", "rare", null, "new", "newer", "newest")) {
            scoring.predict(row(0.1, card, 2.0), serving, NOW);
        }
        metrics.values("payments", serving, false);
        scoring.predict(row(0.1, "newest", 2.0), serving, NOW);
        metrics.values("payments", serving, false);

        assertThat(counted(meters, "card", "rare")).isEqualTo(2);
        assertThat(counted(meters, "card", "missing")).isEqualTo(1);
        assertThat(counted(meters, "card", "unseen")).isEqualTo(4);
        assertThat(counted(meters, "gone", "missing")).isEqualTo(8);
        assertThat(meters.find("freshet.scoring.values").counters()).hasSize(4);
    }

    private static double counted(MeterRegistry meters, String feature, String bucket) {
        return meters.get("freshet.scoring.values")
                .tags("pipeline", "payments", "feature", feature, "bucket", bucket)
                .counter()
                .count();
    }

    /** A model of a card that it may know and a number that is not declared. */
    private static Model cards() {
        return model(
                7,
                SET,
                new Preparation(List.of(
                        new Step.OneHot("card", null, List.of("known"), Set.of("rare"), 1, -1, 2),
                        new Step.Numeric("gone", 0.0, 0, 1))),
                new LinearScorer(new double[] {1, 2, 3, 4}, 0, Link.LOGISTIC),
                new GoldenVector(Arrays.asList("new", 0.0), List.of(0.5)));
    }

    private static FeatureRow row(@Nullable Double prior, @Nullable String card, double amount) {
        return new FeatureRow("e1", "c1", NOW, SET, prior, NOW, Arrays.asList(card, amount));
    }

    /** A row with a part of {@link #OLD_SET}. */
    private static FeatureRow row(double prior, String card, double amount, Map<String, Object> old) {
        return new FeatureRow(
                "e1",
                "c1",
                NOW,
                SET,
                prior,
                NOW,
                Arrays.asList(card, amount),
                List.of(new FeatureRow.Part(OLD_SET, old)));
    }

    private static Champion.Serving serving(Model model) {
        return Champion.Serving.of(model, ROWS, Optional.empty());
    }

    /** The logistic of one number; a missing one counts as 0. */
    private static Model model(String feature) {
        return model(7, SET, feature);
    }

    private static Model model(int version, String featureSet, String feature) {
        return model(
                version,
                featureSet,
                new Preparation(List.of(new Step.Numeric(feature, 0.0, 0, 1))),
                new LinearScorer(new double[] {1}, 0, Link.LOGISTIC),
                new GoldenVector(List.of(0.0), List.of(0.5)));
    }

    private static Model model(
            int version, String featureSet, Preparation preparation, LinearScorer scorer, GoldenVector golden) {
        return new Model(new ModelBundle(
                ModelBundle.FORMAT_VERSION,
                "payments",
                version,
                "logistic-regression",
                preparation.features(),
                featureSet,
                preparation,
                scorer,
                new Output.Binary(new Calibration.None(), 0.5),
                List.of(golden)));
    }

    private static Pipeline pipeline() {
        try {
            return PipelineFile.parse("p.yaml", YAML, name -> Optional.of(name.equals("e") ? EVENT : LABEL));
        } catch (InvalidPipelineException e) {
            throw new AssertionError(e);
        }
    }
}
