package io.freshet.trainer.gate;

import static org.assertj.core.api.Assertions.assertThat;

import io.freshet.schemas.pipeline.Pipeline;
import io.freshet.schemas.pipeline.Pipeline.Decision;
import io.freshet.schemas.pipeline.Pipeline.Metric;
import io.freshet.schemas.pipeline.Pipeline.Task;
import io.freshet.trainer.Rows;
import io.freshet.trainer.Seeds;
import io.freshet.trainer.evaluate.Comparison;
import io.freshet.trainer.evaluate.DecisionThreshold;
import io.freshet.trainer.evaluate.Estimate;
import io.freshet.trainer.evaluate.Evaluation;
import io.freshet.trainer.evaluate.HoldOut;
import io.freshet.trainer.evaluate.Scored;
import io.freshet.trainer.evaluate.Serving;
import io.freshet.trainer.evaluate.SingleFeature;
import io.freshet.trainer.evaluate.Slices.Slice;
import io.freshet.trainer.rows.Targets;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class GateTest {
    private static final int ROWS = 2_000;
    private static final Task BINARY = new Task.Binary(new Decision.Costs(1, 1));
    private static final List<Metric> RANKING = Stream.of(Metric.values())
            .filter(metric -> metric.judges(BINARY) && !metric.ofDecisions())
            .toList();
    private static final SingleFeature HONEST = new SingleFeature("a", 0.7);
    private static final Serving SMALL = new Serving(0.01, 1_000);

    @Test
    void shouldRefuseAModelThatIsTheChampionItself() {
        for (Metric metric : RANKING) {
            Seeds.each(5, random -> {
                Trial trial = Trial.of(random, 0, 0.2);

                Verdict verdict = judge(metric, "", trial, Optional.of(trial.challenger()));

                assertThat(verdict).isInstanceOf(Verdict.Refused.class);
                assertThat(((Verdict.Refused) verdict).broken()).containsExactly("beats-champion");
            });
        }
    }

    @Test
    void shouldPassAClearlyBetterModel() {
        for (Metric metric : RANKING) {
            Seeds.each(5, random -> {
                Trial trial = Trial.of(random, 1.0, 0.2);

                Verdict verdict = judge(metric, "", trial, Optional.of(trial.champion()));

                assertThat(verdict).isInstanceOf(Verdict.Passed.class);
            });
        }
    }

    @Test
    void shouldSeldomPassAModelThatIsOnlyLucky() {
        int[] passed = new int[1];
        Seeds.each(100, random -> {
            Trial trial = Trial.of(random, 0.5, 0.5);
            if (judge(Metric.AVERAGE_PRECISION, "", trial, Optional.of(trial.champion())) instanceof Verdict.Passed) {
                passed[0]++;
            }
        });

        // Both models are equally noisy, so that at a confidence of 0.95 about 5 of 100 pass by luck.
        assertThat(passed[0]).isLessThanOrEqualTo(12);
    }

    @Test
    void shouldAskForMoreThanTheBaseRateWhereThereIsNoChampion() {
        Trial trial = Trial.of(new Random(1), 1, 0.2);
        double[] flipped = Arrays.stream(trial.challenger()).map(p -> 1 - p).toArray();

        assertThat(judge(Metric.ROC_AUC, "", trial, Optional.empty())).isInstanceOf(Verdict.Passed.class);
        assertThat(broken(judge(Metric.ROC_AUC, "", trial.with(flipped), Optional.empty())))
                .isEqualTo("better-than-chance,beats-base-rate");
    }

    @Test
    void shouldHoldDeclaredBoundsInTheMetricsOwnDirection() {
        Trial trial = Trial.of(new Random(1), 1, 0.2);

        assertThat(broken(judge(
                        Metric.ROC_AUC,
                        "minimum: { roc-auc: 0.999 }, maximum: { log-loss: 10 }",
                        trial,
                        Optional.empty())))
                .isEqualTo("minimum roc-auc");
        assertThat(broken(judge(Metric.ROC_AUC, "maximum: { log-loss: 0.01 }", trial, Optional.empty())))
                .isEqualTo("maximum log-loss");
        assertThat(broken(judge(
                        Metric.ROC_AUC,
                        "minimum: { f1: 0.99, precision: 0.1 }, maximum: { calibration-error: 0.0001 }",
                        trial,
                        Optional.empty())))
                .isEqualTo("maximum calibration-error,minimum f1");
    }

    @Test
    void shouldRefuseConstantScoresAndFewRows() {
        Trial trial = Trial.of(new Random(1), 1, 0.2);
        double[] constant = new double[ROWS];
        Arrays.fill(constant, 0.5);
        Trial few = new Trial(
                Arrays.copyOf(trial.labels(), 60),
                Arrays.copyOf(trial.challenger(), 60),
                Arrays.copyOf(trial.champion(), 60));

        assertThat(broken(judge(Metric.ROC_AUC, "", trial.with(constant), Optional.empty())))
                .contains("not-constant");
        assertThat(broken(judge(Metric.ROC_AUC, "", few, Optional.empty()))).contains("enough-rows");
    }

    @Test
    void shouldHoldTheDeclaredPrecisionWithinItsInterval() {
        Trial trial = Trial.of(new Random(1), 1, 0.2);
        Comparison comparison = compare(trial, Optional.empty());
        Estimate precision =
                Objects.requireNonNull(comparison.challenger().estimates().get(Metric.PRECISION));
        double within = (precision.value() + precision.high()) / 2;
        double beyond = (precision.high() + 1) / 2;

        assertThat(brokenAtPrecision(comparison, within, within)).isEmpty();
        assertThat(brokenAtPrecision(comparison, beyond, beyond)).isEqualTo("threshold-holds");
        assertThat(brokenAtPrecision(comparison, within, 0.5)).isEqualTo("threshold-found");
    }

    private static String brokenAtPrecision(Comparison comparison, double least, double reached) {
        return broken(Gate.judge(
                Rows.pipeline("model: { threshold: { precision: " + least + " } }"),
                new Evidence(comparison, Optional.of(new DecisionThreshold(0.5, reached)), List.of(), HONEST, SMALL)));
    }

    @Test
    void shouldHoldTheFloorOfEverySliceThatHasRows() {
        Trial trial = Trial.of(new Random(1), 1, 0.2);
        Comparison good = compare(trial, Optional.empty());
        double[] random = new Random(2).doubles(ROWS).toArray();
        Evaluation bad = compare(trial.with(random), Optional.empty()).challenger();
        Evaluation few = compare(
                        new Trial(
                                Arrays.copyOf(trial.labels(), 60),
                                Arrays.copyOf(random, 60),
                                Arrays.copyOf(trial.champion(), 60)),
                        Optional.empty())
                .challenger();

        assertThat(brokenWith(good, good.challenger())).isEmpty();
        assertThat(brokenWith(good, bad)).isEqualTo("slice kind=x minimum roc-auc");
        assertThat(brokenWith(good, few)).isEmpty();
    }

    private static String brokenWith(Comparison comparison, Evaluation slice) {
        return broken(Gate.judge(
                Rows.pipeline("gate: { slices: { minimum: { roc-auc: 0.6 } } }"),
                new Evidence(
                        comparison,
                        Optional.of(new DecisionThreshold(0.5, Double.NaN)),
                        List.of(new Slice("kind=x", slice, Optional.empty())),
                        HONEST,
                        SMALL)));
    }

    @Test
    void shouldRefuseScoresAndAlarmsOutOfProportion() {
        Trial trial = Trial.of(new Random(1), 1, 0.2);
        double[] low = Arrays.stream(trial.challenger()).map(p -> p / 10).toArray();

        assertThat(broken(judge(Metric.ROC_AUC, "", trial.with(low), Optional.of(trial.champion()))))
                .isEqualTo("mean-score");
        assertThat(broken(judge(
                        Metric.ROC_AUC,
                        "meanScore: 1000, alarms: { positives: 20, champion: 30 }",
                        trial.with(low),
                        Optional.of(trial.champion()))))
                .isEqualTo("alarms-to-positives,alarms-to-champion");
        assertThat(broken(judge(
                        Metric.ROC_AUC, "alarms: { positives: 2, champion: 2 }", trial, Optional.of(trial.champion()))))
                .isEmpty();
    }

    @Test
    void shouldRefuseALeakAndWhatIsSlowOrLarge() {
        Trial trial = Trial.of(new Random(1), 1, 0.2);
        Pipeline pipeline = Rows.pipeline("gate: { latency: 2ms, bytes: 5000 }");
        Comparison comparison = compare(trial, Optional.empty());
        DecisionThreshold threshold = new DecisionThreshold(0.5, Double.NaN);

        Verdict verdict = Gate.judge(
                pipeline,
                new Evidence(
                        comparison,
                        Optional.of(threshold),
                        List.of(),
                        new SingleFeature("b", 0.995),
                        new Serving(2.5, 5_001)));

        assertThat(broken(verdict)).isEqualTo("single-feature b,latency-ms,bytes");
        assertThat(verdict.rules())
                .contains(
                        new Rule("single-feature b", 0.995, 0.99, false),
                        new Rule("latency-ms", 2.5, 2, false),
                        new Rule("bytes", 5_001, 5_000, false));
    }

    @Test
    void shouldResampleDaysThenHoursThenRows() {
        assertThat(blocks(Duration.ofHours(6), 24)).isEqualTo(6);
        assertThat(blocks(Duration.ofMinutes(10), 60)).isEqualTo(10);
        assertThat(blocks(Duration.ofSeconds(10), 60)).isEqualTo(10);
        assertThat(blocks(Duration.ZERO, 60)).isEqualTo(60);
    }

    private static int blocks(Duration apart, int rows) {
        return HoldOut.of(new Targets.Binary(new boolean[rows]), times(apart, rows))
                .blockCount();
    }

    private static long[] times(Duration apart, int rows) {
        long[] times = new long[rows];
        for (int i = 0; i < rows; i++) {
            times[i] = Rows.START.plus(apart.multipliedBy(i)).toEpochMilli();
        }
        return times;
    }

    private static String broken(Verdict verdict) {
        return verdict instanceof Verdict.Refused refused ? String.join(",", refused.broken()) : "";
    }

    private static Verdict judge(Metric metric, String bounds, Trial trial, Optional<double[]> champion) {
        return Gate.judge(
                Rows.pipeline("model: { optimize: " + metric.spelled() + " }\ngate: { confidence: 0.95"
                        + (bounds.isEmpty() ? "" : ", " + bounds) + " }"),
                new Evidence(
                        compare(trial, champion),
                        Optional.of(new DecisionThreshold(0.5, Double.NaN)),
                        List.of(),
                        HONEST,
                        SMALL));
    }

    private static Comparison compare(Trial trial, Optional<double[]> champion) {
        return Comparison.of(
                HoldOut.of(new Targets.Binary(trial.labels()), times(Duration.ofMinutes(30), trial.labels().length)),
                Scored.deciding(trial.challenger(), 0.5),
                champion.map(scores -> Scored.deciding(scores, 0.5)),
                new Targets.Binary(new boolean[] {true, false}),
                11);
    }

    /** Labels with the scores of two models that see the true margin through noise. */
    private record Trial(boolean[] labels, double[] challenger, double[] champion) {
        static Trial of(Random random, double championNoise, double challengerNoise) {
            Trial trial = new Trial(new boolean[ROWS], new double[ROWS], new double[ROWS]);
            for (int i = 0; i < ROWS; i++) {
                double margin = 1.5 * random.nextGaussian();
                trial.labels[i] = random.nextDouble() < sigmoid(margin);
                trial.challenger[i] = sigmoid(margin + challengerNoise * random.nextGaussian());
                trial.champion[i] = sigmoid(margin + championNoise * random.nextGaussian());
            }
            return trial;
        }

        Trial with(double[] scores) {
            return new Trial(labels, scores, champion);
        }

        private static double sigmoid(double margin) {
            return 1 / (1 + Math.exp(-margin));
        }
    }
}
