package io.freshet.profiles;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;

/** Compares a window with a baseline, feature by feature, by {@link PopulationStability}. */
public final class DriftComparison {
    private static final int TOP = 5;

    private DriftComparison() {}

    /**
     * What a reader needs to see of one side.
     *
     * @param rows rows, missing ones included
     * @param nullShare share of rows without a usable value, 0..1
     * @param mean mean of a numeric feature; empty for a categorical one and without values
     * @param topCategories up to 5 most frequent categories with their rows, most frequent first; empty for a numeric one
     */
    public record Summary(long rows, double nullShare, OptionalDouble mean, List<CategoryCount> topCategories) {
        public Summary {
            topCategories = List.copyOf(topCategories);
        }

        static Summary of(FeatureProfile profile) {
            return switch (profile) {
                case NumericProfile numeric ->
                    new Summary(numeric.rows(), numeric.missingShare(), numeric.mean(), List.of());
                case CategoricalProfile categorical ->
                    new Summary(
                            categorical.rows(),
                            categorical.missingShare(),
                            OptionalDouble.empty(),
                            categorical.top(TOP).entrySet().stream()
                                    .map(entry -> new CategoryCount(entry.getKey(), entry.getValue()))
                                    .toList());
            };
        }
    }

    /** A category and its rows. */
    public record CategoryCount(String category, long rows) {}

    /**
     * One feature's verdict.
     *
     * @param feature the feature's name
     * @param statistic the statistic's name
     * @param outcome its value, or why there is none
     * @param threshold what the value was held against
     * @param baseline the baseline in short
     * @param window the window in short
     */
    public record FeatureDrift(
            String feature,
            String statistic,
            DriftOutcome outcome,
            double threshold,
            Summary baseline,
            Summary window) {

        /** The statistic; empty if there was too little data. */
        public OptionalDouble value() {
            return outcome instanceof DriftOutcome.Measured measured
                    ? OptionalDouble.of(measured.value())
                    : OptionalDouble.empty();
        }

        /** Whether the value lies above the threshold; false says nothing if {@link #value()} is empty. */
        public boolean drifted() {
            return outcome instanceof DriftOutcome.Measured measured && measured.value() > threshold;
        }
    }

    /**
     * Compares every feature.
     *
     * @param thresholds for every feature a number of 0 or more
     * @return a verdict per feature, in the baseline's order
     * @throws IllegalArgumentException if the features differ or a threshold is missing, NaN or negative
     */
    public static List<FeatureDrift> compare(Profile baseline, Profile window, Map<String, Double> thresholds) {
        baseline.requireSameFeatures(window);
        PopulationStability psi = new PopulationStability();
        List<FeatureDrift> verdicts = new ArrayList<>();
        for (String name : baseline.features()) {
            Double threshold = thresholds.get(name);
            if (threshold == null || !(threshold >= 0)) {
                throw new IllegalArgumentException("threshold of feature " + name + " is " + threshold);
            }
            FeatureProfile before = baseline.live(name);
            FeatureProfile now = window.live(name);
            verdicts.add(new FeatureDrift(
                    name, psi.name(), psi.compare(before, now), threshold, Summary.of(before), Summary.of(now)));
        }
        return List.copyOf(verdicts);
    }
}
