package io.freshet.model.metrics;

/** What every metric asks of its arguments. */
final class Rows {
    /**
     * Probabilities are clipped to [CLIP, 1 - CLIP] before their logarithm is taken; the distance of 1 to the next double,
     * as scikit-learn has it.
     */
    static final double CLIP = Math.ulp(1.0);

    private Rows() {}

    /**
     * How many labels are positive.
     *
     * @throws IllegalArgumentException on different lengths or NaN
     */
    static int positives(double[] scores, boolean[] labels) {
        if (scores.length != labels.length) {
            throw new IllegalArgumentException(scores.length + " scores but " + labels.length + " labels");
        }
        int positives = 0;
        for (int i = 0; i < scores.length; i++) {
            if (Double.isNaN(scores[i])) {
                throw new IllegalArgumentException("score " + i + " is NaN");
            }
            positives += labels[i] ? 1 : 0;
        }
        return positives;
    }

    /** Throws {@link IllegalArgumentException} on a score outside [0, 1]. */
    static void checkProbabilities(double[] scores) {
        for (double score : scores) {
            if (!(score >= 0 && score <= 1)) {
                throw new IllegalArgumentException("not a probability: " + score);
            }
        }
    }

    /** Negative log-likelihood of one outcome that had this probability, in nats. */
    static double loss(double probability) {
        return -Math.log(Math.min(1 - CLIP, Math.max(CLIP, probability)));
    }
}
