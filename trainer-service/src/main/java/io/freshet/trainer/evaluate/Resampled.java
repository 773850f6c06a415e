package io.freshet.trainer.evaluate;

import io.freshet.trainer.rows.Targets;

/**
 * The metrics of fixed scores, recomputed for any multiplicity of the hold-out's blocks without looking at rows again: what
 * adds up over rows is summed by block once. With every block counted once they are those of all rows.
 */
sealed interface Resampled permits BinaryResampled, ClassesResampled, NumbersResampled {
    /**
     * Sums up.
     *
     * @throws IllegalArgumentException on scores that are no probabilities, or no finite numbers, or of another number than
     *     the rows
     */
    static Resampled of(Scored model, HoldOut holdout) {
        int expected = holdout.targets().size() * holdout.targets().outputs();
        if (model.scores().length != expected) {
            throw new IllegalArgumentException(
                    model.scores().length + " scores but " + holdout.targets().size() + " rows");
        }
        return switch (holdout.targets()) {
            case Targets.Binary binary -> new BinaryResampled(model, binary, holdout);
            case Targets.Classes classes -> new ClassesResampled(model, classes, holdout);
            case Targets.Numbers numbers -> new NumbersResampled(model, numbers, holdout);
        };
    }

    /**
     * The metrics of the rows taken {@code times[block]} times each; NaN where there is none.
     *
     * @param times one count per block
     * @param into by the metrics' ordinals
     */
    void measure(int[] times, double[] into);

    /** Throws {@link IllegalArgumentException} on a score outside [0, 1]. */
    static void checkProbabilities(double[] scores) {
        for (double score : scores) {
            if (!(score >= 0 && score <= 1)) {
                throw new IllegalArgumentException("not a probability: " + score);
            }
        }
    }
}
