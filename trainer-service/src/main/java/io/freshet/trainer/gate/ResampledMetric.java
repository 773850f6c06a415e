package io.freshet.trainer.gate;

import io.freshet.schemas.pipeline.Pipeline.Metric;
import java.util.Arrays;
import java.util.Comparator;

/**
 * A metric of fixed scores that is recomputed for any multiplicity of the hold-out's blocks without sorting again: the
 * rows are ranked once, and each recomputation is one pass over them. With every block counted once it equals {@link
 * io.freshet.model.metrics.BinaryMetrics}.
 */
final class ResampledMetric {
    private static final double CLIP = 1e-15;

    private final Metric metric;
    private final int[] blocks;
    private final boolean[] positive;
    private final boolean[] groupEnds;
    private final double[] losses;

    /** Ranks the rows by score, the highest first; equal scores form a group. */
    ResampledMetric(Metric metric, double[] scores, HoldOut holdout) {
        int n = scores.length;
        Integer[] order = new Integer[n];
        Arrays.setAll(order, i -> i);
        Arrays.sort(
                order, Comparator.<Integer>comparingDouble(i -> scores[i] + 0.0).reversed());
        this.metric = metric;
        this.blocks = new int[n];
        this.positive = new boolean[n];
        this.groupEnds = new boolean[n];
        this.losses = new double[n];
        for (int at = 0; at < n; at++) {
            int row = order[at];
            double p = Math.min(1 - CLIP, Math.max(CLIP, scores[row]));
            blocks[at] = holdout.blocks()[row];
            positive[at] = holdout.labels()[row];
            groupEnds[at] = at + 1 == n || scores[order[at + 1]] != scores[row];
            losses[at] = positive[at] ? -Math.log(p) : -Math.log1p(-p);
        }
    }

    /**
     * The metric of the rows taken {@code times[block]} times each; NaN when a class is missing then.
     *
     * @param times one count per block
     */
    double of(int[] times) {
        return switch (metric) {
            case ROC_AUC -> rocAuc(times);
            case AVERAGE_PRECISION -> averagePrecision(times);
            case LOG_LOSS -> logLoss(times);
        };
    }

    private double rocAuc(int[] times) {
        double wins = 0;
        long positivesAbove = 0;
        long negatives = 0;
        long groupPositives = 0;
        long groupNegatives = 0;
        for (int at = 0; at < blocks.length; at++) {
            int taken = times[blocks[at]];
            if (positive[at]) {
                groupPositives += taken;
            } else {
                groupNegatives += taken;
            }
            if (groupEnds[at]) {
                wins += groupNegatives * (positivesAbove + groupPositives / 2.0);
                positivesAbove += groupPositives;
                negatives += groupNegatives;
                groupPositives = 0;
                groupNegatives = 0;
            }
        }
        return wins / ((double) positivesAbove * negatives);
    }

    private double averagePrecision(int[] times) {
        double sum = 0;
        long found = 0;
        long seen = 0;
        long gained = 0;
        for (int at = 0; at < blocks.length; at++) {
            int taken = times[blocks[at]];
            seen += taken;
            if (positive[at]) {
                gained += taken;
            }
            if (groupEnds[at] && gained > 0) {
                found += gained;
                sum += gained * ((double) found / seen);
                gained = 0;
            }
        }
        return found == seen ? Double.NaN : sum / found;
    }

    private double logLoss(int[] times) {
        double sum = 0;
        long rows = 0;
        long positives = 0;
        for (int at = 0; at < blocks.length; at++) {
            int taken = times[blocks[at]];
            sum += taken * losses[at];
            rows += taken;
            positives += positive[at] ? taken : 0;
        }
        return positives == 0 || positives == rows ? Double.NaN : sum / rows;
    }
}
