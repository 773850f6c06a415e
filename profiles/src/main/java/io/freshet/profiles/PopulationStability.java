package io.freshet.profiles;

import java.util.Optional;

/**
 * The population stability index, the sum over bins of (p - q) ln(p / q): 0 and up, without an upper bound; symmetric in
 * the shares, but not in the roles, because the baseline decides the bins.
 *
 * <p>Numbers fall into 10 equal-frequency bins of the baseline, and a value that fills half of such a bin by itself into
 * one of its own; nulls, NaN and infinities share one further bin. Categories are those of the baseline that are expected
 * at least 5 times in a window of that size, OTHER for the rest and for new ones, and NULL. A bin that is empty on both
 * sides is left out; every other bin has half a row added on both sides, so that an empty one gives no infinity.
 */
public final class PopulationStability implements DriftStatistic {
    private static final double SMOOTHING = 0.5;

    /** The statistic has no state. */
    public PopulationStability() {}

    @Override
    public String name() {
        return "psi";
    }

    @Override
    public DriftOutcome compare(FeatureProfile baseline, FeatureProfile window) {
        Bins bins = Bins.of(baseline, window);
        Optional<DriftOutcome.InsufficientData> tooFew = DriftStatistic.tooFew("rows", baseline.rows(), window.rows());
        return tooFew.isPresent() ? tooFew.get() : new DriftOutcome.Measured(psi(bins.baseline(), bins.window()));
    }

    /** From rows per bin, none of them empty on both sides. */
    static double psi(double[] baseline, double[] window) {
        double baselineRows = 0;
        double windowRows = 0;
        for (int i = 0; i < baseline.length; i++) {
            baselineRows += baseline[i] + SMOOTHING;
            windowRows += window[i] + SMOOTHING;
        }
        double sum = 0;
        for (int i = 0; i < baseline.length; i++) {
            double p = (baseline[i] + SMOOTHING) / baselineRows;
            double q = (window[i] + SMOOTHING) / windowRows;
            sum += (p - q) * Math.log(p / q);
        }
        return Math.max(0, sum);
    }

    /**
     * How the index is distributed when both sides come from one distribution: as (1/n + 1/m) times a chi-squared
     * variable with B - 1 degrees of freedom, after Yurdakul, "Statistical Properties of Population Stability Index",
     * dissertation, Western Michigan University, 2018.
     *
     * @param scale the factor 1/n + 1/m
     * @param degreesOfFreedom bins less one, at least 0
     */
    public record NullDistribution(double scale, int degreesOfFreedom) {
        public NullDistribution {
            if (!(scale > 0) || Double.isInfinite(scale) || degreesOfFreedom < 0) {
                throw new IllegalArgumentException("scale " + scale + ", degrees of freedom " + degreesOfFreedom);
            }
        }

        /** The expected index. */
        public double mean() {
            return scale * degreesOfFreedom;
        }

        /** The index's standard deviation. */
        public double sd() {
            return scale * Math.sqrt(2.0 * degreesOfFreedom);
        }

        /**
         * The index that is exceeded as often as a standard normal variable exceeds z: mean + z sd, or the chi-squared
         * quantile by Wilson and Hilferty (PNAS 17(12), 1931) where that is greater. The distribution is skewed, so that
         * mean + z sd alone would raise a multiple of the declared false alarms.
         */
        public double upper(double z) {
            if (degreesOfFreedom == 0) {
                return 0;
            }
            double spread = 2.0 / (9.0 * degreesOfFreedom);
            double root = Math.max(0, 1 - spread + z * Math.sqrt(spread));
            return Math.max(mean() + z * sd(), scale * degreesOfFreedom * root * root * root);
        }
    }

    /**
     * The distribution without drift for exact counts.
     *
     * @param bins bins in use, at least 1
     * @param n rows of one side, at least 1
     * @param m rows of the other side, at least 1
     * @throws IllegalArgumentException outside these ranges
     */
    public static NullDistribution expectedUnderNoDrift(int bins, long n, long m) {
        if (bins < 1 || n < 1 || m < 1) {
            throw new IllegalArgumentException("bins " + bins + ", n " + n + " and m " + m + " must be at least 1");
        }
        return new NullDistribution(1.0 / n + 1.0 / m, bins - 1);
    }

    /**
     * The distribution without drift for these two profiles, with the bins that they use. A quantile sketch that has begun
     * to forget blurs a bin's share p by a standard deviation s however many rows it saw, which counts as the sampling
     * error of p (1 - p) / s² rows, about 2200; this bounds how fine a drift large windows can show.
     *
     * @throws IllegalArgumentException if the kinds differ or either has no rows
     */
    public static NullDistribution expectedUnderNoDrift(FeatureProfile baseline, FeatureProfile window) {
        Bins bins = Bins.of(baseline, window);
        NullDistribution exact = expectedUnderNoDrift(Math.max(1, bins.size()), baseline.rows(), window.rows());
        return new NullDistribution(exact.scale() + blur(baseline) + blur(window), exact.degreesOfFreedom());
    }

    private static double blur(FeatureProfile profile) {
        if (profile instanceof NumericProfile numeric && numeric.approximate()) {
            double share = 1.0 / Bins.NUMERIC_BINS;
            return NumericProfile.sketchShareSd() * NumericProfile.sketchShareSd() / (share * (1 - share));
        }
        return 0;
    }
}
