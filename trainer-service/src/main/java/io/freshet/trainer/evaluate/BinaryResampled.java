package io.freshet.trainer.evaluate;

import io.freshet.model.metrics.BinaryMetrics;
import io.freshet.model.metrics.Reliability;
import io.freshet.schemas.pipeline.Pipeline.Metric;
import io.freshet.trainer.rows.Targets;
import java.util.Arrays;
import java.util.Optional;

/**
 * The metrics of a binary model, as {@link BinaryMetrics} defines them. The bins of the calibration error stay those of all
 * rows. All metrics are NaN when a class is missing, and those of decisions where the model does not decide.
 */
final class BinaryResampled implements Resampled {
    private static final int BINS = BinaryMetrics.CALIBRATION_BINS;

    // What adds up over the rows of a block, by position.
    private static final int ROWS = 0;
    private static final int POSITIVES = 1;
    private static final int ALARMS = 2;
    private static final int TRUE_POSITIVES = 3;
    private static final int LOSS = 4;
    private static final int SQUARES = 5;

    /** From here on by bin: the scores less the number of positives. */
    private static final int GAPS = 6;

    private final boolean decides;
    private final Optional<Ranking> ranking;

    /** By block. */
    private final double[][] sums;

    /** @param ranked whether the metrics that go by the order of scores are wanted; NaN else */
    BinaryResampled(Scored model, Targets.Binary targets, HoldOut holdout, boolean ranked) {
        double[] scores = model.scores();
        boolean[] labels = targets.positive();
        Resampled.checkProbabilities(scores);
        this.decides = model.threshold().isPresent();
        this.ranking = ranked ? Optional.of(new Ranking(scores, labels, holdout.blocks())) : Optional.empty();
        this.sums = new double[holdout.blockCount()][GAPS + BINS];
        if (scores.length > 0) {
            add(scores, model.threshold().orElse(Double.POSITIVE_INFINITY), labels, holdout.blocks());
        }
    }

    private void add(double[] scores, double threshold, boolean[] labels, int[] ofRows) {
        double[] edges = Reliability.equalMassEdges(scores, BINS);
        for (int row = 0; row < scores.length; row++) {
            double[] block = sums[ofRows[row]];
            boolean label = labels[row];
            boolean alarm = scores[row] >= threshold;
            double error = scores[row] - (label ? 1 : 0);
            block[ROWS]++;
            block[POSITIVES] += label ? 1 : 0;
            block[ALARMS] += alarm ? 1 : 0;
            block[TRUE_POSITIVES] += alarm && label ? 1 : 0;
            block[LOSS] += BinaryMetrics.logLoss(scores[row], label);
            block[SQUARES] += error * error;
            block[GAPS + Reliability.bin(edges, scores[row])] += error;
        }
    }

    @Override
    public void measure(Draws draws, double[][] into) {
        double[][] total = draws.total(sums);
        for (double[] one : into) {
            Arrays.fill(one, Double.NaN);
        }
        ranking.ifPresent(order -> order.measure(draws, into));
        for (int draw = 0; draw < draws.count(); draw++) {
            double rows = total[ROWS][draw];
            double positives = total[POSITIVES][draw];
            if (positives == 0 || positives == rows) {
                Arrays.fill(into[draw], Double.NaN);
                continue;
            }
            into[draw][Metric.LOG_LOSS.ordinal()] = total[LOSS][draw] / rows;
            into[draw][Metric.BRIER.ordinal()] = total[SQUARES][draw] / rows;
            into[draw][Metric.CALIBRATION_ERROR.ordinal()] = Resampled.gap(total, GAPS, draw) / rows;
            if (decides) {
                double alarms = total[ALARMS][draw];
                double found = total[TRUE_POSITIVES][draw];
                into[draw][Metric.PRECISION.ordinal()] = alarms == 0 ? 0 : found / alarms;
                into[draw][Metric.RECALL.ordinal()] = found / positives;
                into[draw][Metric.F1.ordinal()] = 2 * found / (alarms + positives);
            }
        }
    }
}
