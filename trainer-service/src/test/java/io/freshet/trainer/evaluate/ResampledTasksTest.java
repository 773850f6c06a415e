package io.freshet.trainer.evaluate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.freshet.model.metrics.MulticlassMetrics;
import io.freshet.model.metrics.MulticlassMetrics.ClassMetrics;
import io.freshet.model.metrics.RegressionMetrics;
import io.freshet.schemas.pipeline.Pipeline.Metric;
import io.freshet.trainer.Seeds;
import io.freshet.trainer.rows.Targets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Resampled metrics of classes and numbers against those of rows that are really repeated. */
class ResampledTasksTest {
    private static final int BLOCKS = 4;

    @Test
    void shouldEqualTheMetricsOfRepeatedRowsOfClasses() {
        Seeds.each(200, random -> {
            int rows = 1 + random.nextInt(40);
            int classes = 2 + random.nextInt(3);
            int[] labels = random.ints(rows, 0, classes).toArray();
            double[] scores = new double[rows * classes];
            for (int i = 0; i < rows; i++) {
                double[] weights = random.ints(classes, 1, 5).asDoubleStream().toArray();
                double sum = Arrays.stream(weights).sum();
                for (int c = 0; c < classes; c++) {
                    scores[i * classes + c] = weights[c] / sum;
                }
            }
            int[] blocks = random.ints(rows, 0, BLOCKS).toArray();
            int[] times = random.ints(BLOCKS, 0, 3).toArray();
            double[][] fast = new double[1][Metric.values().length];

            HoldOut holdout = new HoldOut(new Targets.Classes(labels, classes), blocks, BLOCKS);
            Resampled.of(Scored.undecided(scores), holdout, true).measure(draws(times), fast);

            int[] repeated = repeated(blocks, times);
            if (repeated.length == 0) {
                assertThat(fast[0]).containsOnly(Double.NaN);
                return;
            }
            int[] theirs = Arrays.stream(repeated).map(row -> labels[row]).toArray();
            double[][] probabilities = Arrays.stream(repeated)
                    .mapToObj(row -> Arrays.copyOfRange(scores, row * classes, (row + 1) * classes))
                    .toArray(double[][]::new);
            naive(probabilities, theirs)
                    .forEach((metric, value) -> assertThat(fast[0][metric.ordinal()])
                            .as(metric.spelled())
                            .isCloseTo(value, within(1e-9)));
        });
    }

    private static Map<Metric, Double> naive(double[][] probabilities, int[] labels) {
        Map<Metric, Double> metrics = new EnumMap<>(Metric.class);
        metrics.put(Metric.ACCURACY, MulticlassMetrics.accuracy(probabilities, labels));
        metrics.put(Metric.LOG_LOSS, MulticlassMetrics.logLoss(probabilities, labels));
        metrics.put(Metric.BRIER, MulticlassMetrics.brier(probabilities, labels));
        List<ClassMetrics> present = new ArrayList<>();
        List<ClassMetrics> all = MulticlassMetrics.perClass(probabilities, labels);
        for (int c = 0; c < all.size(); c++) {
            int one = c;
            if (Arrays.stream(labels).anyMatch(label -> label == one)) {
                present.add(all.get(c));
            }
        }
        ClassMetrics macro = MulticlassMetrics.macro(present);
        metrics.put(Metric.PRECISION, macro.precision());
        metrics.put(Metric.RECALL, macro.recall());
        metrics.put(Metric.F1, macro.f1());
        macro.rocAuc().ifPresent(value -> metrics.put(Metric.ROC_AUC, value));
        macro.averagePrecision().ifPresent(value -> metrics.put(Metric.AVERAGE_PRECISION, value));
        return metrics;
    }

    @Test
    void shouldEqualTheMetricsOfRepeatedNumbers() {
        Seeds.each(200, random -> {
            int rows = 1 + random.nextInt(40);
            double[] labels =
                    random.ints(rows, 0, 6).asDoubleStream().map(n -> 1_000 + n).toArray();
            double[] scores = random.doubles(rows, 990, 1_010).toArray();
            int[] blocks = random.ints(rows, 0, BLOCKS).toArray();
            int[] times = random.ints(BLOCKS, 0, 3).toArray();
            double[][] fast = new double[1][Metric.values().length];

            HoldOut holdout = new HoldOut(new Targets.Numbers(labels), blocks, BLOCKS);
            Resampled.of(Scored.undecided(scores), holdout, true).measure(draws(times), fast);

            int[] repeated = repeated(blocks, times);
            if (repeated.length == 0) {
                assertThat(fast[0]).containsOnly(Double.NaN);
                return;
            }
            double[] actual =
                    Arrays.stream(repeated).mapToDouble(row -> labels[row]).toArray();
            double[] predicted =
                    Arrays.stream(repeated).mapToDouble(row -> scores[row]).toArray();
            assertThat(fast[0][Metric.RMSE.ordinal()])
                    .isCloseTo(RegressionMetrics.rmse(predicted, actual), within(1e-9));
            assertThat(fast[0][Metric.MAE.ordinal()]).isCloseTo(RegressionMetrics.mae(predicted, actual), within(1e-9));
            assertThat(fast[0][Metric.MAPE.ordinal()])
                    .isCloseTo(RegressionMetrics.mape(predicted, actual), within(1e-9));
            assertThat(fast[0][Metric.PINBALL.ordinal()])
                    .isCloseTo(RegressionMetrics.pinball(predicted, actual, 0.5), within(1e-9));
            OptionalDouble r2 = RegressionMetrics.r2(predicted, actual);
            if (Arrays.stream(actual).distinct().count() > 1) {
                assertThat(fast[0][Metric.R2.ordinal()]).isCloseTo(r2.orElseThrow(), within(1e-7));
            } else {
                assertThat(fast[0][Metric.R2.ordinal()]).isNaN();
            }
        });
    }

    private static Draws draws(int[] times) {
        return new Draws(1, Arrays.stream(times).asDoubleStream().toArray());
    }

    private static int[] repeated(int[] blocks, int[] times) {
        List<Integer> rows = new ArrayList<>();
        for (int row = 0; row < blocks.length; row++) {
            for (int time = 0; time < times[blocks[row]]; time++) {
                rows.add(row);
            }
        }
        return rows.stream().mapToInt(row -> row).toArray();
    }

    @Test
    void shouldSeldomFindWhatKnowsNothingBetterThanChance() {
        List<Double> classes = new ArrayList<>();
        List<Double> numbers = new ArrayList<>();
        Seeds.each(200, random -> {
            int rows = 400;
            long[] eventTimes = new long[rows];
            double[] ofClasses = new double[rows * 3];
            for (int i = 0; i < rows; i++) {
                eventTimes[i] = i * 3_600_000L;
                double share = random.nextDouble() / 2;
                ofClasses[3 * i] = share;
                ofClasses[3 * i + 1] = 0.5 - share;
                ofClasses[3 * i + 2] = 0.5;
            }
            classes.add(deviations(
                    HoldOut.of(new Targets.Classes(random.ints(rows, 0, 3).toArray(), 3), eventTimes), ofClasses));
            double[] noise = normal(random, rows);
            numbers.add(deviations(HoldOut.of(new Targets.Numbers(normal(random, rows)), eventTimes), noise));
        });

        assertThat(classes).allMatch(deviations -> deviations < 3.5);
        assertThat(numbers).allMatch(deviations -> deviations < 3.5);
    }

    private static double[] normal(Random random, int rows) {
        return random.doubles(rows).map(ignored -> 0.01 * random.nextGaussian()).toArray();
    }

    private static double deviations(HoldOut holdout, double[] scores) {
        return Resamples.of(holdout, List.of(Scored.undecided(scores)), 3).deviationsAboveChance(0);
    }
}
