package io.freshet.model;

/** How a margin (any real number) becomes a score. */
public enum Link {
    /** The margin itself, for regression. */
    IDENTITY,
    /** {@code 1 / (1 + exp(-margin))}, a probability in [0, 1]. */
    LOGISTIC,
    /** The margin, or the nearer end of [0, 1]: a probability that rounding may have carried beyond. */
    CLIPPED;

    /** The score of a margin; never overflows. */
    public double apply(double margin) {
        return switch (this) {
            case IDENTITY -> margin;
            case LOGISTIC -> sigmoid(margin);
            case CLIPPED -> Math.min(1, Math.max(0, margin));
        };
    }

    static double sigmoid(double x) {
        if (x >= 0) {
            return 1 / (1 + Math.exp(-x));
        }
        double e = Math.exp(x);
        return e / (1 + e);
    }
}
