package io.freshet.benchmarks.models;

import io.freshet.trainer.rows.Matrix;
import io.freshet.trainer.rows.Targets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/**
 * Rows that every family finds something in: {@value #COLUMNS} standard normal columns, whose label depends on a slope, a step
 * and on whether two columns have the same sign.
 *
 * @param rows one after another, {@value #COLUMNS} wide
 * @param labels one per row, at random by the row's odds
 */
@SuppressWarnings("ArrayRecordComponent") // Never compared.
record Signals(double[][] rows, boolean[] labels) {
    static final int COLUMNS = 7;

    static Signals of(int height, long seed) {
        Random random = new Random(seed);
        double[][] rows = new double[height][COLUMNS];
        boolean[] labels = new boolean[height];
        for (int i = 0; i < height; i++) {
            double[] row = rows[i];
            for (int column = 0; column < COLUMNS; column++) {
                row[column] = random.nextGaussian();
            }
            double margin = row[0] + (row[1] > 0.5 ? 1 : -1) + (row[2] > 0 == row[3] > 0 ? 1.5 : -1.5);
            labels[i] = random.nextDouble() < 1 / (1 + Math.exp(-margin));
        }
        return new Signals(rows, labels);
    }

    Matrix matrix() {
        return Matrix.of(rows, COLUMNS);
    }

    Targets.Binary targets() {
        return new Targets.Binary(labels);
    }

    /** As a model takes them. */
    List<@Nullable Object[]> raw() {
        List<@Nullable Object[]> raw = new ArrayList<>();
        for (double[] row : rows) {
            raw.add(Arrays.stream(row).boxed().toArray());
        }
        return raw;
    }
}
