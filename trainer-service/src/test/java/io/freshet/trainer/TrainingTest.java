package io.freshet.trainer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.freshet.model.LinearScorer;
import io.freshet.model.Link;
import io.freshet.model.Model;
import io.freshet.profiles.Profile;
import io.freshet.schemas.pipeline.Pipeline;
import io.freshet.schemas.pipeline.Pipeline.Family;
import io.freshet.schemas.pipeline.Pipeline.Metric;
import io.freshet.schemas.row.Example;
import io.freshet.schemas.row.FeatureRow;
import io.freshet.schemas.row.FeatureRowSchema;
import io.freshet.trainer.evaluate.Evaluation;
import io.freshet.trainer.gate.Rule;
import io.freshet.trainer.learn.Fitted;
import io.freshet.trainer.learn.Hyperparameter;
import io.freshet.trainer.learn.Learner;
import io.freshet.trainer.learn.LearningException;
import io.freshet.trainer.learn.LogisticLearner;
import io.freshet.trainer.learn.Sample;
import io.freshet.trainer.learn.Settings;
import io.freshet.trainer.learn.ShortFits;
import io.freshet.trainer.rows.Matrix;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

class TrainingTest {
    private static final Pipeline PIPELINE = Rows.pipeline("");
    private static final Pipeline THREE =
            Rows.pipeline("model: { candidates: [logistic-regression, gradient-boosting, neural-network] }");
    private static final List<Family> OF_TWO_CLASSES = PIPELINE.model().candidates();
    private static final Pipeline CHANGED = Rows.pipeline(
            "a: { value: event.a }, b: { value: event.b * 2.0 }, kind: { value: event.kind }",
            "model: { candidates: [gradient-boosting] }");
    private static final Training TRAINING = ShortFits.training();

    @Test
    void shouldPromoteTheBestOfEveryFamily() throws Exception {
        List<Example> examples = Rows.interacting(4_000, 1);

        TrainingOutcome outcome = TRAINING.run(task(PIPELINE, examples, Optional.empty(), 9));

        assertThat(outcome).isInstanceOf(TrainingOutcome.Promoted.class);
        TrainingOutcome.Promoted promoted = (TrainingOutcome.Promoted) outcome;
        assertThat(promoted.report().candidates())
                .hasSize(OF_TWO_CLASSES.size())
                .allMatch(result ->
                        result instanceof CandidateResult.Evaluated evaluated && evaluated.disagreement() < 1e-5);
        assertThat(promoted.family()).isNotEqualTo(Family.LOGISTIC_REGRESSION);
        assertThat(promoted.report().candidates().getLast().family()).isEqualTo(Family.LOGISTIC_REGRESSION);
        assertThat(promoted.report().rules()).extracting(Rule::name).contains("enough-rows", "beats-base-rate");
        Model model = Model.load(promoted.bundle(), 1 << 24);
        assertThat(model.bundle().pipeline()).isEqualTo("shops");
        assertThat(model.bundle().modelVersion()).isEqualTo(3);
        assertThat(Profile.fromBytes(promoted.baseline().profile().toBytes()).rows())
                .isEqualTo(promoted.report().counts().train()
                        + promoted.report().counts().holdout());
        assertThat(promoted.baseline().thresholds()).containsOnlyKeys("a", "b", "kind", "score");
    }

    @Test
    void shouldGiveEqualBundlesForEqualTasks() {
        List<Example> examples = Rows.interacting(1_200, 2);
        for (Family family : OF_TWO_CLASSES) {
            Pipeline only = only(family);

            byte[] first = bundle(TRAINING.run(task(only, examples, Optional.empty(), 5)));
            byte[] second = bundle(TRAINING.run(task(only, examples, Optional.empty(), 5)));

            assertThat(first).as(family.name()).isEqualTo(second);
        }
    }

    @Test
    void shouldRefuseTheChampionsEqualAndReplaceAWorseOne() throws Exception {
        List<Example> examples = Rows.interacting(8_000, 3);
        Champion line = champion(TRAINING.run(task(only(Family.LOGISTIC_REGRESSION), examples, Optional.empty(), 1)));

        TrainingOutcome same = TRAINING.run(task(only(Family.LOGISTIC_REGRESSION), examples, Optional.of(line), 1));
        TrainingOutcome better = TRAINING.run(task(only(Family.GRADIENT_BOOSTING), examples, Optional.of(line), 1));

        assertThat(same).isInstanceOf(TrainingOutcome.Refused.class);
        assertThat(((TrainingOutcome.Refused) same).broken()).containsExactly("beats-champion");
        assertThat(better).isInstanceOf(TrainingOutcome.Promoted.class);
        assertThat(better.report().championVersion()).isEqualTo(line.version());
        assertThat(better.report().champion()).isPresent();
    }

    @Test
    void shouldHoldTheChampionAgainstTheSameRowsAsItsOwnFeatureSetDefinesThem() throws Exception {
        List<Example> examples = Rows.interacting(8_000, 4);
        Champion champion =
                champion(TRAINING.run(task(only(Family.LOGISTIC_REGRESSION), examples, Optional.empty(), 1)));
        Evaluation known = TRAINING.run(task(only(Family.LOGISTIC_REGRESSION), examples, Optional.of(champion), 1))
                .report()
                .champion()
                .orElseThrow();

        TrainingOutcome changed =
                TRAINING.run(new TrainingTask(CHANGED, changed(examples), Optional.of(champion), 4, 1));
        TrainingOutcome without = TRAINING.run(task(CHANGED, changed(examples), Optional.of(champion), 1));

        assertThat(changed.report().champion()).contains(known);
        // The same names, but another feature set: the champion cannot tell any two rows apart.
        assertThat(without.report().champion().orElseThrow().get(Metric.ROC_AUC))
                .isEqualTo(0.5);
    }

    @Test
    void shouldNotLearnFromRowsWhoseFeaturesAreDefinedOtherwise() {
        List<Example> old = Rows.interacting(1_000, 4);
        List<Example> changed = changed(Rows.interacting(8_000, 5));
        List<Example> mixed = new ArrayList<>(old);
        mixed.addAll(changed);

        TrainingOutcome outcome = TRAINING.run(new TrainingTask(CHANGED, mixed, Optional.empty(), 3, 1));

        assertThat(outcome.report().counts().otherFeatureSet()).isEqualTo(1_000);
        assertThat(bundle(outcome))
                .isEqualTo(bundle(TRAINING.run(new TrainingTask(CHANGED, changed, Optional.empty(), 3, 1))));
        assertThat(reason(old.stream()
                        .map(example -> Rows.of("0123456789ab", example.row().values(), example, List.of()))
                        .toList()))
                .isEqualTo(TrainingOutcome.Reason.TOO_FEW_ROWS);
    }

    /** Rows of {@link #CHANGED} that carry those of {@link #PIPELINE} as well. */
    private static List<Example> changed(List<Example> examples) {
        String featureSet = FeatureRowSchema.of(CHANGED).featureSet();
        return examples.stream()
                .map(example -> {
                    FeatureRow row = example.row();
                    Map<String, Object> before = new HashMap<>();
                    before.put("a", row.values().get(0));
                    before.put("b", row.values().get(1));
                    before.put("kind", row.values().get(2));
                    List<Object> values = new ArrayList<>(row.values());
                    values.set(1, row.values().get(1) instanceof Double b ? (Object) (2 * b) : null);
                    return Rows.of(featureSet, values, example, List.of(new FeatureRow.Part(row.featureSet(), before)));
                })
                .toList();
    }

    @Test
    void shouldSayWhyRowsDoNotDo() {
        List<Example> few = Rows.interacting(40, 5);
        List<Example> oneClass = Rows.interacting(500, 5).stream()
                .map(example -> Rows.example(
                        example.row().eventTime(), true, example.row().values().toArray()))
                .toList();
        List<Example> empty = Rows.interacting(500, 5).stream()
                .map(example -> Rows.example(example.row().eventTime(), example.label() == 1, Double.NaN, null, null))
                .toList();

        assertThat(reason(few)).isEqualTo(TrainingOutcome.Reason.TOO_FEW_ROWS);
        assertThat(reason(List.of())).isEqualTo(TrainingOutcome.Reason.TOO_FEW_ROWS);
        assertThat(reason(oneClass)).isEqualTo(TrainingOutcome.Reason.ONE_CLASS);
        assertThat(reason(empty)).isEqualTo(TrainingOutcome.Reason.NO_USABLE_FEATURE);
    }

    @Test
    void shouldTrainDespiteHostileRows() {
        List<Example> examples = new ArrayList<>(Rows.interacting(2_000, 6));
        for (int i = 0; i < 100; i++) {
            examples.add(Rows.example(Rows.START.plus(Duration.ofHours(i)), Double.NaN, Rows.START, 1.0, 1.0, "x"));
            examples.add(Rows.example(Rows.START.plus(Duration.ofHours(i)), true, Double.NEGATIVE_INFINITY, 1.0, "x"));
            examples.add(Rows.example(
                    Rows.START.plus(Duration.ofHours(i)), true, Double.NaN, (double) -Float.MAX_VALUE, "\0" + i));
        }

        TrainingOutcome outcome = TRAINING.run(task(PIPELINE, examples, Optional.empty(), 1));

        assertThat(outcome.report().counts().malformed()).isEqualTo(200);
        assertThat(outcome.report().candidates()).allMatch(result -> result instanceof CandidateResult.Evaluated);
    }

    @Test
    void shouldGoOnWhenCandidatesFail() {
        Map<Family, Learner> learners = new EnumMap<>(Family.class);
        learners.put(Family.LOGISTIC_REGRESSION, new LogisticLearner());
        learners.put(Family.GRADIENT_BOOSTING, throwing(new UnsatisfiedLinkError("no such library")));
        learners.put(Family.NEURAL_NETWORK, answering(1e-4));

        TrainingOutcome outcome =
                new Training(learners, () -> 0).run(task(THREE, Rows.interacting(8_000, 7), Optional.empty(), 1));

        assertThat(outcome).isInstanceOf(TrainingOutcome.Promoted.class);
        assertThat(outcome.report().candidates())
                .filteredOn(result -> result instanceof CandidateResult.Failed)
                .extracting(result -> ((CandidateResult.Failed) result).reason())
                .containsExactly(CandidateResult.Reason.NOT_FITTED, CandidateResult.Reason.PORTABLE_DISAGREES);
    }

    @Test
    void shouldFailWhenEveryCandidateDoes() {
        Map<Family, Learner> learners = Map.of(
                Family.LOGISTIC_REGRESSION,
                scoring(new LinearScorer(new double[] {1, 0, 0, 0}, 5, Link.IDENTITY), Optional.empty()),
                Family.GRADIENT_BOOSTING,
                throwing(new IllegalStateException()));

        TrainingOutcome outcome =
                new Training(learners, () -> 0).run(task(THREE, Rows.interacting(2_000, 8), Optional.empty(), 1));

        assertThat(outcome).isInstanceOf(TrainingOutcome.Failed.class);
        assertThat(((TrainingOutcome.Failed) outcome).reason()).isEqualTo(TrainingOutcome.Reason.NO_CANDIDATE);
        assertThat(outcome.report().candidates())
                .extracting(result -> ((CandidateResult.Failed) result).reason())
                .containsExactly(
                        CandidateResult.Reason.NOT_A_PROBABILITY,
                        CandidateResult.Reason.NOT_FITTED,
                        CandidateResult.Reason.NOT_FITTED);
    }

    @Test
    void shouldPrepareAsDeclaredFromTrainingToServing() throws Exception {
        List<Example> examples = Rows.interacting(3_000, 8);
        for (Family family : OF_TWO_CLASSES) {
            Pipeline declared = Rows.pipeline("""
                    a: { value: event.a, impute: mean, indicator: true, clip: [1%, 99%], log: true, scale: min-max },
                    b: { value: event.b, impute: 0, scale: robust },
                    kind: { value: event.kind, encode: target, rare: 2% }""", "model: { candidates: [" + family.spelled() + "] }");

            TrainingOutcome outcome = TRAINING.run(task(declared, examples, Optional.empty(), 1));

            assertThat(outcome.report().candidates().getFirst()).isInstanceOf(CandidateResult.Evaluated.class);
            Model model = Model.load(bundle(outcome), 1 << 24);
            assertThat(model.bundle().preparation().outputNames())
                    .as(family.name())
                    .containsExactly("a", "a missing", "b", "kind");
            assertThat(model.bundle().preparation().keepsMissing()).isFalse();
        }
    }

    @Test
    void shouldTakeEveryFamilyThatMayKeepMissingNumbers() {
        int kept = 0;
        for (Family family : OF_TWO_CLASSES) {
            Pipeline pipeline;
            try {
                pipeline = Rows.pipeline(
                        "a: { value: event.a, impute: keep }, b: { value: event.b }, kind: { value: event.kind }",
                        "model: { candidates: [" + family.spelled() + "] }");
            } catch (IllegalArgumentException refused) {
                continue;
            }
            kept++;

            TrainingOutcome outcome = TRAINING.run(task(pipeline, Rows.interacting(2_000, 9), Optional.empty(), 1));

            assertThat(outcome.report().candidates().getFirst())
                    .as(family.name())
                    .isInstanceOf(CandidateResult.Evaluated.class);
        }
        assertThat(kept).isPositive();
    }

    /** A category of a few rows each that says nothing: a model that saw its own labels in it would trust it. */
    @Test
    void shouldNotLearnFromItsOwnLabels() {
        Random random = new Random(10);
        List<Example> with = new ArrayList<>();
        List<Example> without = new ArrayList<>();
        for (int i = 0; i < 6_000; i++) {
            double a = random.nextGaussian();
            boolean positive = random.nextDouble() < 1 / (1 + Math.exp(-a));
            with.add(Rows.example(Rows.START.plus(Duration.ofHours(i)), positive, a, "id" + random.nextInt(1_200)));
            without.add(Rows.example(Rows.START.plus(Duration.ofHours(i)), positive, a));
        }
        String number = "a: { value: event.a }";
        String category = ", kind: { value: event.kind, encode: target, smoothing: 1 }";
        for (Family family : List.of(Family.LOGISTIC_REGRESSION, Family.GRADIENT_BOOSTING)) {
            String only = "model: { candidates: [" + family.spelled() + "] }";

            double noisy = rocAuc(Rows.pipeline(number + category, only), with);

            assertThat(noisy).as(family.name()).isCloseTo(rocAuc(Rows.pipeline(number, only), without), within(0.02));
        }
    }

    private static double rocAuc(Pipeline pipeline, List<Example> examples) {
        CandidateResult result = TRAINING.run(task(pipeline, examples, Optional.empty(), 1))
                .report()
                .candidates()
                .getFirst();
        return ((CandidateResult.Evaluated) result).evaluation().get(Metric.ROC_AUC);
    }

    private static Pipeline only(Family family) {
        return Rows.pipeline("model: { candidates: [" + family.spelled() + "] }");
    }

    private static TrainingTask task(
            Pipeline pipeline, List<Example> examples, Optional<Champion> champion, long seed) {
        return new TrainingTask(pipeline, Rows.of(pipeline, examples), champion, 3, seed);
    }

    private static byte[] bundle(TrainingOutcome outcome) {
        return ((TrainingOutcome.Promoted) outcome).bundle();
    }

    private static Champion champion(TrainingOutcome outcome) throws Exception {
        return new Champion(3, Model.load(bundle(outcome), 1 << 24));
    }

    private static TrainingOutcome.Reason reason(List<Example> examples) {
        TrainingOutcome outcome = TRAINING.run(new TrainingTask(PIPELINE, examples, Optional.empty(), 3, 1));
        return ((TrainingOutcome.Failed) outcome).reason();
    }

    private static Learner throwing(Throwable error) {
        return new Learner() {
            @Override
            public List<Hyperparameter> hyperparameters() {
                return List.of();
            }

            @Override
            public Fitted fit(Sample train, Matrix holdout, Settings settings, long seed) throws LearningException {
                if (error instanceof Error fatal) {
                    throw fatal;
                }
                throw new LearningException("broken", error);
            }
        };
    }

    /** A model whose library is {@code off} the portable scorer. */
    private static Learner answering(double off) {
        return scoring(new LinearScorer(new double[4], 0, Link.LOGISTIC), Optional.of(0.5 + off));
    }

    private static Learner scoring(LinearScorer scorer, Optional<Double> library) {
        return new Learner() {
            @Override
            public List<Hyperparameter> hyperparameters() {
                return List.of();
            }

            @Override
            public Fitted fit(Sample train, Matrix holdout, Settings settings, long seed) {
                return new Fitted(
                        scorer,
                        library.map(score -> {
                            double[] scores = new double[holdout.height()];
                            java.util.Arrays.fill(scores, score);
                            return scores;
                        }),
                        Map.of());
            }
        };
    }
}
