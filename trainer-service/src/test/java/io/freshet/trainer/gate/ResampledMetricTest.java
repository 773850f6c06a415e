package io.freshet.trainer.gate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.freshet.model.metrics.BinaryMetrics;
import io.freshet.schemas.pipeline.Pipeline.Metric;
import io.freshet.trainer.Seeds;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ResampledMetricTest {
    @Test
    void shouldEqualTheMetricOfRowsThatAreReallyRepeated() {
        Seeds.each(300, random -> {
            int rows = 1 + random.nextInt(40);
            HoldOut holdout = holdout(random, rows);
            double[] scores = new double[rows];
            for (int i = 0; i < rows; i++) {
                scores[i] = random.nextInt(8) / 7.0; // Ties, and probabilities of 0 and 1.
            }
            int[] times = new int[holdout.blockCount()];
            for (int draw = 0; draw < times.length; draw++) {
                times[random.nextInt(times.length)]++;
            }
            for (Metric metric : Metric.values()) {
                double fast = new ResampledMetric(metric, scores, holdout).of(times);

                OptionalDouble naive = naive(metric, scores, holdout, times);
                if (naive.isEmpty()) {
                    assertThat(fast).as(metric + "").isNaN();
                } else {
                    assertThat(fast).as(metric + "").isCloseTo(naive.getAsDouble(), within(1e-9));
                }
            }
        });
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
        return new HoldOut(labels, blocks, count);
    }

    private static OptionalDouble naive(Metric metric, double[] scores, HoldOut holdout, int[] times) {
        List<Integer> repeated = new ArrayList<>();
        for (int i = 0; i < scores.length; i++) {
            for (int t = 0; t < times[holdout.blocks()[i]]; t++) {
                repeated.add(i);
            }
        }
        double[] values = repeated.stream().mapToDouble(i -> scores[i]).toArray();
        boolean[] labels = new boolean[values.length];
        for (int i = 0; i < labels.length; i++) {
            labels[i] = holdout.labels()[repeated.get(i)];
        }
        return switch (metric) {
            case ROC_AUC -> BinaryMetrics.rocAuc(values, labels);
            case AVERAGE_PRECISION -> BinaryMetrics.averagePrecision(values, labels);
            case LOG_LOSS -> BinaryMetrics.logLoss(values, labels);
        };
    }
}
