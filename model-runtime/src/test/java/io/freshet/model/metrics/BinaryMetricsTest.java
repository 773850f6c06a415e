package io.freshet.model.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

class BinaryMetricsTest {
    private static final double[] SCORES = {0.1, 0.4, 0.35, 0.8};
    private static final boolean[] LABELS = {false, false, true, true};

    @Test
    void shouldGiveHandWorkedValues() {
        assertThat(BinaryMetrics.rocAuc(SCORES, LABELS).orElseThrow()).isEqualTo(0.75);
        assertThat(BinaryMetrics.averagePrecision(SCORES, LABELS).orElseThrow()).isCloseTo(5.0 / 6, within(1e-15));
        assertThat(BinaryMetrics.brier(SCORES, LABELS).orElseThrow())
                .isCloseTo((0.01 + 0.16 + 0.4225 + 0.04) / 4, within(1e-15));
        boolean[] one = {true, false};
        assertThat(BinaryMetrics.logLoss(new double[] {0.5, 0.5}, one).orElseThrow())
                .isCloseTo(Math.log(2), within(1e-15));
        assertThat(BinaryMetrics.logLoss(new double[] {0, 0}, one).orElseThrow())
                .isCloseTo(26 * Math.log(2), within(1e-12));
        assertThat(BinaryMetrics.rocAuc(new double[] {0.0, -0.0}, one).orElseThrow())
                .isEqualTo(0.5);
        assertThat(BinaryMetrics.averagePrecision(new double[] {3, 3}, one).orElseThrow())
                .isEqualTo(0.5);
    }

    @Test
    void shouldBeEmptyForSingleClass() {
        for (boolean label : new boolean[] {true, false}) {
            double[] scores = {0.2, 0.3};
            boolean[] labels = {label, label};
            assertThat(BinaryMetrics.calibrationError(scores, labels)).isEmpty();
            assertThat(BinaryMetrics.rocAuc(scores, labels)).isEmpty();
            assertThat(BinaryMetrics.averagePrecision(scores, labels)).isEmpty();
            assertThat(BinaryMetrics.logLoss(scores, labels)).isEmpty();
            assertThat(BinaryMetrics.brier(scores, labels)).isEmpty();
        }
        assertThat(BinaryMetrics.rocAuc(new double[0], new boolean[0])).isEmpty();
    }

    @Test
    void shouldRefuseInvalidInput() {
        assertThatThrownBy(() -> BinaryMetrics.rocAuc(new double[1], new boolean[2]))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> BinaryMetrics.rocAuc(new double[] {Double.NaN}, new boolean[1]))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> BinaryMetrics.brier(new double[] {1.5}, new boolean[1]))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void shouldAgreeWithDefinitions() {
        for (long seed = 0; seed < 200; seed++) {
            Random random = new Random(seed);
            int n = 2 + random.nextInt(60);
            int levels = random.nextBoolean() ? 4 : 1000;
            double[] scores =
                    random.doubles(n).map(x -> Math.floor(x * levels) / levels).toArray();
            boolean[] labels = new boolean[n];
            for (int i = 0; i < n; i++) {
                labels[i] = random.nextInt(3) == 0;
            }
            labels[0] = true;
            labels[1] = false;
            double wins = 0;
            double pairs = 0;
            double loss = 0;
            double brier = 0;
            for (int i = 0; i < n; i++) {
                for (int j = 0; j < n; j++) {
                    if (labels[i] && !labels[j]) {
                        pairs++;
                        wins += scores[i] > scores[j] ? 1 : scores[i] == scores[j] ? 0.5 : 0;
                    }
                }
                double p = Math.min(1 - 0x1p-52, Math.max(0x1p-52, scores[i]));
                loss -= Math.log(labels[i] ? p : 1 - p) / n;
                brier += Math.pow((labels[i] ? 1 : 0) - scores[i], 2) / n;
            }
            double precision = 0;
            double recallBefore = 0;
            double[] cuts = Arrays.stream(scores).distinct().sorted().toArray();
            for (int c = cuts.length - 1; c >= 0; c--) {
                double hits = 0;
                double taken = 0;
                double positives = 0;
                for (int i = 0; i < n; i++) {
                    positives += labels[i] ? 1 : 0;
                    taken += scores[i] >= cuts[c] ? 1 : 0;
                    hits += scores[i] >= cuts[c] && labels[i] ? 1 : 0;
                }
                precision += (hits / positives - recallBefore) * hits / taken;
                recallBefore = hits / positives;
            }
            String at = "seed " + seed;
            assertThat(BinaryMetrics.rocAuc(scores, labels).orElseThrow())
                    .as(at)
                    .isCloseTo(wins / pairs, within(1e-12));
            assertThat(BinaryMetrics.averagePrecision(scores, labels).orElseThrow())
                    .as(at)
                    .isCloseTo(precision, within(1e-12));
            assertThat(BinaryMetrics.logLoss(scores, labels).orElseThrow())
                    .as(at)
                    .isCloseTo(loss, within(1e-9));
            assertThat(BinaryMetrics.brier(scores, labels).orElseThrow()).as(at).isCloseTo(brier, within(1e-12));
        }
    }
}
