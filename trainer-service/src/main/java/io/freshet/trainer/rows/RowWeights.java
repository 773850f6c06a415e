package io.freshet.trainer.rows;

import io.freshet.schemas.pipeline.TrainingWindow;
import io.freshet.schemas.row.Example;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;

/** How much rows of a window count. */
public final class RowWeights {
    private RowWeights() {}

    /**
     * One weight a row, their mean 1. Weights fall by half with each half-life of a weighted window, to a millionth at the
     * least, as learners take none of zero.
     *
     * @param rows in event-time order
     */
    public static double[] of(TrainingWindow window, List<Example> rows) {
        double[] weights = new double[rows.size()];
        Arrays.fill(weights, 1);
        if (window instanceof TrainingWindow.Weighted(Duration halfLife) && weights.length > 0) {
            Instant newest = rows.getLast().row().eventTime();
            double sum = 0;
            for (int i = 0; i < weights.length; i++) {
                double age =
                        Duration.between(rows.get(i).row().eventTime(), newest).toMillis();
                weights[i] = Math.max(1e-6, Math.pow(0.5, age / halfLife.toMillis()));
                sum += weights[i];
            }
            for (int i = 0; i < weights.length; i++) {
                weights[i] *= weights.length / sum;
            }
        }
        return weights;
    }
}
