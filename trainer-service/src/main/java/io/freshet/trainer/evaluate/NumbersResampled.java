package io.freshet.trainer.evaluate;

import io.freshet.model.metrics.RegressionMetrics;
import io.freshet.schemas.pipeline.Pipeline.Metric;
import io.freshet.trainer.rows.Targets;
import java.util.Arrays;

/** The metrics of regressions, as {@link RegressionMetrics} defines them; the coefficient of determination of two rows on. */
final class NumbersResampled implements Resampled {
    private static final double MEDIAN = 0.5;

    /** By block. */
    private final Sums[] sums;

    /** Near the labels, so that their squares lose no digits. */
    private final double center;

    /** What adds up over the rows of a block. */
    private static final class Sums {
        private long rows;
        private double labels;
        private double labelSquares;
        private double squares;
        private double distances;
        private double shares;
        private double pinball;
    }

    NumbersResampled(Scored model, Targets.Numbers targets, HoldOut holdout) {
        double[] predicted = model.scores();
        double[] actual = targets.values();
        this.center = actual.length == 0 ? 0 : targets.mean();
        this.sums = new Sums[holdout.blockCount()];
        Arrays.setAll(sums, block -> new Sums());
        for (int row = 0; row < actual.length; row++) {
            if (!Double.isFinite(predicted[row])) {
                throw new IllegalArgumentException("not a finite number: " + predicted[row]);
            }
            Sums block = sums[holdout.blocks()[row]];
            double[] one = {predicted[row]};
            double[] label = {actual[row]};
            double error = predicted[row] - actual[row];
            block.rows++;
            block.labels += actual[row] - center;
            block.labelSquares += (actual[row] - center) * (actual[row] - center);
            block.squares += error * error;
            block.distances += Math.abs(error);
            block.shares += RegressionMetrics.mape(one, label);
            block.pinball += RegressionMetrics.pinball(one, label, MEDIAN);
        }
    }

    @Override
    public void measure(int[] times, double[] into) {
        Sums all = new Sums();
        for (int block = 0; block < sums.length; block++) {
            int taken = times[block];
            Sums of = sums[block];
            all.rows += taken * of.rows;
            all.labels += taken * of.labels;
            all.labelSquares += taken * of.labelSquares;
            all.squares += taken * of.squares;
            all.distances += taken * of.distances;
            all.shares += taken * of.shares;
            all.pinball += taken * of.pinball;
        }
        Arrays.fill(into, Double.NaN);
        if (all.rows == 0) {
            return;
        }
        into[Metric.RMSE.ordinal()] = Math.sqrt(all.squares / all.rows);
        into[Metric.MAE.ordinal()] = all.distances / all.rows;
        into[Metric.MAPE.ordinal()] = all.shares / all.rows;
        into[Metric.PINBALL.ordinal()] = all.pinball / all.rows;
        double total = all.labelSquares - all.labels * all.labels / all.rows;
        if (all.rows > 1 && total > 0) {
            into[Metric.R2.ordinal()] = 1 - all.squares / total;
        }
    }
}
