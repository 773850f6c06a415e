package io.freshet.trainer.learn;

import io.freshet.model.Scorer;
import io.freshet.model.metrics.BinaryMetrics;
import io.freshet.trainer.rows.Matrix;
import io.freshet.trainer.rows.Targets;
import java.util.Random;
import java.util.function.ToDoubleFunction;

/** Rows of standard normal columns whose labels follow a known margin. */
record Synthetic(Matrix rows, boolean[] labels) {
    static Synthetic of(int height, int width, long seed, ToDoubleFunction<double[]> margin) {
        Random random = new Random(seed);
        double[][] rows = new double[height][width];
        boolean[] labels = new boolean[height];
        for (int i = 0; i < height; i++) {
            for (int j = 0; j < width; j++) {
                rows[i][j] = random.nextGaussian();
            }
            labels[i] = random.nextDouble() < 1 / (1 + Math.exp(-margin.applyAsDouble(rows[i])));
        }
        return new Synthetic(Matrix.of(rows, width), labels);
    }

    /** Positive when the first two columns differ in sign: no line tells the classes apart. */
    static Synthetic exclusiveOr(int height, long seed) {
        return of(height, 3, seed, row -> row[0] > 0 == row[1] > 0 ? -4 : 4);
    }

    Targets targets() {
        return new Targets.Binary(labels);
    }

    double auc(Scorer scorer) {
        double[] scores = new double[labels.length];
        for (int i = 0; i < scores.length; i++) {
            scores[i] = scorer.score(rows.row(i));
        }
        return BinaryMetrics.rocAuc(scores, labels).orElseThrow();
    }
}
