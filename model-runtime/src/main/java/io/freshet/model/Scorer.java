package io.freshet.model;

/**
 * Turns a prepared vector into scores: one, or for several classes a probability of each. Immutable and safe for concurrent
 * use; validated when constructed.
 */
public sealed interface Scorer permits LinearScorer, TreeEnsembleScorer, DenseNetworkScorer, ClassScorer {
    /** Length of the prepared vector, at least 1. */
    int width();

    /** Number of scores, at least 1. */
    default int outputs() {
        return 1;
    }

    /** Whether NaN stands for a missing value. */
    default boolean takesMissing() {
        return false;
    }

    /**
     * The one score of a prepared vector.
     *
     * @param prepared of length {@link #width()}, not changed
     * @throws IllegalArgumentException on another length
     * @throws IllegalStateException where there are several outputs
     */
    double score(double[] prepared);

    /**
     * The scores of a prepared vector.
     *
     * @param prepared of length {@link #width()}, not changed
     * @param into takes {@link #outputs()} scores, from its start
     * @throws IllegalArgumentException on another length
     */
    default void score(double[] prepared, double[] into) {
        into[0] = score(prepared);
    }

    /**
     * The scores of prepared vectors, the same as one by one; many together go through trees faster. Allocates nothing for
     * a row.
     *
     * @param prepared each of length {@link #width()}, not changed
     * @param from first row
     * @param to the row after the last
     * @param into takes {@link #outputs()} scores for each row, row by row, from its start
     * @throws IllegalArgumentException on another length
     */
    default void scores(double[][] prepared, int from, int to, double[] into) {
        for (int row = from; row < to; row++) {
            into[row - from] = score(prepared[row]);
        }
    }

    /** Throws {@link IllegalArgumentException} where the vector's length is not the scorer's. */
    static void checkWidth(int width, double[] prepared) {
        if (prepared.length != width) {
            throw new IllegalArgumentException("expected " + width + " prepared values, got " + prepared.length);
        }
    }

    /** Turns margins into probabilities that sum to 1, in place, without overflow: {@code exp(m) / sum of exp(m)}. */
    static void softmax(double[] margins, int count) {
        softmax(margins, 0, count);
    }

    /** As {@link #softmax(double[], int)}, of the margins from {@code from} on. */
    static void softmax(double[] margins, int from, int count) {
        double greatest = Double.NEGATIVE_INFINITY;
        for (int i = from; i < from + count; i++) {
            greatest = Math.max(greatest, margins[i]);
        }
        double sum = 0;
        for (int i = from; i < from + count; i++) {
            margins[i] = Math.exp(margins[i] - greatest);
            sum += margins[i];
        }
        for (int i = from; i < from + count; i++) {
            margins[i] /= sum;
        }
    }
}
