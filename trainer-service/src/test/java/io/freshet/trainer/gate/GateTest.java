package io.freshet.trainer.gate;

import static org.assertj.core.api.Assertions.assertThat;

import io.freshet.schemas.pipeline.Pipeline.Metric;
import io.freshet.trainer.Rows;
import io.freshet.trainer.Seeds;
import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

class GateTest {
    private static final int ROWS = 2_000;

    @Test
    void shouldRefuseAModelThatIsTheChampionItself() {
        for (Metric metric : Metric.values()) {
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
        for (Metric metric : Metric.values()) {
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
                .isEqualTo("beats-base-rate");
    }

    @Test
    void shouldHoldDeclaredBoundsInTheMetricsOwnDirection() {
        Trial trial = Trial.of(new Random(1), 1, 0.2);

        assertThat(broken(judge(Metric.ROC_AUC, "minimum: { roc-auc: 0.999, log-loss: 10 }", trial, Optional.empty())))
                .isEqualTo("minimum roc-auc");
        assertThat(broken(judge(Metric.ROC_AUC, "minimum: { log-loss: 0.01 }", trial, Optional.empty())))
                .isEqualTo("minimum log-loss");
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
    void shouldResampleDaysThenHoursThenRows() {
        assertThat(blocks(Duration.ofHours(6), 24)).isEqualTo(6);
        assertThat(blocks(Duration.ofMinutes(10), 60)).isEqualTo(10);
        assertThat(blocks(Duration.ofSeconds(10), 60)).isEqualTo(10);
        assertThat(blocks(Duration.ZERO, 60)).isEqualTo(60);
    }

    private static int blocks(Duration apart, int rows) {
        return HoldOut.of(new boolean[rows], times(apart, rows)).blockCount();
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

    private static Verdict judge(Metric metric, String minimum, Trial trial, Optional<double[]> champion) {
        return Gate.judge(
                Rows.pipeline("model: { optimize: " + Metrics.name(metric) + " }\ngate: { confidence: 0.95"
                        + (minimum.isEmpty() ? "" : ", " + minimum) + " }"),
                HoldOut.of(trial.labels(), times(Duration.ofMinutes(30), trial.labels().length)),
                trial.challenger(),
                champion,
                0.5,
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
