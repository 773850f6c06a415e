package io.freshet.trainer.learn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.freshet.trainer.Seeds;
import io.freshet.trainer.rows.Matrix;
import io.freshet.trainer.rows.Targets;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class BoostingLearnerTest {
    @Test
    void shouldLearnAnInteractionThatNoLineCan() throws Exception {
        Synthetic train = Synthetic.exclusiveOr(5_000, 1);
        Synthetic holdout = Synthetic.exclusiveOr(2_000, 2);

        Fitted trees = new BoostingLearner().fit(train.rows(), train.targets(), holdout.rows(), 1);
        Fitted line = new LogisticLearner().fit(train.rows(), train.targets(), holdout.rows(), 1);

        assertThat(holdout.auc(trees.scorer())).isGreaterThan(0.95);
        assertThat(holdout.auc(line.scorer())).isLessThan(0.6);
    }

    @Test
    void shouldKeepTheLossOfEveryRoundOnTheTuningRows() throws Exception {
        Synthetic train = Synthetic.exclusiveOr(5_000, 1);

        Fitted fitted = new BoostingLearner().fit(train.rows(), train.targets(), train.rows(), 1);

        int rounds = Integer.parseInt(fitted.hyperparameters().get("rounds"));
        List<Double> curve = fitted.learningCurve();
        assertThat(curve).hasSizeGreaterThanOrEqualTo(rounds).allMatch(loss -> loss > 0 && loss < 1);
        assertThat(curve.get(rounds - 1)).isEqualTo(Collections.min(curve));
        assertThat(curve.getFirst()).isGreaterThan(curve.get(rounds - 1));
    }

    @Test
    void shouldScoreAsTheLibraryDoesOnMissingValuesAndOnTheThresholdsThemselves() {
        Seeds.each(5, random -> {
            // Small integers: the histogram's cuts are values of the data, so that rows lie on the splits.
            Matrix train = grid(random, 3_000, 0);
            boolean[] labels = new boolean[3_000];
            for (int i = 0; i < labels.length; i++) {
                double[] row = train.row(i);
                labels[i] = random.nextInt(10) == 0
                        || (Double.isNaN(row[0]) ? row[1] > 0 : row[0] + row[1] > 3 && !(row[2] < 2));
            }
            Matrix probes = grid(random, 4_000, 3);

            Fitted fitted = fit(train, labels, probes);

            double[] library = fitted.libraryScores().orElseThrow();
            for (int i = 0; i < library.length; i++) {
                assertThat(fitted.scorer().score(probes.row(i)))
                        .as("probe " + i)
                        .isCloseTo(library[i], within(1e-6));
            }
        });
    }

    @Test
    void shouldTellHowTheModelOfAnotherObjectiveDiffers() {
        byte[] json = "{\"learner\": {\"objective\": {\"name\": \"rank:pairwise\"}}}".getBytes(StandardCharsets.UTF_8);

        assertThatThrownBy(() -> XgboostModel.read(json, 1)).hasMessageContaining("rank:pairwise");
        assertThatThrownBy(() -> XgboostModel.read(new byte[] {1, 2}, 1)).isInstanceOf(LearningException.class);
    }

    /** Whole numbers from -3 to 8, a fifth missing; {@code jitter} of 3 moves two thirds to a neighbouring float. */
    private static Matrix grid(Random random, int height, int jitter) {
        double[][] rows = new double[height][4];
        for (double[] row : rows) {
            for (int j = 0; j < row.length; j++) {
                float value = random.nextInt(12) - 3;
                int move = jitter == 0 ? 0 : random.nextInt(jitter);
                float moved = move == 1 ? Math.nextUp(value) : move == 2 ? Math.nextDown(value) : value;
                row[j] = random.nextInt(5) == 0 ? Double.NaN : moved;
            }
        }
        return Matrix.of(rows, 4);
    }

    private static Fitted fit(Matrix train, boolean[] labels, Matrix probes) {
        try {
            return new BoostingLearner().fit(train, new Targets.Binary(labels), probes, 7);
        } catch (LearningException e) {
            throw new AssertionError(e);
        }
    }
}
