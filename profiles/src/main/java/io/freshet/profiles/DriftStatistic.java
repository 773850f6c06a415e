package io.freshet.profiles;

import io.freshet.profiles.DriftOutcome.InsufficientData;
import java.util.Optional;

/** A distance between a baseline and a window of the same feature; greater means further apart, 0 means alike. */
public sealed interface DriftStatistic permits PopulationStability, KolmogorovSmirnov, JensenShannon {

    /** Fewer rows than this on either side are {@link InsufficientData}: 5 expected rows in each of 10 bins. */
    int MIN_ROWS = 50;

    /** A stable name, for records and metrics. */
    String name();

    /**
     * Compares a window with the baseline.
     *
     * @throws IllegalArgumentException if one is numeric and the other categorical, or the statistic has no meaning for
     *     their kind
     */
    DriftOutcome compare(FeatureProfile baseline, FeatureProfile window);

    /** Says which side is too small, if one is. */
    static Optional<InsufficientData> tooFew(String unit, long baseline, long window) {
        if (baseline >= MIN_ROWS && window >= MIN_ROWS) {
            return Optional.empty();
        }
        return Optional.of(new InsufficientData("baseline has " + baseline + " and window " + window + " " + unit + ", "
                + MIN_ROWS + " are needed of each"));
    }
}
