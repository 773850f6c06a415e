package io.freshet.trainer.learn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.freshet.model.ClassScorer;
import io.freshet.model.LinearScorer;
import io.freshet.model.Scorer;
import io.freshet.model.metrics.MulticlassMetrics;
import io.freshet.model.metrics.RegressionMetrics;
import io.freshet.trainer.rows.Matrix;
import io.freshet.trainer.rows.Targets;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** What the learners make of numbers and of several classes, and the trees that stand side by side. */
class OtherTasksTest {
    private static final List<Learner> OF_TREES =
            List.of(ForestLearner.decisionTree(), ForestLearner.randomForest(), new BoostingLearner());

    /** Standard normal columns. */
    private static Matrix normal(int height, int width, long seed) {
        Random random = new Random(seed);
        double[][] rows = new double[height][width];
        for (double[] row : rows) {
            for (int j = 0; j < width; j++) {
                row[j] = random.nextGaussian();
            }
        }
        return Matrix.of(rows, width);
    }

    /** A step and a slope, in units of thousands, with noise of 100. */
    private static Targets.Numbers prices(Matrix rows, long seed) {
        Random random = new Random(seed);
        double[] values = new double[rows.height()];
        for (int i = 0; i < values.length; i++) {
            double[] row = rows.row(i);
            values[i] = 5_000 + (row[0] > 0.5 ? 2_000 : 0) + 500 * row[1] + 100 * random.nextGaussian();
        }
        return new Targets.Numbers(values);
    }

    /** Three sectors of the plane, one of them rare, a tenth of the labels at random. */
    private static Targets.Classes sectors(Matrix rows, long seed) {
        Random random = new Random(seed);
        int[] classes = new int[rows.height()];
        for (int i = 0; i < classes.length; i++) {
            double[] row = rows.row(i);
            int sector = row[0] > 1 ? 2 : row[1] > 0 ? 1 : 0;
            classes[i] = random.nextInt(10) == 0 ? random.nextInt(3) : sector;
        }
        return new Targets.Classes(classes, 3);
    }

    private static double[][] scores(Scorer scorer, Matrix rows) {
        double[][] scores = new double[rows.height()][scorer.outputs()];
        for (int i = 0; i < scores.length; i++) {
            scorer.score(rows.row(i), scores[i]);
        }
        return scores;
    }

    private static void assertAsTheLibrary(Fitted fitted, Matrix rows, double tolerance) {
        double[] library = fitted.libraryScores().orElseThrow();
        double[][] ours = scores(fitted.scorer(), rows);
        int outputs = fitted.scorer().outputs();
        assertThat(library).hasSize(ours.length * outputs);
        for (int i = 0; i < library.length; i++) {
            assertThat(ours[i / outputs][i % outputs])
                    .as("row " + i / outputs)
                    .isCloseTo(library[i], within(tolerance));
        }
    }

    @Test
    void shouldLearnNumbersAsTheirLibrariesDo() throws Exception {
        Matrix train = normal(4_000, 3, 1);
        Matrix holdout = normal(1_000, 3, 2);
        double[] actual = prices(holdout, 4).values();

        for (Learner learner : List.of(OF_TREES.get(0), OF_TREES.get(1), OF_TREES.get(2), ShortFits.network())) {
            Fitted fitted = learner.fit(train, prices(train, 3), holdout, 1);

            assertAsTheLibrary(fitted, holdout, 0.02);
            double[] predicted = new double[actual.length];
            for (int i = 0; i < predicted.length; i++) {
                predicted[i] = fitted.scorer().score(holdout.row(i));
            }
            assertThat(RegressionMetrics.r2(predicted, actual).orElseThrow())
                    .as(learner.getClass().getSimpleName())
                    .isGreaterThan(0.9);
        }
    }

    @Test
    void shouldLearnSeveralClassesAsTheirLibrariesDo() throws Exception {
        Matrix train = normal(4_000, 3, 1);
        Matrix holdout = normal(1_000, 3, 2);

        for (Learner learner : List.of(OF_TREES.get(0), OF_TREES.get(1), OF_TREES.get(2), ShortFits.network())) {
            Fitted fitted = learner.fit(train, sectors(train, 3), holdout, 1);

            assertAsTheLibrary(fitted, holdout, 1e-5);
            assertThat(MulticlassMetrics.accuracy(
                            scores(fitted.scorer(), holdout),
                            sectors(holdout, 4).classes()))
                    .as(learner.getClass().getSimpleName())
                    .isGreaterThan(0.88);
        }
    }

    @Test
    void shouldLearnTwoClassesByTreesSideBySide() throws Exception {
        Synthetic train = Synthetic.exclusiveOr(5_000, 1);
        Synthetic holdout = Synthetic.exclusiveOr(2_000, 2);

        for (Learner learner : OF_TREES) {
            Fitted fitted = learner.fit(train.rows(), train.targets(), holdout.rows(), 1);

            assertAsTheLibrary(fitted, holdout.rows(), 1e-5);
            assertThat(holdout.auc(fitted.scorer()))
                    .as(learner.getClass().getSimpleName())
                    .isGreaterThan(0.9);
        }
    }

    @Test
    void shouldHoldTheShareOfPositivesInALeafAndOneRowOfAll() throws Exception {
        double[][] rows = new double[200][1];
        boolean[] labels = new boolean[200];
        for (int i = 0; i < 200; i++) {
            rows[i][0] = i < 100 ? 0 : 1;
            labels[i] = i < 20 || i >= 130;
        }
        Matrix train = Matrix.of(rows, 1);

        Scorer tree = ForestLearner.decisionTree()
                .fit(train, new Targets.Binary(labels), train, 1)
                .scorer();

        assertThat(tree.score(new double[] {0})).isCloseTo((20 + 0.45) / 101, within(1e-6));
        assertThat(tree.score(new double[] {1})).isCloseTo((70 + 0.45) / 101, within(1e-6));
    }

    @Test
    void shouldFindTheLineThatMadeTheNumbers() throws Exception {
        Matrix rows = normal(5_000, 3, 1);
        double[] values = new double[5_000];
        for (int i = 0; i < values.length; i++) {
            values[i] = 10 + 3 * rows.row(i)[0] - 2 * rows.row(i)[2];
        }

        LinearScorer line = (LinearScorer) new LinearLearner()
                .fit(rows, new Targets.Numbers(values), rows, 1)
                .scorer();

        assertThat(line.weights()).containsExactly(new double[] {3, 0, -2}, within(0.002));
        assertThat(line.bias()).isCloseTo(10, within(0.002));
    }

    @Test
    void shouldEndWhereThePenalisedGradientOfClassesIsZero() throws Exception {
        Matrix rows = normal(600, 3, 5);
        Targets.Classes classes = sectors(rows, 6);

        ClassScorer scorer =
                (ClassScorer) new LogisticLearner().fit(rows, classes, rows, 1).scorer();

        double[][] probabilities = scores(scorer, rows);
        for (int c = 0; c < 3; c++) {
            double[] gradient = new double[4];
            for (int i = 0; i < probabilities.length; i++) {
                double residual = probabilities[i][c] - (classes.classes()[i] == c ? 1 : 0);
                for (int j = 0; j < 3; j++) {
                    gradient[j] += residual * rows.row(i)[j];
                }
                gradient[3] += residual;
            }
            double[] weights = ((LinearScorer) scorer.scorers().get(c)).weights();
            for (int j = 0; j < 3; j++) {
                gradient[j] += LinearLearner.RIDGE * weights[j];
            }
            assertThat(gradient).containsExactly(new double[4], within(0.02));
        }
    }

    @Test
    void shouldSayThatAFamilyDoesNotLearnATask() {
        Matrix rows = normal(10, 1, 1);
        Targets.Numbers numbers = new Targets.Numbers(new double[10]);
        Targets.Binary binary = new Targets.Binary(new boolean[10]);

        assertThatThrownBy(() -> new LogisticLearner().fit(rows, numbers, rows, 1))
                .isInstanceOf(LearningException.class);
        assertThatThrownBy(() -> new LinearLearner().fit(rows, binary, rows, 1)).isInstanceOf(LearningException.class);
    }
}
