package io.freshet.model;

import static org.assertj.core.api.Assertions.assertThat;

import io.freshet.model.FeaturePlan.Encoding;
import io.freshet.model.FeaturePlan.Rare;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TargetLeakTest {
    private static final int ROWS = 20_000;

    /** A category of about five rows each that says nothing about the label. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void shouldNotTellARowItsOwnLabel(long seed) {
        Random random = new Random(seed);
        List<Object[]> rows = new ArrayList<>();
        double[] labels = new double[ROWS];
        for (int i = 0; i < ROWS; i++) {
            rows.add(new Object[] {"id" + random.nextInt(ROWS / 5)});
            labels[i] = random.nextInt(4) == 0 ? 1 : 0;
        }
        FeaturePlan plan = FeaturePlan.categorical("id", new Encoding.Target(Rare.NEVER, 1));

        FittedPreparation fitted = PreparationFitter.fit(List.of(plan), rows, labels, seed);

        double[] ownLabel = new double[ROWS];
        double[] others = new double[ROWS];
        for (int i = 0; i < ROWS; i++) {
            double[] served = new double[1];
            fitted.preparation().apply(rows.get(i), served);
            ownLabel[i] = served[0];
            others[i] = fitted.rows()[i][0];
        }
        // The leak is there when a row's own label is in its value, and gone when it is not.
        assertThat(correlation(ownLabel, labels)).as("seed %d", seed).isGreaterThan(0.3);
        assertThat(Math.abs(correlation(others, labels))).as("seed %d", seed).isLessThan(0.03);
    }

    private static double correlation(double[] a, double[] b) {
        double meanA = java.util.Arrays.stream(a).average().orElseThrow();
        double meanB = java.util.Arrays.stream(b).average().orElseThrow();
        double both = 0;
        double squaresA = 0;
        double squaresB = 0;
        for (int i = 0; i < a.length; i++) {
            both += (a[i] - meanA) * (b[i] - meanB);
            squaresA += (a[i] - meanA) * (a[i] - meanA);
            squaresB += (b[i] - meanB) * (b[i] - meanB);
        }
        return both / Math.sqrt(squaresA * squaresB);
    }
}
