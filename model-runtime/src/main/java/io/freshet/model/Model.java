package io.freshet.model;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** A bundle ready to score. Safe for concurrent use; each thread prepares into its own scratch array. */
public final class Model {
    /** Largest allowed distance between a golden score and the computed one. */
    public static final double GOLDEN_TOLERANCE = 1e-6;

    private final ModelBundle bundle;
    private final ThreadLocal<double[]> scratch;

    /** Wraps a bundle without checking its golden vectors; {@link #load} and {@link ModelBundleCodec} do. */
    @SuppressWarnings("ThreadLocalUsage") // Scratch is sized by this model.
    public Model(ModelBundle bundle) {
        this.bundle = bundle;
        int width = bundle.preparation().width();
        this.scratch = ThreadLocal.withInitial(() -> new double[width]);
    }

    /**
     * Decodes and checks a bundle.
     *
     * @param maxBytes largest accepted length of {@code bytes}
     * @throws InvalidBundleException as {@link ModelBundleCodec#decode}
     */
    public static Model load(byte[] bytes, int maxBytes) throws InvalidBundleException {
        return new Model(ModelBundleCodec.decode(bytes, maxBytes));
    }

    /** What the model was loaded from. */
    public ModelBundle bundle() {
        return bundle;
    }

    /**
     * The calibrated score of one raw vector: a probability for logistic models, the label's unit for regression.
     *
     * @param raw in the order of the bundle's features: Double (NaN = missing), String, or null (missing)
     * @throws IllegalArgumentException on a wrong length, or naming feature and value on a wrong kind
     * @throws ArithmeticException where extreme input makes the score NaN or infinite
     */
    public double score(@Nullable Object[] raw) {
        double[] prepared = scratch.get();
        bundle.preparation().apply(raw, prepared);
        return scorePrepared(prepared);
    }

    /**
     * As {@link #score(Object[])}, counting for each feature which bucket its value fell into.
     *
     * @param counts of as many features as the bundle has
     */
    public double score(@Nullable Object[] raw, BucketCounts counts) {
        double[] prepared = scratch.get();
        bundle.preparation().apply(raw, prepared, counts);
        return scorePrepared(prepared);
    }

    private double scorePrepared(double[] prepared) {
        double score = bundle.scorer().score(prepared);
        if (!Double.isFinite(score)) {
            throw new ArithmeticException("score is not finite: " + score);
        }
        return bundle.calibration().apply(score);
    }

    /** Whether the score reaches the bundle's decision threshold. */
    public boolean decide(double score) {
        return score >= bundle.decisionThreshold();
    }

    /** Index of the first golden vector whose score is not reproduced, or -1. */
    int firstGoldenMismatch() {
        List<GoldenVector> golden = bundle.golden();
        for (int i = 0; i < golden.size(); i++) {
            double score = score(golden.get(i).raw().toArray());
            if (!(Math.abs(score - golden.get(i).score()) <= GOLDEN_TOLERANCE)) {
                return i;
            }
        }
        return -1;
    }
}
