package io.freshet.model;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** A bundle ready to score. Safe for concurrent use; each thread prepares into its own scratch array. */
public final class Model {
    /** Largest allowed distance between a golden score and the computed one, in terms of the greater of that and 1. */
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
     * The one score of a raw vector: a calibrated probability, or for regression a value in the label's unit.
     *
     * @param raw in the order of the bundle's features: Double (NaN = missing), String, or null (missing)
     * @throws IllegalArgumentException on a wrong length, or naming feature and value on a wrong kind
     * @throws ArithmeticException where extreme input makes the score NaN or infinite
     * @throws IllegalStateException of a model of several classes
     */
    public double score(@Nullable Object[] raw) {
        double[] prepared = scratch.get();
        bundle.preparation().apply(raw, prepared);
        return finished(bundle.scorer().score(prepared));
    }

    /**
     * The scores of a raw vector: that of {@link #score(Object[])}, or one probability for each class. Allocates nothing.
     *
     * @param raw as there
     * @param counts counts for each feature which bucket its value fell into; of as many features as the bundle has
     * @param into takes one score for each output, from its start
     * @throws IllegalArgumentException as there
     * @throws ArithmeticException as there
     */
    public void score(@Nullable Object[] raw, BucketCounts counts, double[] into) {
        double[] prepared = scratch.get();
        bundle.preparation().apply(raw, prepared, counts);
        scorePrepared(prepared, into);
    }

    /** As {@link #score(Object[], BucketCounts, double[])}, without counting. */
    public void score(@Nullable Object[] raw, double[] into) {
        double[] prepared = scratch.get();
        bundle.preparation().apply(raw, prepared);
        scorePrepared(prepared, into);
    }

    private void scorePrepared(double[] prepared, double[] into) {
        bundle.scorer().score(prepared, into);
        for (int i = 0; i < bundle.output().size(); i++) {
            into[i] = finished(into[i]);
        }
        if (bundle.output() instanceof Output.Multiclass several) {
            several.calibration().apply(into, several.size());
        }
    }

    private double finished(double score) {
        if (!Double.isFinite(score)) {
            throw new ArithmeticException("score is not finite: " + score);
        }
        return bundle.output() instanceof Output.Binary binary
                ? binary.calibration().apply(score)
                : score;
    }

    /** Index of the first golden vector whose scores are not reproduced, or -1. */
    int firstGoldenMismatch() {
        List<GoldenVector> golden = bundle.golden();
        double[] scores = new double[bundle.output().size()];
        for (int i = 0; i < golden.size(); i++) {
            score(golden.get(i).raw().toArray(), scores);
            for (int output = 0; output < scores.length; output++) {
                double expected = golden.get(i).scores().get(output);
                if (!(Math.abs(scores[output] - expected) <= GOLDEN_TOLERANCE * Math.max(1, Math.abs(expected)))) {
                    return i;
                }
            }
        }
        return -1;
    }
}
