package io.freshet.trainer.evaluate;

import io.freshet.model.metrics.RegressionMetrics;
import io.freshet.schemas.pipeline.Pipeline.Metric;
import io.freshet.trainer.rows.Targets;
import java.util.Arrays;

/** The metrics of regressions, as {@link RegressionMetrics} defines them; the coefficient of determination of two rows on. */
final class NumbersResampled implements Resampled {
    private static final double MEDIAN = 0.5;

    // What adds up over the rows of a block, by position. Labels are taken less their mean: their squares lose no
    // digits.
    private static final int ROWS = 0;
    private static final int LABELS = 1;
    private static final int LABEL_SQUARES = 2;
    private static final int SQUARES = 3;
    private static final int DISTANCES = 4;
    private static final int SHARES = 5;
    private static final int PINBALL = 6;
    private static final int PARTS = 7;

    /** By block. */
    private final double[][] sums;

    NumbersResampled(Scored model, Targets.Numbers targets, HoldOut holdout) {
        double[] predicted = model.scores();
        double[] actual = targets.values();
        double center = actual.length == 0 ? 0 : targets.mean();
        this.sums = new double[holdout.blockCount()][PARTS];
        double[] one = new double[1];
        double[] label = new double[1];
        for (int row = 0; row < actual.length; row++) {
            if (!Double.isFinite(predicted[row])) {
                throw new IllegalArgumentException("not a finite number: " + predicted[row]);
            }
            double[] block = sums[holdout.blocks()[row]];
            one[0] = predicted[row];
            label[0] = actual[row];
            double error = predicted[row] - actual[row];
            block[ROWS]++;
            block[LABELS] += actual[row] - center;
            block[LABEL_SQUARES] += (actual[row] - center) * (actual[row] - center);
            block[SQUARES] += error * error;
            block[DISTANCES] += Math.abs(error);
            block[SHARES] += RegressionMetrics.mape(one, label);
            block[PINBALL] += RegressionMetrics.pinball(one, label, MEDIAN);
        }
    }

    @Override
    public void measure(Draws draws, double[][] into) {
        double[][] total = draws.total(sums);
        for (int draw = 0; draw < draws.count(); draw++) {
            Arrays.fill(into[draw], Double.NaN);
            double rows = total[ROWS][draw];
            if (rows == 0) {
                continue;
            }
            into[draw][Metric.RMSE.ordinal()] = Math.sqrt(total[SQUARES][draw] / rows);
            into[draw][Metric.MAE.ordinal()] = total[DISTANCES][draw] / rows;
            into[draw][Metric.MAPE.ordinal()] = total[SHARES][draw] / rows;
            into[draw][Metric.PINBALL.ordinal()] = total[PINBALL][draw] / rows;
            double spread = total[LABEL_SQUARES][draw] - total[LABELS][draw] * total[LABELS][draw] / rows;
            if (rows > 1 && spread > 0) {
                into[draw][Metric.R2.ordinal()] = 1 - total[SQUARES][draw] / spread;
            }
        }
    }
}
