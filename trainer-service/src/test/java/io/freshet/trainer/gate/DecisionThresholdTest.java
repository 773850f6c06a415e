package io.freshet.trainer.gate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.freshet.trainer.Seeds;
import org.junit.jupiter.api.Test;

class DecisionThresholdTest {
    @Test
    void shouldCostNoMoreThanAnyOtherThreshold() {
        Seeds.each(300, random -> {
            int rows = 1 + random.nextInt(30);
            double[] scores = new double[rows];
            boolean[] labels = new boolean[rows];
            for (int i = 0; i < rows; i++) {
                scores[i] = random.nextInt(10) / 10.0;
                labels[i] = random.nextBoolean();
            }
            double missed = 1 + random.nextInt(5);

            double chosen = DecisionThreshold.cheapest(scores, labels, missed, 1);

            double least = cost(scores, labels, missed, 2);
            for (double score : scores) {
                least = Math.min(least, cost(scores, labels, missed, score));
            }
            assertThat(cost(scores, labels, missed, chosen)).isCloseTo(least, within(1e-9));
        });
    }

    private static double cost(double[] scores, boolean[] labels, double missed, double threshold) {
        double cost = 0;
        for (int i = 0; i < scores.length; i++) {
            boolean alarm = scores[i] >= threshold;
            cost += labels[i] && !alarm ? missed : !labels[i] && alarm ? 1 : 0;
        }
        return cost;
    }
}
