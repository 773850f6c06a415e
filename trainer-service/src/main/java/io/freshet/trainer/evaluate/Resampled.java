package io.freshet.trainer.evaluate;

import io.freshet.model.metrics.BinaryMetrics;
import io.freshet.trainer.rows.Targets;

/**
 * The metrics of fixed scores, recomputed for any multiplicity of the hold-out's blocks: what adds up over rows is summed by
 * block once, and rows are put in the order of their scores once. With every block taken once they are those of all rows.
 */
sealed interface Resampled permits BinaryResampled, ClassesResampled, NumbersResampled {
    /**
     * Sums up.
     *
     * @param ranked whether ROC AUC and average precision are wanted, which take a look at every row; NaN else
     * @throws IllegalArgumentException on scores that are no probabilities, or no finite numbers, or of another number than
     *     the rows
     */
    static Resampled of(Scored model, HoldOut holdout, boolean ranked) {
        int expected = holdout.targets().size() * holdout.targets().outputs();
        if (model.scores().length != expected) {
            throw new IllegalArgumentException(
                    model.scores().length + " scores but " + holdout.targets().size() + " rows");
        }
        return switch (holdout.targets()) {
            case Targets.Binary binary -> new BinaryResampled(model, binary, holdout, ranked);
            case Targets.Classes classes -> new ClassesResampled(model, classes, holdout, ranked);
            case Targets.Numbers numbers -> new NumbersResampled(model, numbers, holdout);
        };
    }

    /**
     * The metrics of the rows that each resample takes; NaN where there is none.
     *
     * @param into by resample and the metrics' ordinals
     */
    void measure(Draws draws, double[][] into);

    /** The sum of the bins' distances between scores and outcomes, of one resample. */
    static double gap(double[][] total, int firstBin, int draw) {
        double gap = 0;
        for (int bin = 0; bin < BinaryMetrics.CALIBRATION_BINS; bin++) {
            gap += Math.abs(total[firstBin + bin][draw]);
        }
        return gap;
    }

    /** Throws {@link IllegalArgumentException} on a score outside [0, 1]. */
    static void checkProbabilities(double[] scores) {
        for (double score : scores) {
            if (!(score >= 0 && score <= 1)) {
                throw new IllegalArgumentException("not a probability: " + score);
            }
        }
    }
}
