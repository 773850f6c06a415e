package io.freshet.trainer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.freshet.model.Calibration;
import io.freshet.model.LinearScorer;
import io.freshet.model.Link;
import io.freshet.model.Model;
import io.freshet.model.Output;
import io.freshet.model.metrics.BinaryMetrics;
import io.freshet.schemas.pipeline.Pipeline;
import io.freshet.schemas.pipeline.Pipeline.Family;
import io.freshet.schemas.pipeline.Pipeline.Metric;
import io.freshet.schemas.pipeline.TrainingWindow;
import io.freshet.schemas.row.Example;
import io.freshet.trainer.evaluate.Evaluation;
import io.freshet.trainer.evaluate.Slices.Slice;
import io.freshet.trainer.gate.Rule;
import io.freshet.trainer.learn.Fitted;
import io.freshet.trainer.learn.Hyperparameter;
import io.freshet.trainer.learn.Learner;
import io.freshet.trainer.learn.LearningException;
import io.freshet.trainer.learn.LogisticLearner;
import io.freshet.trainer.learn.Sample;
import io.freshet.trainer.learn.Settings;
import io.freshet.trainer.rows.Matrix;
import io.freshet.trainer.rows.Targets;
import io.freshet.trainer.rows.TimeSplit;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** What training promises about the rows that nothing was learned from. */
class HonestEvaluationTest {
    private static final String LOGISTIC = "model: { candidates: [logistic-regression] }\n";
    private static final Training TRAINING = training(new LogisticLearner());

    @Test
    void shouldRefuseEveryModelOfShuffledLabels() {
        List<String> promoted = new ArrayList<>();
        Pipeline pipeline = Rows.pipeline(LOGISTIC);
        for (long seed = 1; seed <= 100; seed++) {
            List<Example> rows = Rows.interacting(1_000, seed);
            List<Integer> order = new ArrayList<>();
            for (int i = 0; i < rows.size(); i++) {
                order.add(i);
            }
            Collections.shuffle(order, new Random(seed));
            List<Example> shuffled = new ArrayList<>();
            for (int i = 0; i < rows.size(); i++) {
                boolean label = rows.get(order.get(i)).label() == 1;
                shuffled.add(Rows.example(
                        rows.get(i).row().eventTime(),
                        label,
                        rows.get(i).row().values().toArray()));
            }

            if (!(run(pipeline, shuffled, Optional.empty()) instanceof TrainingOutcome.Refused)) {
                promoted.add("seed " + seed);
            }
        }

        assertThat(promoted).isEmpty();
    }

    @Test
    void shouldFlagAFeatureThatKnowsTheLabel() {
        Random random = new Random(1);
        List<Example> leaking = Rows.linear(2_000, 1).stream()
                .map(example -> Rows.example(
                        example.row().eventTime(),
                        example.label() == 1,
                        example.row().values().get(0),
                        example.label() + 0.1 * random.nextGaussian(),
                        example.row().values().get(2)))
                .toList();

        TrainingOutcome outcome = run(Rows.pipeline(LOGISTIC), leaking, Optional.empty());

        assertThat(outcome).isInstanceOf(TrainingOutcome.Refused.class);
        assertThat(((TrainingOutcome.Refused) outcome).broken()).containsExactly("single-feature b");
        assertThat(run(Rows.pipeline(LOGISTIC + "gate: { singleFeature: 1 }"), leaking, Optional.empty()))
                .isInstanceOf(TrainingOutcome.Promoted.class);
    }

    @Test
    void shouldKeepACalibrationThatHelpsAndServeIt() throws Exception {
        List<Example> examples = Rows.linear(4_000, 2);
        Pipeline pipeline = Rows.pipeline(LOGISTIC);

        TrainingOutcome overconfident =
                training(new Overconfident(4)).run(new TrainingTask(pipeline, examples, Optional.empty(), 1, 1));

        Assessment best = overconfident.report().best().orElseThrow();
        CalibrationTrial trial = best.calibration().orElseThrow();
        assertThat(trial.kept()).isTrue();
        assertThat(trial.method()).isEqualTo(CalibrationTrial.Method.PLATT);
        assertThat(trial.logLossAfter()).isLessThan(trial.logLossBefore());
        Evaluation served = best.comparison().challenger();
        Evaluation raw =
                ((CandidateResult.Evaluated) overconfident.report().candidates().getFirst()).evaluation();
        assertThat(served.get(Metric.LOG_LOSS)).isCloseTo(trial.logLossAfter(), within(1e-12));
        assertThat(raw.get(Metric.LOG_LOSS)).isCloseTo(trial.logLossBefore(), within(1e-12));
        assertThat(served.get(Metric.ROC_AUC)).isCloseTo(raw.get(Metric.ROC_AUC), within(1e-9));
        Model model = Model.load(promoted(overconfident).bundle(), 1 << 24);
        assertThat(((Calibration.Platt) calibration(model)).slope()).isCloseTo(0.25, within(0.1));
        List<Example> holdout = TimeSplit.of(pipeline, examples).holdout();
        double[] scores = holdout.stream()
                .mapToDouble(example -> model.score(example.row().values().toArray()))
                .toArray();
        assertThat(BinaryMetrics.logLoss(scores, positive(pipeline, holdout)).orElseThrow())
                .isCloseTo(trial.logLossAfter(), within(1e-9));
    }

    @Test
    void shouldKeepIsotonicCalibrationWhereThereAreManyRows() throws Exception {
        TrainingOutcome outcome = training(new Overconfident(4))
                .run(new TrainingTask(Rows.pipeline(LOGISTIC), Rows.linear(20_000, 3), Optional.empty(), 1, 1));

        CalibrationTrial trial =
                outcome.report().best().orElseThrow().calibration().orElseThrow();
        assertThat(trial.method()).isEqualTo(CalibrationTrial.Method.ISOTONIC);
        assertThat(trial.kept()).isTrue();
        Model model = Model.load(promoted(outcome).bundle(), 1 << 24);
        assertThat(calibration(model)).isInstanceOf(Calibration.Isotonic.class);
    }

    @Test
    void shouldDropACalibrationThatDoesNotHelp() throws Exception {
        TrainingOutcome outcome = run(Rows.pipeline(LOGISTIC), Rows.linear(4_000, 2), Optional.empty());

        Assessment best = outcome.report().best().orElseThrow();
        assertThat(best.calibration().orElseThrow().kept()).isFalse();
        Model model = Model.load(promoted(outcome).bundle(), 1 << 24);
        assertThat(calibration(model)).isEqualTo(new Calibration.None());
    }

    @Test
    void shouldChooseTheThresholdWithoutTheHoldOut() {
        List<Example> examples = Rows.linear(4_000, 2);
        List<Example> otherTruth = new ArrayList<>(examples);
        for (int i = 3_200; i < 4_000; i += 10) {
            Example example = examples.get(i);
            otherTruth.set(
                    i,
                    Rows.example(
                            example.row().eventTime(),
                            example.label() == 0,
                            example.row().values().toArray()));
        }
        Pipeline pipeline = Rows.pipeline(
                "model: { candidates: [logistic-regression], costs: { missed: 3 } }\ngate: { confidence: 1 }");

        double threshold = challenger(run(pipeline, examples, Optional.empty()))
                .threshold()
                .orElseThrow();

        assertThat(challenger(run(pipeline, otherTruth, Optional.empty())).threshold())
                .hasValue(threshold);
        assertThat(threshold).isBetween(0.1, 0.4);
    }

    @Test
    void shouldHoldADeclaredPrecisionOrSayThatThereIsNone() {
        List<Example> examples = Rows.linear(4_000, 4);
        String model = "model: { candidates: [gradient-boosting], threshold: { precision: %s } }";
        Training boosting = Training.ofEveryFamily(() -> 0);

        TrainingOutcome met =
                boosting.run(new TrainingTask(Rows.pipeline(model.formatted(0.85)), examples, Optional.empty(), 1, 1));
        TrainingOutcome notMet = run(
                Rows.pipeline("model: { candidates: [logistic-regression], threshold: { precision: 1 } }"),
                Rows.interacting(4_000, 4),
                Optional.empty());

        assertThat(met).isInstanceOf(TrainingOutcome.Promoted.class);
        assertThat(challenger(met).get(Metric.PRECISION)).isCloseTo(0.85, within(0.05));
        assertThat(challenger(met).get(Metric.RECALL)).isGreaterThan(0.3);
        assertThat(((TrainingOutcome.Refused) notMet).broken()).contains("threshold-holds");
    }

    @Test
    void shouldRollTheOriginWithoutLookingAhead() {
        List<Example> examples = Rows.linear(2_000, 5);
        Pipeline pipeline = Rows.pipeline(LOGISTIC + "training: { rolling: 3 }");

        Assessment best =
                run(pipeline, examples, Optional.empty()).report().best().orElseThrow();

        List<Example> train = TimeSplit.of(pipeline, examples).longest().train();
        assertThat(best.folds()).hasSize(3).allMatch(fold -> fold.detail().isEmpty());
        assertThat(best.folds().stream().mapToInt(FoldResult::testRows).sum())
                .isEqualTo(train.size() - train.size() / 4);
        assertThat(best.foldMeans().get(Metric.ROC_AUC))
                .isCloseTo(
                        best.folds().stream()
                                .mapToDouble(fold -> fold.metrics().get(Metric.ROC_AUC))
                                .average()
                                .orElseThrow(),
                        within(1e-12));
        Instant before = Instant.MIN;
        for (Fold fold : Fold.rolling(pipeline, TrainingWindow.ALL, train, 1)) {
            Instant begins = fold.test().getFirst().row().eventTime();
            assertThat(begins).isAfter(before);
            assertThat(fold.train())
                    .isNotEmpty()
                    .allMatch(example -> example.labelTime().isBefore(begins));
            before = fold.test().getLast().row().eventTime();
        }
    }

    @Test
    void shouldSayWhyAFoldWasNotEvaluated() {
        Pipeline pipeline = Rows.pipeline(LOGISTIC + "training: { rolling: 10 }");

        Assessment best = run(pipeline, Rows.linear(400, 6), Optional.empty())
                .report()
                .best()
                .orElseThrow();

        assertThat(best.folds().getFirst().metrics()).isEmpty();
        assertThat(best.folds().getFirst().detail()).contains("too few rows");
        assertThat(best.folds().getLast().metrics()).isNotEmpty();
    }

    @Test
    void shouldReportEverySliceAndRule() throws Exception {
        Pipeline pipeline = Rows.pipeline(LOGISTIC
                + "evaluation: { slices: { kind: feature.kind, large: feature.a > 0.0 } }\n"
                + "gate: { slices: { minimum: { roc-auc: 0.2 } }, maximum: { calibration-error: 0.2 } }");
        List<Example> examples = Rows.linear(4_000, 7);
        TrainingOutcome first = run(pipeline, examples, Optional.empty());
        Champion champion = new Champion(1, Model.load(promoted(first).bundle(), 1 << 24));

        TrainingOutcome second = run(pipeline, examples, Optional.of(champion));

        Assessment best = second.report().best().orElseThrow();
        assertThat(best.slices()).extracting(Slice::name).containsExactlyInAnyOrder("kind=x", "kind=y", "large");
        assertThat(best.slices()).allMatch(slice -> slice.champion().isPresent());
        assertThat(second.report().rules())
                .extracting(Rule::name)
                .contains(
                        "enough-rows",
                        "not-constant",
                        "better-than-chance",
                        "beats-champion",
                        "maximum calibration-error",
                        "slice kind=x minimum roc-auc",
                        "slice kind=y minimum roc-auc",
                        "slice large minimum roc-auc",
                        "mean-score",
                        "latency-ms",
                        "bytes")
                .anyMatch(name -> name.startsWith("single-feature "));
        assertThat(((TrainingOutcome.Refused) second).broken()).containsExactly("beats-champion");
        assertThat(best.comparison()
                        .overChampion()
                        .get(Metric.ROC_AUC)
                        .estimate()
                        .value())
                .isEqualTo(0);
        assertThat(best.curve().orElseThrow().points()).hasSizeLessThanOrEqualTo(100);
        assertThat(best.reliability().orElseThrow().bins()).hasSizeLessThanOrEqualTo(10);
    }

    private static Evaluation challenger(TrainingOutcome outcome) {
        return outcome.report().best().orElseThrow().comparison().challenger();
    }

    private static TrainingOutcome.Promoted promoted(TrainingOutcome outcome) {
        assertThat(outcome.report().rules()).allMatch(Rule::passed);
        return (TrainingOutcome.Promoted) outcome;
    }

    private static Calibration calibration(Model model) {
        return ((Output.Binary) model.bundle().output()).calibration();
    }

    private static boolean[] positive(Pipeline pipeline, List<Example> examples) {
        return ((Targets.Binary) Targets.of(pipeline.model().task(), examples)).positive();
    }

    private static Training training(Learner logistic) {
        return new Training(Map.of(Family.LOGISTIC_REGRESSION, logistic), () -> 0);
    }

    private static TrainingOutcome run(Pipeline pipeline, List<Example> examples, Optional<Champion> champion) {
        return TRAINING.run(new TrainingTask(pipeline, examples, champion, 2, 1));
    }

    /** Logistic regression whose margins are a multiple of what they should be. */
    private record Overconfident(double times) implements Learner {
        @Override
        public List<Hyperparameter> hyperparameters() {
            return List.of();
        }

        @Override
        public Fitted fit(Sample train, Matrix scored, Settings settings, long seed) throws LearningException {
            LinearScorer honest = (LinearScorer) new LogisticLearner()
                    .fit(train.rows(), train.targets(), scored, seed)
                    .scorer();
            double[] weights = Arrays.stream(honest.weights())
                    .map(weight -> times * weight)
                    .toArray();
            return new Fitted(
                    new LinearScorer(weights, times * honest.bias(), Link.LOGISTIC), Optional.empty(), Map.of());
        }
    }
}
