package io.freshet.schemas.pipeline;

import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;

/**
 * How a feature's values are to be prepared for models, as far as it is declared: an empty setting is left to the model
 * family. What each setting computes is defined in {@code docs/preparation.md}.
 */
public sealed interface PreparationSpec {
    /**
     * Of a number.
     *
     * @param impute what replaces a missing value
     * @param indicator whether a column says that the value was missing
     * @param low least value
     * @param high greatest value
     * @param log whether the number is put on a logarithmic scale that keeps its sign
     * @param scale the scaling
     */
    record OfNumber(
            Optional<Impute> impute,
            boolean indicator,
            Optional<Bound> low,
            Optional<Bound> high,
            boolean log,
            Optional<Scale> scale)
            implements PreparationSpec {}

    /**
     * Of text.
     *
     * @param impute what replaces a missing value
     * @param indicator whether a column says that the value was missing
     * @param encode the encoding
     * @param smoothing of target encoding, in rows, at least 0
     * @param buckets of hashing, at least 2
     * @param rare which categories share a bucket
     */
    record OfText(
            Optional<Impute> impute,
            boolean indicator,
            Optional<Encode> encode,
            OptionalDouble smoothing,
            OptionalInt buckets,
            Optional<Rare> rare)
            implements PreparationSpec {}

    /** What replaces a missing value. */
    sealed interface Impute {}

    /** A value computed from those that are present, or none. */
    enum Statistic implements Impute {
        KEEP,
        MEAN,
        MEDIAN,
        MOST_FREQUENT
    }

    /** A given number, finite. */
    record Number(double value) implements Impute {}

    /** A given category, not blank. */
    record Category(String value) implements Impute {}

    /** A bound for clipping. */
    sealed interface Bound {}

    /** A given value, finite, in the feature's own unit. */
    record Value(double value) implements Bound {}

    /** The quantile of the training rows at this share, from 0 to 1. */
    record Quantile(double share) implements Bound {}

    /** How a number is scaled. */
    enum Scale {
        NONE,
        STANDARD,
        MIN_MAX,
        ROBUST
    }

    /** How a category becomes numbers. */
    enum Encode {
        ONE_HOT,
        ORDINAL,
        TARGET,
        HASHING,
        FREQUENCY
    }

    /**
     * A category is rare with fewer than {@code rows} training rows, or less than {@code share} of them; one of the two is
     * 0.
     */
    record Rare(int rows, double share) {}
}
