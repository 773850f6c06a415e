package io.freshet.profiles;

import java.util.Optional;

/**
 * The Jensen-Shannon distance, the square root of the divergence with logarithms to base 2 (Endres and Schindelin, IEEE
 * Transactions on Information Theory 49(7), 2003), 0..1, over the same bins as {@link PopulationStability}, unsmoothed.
 */
public final class JensenShannon implements DriftStatistic {
    /** The statistic has no state. */
    public JensenShannon() {}

    @Override
    public String name() {
        return "js";
    }

    @Override
    public DriftOutcome compare(FeatureProfile baseline, FeatureProfile window) {
        Bins bins = Bins.of(baseline, window);
        Optional<DriftOutcome.InsufficientData> tooFew = DriftStatistic.tooFew("rows", baseline.rows(), window.rows());
        if (tooFew.isPresent()) {
            return tooFew.get();
        }
        double divergence = 0;
        for (int i = 0; i < bins.size(); i++) {
            double p = bins.baseline()[i] / baseline.rows();
            double q = bins.window()[i] / window.rows();
            double middle = (p + q) / 2;
            divergence += (term(p, middle) + term(q, middle)) / 2;
        }
        return new DriftOutcome.Measured(Math.sqrt(Math.clamp(divergence, 0.0, 1.0)));
    }

    private static double term(double share, double middle) {
        return share <= 0 ? 0 : share * Math.log(share / middle) / Math.log(2);
    }
}
