package io.freshet.model;

/** Turns a prepared vector into a score. Immutable and safe for concurrent use; validated when constructed. */
public sealed interface Scorer permits LinearScorer, TreeEnsembleScorer, DenseNetworkScorer {
    /** Length of the prepared vector, at least 1. */
    int width();

    /**
     * The score of one prepared vector.
     *
     * @param prepared of length {@link #width()}, not changed
     * @throws IllegalArgumentException on another length
     */
    double score(double[] prepared);

    /** Throws {@link IllegalArgumentException} where the vector's length is not the scorer's. */
    static void checkWidth(int width, double[] prepared) {
        if (prepared.length != width) {
            throw new IllegalArgumentException("expected " + width + " prepared values, got " + prepared.length);
        }
    }
}
