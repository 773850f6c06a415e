package io.freshet.profiles;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;

/**
 * Rows per bin on both sides. Bins are decided by the baseline (and, for categories, by the window's size), never by the
 * window's values. Bins that are empty on both sides are left out.
 */
record Bins(double[] baseline, double[] window) {
    /** Equal-frequency bins of a numeric feature. */
    static final int NUMERIC_BINS = 10;

    /** Categories expected less often than this in the window are pooled (Cochran, Biometrics 10(4), 1954). */
    static final double MIN_EXPECTED = 5;

    static Bins of(FeatureProfile baseline, FeatureProfile window) {
        if (baseline instanceof NumericProfile a && window instanceof NumericProfile b) {
            double[] edges = edges(a);
            return trimmed(numericCounts(a, edges), numericCounts(b, edges));
        }
        if (baseline instanceof CategoricalProfile a && window instanceof CategoricalProfile b) {
            return categorical(a, b);
        }
        throw new IllegalArgumentException("one profile is numeric and the other categorical");
    }

    int size() {
        return baseline.length;
    }

    /**
     * Deciles, each an inclusive upper bound. A value that holds half a bin or more by itself gets a bin of its own, else
     * a constant feature could fall without leaving the bin that it shares with everything below it.
     */
    static double[] edges(NumericProfile profile) {
        TreeSet<Double> edges = new TreeSet<>();
        if (profile.values() == 0) {
            return new double[0];
        }
        for (int i = 1; i < NUMERIC_BINS; i++) {
            double edge = profile.quantile((double) i / NUMERIC_BINS).orElseThrow();
            double below = Math.nextDown(edge);
            edges.add(edge);
            if (Double.isFinite(below)) {
                double[] share = profile.cdf(below, edge);
                if (share[1] - share[0] >= 0.5 / NUMERIC_BINS) {
                    edges.add(below);
                }
            }
        }
        return edges.stream().mapToDouble(Double::doubleValue).toArray();
    }

    private static double[] numericCounts(NumericProfile profile, double[] edges) {
        double[] counts = new double[edges.length + 2];
        if (profile.values() > 0) {
            double[] shares = profile.cdf(edges);
            double below = 0;
            for (int i = 0; i < edges.length; i++) {
                counts[i] = Math.max(0, shares[i] - below) * profile.values();
                below = shares[i];
            }
            counts[edges.length] = Math.max(0, 1 - below) * profile.values();
        }
        counts[edges.length + 1] = profile.missing();
        return counts;
    }

    private static Bins categorical(CategoricalProfile baseline, CategoricalProfile window) {
        List<Double> left = new ArrayList<>();
        List<Double> right = new ArrayList<>();
        double leftOther = baseline.rows() - baseline.missing();
        double rightOther = window.rows() - window.missing();
        double rate = (double) window.rows() / Math.max(1, baseline.rows());
        for (Map.Entry<String, Long> entry : baseline.counts().entrySet()) {
            if (entry.getValue() * rate >= MIN_EXPECTED) {
                double there = window.count(entry.getKey());
                left.add((double) entry.getValue());
                right.add(there);
                leftOther -= entry.getValue();
                rightOther -= there;
            }
        }
        left.add(leftOther);
        right.add(rightOther);
        left.add((double) baseline.missing());
        right.add((double) window.missing());
        return trimmed(
                left.stream().mapToDouble(Double::doubleValue).toArray(),
                right.stream().mapToDouble(Double::doubleValue).toArray());
    }

    private static Bins trimmed(double[] left, double[] right) {
        double[] a = new double[left.length];
        double[] b = new double[left.length];
        int used = 0;
        for (int i = 0; i < left.length; i++) {
            if (left[i] > 0 || right[i] > 0) {
                a[used] = left[i];
                b[used++] = right[i];
            }
        }
        return new Bins(Arrays.copyOf(a, used), Arrays.copyOf(b, used));
    }
}
