package io.freshet.model;

/** What a raw value of a feature may be; {@code null} means missing for either kind. */
public enum FeatureKind {
    /** A {@link Double}; NaN means missing, infinities are refused. */
    NUMERIC,
    /** A {@link String}. */
    CATEGORICAL
}
