package io.freshet.model.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import org.junit.jupiter.api.Test;

class CurvesAndBinsTest {
    @Test
    void shouldCountEachThresholdAsIfAlone() {
        for (long seed = 0; seed < 200; seed++) {
            Drawn drawn = Drawn.of(new Random(seed));
            ThresholdCurve curve = ThresholdCurve.of(drawn.scores, drawn.labels);

            double before = Double.POSITIVE_INFINITY;
            for (ThresholdCurve.Point point : curve.points()) {
                Confusion naive = drawn.confusion(point.threshold());
                assertThat(point.threshold()).as("seed %d", seed).isLessThan(before);
                assertThat(point.truePositives()).as("seed %d", seed).isEqualTo(naive.truePositives());
                assertThat(point.falsePositives()).as("seed %d", seed).isEqualTo(naive.falsePositives());
                assertThat(Confusion.at(point.threshold(), drawn.scores, drawn.labels))
                        .as("seed %d", seed)
                        .isEqualTo(naive);
                before = point.threshold();
            }
        }
    }

    @Test
    void shouldKeepTheShapeOfAThinnedCurve() {
        for (long seed = 0; seed < 100; seed++) {
            Random random = new Random(seed);
            Drawn drawn = Drawn.of(random);
            ThresholdCurve curve = ThresholdCurve.of(drawn.scores, drawn.labels);
            int most = 1 + random.nextInt(12);

            ThresholdCurve thinned = curve.thinned(most);

            assertThat(thinned.points()).as("seed %d", seed).hasSizeLessThanOrEqualTo(most);
            assertThat(curve.points()).as("seed %d", seed).containsAll(thinned.points());
            assertThat(thinned.points().getLast())
                    .as("seed %d", seed)
                    .isEqualTo(curve.points().getLast());
        }
        double[] scores = new Random(1).doubles(10_000).toArray();
        boolean[] labels = new boolean[scores.length];
        for (int i = 0; i < labels.length; i++) {
            labels[i] = scores[i] * scores[i] > (i % 100) / 100.0;
        }
        ThresholdCurve full = ThresholdCurve.of(scores, labels);
        assertThat(area(full.thinned(50))).isCloseTo(area(full), within(0.002));
        assertThat(area(full)).isCloseTo(BinaryMetrics.rocAuc(scores, labels).orElseThrow(), within(1e-9));
    }

    private static double area(ThresholdCurve curve) {
        double area = 0;
        double x = 0;
        double y = 0;
        for (ThresholdCurve.Point point : curve.points()) {
            area += (curve.falsePositiveRate(point) - x) * (curve.recall(point) + y) / 2;
            x = curve.falsePositiveRate(point);
            y = curve.recall(point);
        }
        return area;
    }

    @Test
    void shouldPutEveryRowIntoTheBinOfItsScore() {
        for (long seed = 0; seed < 200; seed++) {
            Random random = new Random(seed);
            Drawn drawn = Drawn.of(random);
            int bins = 1 + random.nextInt(12);
            double[] edges = Reliability.equalMassEdges(drawn.scores, bins);

            double error = 0;
            for (int bin = 0; bin < bins; bin++) {
                double low = bin == 0 ? Double.NEGATIVE_INFINITY : edges[bin - 1];
                double high = bin == bins - 1 ? Double.POSITIVE_INFINITY : edges[bin];
                double gap = 0;
                for (int i = 0; i < drawn.scores.length; i++) {
                    if (drawn.scores[i] > low && drawn.scores[i] <= high) {
                        gap += drawn.scores[i] - (drawn.labels[i] ? 1 : 0);
                    }
                }
                error += Math.abs(gap) / drawn.scores.length;
            }

            Reliability reliability = Reliability.equalMass(drawn.scores, drawn.labels, bins);
            assertThat(reliability.calibrationError()).as("seed %d", seed).isCloseTo(error, within(1e-12));
            assertThat(reliability.bins().stream()
                            .mapToLong(Reliability.Bin::rows)
                            .sum())
                    .as("seed %d", seed)
                    .isEqualTo(drawn.scores.length);
        }
    }

    @Test
    void shouldDefineWhatHasNothingToMeasure() {
        Confusion noAlarm = Confusion.at(2, new double[] {0.1, 0.9}, new boolean[] {false, true});
        assertThat(noAlarm).isEqualTo(new Confusion(0, 0, 1, 1));
        assertThat(noAlarm.precision()).isZero();
        assertThat(noAlarm.recall()).isZero();
        assertThat(noAlarm.f1()).isZero();
        assertThat(Confusion.at(0, new double[0], new boolean[0]).positiveRate())
                .isZero();
        assertThat(ThresholdCurve.of(new double[0], new boolean[0]).points()).isEmpty();
        assertThatThrownBy(() -> Reliability.equalMass(new double[0], new boolean[0], 3))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> ThresholdCurve.of(new double[] {Double.NaN}, new boolean[1]))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> Confusion.at(0, new double[1], new boolean[2]))
                .isInstanceOf(IllegalArgumentException.class);
    }

    private record Drawn(double[] scores, boolean[] labels) {
        static Drawn of(Random random) {
            int rows = 1 + random.nextInt(60);
            Drawn drawn = new Drawn(new double[rows], new boolean[rows]);
            int levels = random.nextBoolean() ? 5 : 1000;
            for (int i = 0; i < rows; i++) {
                drawn.scores[i] = (double) random.nextInt(levels + 1) / levels;
                drawn.labels[i] = random.nextInt(3) == 0;
            }
            return drawn;
        }

        Confusion confusion(double threshold) {
            long[] counts = new long[4];
            for (int i = 0; i < scores.length; i++) {
                counts[(scores[i] >= threshold ? 0 : 2) + (labels[i] ? 0 : 1)]++;
            }
            return new Confusion(counts[0], counts[1], counts[2], counts[3]);
        }
    }
}
