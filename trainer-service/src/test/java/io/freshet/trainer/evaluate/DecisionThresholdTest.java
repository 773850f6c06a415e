package io.freshet.trainer.evaluate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.freshet.model.metrics.Confusion;
import io.freshet.schemas.pipeline.Pipeline.Decision;
import io.freshet.trainer.Seeds;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

class DecisionThresholdTest {
    @Test
    void shouldCostNoMoreThanAnyOtherThreshold() {
        Seeds.each(300, random -> {
            Drawn drawn = Drawn.of(random);
            double missed = 1 + random.nextInt(5);

            double chosen = drawn.choose(new Decision.Costs(missed, 1)).value();

            double least = drawn.cost(missed, 2);
            for (double score : drawn.scores) {
                least = Math.min(least, drawn.cost(missed, score));
            }
            assertThat(drawn.cost(missed, chosen)).isCloseTo(least, within(1e-9));
        });
    }

    @Test
    void shouldFindAsMuchAsAnyThresholdWithThePrecision() {
        Seeds.each(300, random -> {
            Drawn drawn = Drawn.of(random);
            double least = 0.05 + 0.95 * random.nextDouble();

            DecisionThreshold chosen = drawn.choose(new Decision.LeastPrecision(least));

            Confusion decided = drawn.at(chosen.value());
            double mostFound = Arrays.stream(drawn.scores)
                    .mapToObj(drawn::at)
                    .filter(confusion -> confusion.precision() >= least)
                    .mapToDouble(Confusion::recall)
                    .max()
                    .orElse(Double.NaN);
            assertThat(chosen.reached()).isEqualTo(decided.precision());
            if (Double.isNaN(mostFound)) {
                double mostPrecise = Arrays.stream(drawn.scores)
                        .map(score -> drawn.at(score).precision())
                        .max()
                        .orElseThrow();
                assertThat(decided.precision()).isLessThan(least).isEqualTo(mostPrecise);
            } else {
                assertThat(decided.precision()).isGreaterThanOrEqualTo(least);
                assertThat(decided.recall()).isEqualTo(mostFound);
            }
        });
    }

    @Test
    void shouldBeAsPreciseAsAnyThresholdWithTheRecall() {
        Seeds.each(300, random -> {
            Drawn drawn = Drawn.of(random);
            double least = 0.05 + 0.95 * random.nextDouble();

            DecisionThreshold chosen = drawn.choose(new Decision.LeastRecall(least));

            Confusion decided = drawn.at(chosen.value());
            assertThat(chosen.reached()).isEqualTo(decided.recall()).isGreaterThanOrEqualTo(least);
            assertThat(decided.precision())
                    .isEqualTo(Arrays.stream(drawn.scores)
                            .mapToObj(drawn::at)
                            .filter(confusion -> confusion.recall() >= least)
                            .mapToDouble(Confusion::precision)
                            .max()
                            .orElseThrow());
        });
    }

    /** With a positive at least. */
    private record Drawn(double[] scores, boolean[] labels) {
        static Drawn of(Random random) {
            int rows = 1 + random.nextInt(30);
            Drawn drawn = new Drawn(new double[rows], new boolean[rows]);
            for (int i = 0; i < rows; i++) {
                drawn.scores[i] = random.nextInt(10) / 10.0;
                drawn.labels[i] = i == 0 || random.nextBoolean();
            }
            return drawn;
        }

        DecisionThreshold choose(Decision decision) {
            return DecisionThreshold.choose(decision, scores, labels);
        }

        Confusion at(double threshold) {
            return Confusion.at(threshold, scores, labels);
        }

        double cost(double missed, double threshold) {
            Confusion confusion = at(threshold);
            return missed * confusion.falseNegatives() + confusion.falsePositives();
        }
    }
}
