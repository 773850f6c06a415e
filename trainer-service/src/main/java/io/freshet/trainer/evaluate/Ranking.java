package io.freshet.trainer.evaluate;

import io.freshet.schemas.pipeline.Pipeline.Metric;
import java.util.Arrays;

/**
 * Rows in the order of their scores, for the metrics that go by nothing else. Rows are ranked once; those of one score and one
 * block that come one after the other are counted together.
 */
final class Ranking {
    /** By rank, the highest score first: the rows' block, how many are positive and negative, whether a lower score is next. */
    private final int[] blocks;

    private final int[] positives;
    private final int[] negatives;
    private final boolean[] groupEnds;
    private final int size;

    /**
     * Ranks.
     *
     * @param scores none NaN
     * @param ofRows the block of each row
     */
    Ranking(double[] scores, boolean[] labels, int[] ofRows) {
        int n = scores.length;
        double[] distinct = distinct(scores);
        int[] rankOf = new int[n];
        int[] ends = new int[distinct.length];
        for (int row = 0; row < n; row++) {
            rankOf[row] = distinct.length - 1 - Arrays.binarySearch(distinct, scores[row] + 0.0);
            ends[rankOf[row]]++;
        }
        for (int rank = 1; rank < ends.length; rank++) {
            ends[rank] += ends[rank - 1];
        }
        int[] order = new int[n];
        int[] free = ends.clone();
        for (int row = n - 1; row >= 0; row--) {
            order[--free[rankOf[row]]] = row;
        }
        this.blocks = new int[n];
        this.positives = new int[n];
        this.negatives = new int[n];
        this.groupEnds = new boolean[n];
        int last = -1;
        for (int at = 0; at < n; at++) {
            int row = order[at];
            if (last < 0 || groupEnds[last] || blocks[last] != ofRows[row]) {
                blocks[++last] = ofRows[row];
            }
            positives[last] += labels[row] ? 1 : 0;
            negatives[last] += labels[row] ? 0 : 1;
            groupEnds[last] = at + 1 == ends[rankOf[row]];
        }
        this.size = last + 1;
    }

    /** Rising. */
    private static double[] distinct(double[] scores) {
        double[] sorted = new double[scores.length];
        for (int i = 0; i < sorted.length; i++) {
            sorted[i] = scores[i] + 0.0; // -0.0 becomes 0.0, so that equal scores are one.
        }
        Arrays.sort(sorted);
        int count = 0;
        for (double score : sorted) {
            if (count == 0 || sorted[count - 1] != score) {
                sorted[count++] = score;
            }
        }
        return Arrays.copyOf(sorted, count);
    }

    /**
     * Area under the ROC curve and average precision of each resample; meaningless for one with a single class.
     *
     * @param into by resample and the metrics' ordinals
     */
    void measure(Draws draws, double[][] into) {
        int count = draws.count();
        double[] gained = new double[count];
        double[] against = new double[count];
        double[] found = new double[count];
        double[] seen = new double[count];
        double[] wins = new double[count];
        double[] precision = new double[count];
        for (int at = 0; at < size; at++) {
            if (positives[at] > 0) {
                draws.add(blocks[at], positives[at], gained);
            }
            if (negatives[at] > 0) {
                draws.add(blocks[at], negatives[at], against);
            }
            if (groupEnds[at]) {
                for (int draw = 0; draw < count; draw++) {
                    double more = gained[draw];
                    wins[draw] += against[draw] * (found[draw] + more / 2);
                    double all = found[draw] + more;
                    double rows = seen[draw] + (more + against[draw]);
                    // Nothing is added while no row is taken.
                    precision[draw] += more * (all / Math.max(1, rows));
                    found[draw] = all;
                    seen[draw] = rows;
                    gained[draw] = 0;
                    against[draw] = 0;
                }
            }
        }
        for (int draw = 0; draw < count; draw++) {
            into[draw][Metric.ROC_AUC.ordinal()] = wins[draw] / (found[draw] * (seen[draw] - found[draw]));
            into[draw][Metric.AVERAGE_PRECISION.ordinal()] = precision[draw] / found[draw];
        }
    }
}
