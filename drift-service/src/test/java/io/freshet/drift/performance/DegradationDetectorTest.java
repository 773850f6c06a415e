package io.freshet.drift.performance;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import java.util.function.ToDoubleFunction;
import org.junit.jupiter.api.Test;

class DegradationDetectorTest {
    private static final int BETWEEN = 100;
    private static final int RUNS = 300;

    @Test
    void shouldRaiseNoMoreFalseAlarmsThanAllowedWhateverTheLossesAreLike() {
        assertThat(runLength(1, random -> 0.9 + 0.2 * random.nextDouble())).isGreaterThan(BETWEEN);
        assertThat(runLength(2, random -> -Math.log(1 - random.nextDouble()))).isGreaterThan(BETWEEN);
        // Fifty times the mean, or next to nothing.
        assertThat(runLength(3, random -> random.nextInt(50) == 0 ? 50 : 0)).isGreaterThan(BETWEEN);
        // Lognormal of mean 1.
        assertThat(runLength(4, random -> Math.exp(random.nextGaussian() - 0.5)))
                .isGreaterThan(BETWEEN);
    }

    /** Good and bad days: their mean is 1 given all before, and the hours of a day are alike. */
    @Test
    void shouldRaiseNoMoreFalseAlarmsThanAllowedWhenDaysDiffer() {
        double[] day = new double[1];
        int[] hour = new int[1];

        double length = runLength(5, random -> {
            if (hour[0]++ % 7 == 0) {
                day[0] = random.nextBoolean() ? 0.6 : 1.4;
            }
            return day[0] + 0.1 * random.nextGaussian();
        });

        // A day is one draw, so that what the test may take for independent are days.
        assertThat(length).isGreaterThan(BETWEEN / 7.0);
    }

    @Test
    void shouldFindARise() {
        assertThat(delay(2)).isLessThan(7);
        assertThat(delay(1.5)).isLessThan(11);
        assertThat(delay(1.2)).isLessThan(22);
    }

    /** The mean number of ratios to the first alarm. */
    private static double runLength(long seed, ToDoubleFunction<Random> ratios) {
        Random random = new Random(seed);
        long all = 0;
        for (int run = 0; run < RUNS; run++) {
            DegradationDetector detector = new DegradationDetector(BETWEEN);
            do {
                all++;
            } while (!detector.add(ratios.applyAsDouble(random)) && all < 1_000L * BETWEEN * RUNS);
        }
        return (double) all / RUNS;
    }

    /** The mean number of ratios from a rise to the alarm, after many without one. */
    private static double delay(double risen) {
        Random random = new Random(6);
        long all = 0;
        for (int run = 0; run < RUNS; run++) {
            DegradationDetector detector = new DegradationDetector(BETWEEN);
            for (int i = 0; i < 200; i++) {
                detector.add(0.85 + 0.1 * random.nextGaussian());
            }
            do {
                all++;
            } while (!detector.add(risen * (1 + 0.1 * random.nextGaussian())));
        }
        return (double) all / RUNS;
    }
}
