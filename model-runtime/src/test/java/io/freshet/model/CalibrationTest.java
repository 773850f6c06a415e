package io.freshet.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

class CalibrationTest {
    @Test
    void shouldNeverTurnTwoScoresAround() {
        for (long seed = 0; seed < 300; seed++) {
            Random random = new Random(seed);
            Drawn drawn = Drawn.of(random, 20 + random.nextInt(200));
            Calibration platt =
                    CalibrationFitter.platt(drawn.scores, drawn.labels).orElse(new Calibration.None());
            Calibration isotonic = CalibrationFitter.isotonic(drawn.scores, drawn.labels);
            double[] fresh = random.doubles(200).sorted().toArray();
            for (int i = 0; i < 40; i++) {
                fresh[i] = i % 2 == 0 ? fresh[i] : Math.nextUp(fresh[i - 1]);
            }
            fresh[199] = 1;
            Arrays.sort(fresh);
            for (Calibration calibration : new Calibration[] {platt, isotonic, new Calibration.Platt(0.01, -40)}) {
                double[] calibrated =
                        Arrays.stream(fresh).map(calibration::apply).toArray();

                assertThat(calibrated).as("seed %d, %s", seed, calibration).isSorted();
                assertThat(calibrated[0]).as("seed %d", seed).isBetween(0.0, 1.0);
                assertThat(calibrated[199]).as("seed %d", seed).isBetween(0.0, 1.0);
            }
        }
    }

    @Test
    void shouldFindTheDistortionThatPlattUndoes() {
        Random random = new Random(1);
        double[] scores = new double[20_000];
        boolean[] labels = new boolean[scores.length];
        for (int i = 0; i < scores.length; i++) {
            double margin = 2 * random.nextGaussian();
            scores[i] = 1 / (1 + Math.exp(-margin));
            labels[i] = random.nextDouble() < 1 / (1 + Math.exp(-(0.5 * margin - 1)));
        }

        Calibration.Platt platt =
                (Calibration.Platt) CalibrationFitter.platt(scores, labels).orElseThrow();

        assertThat(platt.slope()).isCloseTo(0.5, within(0.03));
        assertThat(platt.intercept()).isCloseTo(-1, within(0.05));
    }

    @Test
    void shouldLieNoFartherFromTheLabelsThanAnyOtherRisingFunction() {
        for (long seed = 0; seed < 100; seed++) {
            Random random = new Random(seed);
            Drawn drawn = Drawn.of(random, 2 + random.nextInt(12));
            Calibration fitted = CalibrationFitter.pooled(drawn.scores, drawn.labels);

            double best = Double.POSITIVE_INFINITY;
            for (int draw = 0; draw < 300; draw++) {
                double[] values = random.doubles(drawn.scores.length).sorted().toArray();
                double[] distinct =
                        Arrays.stream(drawn.scores).distinct().sorted().toArray();
                best = Math.min(best, drawn.squares(score -> values[Arrays.binarySearch(distinct, score)]));
            }

            assertThat(drawn.squares(fitted::apply)).as("seed %d", seed).isLessThanOrEqualTo(best);
        }
    }

    @Test
    void shouldRefuseWhatCannotBeFitted() {
        double[] scores = {0.1, 0.2, 0.8, 0.9};
        assertThat(CalibrationFitter.platt(scores, new boolean[] {true, true, false, false}))
                .as("a higher score means a rarer positive")
                .isEmpty();
        assertThat(CalibrationFitter.isotonic(scores, new boolean[] {true, true, false, false})
                        .apply(0.3))
                .isEqualTo(0.5);
        assertThat(CalibrationFitter.isotonic(scores, new boolean[4]).apply(0.3))
                .isCloseTo(1.0 / 6, within(1e-15));
        assertThatThrownBy(() -> CalibrationFitter.platt(new double[0], new boolean[0]))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> CalibrationFitter.isotonic(new double[] {Double.NaN}, new boolean[1]))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new Calibration.Platt(0, 1)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new Calibration.Isotonic(new double[] {0.1, 0.1}, new double[] {0, 1}))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new Calibration.Isotonic(new double[] {0.1, 0.2}, new double[] {1, 0}))
                .isInstanceOf(IllegalArgumentException.class);
    }

    private record Drawn(double[] scores, boolean[] labels) {
        static Drawn of(Random random, int rows) {
            Drawn drawn = new Drawn(new double[rows], new boolean[rows]);
            int levels = random.nextBoolean() ? 8 : 1000;
            for (int i = 0; i < rows; i++) {
                drawn.scores[i] = (double) random.nextInt(levels + 1) / levels;
                drawn.labels[i] = random.nextDouble() < drawn.scores[i];
            }
            return drawn;
        }

        double squares(java.util.function.DoubleUnaryOperator function) {
            double sum = 0;
            for (int i = 0; i < scores.length; i++) {
                double error = function.applyAsDouble(scores[i]) - (labels[i] ? 1 : 0);
                sum += error * error;
            }
            return sum;
        }
    }
}
