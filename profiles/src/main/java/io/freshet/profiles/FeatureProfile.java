package io.freshet.profiles;

/** A mergeable summary of one feature's values; mutable, and not safe for concurrent use. */
public sealed interface FeatureProfile permits NumericProfile, CategoricalProfile {

    /** All rows seen, missing ones included. */
    long rows();

    /** Rows without a usable value: nulls, and for numbers NaN and infinities as well. */
    long missing();

    /** Counts one row without a value. */
    void addNull();

    /** An independent copy. */
    FeatureProfile copy();

    /** A versioned binary form, read back by the class's own {@code fromBytes}. */
    byte[] toBytes();

    /** {@link #missing()} over {@link #rows()}, 0..1; 0 when there are no rows. */
    default double missingShare() {
        return rows() == 0 ? 0 : (double) missing() / rows();
    }
}
