package io.freshet.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.sun.management.ThreadMXBean;
import io.freshet.model.ClassCalibration.Temperature;
import io.freshet.model.metrics.MulticlassMetrics;
import java.lang.management.ManagementFactory;
import java.util.Random;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

class ClassCalibrationTest {
    private static final int ROWS = 20_000;

    /** Rows whose classes are drawn from a softmax of some margins, scored by that of a multiple of the margins. */
    private record Drawn(double[] scores, int classes, int[] labels) {
        static Drawn of(Random random, int rows, int classes, double times) {
            Drawn drawn = new Drawn(new double[rows * classes], classes, new int[rows]);
            double[] row = new double[classes];
            for (int i = 0; i < rows; i++) {
                double[] margins = random.doubles(classes, -3, 3).toArray();
                System.arraycopy(margins, 0, row, 0, classes);
                Scorer.softmax(row, classes);
                drawn.labels[i] = draw(random, row);
                for (int one = 0; one < classes; one++) {
                    row[one] = times * margins[one];
                }
                Scorer.softmax(row, classes);
                System.arraycopy(row, 0, drawn.scores, i * classes, classes);
            }
            return drawn;
        }

        private static int draw(Random random, double[] probabilities) {
            double left = random.nextDouble();
            for (int one = 0; one < probabilities.length - 1; one++) {
                left -= probabilities[one];
                if (left < 0) {
                    return one;
                }
            }
            return probabilities.length - 1;
        }

        double logLoss(ClassCalibration calibration) {
            double[][] rows = new double[labels.length][classes];
            for (int i = 0; i < rows.length; i++) {
                System.arraycopy(scores, i * classes, rows[i], 0, classes);
                calibration.apply(rows[i], classes);
            }
            return MulticlassMetrics.logLoss(rows, labels);
        }
    }

    @Test
    void shouldFindTheTemperatureThatTheScoresLack() {
        for (double times : new double[] {3, 1, 0.25}) {
            Drawn drawn = Drawn.of(new Random(1), ROWS, 4, times);

            Temperature temperature = (Temperature)
                    CalibrationFitter.temperature(drawn.scores, 4, drawn.labels).orElseThrow();

            ClassCalibration none = new ClassCalibration.None();
            double unavoidable = Drawn.of(new Random(1), ROWS, 4, 1).logLoss(none);
            assertThat(temperature.value()).isCloseTo(times, within(0.03 * times));
            assertThat(drawn.logLoss(temperature)).isCloseTo(unavoidable, within(1e-3));
            assertThat(drawn.logLoss(none)).isBetween(unavoidable * (times == 1 ? 1 : 1.2), Double.MAX_VALUE);
        }
    }

    @Test
    void shouldBeNoWorseThanAnyOtherTemperature() {
        for (long seed = 0; seed < 100; seed++) {
            Random random = new Random(seed);
            Drawn drawn =
                    Drawn.of(random, 100 + random.nextInt(200), 2 + random.nextInt(4), 0.2 + 3 * random.nextDouble());
            ClassCalibration fitted = CalibrationFitter.temperature(drawn.scores, drawn.classes, drawn.labels)
                    .orElseThrow();

            for (double factor : new double[] {0.7, 0.9, 1.1, 1.4}) {
                assertThat(drawn.logLoss(fitted))
                        .as("seed %d, factor %s", seed, factor)
                        .isLessThan(drawn.logLoss(new Temperature(factor * ((Temperature) fitted).value())));
            }
        }
    }

    @Test
    void shouldKeepProbabilitiesAndTheirOrder() {
        for (long seed = 0; seed < 2_000; seed++) {
            Random random = new Random(seed);
            int classes = 2 + random.nextInt(8);
            double[] before = random.doubles(classes)
                    .map(value -> value < 0.2 ? 0 : Math.pow(value, 40))
                    .toArray();
            ClassScorer.shares(before, 0, classes);
            double[] after = new double[classes + 1];
            System.arraycopy(before, 0, after, 0, classes);
            after[classes] = 7;

            new Temperature(Math.exp(2 * random.nextGaussian())).apply(after, classes);

            double sum = 0;
            for (int i = 0; i < classes; i++) {
                sum += after[i];
                assertThat(after[i]).as("seed %d", seed).isBetween(0.0, 1.0);
                for (int j = 0; j < classes; j++) {
                    assertThat(before[i] <= before[j] && after[i] > after[j])
                            .as("seed %d", seed)
                            .isFalse();
                }
            }
            assertThat(sum).as("seed %d", seed).isCloseTo(1, within(1e-12));
            assertThat(after[classes]).as("behind the classes").isEqualTo(7);
        }
    }

    @Test
    void shouldFindATemperatureWhereEveryRowIsRight() {
        double[] scores = {0.7, 0.2, 0.1, 0.2, 0.6, 0.2, 0.1, 0.1, 0.8};

        Temperature temperature = (Temperature)
                CalibrationFitter.temperature(scores, 3, new int[] {0, 1, 2}).orElseThrow();

        assertThat(temperature.value()).isBetween(0.1, 0.9);
    }

    @Test
    void shouldRefuseWhatCannotBeFitted() {
        double[] scores = {0.7, 0.3, 0.2, 0.8};
        assertThat(CalibrationFitter.temperature(scores, 2, new int[] {1, 0}))
                .as("a higher probability means a rarer class")
                .isEmpty();
        assertThat(CalibrationFitter.temperature(new double[] {0.5, 0.5}, 2, new int[1]))
                .as("all alike")
                .isEmpty();
        assertThatThrownBy(() -> CalibrationFitter.temperature(scores, 2, new int[1]))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> CalibrationFitter.temperature(new double[0], 2, new int[0]))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> CalibrationFitter.temperature(scores, 1, new int[4]))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> CalibrationFitter.temperature(scores, 2, new int[] {0, 2}))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> CalibrationFitter.temperature(new double[] {Double.NaN, 1}, 2, new int[1]))
                .isInstanceOf(IllegalArgumentException.class);
        for (double value : new double[] {0, -1, Double.NaN, Double.POSITIVE_INFINITY}) {
            assertThatThrownBy(() -> new Temperature(value)).isInstanceOf(IllegalArgumentException.class);
        }
    }

    @Test
    void shouldAllocateNothingPerRow() {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        Assumptions.assumeTrue(
                threads.isThreadAllocatedMemorySupported() && threads.isThreadAllocatedMemoryEnabled(),
                "this JVM does not measure what a thread allocates");
        Model model = new Model(GoldenBundle.ofClasses());
        Object[] raw = {2.0};
        double[] scores = new double[3];
        score(model, raw, scores);

        long before = threads.getCurrentThreadAllocatedBytes();
        score(model, raw, scores);
        long allocated = threads.getCurrentThreadAllocatedBytes() - before;

        // A single object per row would be 16 bytes at least.
        assertThat(allocated).isLessThan(ROWS);
    }

    private static void score(Model model, Object[] raw, double[] into) {
        for (int i = 0; i < ROWS; i++) {
            model.score(raw, into);
        }
    }
}
