package io.freshet.model;

/** {@code link(bias + weights . x)}, summed in column order in double precision. */
public final class LinearScorer implements Scorer {
    private final double[] weights;
    private final double bias;
    private final Link link;

    /**
     * Copies the weights.
     *
     * @param weights one finite weight per prepared column, at least one
     * @param bias finite
     * @throws IllegalArgumentException on no weights or a number that is not finite
     */
    public LinearScorer(double[] weights, double bias, Link link) {
        this.weights = weights.clone();
        this.bias = bias;
        this.link = link;
        if (weights.length == 0) {
            throw new IllegalArgumentException("no weights");
        }
        for (double weight : this.weights) {
            if (!Double.isFinite(weight)) {
                throw new IllegalArgumentException("weights must be finite");
            }
        }
        if (!Double.isFinite(bias)) {
            throw new IllegalArgumentException("bias must be finite");
        }
    }

    /** A copy of the weights. */
    public double[] weights() {
        return weights.clone();
    }

    /** The bias. */
    public double bias() {
        return bias;
    }

    /** The link. */
    public Link link() {
        return link;
    }

    @Override
    public int width() {
        return weights.length;
    }

    @Override
    public double score(double[] prepared) {
        Scorer.checkWidth(weights.length, prepared);
        double margin = bias;
        for (int i = 0; i < weights.length; i++) {
            margin += weights[i] * prepared[i];
        }
        return link.apply(margin);
    }
}
