package io.freshet.model.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class OtherTasksTest {
    @Test
    void shouldGiveHandWorkedRegressionValues() {
        double[] predicted = {1, 2, 6};
        double[] actual = {1, 4, 4};

        assertThat(RegressionMetrics.rmse(predicted, actual)).isCloseTo(Math.sqrt(8.0 / 3), within(1e-15));
        assertThat(RegressionMetrics.mae(predicted, actual)).isCloseTo(4.0 / 3, within(1e-15));
        assertThat(RegressionMetrics.mape(predicted, actual)).isCloseTo(1.0 / 3, within(1e-15));
        assertThat(RegressionMetrics.r2(predicted, actual).orElseThrow()).isCloseTo(1 - 8.0 / 6, within(1e-15));
        assertThat(RegressionMetrics.pinball(predicted, actual, 0.9)).isCloseTo((1.8 + 0.2) / 3, within(1e-15));
        assertThat(RegressionMetrics.r2(new double[] {2}, new double[] {2})).isEmpty();
        assertThat(RegressionMetrics.r2(new double[] {2, 2}, new double[] {2, 2}))
                .hasValue(1);
        assertThat(RegressionMetrics.r2(new double[] {2, 3}, new double[] {2, 2}))
                .hasValue(0);
    }

    @Test
    void shouldRefuseRegressionsThatCannotBeMeasured() {
        double[] one = {1};
        for (double[] predicted : List.of(new double[0], new double[2], new double[] {Double.NaN})) {
            assertThatThrownBy(() -> RegressionMetrics.rmse(predicted, one))
                    .isInstanceOf(IllegalArgumentException.class);
        }
        assertThatThrownBy(() -> RegressionMetrics.mae(new double[0], new double[0]))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> RegressionMetrics.mape(one, new double[] {Double.POSITIVE_INFINITY}))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> RegressionMetrics.pinball(one, one, 1.5)).isInstanceOf(IllegalArgumentException.class);
    }

    /** With two classes, the multiclass metrics are the binary ones. */
    @Test
    void shouldAgreeWithTheBinaryMetricsOnTwoClasses() {
        for (long seed = 0; seed < 100; seed++) {
            Random random = new Random(seed);
            int rows = 2 + random.nextInt(50);
            double[][] probabilities = new double[rows][];
            double[] scores = new double[rows];
            int[] labels = new int[rows];
            boolean[] positive = new boolean[rows];
            for (int i = 0; i < rows; i++) {
                scores[i] = random.nextInt(101) / 100.0;
                probabilities[i] = new double[] {1 - scores[i], scores[i]};
                labels[i] = i < 2 ? i : random.nextInt(2);
                positive[i] = labels[i] == 1;
            }
            List<MulticlassMetrics.ClassMetrics> classes = MulticlassMetrics.perClass(probabilities, labels);
            // An even row is decided for the first class, so the threshold lies just above one half.
            Confusion binary = Confusion.at(0.505, scores, positive);
            String at = "seed " + seed;

            assertThat(classes.get(1).precision()).as(at).isEqualTo(binary.precision());
            assertThat(classes.get(1).recall()).as(at).isEqualTo(binary.recall());
            assertThat(classes.get(1).f1()).as(at).isEqualTo(binary.f1());
            assertThat(classes.get(1).rocAuc()).as(at).isEqualTo(BinaryMetrics.rocAuc(scores, positive));
            assertThat(classes.get(1).averagePrecision())
                    .as(at)
                    .isEqualTo(BinaryMetrics.averagePrecision(scores, positive));
            assertThat(MulticlassMetrics.logLoss(probabilities, labels))
                    .as(at)
                    .isCloseTo(BinaryMetrics.logLoss(scores, positive).orElseThrow(), within(1e-12));
            assertThat(MulticlassMetrics.brier(probabilities, labels))
                    .as(at)
                    .isCloseTo(2 * BinaryMetrics.brier(scores, positive).orElseThrow(), within(1e-12));
            assertThat(MulticlassMetrics.accuracy(probabilities, labels)).as(at).isEqualTo(binary.accuracy());
        }
    }

    @Test
    void shouldLeaveOutWhatAClassWithoutRowsLacks() {
        double[][] probabilities = {{0.2, 0.8, 0}, {0.6, 0.4, 0}};
        int[] labels = {1, 0};

        List<MulticlassMetrics.ClassMetrics> classes = MulticlassMetrics.perClass(probabilities, labels);

        assertThat(classes.get(2).rocAuc()).isEmpty();
        assertThat(classes.get(2).recall()).isZero();
        assertThat(MulticlassMetrics.macro(classes).rocAuc()).isEmpty();
        assertThat(MulticlassMetrics.macro(classes).recall()).isCloseTo(2.0 / 3, within(1e-15));
    }

    @Test
    void shouldRefuseClassesThatCannotBeMeasured() {
        double[][] good = {{0.5, 0.5}};
        assertThatThrownBy(() -> MulticlassMetrics.accuracy(new double[0][], new int[0]))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> MulticlassMetrics.accuracy(good, new int[] {2}))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("label 2");
        for (double[] row : List.of(
                new double[] {0.5, 0.4}, new double[] {1}, new double[] {1.5, -0.5}, new double[] {Double.NaN, 1})) {
            assertThatThrownBy(() -> MulticlassMetrics.logLoss(new double[][] {row}, new int[1]))
                    .isInstanceOf(IllegalArgumentException.class);
        }
    }
}
