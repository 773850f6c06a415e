package io.freshet.trainer.learn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.freshet.model.LinearScorer;
import io.freshet.trainer.rows.Matrix;
import io.freshet.trainer.rows.Targets;
import org.junit.jupiter.api.Test;

class LogisticLearnerTest {
    @Test
    void shouldRecoverTheCoefficientsThatMadeTheLabels() throws Exception {
        Synthetic data = Synthetic.of(40_000, 3, 1, row -> -1 + 1.5 * row[0] - 0.5 * row[1]);

        LinearScorer scorer = fit(data.rows(), data.labels());

        assertThat(scorer.weights()).containsExactly(new double[] {1.5, -0.5, 0}, within(0.06));
        assertThat(scorer.bias()).isCloseTo(-1, within(0.06));
    }

    @Test
    void shouldEndWhereThePenalisedGradientIsZero() throws Exception {
        Synthetic data = Synthetic.of(500, 4, 2, row -> row[0] + 0.3 * row[3]);

        LinearScorer scorer = fit(data.rows(), data.labels());

        double[] gradient = new double[5];
        for (int i = 0; i < data.labels().length; i++) {
            double residual = scorer.score(data.rows().row(i)) - (data.labels()[i] ? 1 : 0);
            for (int j = 0; j < 4; j++) {
                gradient[j] += residual * data.rows().row(i)[j];
            }
            gradient[4] += residual;
        }
        for (int j = 0; j < 4; j++) {
            gradient[j] += LinearLearner.RIDGE * scorer.weights()[j];
        }
        assertThat(gradient).containsExactly(new double[5], within(1e-3));
    }

    @Test
    void shouldStayFiniteOnSeparableClassesAndCollinearColumns() throws Exception {
        double[][] rows = new double[100][];
        boolean[] labels = new boolean[100];
        for (int i = 0; i < rows.length; i++) {
            labels[i] = i >= 50;
            rows[i] = new double[] {i - 49.5, 2 * (i - 49.5), 0};
        }

        LinearScorer scorer = fit(Matrix.of(rows, 3), labels);

        assertThat(scorer.score(rows[0])).isLessThan(0.01);
        assertThat(scorer.score(rows[99])).isGreaterThan(0.99);
    }

    private static LinearScorer fit(Matrix rows, boolean[] labels) throws LearningException {
        return (LinearScorer) new LogisticLearner()
                .fit(rows, new Targets.Binary(labels), rows, 1)
                .scorer();
    }
}
