package io.freshet.trainer.evaluate;

import io.freshet.model.metrics.BinaryMetrics;
import io.freshet.model.metrics.Reliability;
import io.freshet.schemas.pipeline.Pipeline.Metric;
import io.freshet.trainer.rows.Targets;
import java.util.Arrays;
import java.util.Comparator;

/**
 * The metrics of a binary model, as {@link BinaryMetrics} defines them. Rows are ranked once. The bins of the calibration
 * error stay those of all rows. All metrics are NaN when a class is missing, and those of decisions where the model does not
 * decide.
 */
final class BinaryResampled implements Resampled {
    private static final int BINS = BinaryMetrics.CALIBRATION_BINS;

    private final boolean decides;

    /** By rank, the highest score first: the row's block, whether it is positive, whether a lower score comes next. */
    private final int[] blocks;

    private final boolean[] positive;
    private final boolean[] groupEnds;

    /** By block. */
    private final Sums[] sums;

    /** What adds up over the rows of a block. */
    private static final class Sums {
        private long rows;
        private long positives;
        private long alarms;
        private long truePositives;
        private double loss;
        private double squares;

        /** By bin: the scores less the number of positives. */
        private final double[] gaps = new double[BINS];
    }

    BinaryResampled(Scored model, Targets.Binary targets, HoldOut holdout) {
        double[] scores = model.scores();
        boolean[] labels = targets.positive();
        int n = scores.length;
        Resampled.checkProbabilities(scores);
        this.decides = model.threshold().isPresent();
        this.blocks = new int[n];
        this.positive = new boolean[n];
        this.groupEnds = new boolean[n];
        this.sums = new Sums[holdout.blockCount()];
        rank(scores, labels, holdout.blocks());
        add(scores, model.threshold().orElse(Double.POSITIVE_INFINITY), labels, holdout.blocks());
    }

    private void rank(double[] scores, boolean[] labels, int[] ofRows) {
        Integer[] order = new Integer[scores.length];
        Arrays.setAll(order, i -> i);
        Arrays.sort(
                order, Comparator.<Integer>comparingDouble(i -> scores[i] + 0.0).reversed());
        for (int at = 0; at < order.length; at++) {
            int row = order[at];
            blocks[at] = ofRows[row];
            positive[at] = labels[row];
            groupEnds[at] = at + 1 == order.length || scores[order[at + 1]] != scores[row];
        }
    }

    private void add(double[] scores, double threshold, boolean[] labels, int[] ofRows) {
        Arrays.setAll(sums, block -> new Sums());
        if (scores.length == 0) {
            return;
        }
        double[] edges = Reliability.equalMassEdges(scores, BINS);
        for (int row = 0; row < scores.length; row++) {
            Sums block = sums[ofRows[row]];
            boolean label = labels[row];
            boolean alarm = scores[row] >= threshold;
            double error = scores[row] - (label ? 1 : 0);
            block.rows++;
            block.positives += label ? 1 : 0;
            block.alarms += alarm ? 1 : 0;
            block.truePositives += alarm && label ? 1 : 0;
            block.loss += BinaryMetrics.logLoss(scores[row], label);
            block.squares += error * error;
            block.gaps[Reliability.bin(edges, scores[row])] += error;
        }
    }

    @Override
    public void measure(int[] times, double[] into) {
        long rows = 0;
        long positives = 0;
        long alarms = 0;
        long truePositives = 0;
        double loss = 0;
        double squares = 0;
        double[] gaps = new double[BINS];
        for (int block = 0; block < sums.length; block++) {
            int taken = times[block];
            if (taken > 0) {
                Sums of = sums[block];
                rows += taken * of.rows;
                positives += taken * of.positives;
                alarms += taken * of.alarms;
                truePositives += taken * of.truePositives;
                loss += taken * of.loss;
                squares += taken * of.squares;
                for (int bin = 0; bin < BINS; bin++) {
                    gaps[bin] += taken * of.gaps[bin];
                }
            }
        }
        Arrays.fill(into, Double.NaN);
        if (positives == 0 || positives == rows) {
            return;
        }
        rankMetrics(times, positives, rows - positives, into);
        double gap = 0;
        for (double ofBin : gaps) {
            gap += Math.abs(ofBin);
        }
        into[Metric.LOG_LOSS.ordinal()] = loss / rows;
        into[Metric.BRIER.ordinal()] = squares / rows;
        into[Metric.CALIBRATION_ERROR.ordinal()] = gap / rows;
        if (decides) {
            into[Metric.PRECISION.ordinal()] = alarms == 0 ? 0 : (double) truePositives / alarms;
            into[Metric.RECALL.ordinal()] = (double) truePositives / positives;
            into[Metric.F1.ordinal()] = 2.0 * truePositives / (alarms + positives);
        }
    }

    private void rankMetrics(int[] times, long positives, long negatives, double[] into) {
        double wins = 0;
        double precision = 0;
        long found = 0;
        long seen = 0;
        long gained = 0;
        long against = 0;
        for (int at = 0; at < blocks.length; at++) {
            int taken = times[blocks[at]];
            if (positive[at]) {
                gained += taken;
            } else {
                against += taken;
            }
            if (groupEnds[at] && gained + against > 0) {
                wins += against * (found + gained / 2.0);
                found += gained;
                seen += gained + against;
                precision += gained * ((double) found / seen);
                gained = 0;
                against = 0;
            }
        }
        into[Metric.ROC_AUC.ordinal()] = wins / ((double) positives * negatives);
        into[Metric.AVERAGE_PRECISION.ordinal()] = precision / positives;
    }
}
