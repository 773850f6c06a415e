package io.freshet.trainer.rows;

import io.freshet.model.Preparation;
import io.freshet.model.Scorer;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Prepared rows, one {@code double[width]} each; NaN is a missing value. Holders must not change the rows. */
public final class Matrix {
    private final double[][] rows;
    private final int width;

    private Matrix(double[][] rows, int width) {
        this.rows = rows;
        this.width = width;
    }

    /**
     * Takes prepared rows over.
     *
     * @throws IllegalArgumentException when a row is not {@code width} long
     */
    public static Matrix of(double[][] rows, int width) {
        for (double[] row : rows) {
            if (row.length != width) {
                throw new IllegalArgumentException("a row has " + row.length + " columns, not " + width);
            }
        }
        return new Matrix(rows, width);
    }

    /**
     * Prepares raw rows.
     *
     * @throws IllegalArgumentException as {@link Preparation#apply}
     */
    public static Matrix prepare(Preparation preparation, List<@Nullable Object[]> raw) {
        int width = preparation.width();
        double[][] rows = new double[raw.size()][width];
        for (int i = 0; i < rows.length; i++) {
            preparation.apply(raw.get(i), rows[i]);
        }
        return new Matrix(rows, width);
    }

    /** These rows followed by others of the same width; shares the rows. */
    public Matrix then(Matrix others) {
        double[][] both = Arrays.copyOf(rows, rows.length + others.rows.length);
        System.arraycopy(others.rows, 0, both, rows.length, others.rows.length);
        return of(both, width);
    }

    /** Number of rows. */
    public int height() {
        return rows.length;
    }

    /** Number of columns. */
    public int width() {
        return width;
    }

    /** A row; not a copy. */
    public double[] row(int index) {
        return rows[index];
    }

    /**
     * The scores of all rows, row by row, each with all outputs.
     *
     * @throws IllegalArgumentException when the scorer takes rows of another width
     */
    public double[] scores(Scorer scorer) {
        double[] scores = new double[Math.multiplyExact(rows.length, scorer.outputs())];
        scorer.scores(rows, 0, rows.length, scores);
        return scores;
    }

    /** Rows {@code from} (inclusive) to {@code to} (exclusive) as float32, one row after another. */
    public float[] floats(int from, int to) {
        float[] flat = new float[Math.multiplyExact(to - from, width)];
        int at = 0;
        for (int i = from; i < to; i++) {
            for (double value : rows[i]) {
                flat[at++] = (float) value;
            }
        }
        return flat;
    }
}
