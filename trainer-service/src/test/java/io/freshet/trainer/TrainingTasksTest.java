package io.freshet.trainer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.freshet.model.ClassCalibration;
import io.freshet.model.ClassScorer;
import io.freshet.model.LinearScorer;
import io.freshet.model.Link;
import io.freshet.model.Model;
import io.freshet.model.Output;
import io.freshet.model.metrics.MulticlassMetrics;
import io.freshet.schemas.pipeline.Pipeline;
import io.freshet.schemas.pipeline.Pipeline.Family;
import io.freshet.schemas.pipeline.Pipeline.Metric;
import io.freshet.schemas.row.Example;
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
import io.freshet.trainer.rows.TimeSplit;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Trainings of several classes and of numbers, from rows to a model that serves. */
class TrainingTasksTest {
    private static final Training TRAINING = ShortFits.training();
    private static final String FEATURES = "a: { value: event.a }, b: { value: event.b }, kind: { value: event.kind }";
    private static final Pipeline CLASSES = Rows.pipeline(
            FEATURES,
            "label.kind",
            "model: { task: multiclass, classes: [ham, spam, other] }\nevaluation: { slices: { large: feature.a > 0.0 } }");
    private static final Pipeline NUMBERS =
            Rows.pipeline(FEATURES, "label.amount", "model: { task: regression }\ntraining: { rolling: 2 }");

    private static final Pipeline LINES_OF_CLASSES = Rows.pipeline(
            FEATURES,
            "label.kind",
            "model: { task: multiclass, classes: [ham, spam, other], candidates: [logistic-regression] }");
    private static final Pipeline TREES_OF_CLASSES = Rows.pipeline(
            FEATURES,
            "label.kind",
            "model: { task: multiclass, classes: [ham, spam, other], candidates: [decision-tree, gradient-boosting] }");
    private static final Pipeline TREES_OF_NUMBERS = Rows.pipeline(
            FEATURES, "label.amount", "model: { task: regression, candidates: [decision-tree, gradient-boosting] }");

    /** A label that follows the first column, or the other way round where {@code signal} is below 0. */
    private interface Labelling {
        double label(double a, double b, Random random);
    }

    private static List<Example> rows(Pipeline pipeline, int count, long seed, Labelling labelling) {
        Random random = new Random(seed);
        List<Example> rows = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            double a = random.nextGaussian();
            double b = random.nextGaussian();
            Object kind = random.nextInt(20) == 0 ? null : random.nextBoolean() ? "x" : "y";
            var at = Rows.START.plus(Duration.ofMinutes(30L * i));
            rows.add(Rows.example(at, labelling.label(a, b, random), at.plus(Duration.ofHours(1)), a, b, kind));
        }
        return Rows.of(pipeline, rows);
    }

    private static double sector(double a, double b, Random random) {
        return random.nextInt(8) == 0 ? random.nextInt(3) : a > 1 ? 2 : b > 0 ? 1 : 0;
    }

    /** Drawn from a softmax of margins that are linear in the columns (by Gumbel's noise). */
    private static double drawn(double a, double b, Random random) {
        double[] margins = {0, 1.5 * b, 1.5 * a};
        for (int one = 0; one < margins.length; one++) {
            margins[one] -= Math.log(-Math.log(random.nextDouble()));
        }
        return Output.Multiclass.decide(margins, margins.length);
    }

    private static double price(double a, double b, Random random) {
        return 5_000 + 700 * a + (b > 0 ? 900 : 0) + 200 * random.nextGaussian();
    }

    private static TrainingOutcome run(Pipeline pipeline, List<Example> rows, Optional<Champion> champion) {
        return TRAINING.run(new TrainingTask(pipeline, rows, champion, 2, 7));
    }

    private static Model promoted(TrainingOutcome outcome) throws Exception {
        assertThat(outcome).as(outcome.report().rules().toString()).isInstanceOf(TrainingOutcome.Promoted.class);
        return Model.load(((TrainingOutcome.Promoted) outcome).bundle(), 1 << 26);
    }

    @Test
    void shouldPromoteAModelOfSeveralClasses() throws Exception {
        TrainingOutcome outcome = run(CLASSES, rows(CLASSES, 4_000, 1, TrainingTasksTest::sector), Optional.empty());

        Model model = promoted(outcome);
        assertThat(outcome.report().candidates())
                .hasSize(5)
                .allMatch(result -> result instanceof CandidateResult.Evaluated of && of.disagreement() < 1e-5);
        assertThat(((Output.Multiclass) model.bundle().output()).classes()).containsExactly("ham", "spam", "other");
        double[] scores = new double[3];
        model.score(new Object[] {2.0, 0.0, "x"}, scores);
        assertThat(Output.Multiclass.decide(scores, 3)).isEqualTo(2);
        assertThat(scores[0] + scores[1] + scores[2]).isCloseTo(1, within(1e-9));
        Assessment best = outcome.report().best().orElseThrow();
        Evaluation challenger = best.comparison().challenger();
        assertThat(challenger.get(Metric.ACCURACY)).isGreaterThan(0.85);
        assertThat(challenger.classes()).hasSize(3);
        assertThat(challenger.classes().stream()
                        .mapToLong(Evaluation.OfClass::rows)
                        .sum())
                .isEqualTo(800);
        assertThat(best.slices()).extracting(slice -> slice.name()).containsExactly("large");
        assertThat(best.reliability()).isPresent();
        assertThat(best.curve()).isEmpty();
        assertThat(outcome.report().rules())
                .extracting(Rule::name)
                .contains("beats-base-rate", "better-than-chance", "mean-score");
    }

    @Test
    void shouldKeepATemperatureThatHelpsAndServeIt() throws Exception {
        List<Example> rows = rows(LINES_OF_CLASSES, 4_000, 1, TrainingTasksTest::drawn);

        TrainingOutcome outcome =
                overconfident(3).run(new TrainingTask(LINES_OF_CLASSES, rows, Optional.empty(), 2, 7));

        Assessment best = outcome.report().best().orElseThrow();
        CalibrationTrial trial = best.calibration().orElseThrow();
        assertThat(trial.method()).isEqualTo(CalibrationTrial.Method.TEMPERATURE);
        assertThat(trial.kept()).isTrue();
        assertThat(trial.rows()).isEqualTo(640);
        Model model = promoted(outcome);
        assertThat(((ClassCalibration.Temperature) calibration(model)).value()).isCloseTo(3, within(0.3));
        Evaluation served = best.comparison().challenger();
        Evaluation raw =
                ((CandidateResult.Evaluated) outcome.report().candidates().getFirst()).evaluation();
        assertThat(served.get(Metric.LOG_LOSS))
                .isCloseTo(trial.logLossAfter(), within(1e-12))
                .isLessThan(raw.get(Metric.LOG_LOSS));
        assertThat(served.get(Metric.CALIBRATION_ERROR)).isLessThan(raw.get(Metric.CALIBRATION_ERROR));
        assertThat(served.get(Metric.ACCURACY)).isEqualTo(raw.get(Metric.ACCURACY));
        List<Example> holdout = TimeSplit.of(LINES_OF_CLASSES, rows).holdout();
        double[][] scores = new double[holdout.size()][3];
        for (int i = 0; i < scores.length; i++) {
            model.score(holdout.get(i).row().values().toArray(), scores[i]);
        }
        int[] labels =
                holdout.stream().mapToInt(example -> (int) example.label()).toArray();
        assertThat(MulticlassMetrics.logLoss(scores, labels)).isCloseTo(trial.logLossAfter(), within(1e-9));
        TrainingOutcome again = overconfident(3).run(new TrainingTask(LINES_OF_CLASSES, rows, Optional.empty(), 2, 7));
        assertThat(((TrainingOutcome.Promoted) again).bundle())
                .isEqualTo(((TrainingOutcome.Promoted) outcome).bundle());
    }

    @Test
    void shouldDropATemperatureThatDoesNotHelp() throws Exception {
        TrainingOutcome outcome =
                run(LINES_OF_CLASSES, rows(LINES_OF_CLASSES, 4_000, 1, TrainingTasksTest::drawn), Optional.empty());

        assertThat(outcome.report()
                        .best()
                        .orElseThrow()
                        .calibration()
                        .orElseThrow()
                        .kept())
                .isFalse();
        assertThat(calibration(promoted(outcome))).isEqualTo(new ClassCalibration.None());
    }

    private static ClassCalibration calibration(Model model) {
        return ((Output.Multiclass) model.bundle().output()).calibration();
    }

    /** Trains softmax regressions whose margins are a multiple of what they should be. */
    private static Training overconfident(double times) {
        Learner learner = new Learner() {
            @Override
            public List<Hyperparameter> hyperparameters() {
                return List.of();
            }

            @Override
            public Fitted fit(Sample train, Matrix scored, Settings settings, long seed) throws LearningException {
                ClassScorer honest = (ClassScorer) new LogisticLearner()
                        .fit(train.rows(), train.targets(), scored, seed)
                        .scorer();
                List<LinearScorer> sharper = honest.scorers().stream()
                        .map(LinearScorer.class::cast)
                        .map(one -> new LinearScorer(
                                Arrays.stream(one.weights())
                                        .map(weight -> times * weight)
                                        .toArray(),
                                times * one.bias(),
                                Link.IDENTITY))
                        .toList();
                return new Fitted(
                        new ClassScorer(sharper, ClassScorer.Combination.SOFTMAX), Optional.empty(), Map.of());
            }
        };
        return new Training(Map.of(Family.LOGISTIC_REGRESSION, learner), () -> 0);
    }

    @Test
    void shouldPromoteARegression() throws Exception {
        TrainingOutcome outcome = run(NUMBERS, rows(NUMBERS, 4_000, 1, TrainingTasksTest::price), Optional.empty());

        Model model = promoted(outcome);
        assertThat(outcome.report().candidates())
                .hasSize(5)
                .allMatch(result -> result instanceof CandidateResult.Evaluated of && of.disagreement() < 1e-5);
        assertThat(model.bundle().output()).isEqualTo(new Output.Regression());
        assertThat(model.score(new Object[] {0.0, 1.0, "x"})).isCloseTo(5_900, within(120.0));
        Assessment best = outcome.report().best().orElseThrow();
        assertThat(best.comparison().challenger().get(Metric.R2)).isGreaterThan(0.9);
        assertThat(best.foldMeans()).containsKeys(Metric.RMSE, Metric.MAE, Metric.MAPE, Metric.R2, Metric.PINBALL);
        assertThat(outcome.report().rules())
                .extracting(Rule::name)
                .contains("beats-base-rate", "mean-value")
                .doesNotContain("mean-score");
    }

    @Test
    void shouldHoldAChallengerAgainstTheChampionOnTheSameRows() throws Exception {
        for (Pipeline pipeline : List.of(TREES_OF_CLASSES, TREES_OF_NUMBERS)) {
            Labelling labelling = pipeline == TREES_OF_CLASSES ? TrainingTasksTest::sector : TrainingTasksTest::price;
            Labelling before = (a, b, random) -> labelling.label(-a, -b, random);
            Model old = promoted(run(pipeline, rows(pipeline, 3_000, 2, before), Optional.empty()));
            List<Example> now = rows(pipeline, 3_000, 3, labelling);

            Model next = promoted(run(pipeline, now, Optional.of(new Champion(1, old))));

            TrainingOutcome again = run(pipeline, now, Optional.of(new Champion(2, next)));
            assertThat(((TrainingOutcome.Refused) again).broken()).containsExactly("beats-champion");
            assertThat(again.report().champion()).isPresent();
        }
    }

    @Test
    void shouldCompareWithNoChampionOfAnotherTask() throws Exception {
        Model number = promoted(
                run(TREES_OF_NUMBERS, rows(TREES_OF_NUMBERS, 3_000, 2, TrainingTasksTest::price), Optional.empty()));

        TrainingOutcome outcome = run(
                TREES_OF_CLASSES,
                rows(TREES_OF_CLASSES, 3_000, 3, TrainingTasksTest::sector),
                Optional.of(new Champion(1, number)));

        promoted(outcome);
        assertThat(outcome.report().champion()).isEmpty();
        assertThat(outcome.report().championVersion()).isEqualTo(1);
    }

    @Test
    void shouldRefuseShuffledLabels() {
        Pipeline classes = Rows.pipeline(
                FEATURES,
                "label.kind",
                "model: { task: multiclass, classes: [ham, spam, other], candidates: [decision-tree, logistic-regression] }");
        Pipeline numbers = Rows.pipeline(
                FEATURES,
                "label.amount",
                "model: { task: regression, candidates: [decision-tree, linear-regression] }");
        Seeds.each(50, random -> {
            long seed = random.nextLong();
            assertThat(run(classes, rows(classes, 800, seed, (a, b, any) -> any.nextInt(3)), Optional.empty()))
                    .isInstanceOf(TrainingOutcome.Refused.class);
            assertThat(run(numbers, rows(numbers, 800, seed, (a, b, any) -> 50 + any.nextGaussian()), Optional.empty()))
                    .isInstanceOf(TrainingOutcome.Refused.class);
        });
    }

    @Test
    void shouldFlagAFeatureThatKnowsTheNumber() {
        TrainingOutcome outcome = run(
                TREES_OF_NUMBERS,
                rows(TREES_OF_NUMBERS, 2_000, 1, (a, b, random) -> 100 * a + random.nextGaussian()),
                Optional.empty());

        assertThat(((TrainingOutcome.Refused) outcome).broken()).containsExactly("single-feature a");
    }

    @Test
    void shouldSayWhichClassHasNoRows() {
        TrainingOutcome outcome =
                run(CLASSES, rows(CLASSES, 500, 1, (a, b, random) -> a > 0 ? 1 : 0), Optional.empty());

        TrainingOutcome.Failed failed = (TrainingOutcome.Failed) outcome;
        assertThat(failed.reason()).isEqualTo(TrainingOutcome.Reason.ONE_CLASS);
        assertThat(failed.detail()).contains("class other");
    }

    @Test
    void shouldLeaveOutLabelsOfAnotherTask() {
        List<Example> rows = new ArrayList<>(rows(CLASSES, 1_000, 1, TrainingTasksTest::sector));
        rows.addAll(rows(CLASSES, 100, 2, (a, b, random) -> 3));
        rows.addAll(rows(CLASSES, 100, 2, (a, b, random) -> 0.5));

        assertThat(run(TREES_OF_CLASSES, rows, Optional.empty())
                        .report()
                        .counts()
                        .malformed())
                .isEqualTo(200);
    }
}
