package io.freshet.trainer.learn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.freshet.model.Scorer;
import io.freshet.trainer.Seeds;
import io.freshet.trainer.Training;
import io.freshet.trainer.rows.Matrix;
import io.freshet.trainer.rows.Targets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class SettingsTest {
    @Test
    void shouldDrawOnlyWhatEachLearnerTakes() {
        Seeds.each(
                100,
                random -> Training.learners().values().forEach(learner -> {
                    List<Hyperparameter> of = learner.hyperparameters();
                    SplittableRandom draws = new SplittableRandom(random.nextLong());
                    Settings drawn = Settings.draw(of, draws);
                    for (Settings settings : List.of(Settings.normal(of), drawn, drawn.near(of, draws))) {
                        assertThat(settings.values()).hasSameSizeAs(of);
                        assertThat(Settings.of(of, settings.values())).isEqualTo(settings);
                    }
                }));
    }

    @Test
    void shouldSpreadDrawsEvenlyOverTheRange() {
        Hyperparameter ratio = Hyperparameter.ratio("x", 0.01, 100, 1);
        Hyperparameter whole = Hyperparameter.whole("n", 1, 10, 5);
        SplittableRandom random = new SplittableRandom(1);

        assertThat(IntStream.range(0, 10_000)
                        .filter(i -> ratio.draw(random) < 1)
                        .count())
                .isBetween(4_800L, 5_200L);
        assertThat(IntStream.range(0, 10_000)
                        .mapToDouble(i -> whole.near(5, random))
                        .average()
                        .orElseThrow())
                .isCloseTo(5, within(0.1));
    }

    @Test
    void shouldRefuseRangesThatCannotBeSearched() {
        assertThatThrownBy(() -> Hyperparameter.linear("x", 1, 1, 1)).hasMessageContaining("x: 1.0 in 1.0 to 1.0");
        assertThatThrownBy(() -> Hyperparameter.linear("x", 1, 2, 3)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> Hyperparameter.ratio("x", 0, 2, 1)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> Settings.of(List.of(), Map.of("x", 1.0))).hasMessageContaining("setting x is 1.0");
        assertThatThrownBy(() -> new Settings(Map.of()).get("x")).hasMessageContaining("no setting x");
    }

    /** A row that counts twice is the row twice; weights are scaled to a mean of 1, and the penalty with them. */
    @Test
    void shouldCountAWeightAsSoManyRows() {
        Seeds.each(20, random -> {
            int[] times = random.ints(60, 1, 4).toArray();
            int all = IntStream.of(times).sum();
            double scale = (double) times.length / all;
            Matrix rows = normal(times.length, 2, random);
            for (Targets targets : List.of(signs(rows, random), sectors(rows, random), slope(rows, random))) {
                Learner learner = targets instanceof Targets.Numbers ? new LinearLearner() : new LogisticLearner();
                Sample weighted = new Sample(
                        rows,
                        targets,
                        IntStream.of(times).mapToDouble(n -> n * scale).toArray());
                int[] repeated = IntStream.range(0, times.length)
                        .flatMap(i -> IntStream.generate(() -> i).limit(times[i]))
                        .toArray();
                Sample repeats = Sample.of(rows(rows, repeated), targets.of(repeated));

                Scorer once = fit(learner, weighted, 3 * scale);
                Scorer often = fit(learner, repeats, 3);

                double[] a = new double[once.outputs()];
                double[] b = new double[once.outputs()];
                for (int i = 0; i < rows.height(); i++) {
                    once.score(rows.row(i), a);
                    often.score(rows.row(i), b);
                    assertThat(a).containsExactly(b, within(1e-4));
                }
            }
        });
    }

    /** The first half of the rows says the contrary of the second, and counts next to nothing. */
    @Test
    void shouldFollowTheRowsThatCount() throws Exception {
        Random random = new Random(5);
        Matrix rows = normal(600, 2, random);
        double[] weights = new double[600];
        boolean[] labels = new boolean[600];
        for (int i = 0; i < weights.length; i++) {
            weights[i] = i < 300 ? 0.002 : 1.998;
            labels[i] = i < 300 == rows.row(i)[0] < 0;
        }
        Sample sample = new Sample(rows, new Targets.Binary(labels), weights);
        for (Learner learner : List.of(
                new LogisticLearner(),
                ForestLearner.decisionTree(),
                ForestLearner.randomForest(),
                new BoostingLearner(),
                ShortFits.network())) {
            Scorer scorer = learner.fit(sample, rows, Settings.normal(learner.hyperparameters()), 1)
                    .scorer();
            double[] score = new double[1];
            scorer.score(new double[] {-1, 0}, score);
            assertThat(score[0]).as("%s of a negative", learner).isLessThan(0.3);
            scorer.score(new double[] {1, 0}, score);
            assertThat(score[0]).as("%s of a positive", learner).isGreaterThan(0.7);
        }
    }

    @Test
    void shouldLetEachSettingMatter() throws Exception {
        Random random = new Random(6);
        Matrix rows = normal(600, 9, random);
        Targets labels = signs(rows, random);
        for (Learner learner : List.of(
                new LogisticLearner(),
                ForestLearner.decisionTree(),
                ForestLearner.randomForest(),
                new BoostingLearner(),
                ShortFits.network())) {
            Settings normal = Settings.normal(learner.hyperparameters());
            double[] before =
                    scores(learner.fit(Sample.of(rows, labels), rows, normal, 1).scorer(), rows);
            for (Hyperparameter each : learner.hyperparameters()) {
                boolean changed = false;
                for (double value : new double[] {each.least(), each.most()}) {
                    Map<String, Double> values = new HashMap<>(normal.values());
                    values.put(each.name(), value);
                    changed = changed
                            || !Arrays.equals(
                                    before,
                                    scores(
                                            learner.fit(Sample.of(rows, labels), rows, new Settings(values), 1)
                                                    .scorer(),
                                            rows));
                }
                assertThat(changed).as("%s by %s", learner, each.name()).isTrue();
            }
        }
    }

    private static Scorer fit(Learner learner, Sample sample, double ridge) {
        try {
            return learner.fit(sample, sample.rows(), new Settings(Map.of("ridge", ridge)), 1)
                    .scorer();
        } catch (LearningException e) {
            throw new IllegalStateException(e);
        }
    }

    private static double[] scores(Scorer scorer, Matrix rows) {
        double[] scores = new double[rows.height()];
        double[] score = new double[1];
        for (int i = 0; i < scores.length; i++) {
            scorer.score(rows.row(i), score);
            scores[i] = score[0];
        }
        return scores;
    }

    private static Matrix normal(int height, int width, Random random) {
        double[][] rows = new double[height][width];
        for (double[] row : rows) {
            for (int j = 0; j < width; j++) {
                row[j] = random.nextGaussian();
            }
        }
        return Matrix.of(rows, width);
    }

    private static Matrix rows(Matrix rows, int[] of) {
        return Matrix.of(IntStream.of(of).mapToObj(rows::row).toArray(double[][]::new), rows.width());
    }

    private static Targets signs(Matrix rows, Random random) {
        boolean[] labels = new boolean[rows.height()];
        for (int i = 0; i < labels.length; i++) {
            labels[i] = rows.row(i)[0] + 0.5 * rows.row(i)[1] + random.nextGaussian() > 0;
        }
        return new Targets.Binary(labels);
    }

    private static Targets sectors(Matrix rows, Random random) {
        List<Integer> classes = new ArrayList<>(List.of(0, 1, 2));
        for (int i = 3; i < rows.height(); i++) {
            double at = rows.row(i)[0] + random.nextGaussian();
            classes.add(at < -0.5 ? 0 : at < 0.5 ? 1 : 2);
        }
        return new Targets.Classes(classes.stream().mapToInt(one -> one).toArray(), 3);
    }

    private static Targets slope(Matrix rows, Random random) {
        double[] values = new double[rows.height()];
        for (int i = 0; i < values.length; i++) {
            values[i] = 3 * rows.row(i)[0] - rows.row(i)[1] + random.nextGaussian();
        }
        return new Targets.Numbers(values);
    }
}
