package io.freshet.trainer.evaluate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.freshet.model.metrics.BinaryMetrics;
import io.freshet.model.metrics.Confusion;
import io.freshet.model.metrics.Reliability;
import io.freshet.schemas.pipeline.Pipeline.Decision;
import io.freshet.schemas.pipeline.Pipeline.Metric;
import io.freshet.schemas.pipeline.Pipeline.Task;
import io.freshet.trainer.Rows;
import io.freshet.trainer.Seeds;
import io.freshet.trainer.rows.Targets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class ResamplesTest {
    private static final double THRESHOLD = 0.5;
    private static final Metric[] BINARY = Stream.of(Metric.values())
            .filter(metric -> metric.judges(new Task.Binary(new Decision.Costs(1, 1))))
            .toArray(Metric[]::new);

    @Test
    void shouldEqualTheMetricsOfRowsThatAreReallyRepeated() {
        Seeds.each(300, random -> {
            int rows = 1 + random.nextInt(40);
            HoldOut holdout = holdout(random, rows);
            double[] scores = new double[rows];
            for (int i = 0; i < rows; i++) {
                scores[i] = random.nextInt(8) / 7.0; // Ties, and probabilities of 0 and 1.
            }
            Draws draws = Draws.next(new SplittableRandom(random.nextLong()), holdout.blockCount(), 3);
            Scored model = Scored.deciding(scores, THRESHOLD);
            double[][] fast = new double[draws.count()][Metric.values().length];
            double[][] unranked = new double[draws.count()][Metric.values().length];

            Resampled.of(model, holdout, true).measure(draws, fast);
            Resampled.of(model, holdout, false).measure(draws, unranked);

            for (int draw = 0; draw < draws.count(); draw++) {
                for (Metric metric : BINARY) {
                    OptionalDouble naive = naive(metric, scores, holdout, draws, draw);
                    double value = fast[draw][metric.ordinal()];
                    if (naive.isEmpty()) {
                        assertThat(value).as(metric + "").isNaN();
                    } else {
                        assertThat(value).as(metric + "").isCloseTo(naive.getAsDouble(), within(1e-9));
                    }
                    boolean byOrder = metric == Metric.ROC_AUC || metric == Metric.AVERAGE_PRECISION;
                    assertThat(unranked[draw][metric.ordinal()])
                            .as(metric + "")
                            .isEqualTo(Double.valueOf(byOrder ? Double.NaN : value));
                }
            }
        });
    }

    private static boolean[] labels(HoldOut holdout) {
        return ((Targets.Binary) holdout.targets()).positive();
    }

    private static HoldOut holdout(Random random, int rows) {
        boolean[] labels = new boolean[rows];
        int[] blocks = new int[rows];
        int count = 1;
        for (int i = 0; i < rows; i++) {
            labels[i] = random.nextInt(3) == 0;
            blocks[i] = random.nextInt(5);
            count = Math.max(count, blocks[i] + 1);
        }
        return new HoldOut(new Targets.Binary(labels), blocks, count);
    }

    private static OptionalDouble naive(Metric metric, double[] scores, HoldOut holdout, Draws draws, int draw) {
        List<Integer> repeated = new ArrayList<>();
        for (int i = 0; i < scores.length; i++) {
            for (int t = 0; t < draws.times()[holdout.blocks()[i] * draws.count() + draw]; t++) {
                repeated.add(i);
            }
        }
        double[] values = repeated.stream().mapToDouble(i -> scores[i]).toArray();
        boolean[] labels = new boolean[values.length];
        for (int i = 0; i < labels.length; i++) {
            labels[i] = labels(holdout)[repeated.get(i)];
        }
        OptionalDouble rocAuc = BinaryMetrics.rocAuc(values, labels);
        if (rocAuc.isEmpty()) {
            return rocAuc;
        }
        Confusion confusion = Confusion.at(THRESHOLD, values, labels);
        return switch (metric) {
            case ROC_AUC -> rocAuc;
            case AVERAGE_PRECISION -> BinaryMetrics.averagePrecision(values, labels);
            case LOG_LOSS -> BinaryMetrics.logLoss(values, labels);
            case BRIER -> BinaryMetrics.brier(values, labels);
            case CALIBRATION_ERROR -> OptionalDouble.of(calibrationError(scores, values, labels));
            case PRECISION -> OptionalDouble.of(confusion.precision());
            case RECALL -> OptionalDouble.of(confusion.recall());
            case F1 -> OptionalDouble.of(confusion.f1());
            default -> throw new IllegalArgumentException(metric + " is of another task");
        };
    }

    /** In the bins of all rows. */
    private static double calibrationError(double[] all, double[] values, boolean[] labels) {
        double[] edges = Reliability.equalMassEdges(all, BinaryMetrics.CALIBRATION_BINS);
        double[] gaps = new double[BinaryMetrics.CALIBRATION_BINS];
        for (int i = 0; i < values.length; i++) {
            gaps[Reliability.bin(edges, values[i])] += values[i] - (labels[i] ? 1 : 0);
        }
        double sum = 0;
        for (double gap : gaps) {
            sum += Math.abs(gap);
        }
        return sum / values.length;
    }

    @Test
    void shouldMeasureRowsAsTheyAreAndTheSameForOneSeed() {
        Trial trial = Trial.of(new Random(1), 1_000, 0.5);
        List<Scored> models = List.of(Scored.deciding(trial.scores, 0.4), Scored.undecided(trial.scores));

        Evaluation decided = Resamples.of(trial.holdout, models, 7).evaluation(0);
        Evaluation undecided = Resamples.of(trial.holdout, models, 7).evaluation(1);

        assertThat(decided.get(Metric.ROC_AUC))
                .isCloseTo(
                        BinaryMetrics.rocAuc(trial.scores, labels(trial.holdout))
                                .orElseThrow(),
                        within(1e-12));
        assertThat(decided.get(Metric.CALIBRATION_ERROR))
                .isCloseTo(
                        BinaryMetrics.calibrationError(trial.scores, labels(trial.holdout))
                                .orElseThrow(),
                        within(1e-12));
        assertThat(decided.confusion()).contains(Confusion.at(0.4, trial.scores, labels(trial.holdout)));
        assertThat(decided.estimates()).containsOnlyKeys(BINARY);
        assertThat(undecided.estimates()).doesNotContainKeys(Metric.PRECISION, Metric.RECALL, Metric.F1);
        assertThat(undecided.estimates().get(Metric.BRIER))
                .isEqualTo(decided.estimates().get(Metric.BRIER));
        assertThat(decided.estimates().values())
                .allSatisfy(estimate -> assertThat(estimate.value()).isBetween(estimate.low(), estimate.high()));
    }

    /** The coverage that an interval of 95% is there for. */
    @Test
    void shouldHoldTheTruthInAboutNineteenOfTwentyIntervals() {
        double truth = Trial.of(new Random(0), 200_000, 0.5).brier();
        int[] held = new int[1];
        Seeds.each(200, random -> {
            Trial trial = Trial.of(random, 1_500, 0.5);
            Estimate brier = Resamples.of(trial.holdout, List.of(Scored.undecided(trial.scores)), 3)
                    .evaluation(0)
                    .estimates()
                    .get(Metric.BRIER);
            held[0] += brier.low() <= truth && truth <= brier.high() ? 1 : 0;
        });

        assertThat(held[0]).isBetween(180, 199);
    }

    @Test
    void shouldSeldomFindScoresThatKnowNothingBetterThanChance() {
        List<Double> deviations = new ArrayList<>();
        Seeds.each(200, random -> {
            Trial trial = Trial.of(random, 400, 1e6);
            deviations.add(Resamples.of(trial.holdout, List.of(Scored.undecided(trial.scores)), 3)
                    .deviationsAboveChance(0));
        });

        assertThat(deviations).allMatch(deviation -> deviation < 3.5);
        assertThat(deviations.stream().filter(deviation -> deviation > 1.645).count())
                .as("one in twenty")
                .isBetween(2L, 20L);
    }

    @Test
    void shouldHaveNothingToSayAboutOneClass() {
        HoldOut holdout = new HoldOut(new Targets.Binary(new boolean[] {true, true}), new int[] {0, 1}, 2);

        Evaluation evaluation = Resamples.of(holdout, List.of(Scored.deciding(new double[] {0.4, 0.6}, 0.5)), 1)
                .evaluation(0);

        assertThat(evaluation.estimates()).isEmpty();
        assertThat(evaluation.get(Metric.ROC_AUC)).isNaN();
        assertThat(evaluation.confusion()).contains(new Confusion(1, 0, 1, 0));
        assertThatThrownBy(() -> Resamples.of(holdout, List.of(Scored.undecided(new double[] {0.4, 1.6})), 1))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> Resamples.of(holdout, List.of(Scored.undecided(new double[1])), 1))
                .isInstanceOf(IllegalArgumentException.class);
    }

    /** Rows half an hour apart, scored by a model that sees the true margin through noise. */
    private record Trial(HoldOut holdout, double[] scores) {
        static Trial of(Random random, int rows, double noise) {
            boolean[] labels = new boolean[rows];
            long[] times = new long[rows];
            double[] scores = new double[rows];
            for (int i = 0; i < rows; i++) {
                double margin = random.nextGaussian();
                labels[i] = random.nextDouble() < 1 / (1 + Math.exp(-margin));
                scores[i] = 1 / (1 + Math.exp(-margin - noise * random.nextGaussian()));
                times[i] = Rows.START.plus(Duration.ofMinutes(30L * i)).toEpochMilli();
            }
            return new Trial(HoldOut.of(new Targets.Binary(labels), times), scores);
        }

        double brier() {
            return BinaryMetrics.brier(scores, labels(holdout)).orElseThrow();
        }
    }
}
