package io.freshet.model;

import java.util.Arrays;

/**
 * How often each feature's values fell into each {@link Bucket}, counted while they are prepared. It belongs to whoever
 * prepares: not safe for concurrent use. Counting allocates nothing.
 */
public final class BucketCounts {
    private static final int BUCKETS = Bucket.values().length;

    private final long[] counts;

    /** All zero. */
    public BucketCounts(int features) {
        this.counts = new long[Math.multiplyExact(features, BUCKETS)];
    }

    /** Number of features. */
    public int features() {
        return counts.length / BUCKETS;
    }

    /** How many values of the feature at this position of the raw vector fell into the bucket since the last clearing. */
    public long count(int feature, Bucket bucket) {
        return counts[feature * BUCKETS + bucket.ordinal()];
    }

    void add(int feature, Bucket bucket) {
        counts[feature * BUCKETS + bucket.ordinal()]++;
    }

    /** Sets every count to zero. */
    public void clear() {
        Arrays.fill(counts, 0);
    }
}
