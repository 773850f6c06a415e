package io.freshet.trainer.evaluate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.freshet.model.Calibration;
import io.freshet.model.ClassScorer;
import io.freshet.model.GoldenVector;
import io.freshet.model.LinearScorer;
import io.freshet.model.Link;
import io.freshet.model.Model;
import io.freshet.model.ModelBundle;
import io.freshet.model.Output;
import io.freshet.model.Preparation;
import io.freshet.model.Scorer;
import io.freshet.model.Step;
import io.freshet.trainer.rows.Targets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ImportanceTest {
    private static final List<String> NAMES = List.of("strong", "weak", "unused");

    private static List<Object[]> rows(int count, long seed) {
        Random random = new Random(seed);
        List<Object[]> rows = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            rows.add(new Object[] {random.nextGaussian(), random.nextGaussian(), random.nextInt(3) == 0 ? null : "a"});
        }
        return rows;
    }

    private static double predict(Object[] raw) {
        return 2 * (Double) raw[0] + (Double) raw[1];
    }

    /** Squared error of a model that is always right. */
    private static Importance.Loss squaredError(List<Object[]> rows) {
        return (raw, row) -> Math.pow(predict(raw) - predict(rows.get(row)), 2);
    }

    @Test
    void shouldBeTwiceTheVarianceThatAFeatureBrings() {
        // E (w x' - w x)^2 = 2 w^2 Var x for independent x and x'.
        List<Object[]> rows = rows(2_000, 1);

        Map<String, Double> importance = Importance.of(NAMES, rows, squaredError(rows), 7);

        assertThat(importance.get("strong")).isCloseTo(8, within(0.8));
        assertThat(importance.get("weak")).isCloseTo(2, within(0.2));
        assertThat(importance.get("unused")).isZero();
        assertThat(importance.keySet()).containsExactlyElementsOf(NAMES);
    }

    @Test
    void shouldBeWhatTheSeedSays() {
        List<Object[]> rows = rows(100, 2);

        Map<String, Double> importance = Importance.of(NAMES, rows, squaredError(rows), 7);

        assertThat(Importance.of(NAMES, rows, squaredError(rows), 7)).isEqualTo(importance);
        assertThat(Importance.of(NAMES, rows, squaredError(rows), 8)).isNotEqualTo(importance);
    }

    @Test
    void shouldLookAtSoManyRowsAndLeaveThemAsTheyAre() {
        List<Object[]> rows = rows(10 * Importance.MOST_ROWS, 3);
        Object[][] before = rows.stream().map(Object[]::clone).toArray(Object[][]::new);
        int[] looks = {0};
        boolean[] seen = new boolean[10];

        Importance.of(
                NAMES,
                rows,
                (raw, row) -> {
                    looks[0]++;
                    seen[row / Importance.MOST_ROWS] = true;
                    return 0;
                },
                7);

        assertThat(looks[0]).isEqualTo(Importance.MOST_ROWS * (1 + NAMES.size()));
        assertThat(seen).doesNotContain(false);
        assertThat(rows.toArray(Object[][]::new)).isDeepEqualTo(before);
    }

    @Test
    void shouldLeaveOutWhatTheModelHasNoScoreFor() {
        List<Object[]> rows = rows(20, 4);

        Map<String, Double> importance = Importance.of(
                NAMES,
                rows,
                (raw, row) -> {
                    if (!raw[0].equals(rows.get(row)[0])) {
                        throw new ArithmeticException("score is not finite");
                    }
                    return 0;
                },
                1);

        assertThat(importance).doesNotContainKey("strong").containsKeys("weak", "unused");
    }

    @Test
    void shouldMeasureTheLossThatTheTaskHas() {
        Object[] raw = {3.0};

        assertThat(Importance.Loss.of(
                                model(new LinearScorer(new double[] {2}, 0, Link.IDENTITY), new Output.Regression()),
                                new Targets.Numbers(new double[] {10}))
                        .of(raw, 0))
                .isEqualTo(16);
        Scorer share = new LinearScorer(new double[] {0.1}, 0, Link.CLIPPED);
        assertThat(Importance.Loss.of(
                                model(share, new Output.Binary(new Calibration.None(), 0.5)),
                                new Targets.Binary(new boolean[] {true, false}))
                        .of(raw, 1))
                .isCloseTo(-Math.log(0.7), within(1e-12));
        Scorer rest = new LinearScorer(new double[] {-0.1}, 1, Link.CLIPPED);
        assertThat(Importance.Loss.of(
                                model(
                                        new ClassScorer(List.of(share, rest), ClassScorer.Combination.SHARES),
                                        new Output.Multiclass(List.of("a", "b"))),
                                new Targets.Classes(new int[] {0, 1}, 2))
                        .of(raw, 0))
                .isCloseTo(-Math.log(0.3), within(1e-12));
    }

    private static Model model(Scorer scorer, Output output) {
        Preparation preparation = new Preparation(List.of(new Step.Numeric("x", 0, 0, 1)));
        return new Model(new ModelBundle(
                ModelBundle.FORMAT_VERSION,
                "p",
                1,
                "some-family",
                preparation.features(),
                "set",
                preparation,
                scorer,
                output,
                List.of(new GoldenVector(List.of(0.0), Collections.nCopies(output.size(), 0.5)))));
    }
}
