package io.freshet.model;

/** How one feature is to be prepared, before anything is fitted. */
public sealed interface FeaturePlan {
    /** Name of the feature. */
    String name();

    /** Kind of its raw values. */
    FeatureKind kind();

    /**
     * A number: imputed, clipped, put on a log scale, scaled, in this order.
     *
     * @param name not blank
     * @param impute what replaces a missing number; not a category
     * @param indicator whether a 0/1 column says that the value was missing
     * @param low least value; smaller ones become it
     * @param high greatest value; greater ones become it
     * @param log whether {@code x} becomes {@code sign(x) * ln(1 + |x|)}
     * @param scale the scaling
     */
    record Numeric(String name, Impute impute, boolean indicator, Bound low, Bound high, boolean log, Scale scale)
            implements FeaturePlan {
        /** Throws {@link IllegalArgumentException} on a combination that makes no sense. */
        public Numeric {
            requireName(name);
            require(!(impute instanceof Category), name, "a category does not replace a number");
            require(!low.reaches(high), name, "the lower bound is not below the upper one");
        }

        @Override
        public FeatureKind kind() {
            return FeatureKind.NUMERIC;
        }
    }

    /**
     * A category: imputed, then encoded.
     *
     * @param name not blank
     * @param impute what replaces a missing category: KEEP (it is a bucket of its own), MOST_FREQUENT or a category
     * @param indicator whether a 0/1 column says that the value was missing; not with one-hot encoding, which has one
     * @param encoding the encoding
     */
    record Categorical(String name, Impute impute, boolean indicator, Encoding encoding) implements FeaturePlan {
        /** Throws {@link IllegalArgumentException} on a combination that makes no sense. */
        public Categorical {
            requireName(name);
            require(
                    impute == Statistic.KEEP || impute == Statistic.MOST_FREQUENT || impute instanceof Category,
                    name,
                    "a category is replaced by the most frequent or a given one");
            require(
                    !indicator || !(encoding instanceof Encoding.OneHot),
                    name,
                    "one-hot encoding has a column for missing values");
        }

        @Override
        public FeatureKind kind() {
            return FeatureKind.CATEGORICAL;
        }
    }

    /** What replaces a missing value. */
    sealed interface Impute {}

    /** A replacement computed from the present values. */
    enum Statistic implements Impute {
        /** Nothing: a number goes through as NaN, for tree ensembles that route missing values. */
        KEEP,
        /** The mean. */
        MEAN,
        /** The median. */
        MEDIAN,
        /** The value that occurs most often; of several the least. */
        MOST_FREQUENT
    }

    /**
     * A number as replacement.
     *
     * @param value finite
     */
    record Constant(double value) implements Impute {
        /** Throws {@link IllegalArgumentException} on a number that is not finite. */
        public Constant {
            if (!Double.isFinite(value)) {
                throw new IllegalArgumentException("constant " + value + " is not finite");
            }
        }
    }

    /** A category as replacement. */
    record Category(String value) implements Impute {}

    /** A bound for clipping. */
    sealed interface Bound {
        /** Whether this, as a lower bound, can be seen not to lie below the upper one before anything is fitted. */
        default boolean reaches(Bound upper) {
            return switch (this) {
                case None() -> false;
                case At(double value) -> upper instanceof At(double most) && value >= most;
                case Quantile(double share) -> upper instanceof Quantile(double most) && share >= most;
            };
        }

        /** No bound. */
        record None() implements Bound {}

        /**
         * A given value, in raw units.
         *
         * @param value finite
         */
        record At(double value) implements Bound {
            /** Throws {@link IllegalArgumentException} on a number that is not finite. */
            public At {
                if (!Double.isFinite(value)) {
                    throw new IllegalArgumentException("bound " + value + " is not finite");
                }
            }
        }

        /**
         * A quantile of the present values.
         *
         * @param share from 0 to 1
         */
        record Quantile(double share) implements Bound {
            /** Throws {@link IllegalArgumentException} on a share out of range. */
            public Quantile {
                if (!(share >= 0 && share <= 1)) {
                    throw new IllegalArgumentException("quantile " + share + " is not from 0 to 1");
                }
            }
        }
    }

    /** Scaling of a number, the last step. */
    enum Scale {
        /** The number as it is. */
        NONE,
        /** Less the mean, divided by the population standard deviation. */
        STANDARD,
        /** Less the least value, divided by the range: training rows lie in [0, 1]. */
        MIN_MAX,
        /** Less the median, divided by the distance between the quartiles. */
        ROBUST
    }

    /** Encoding of a category. */
    sealed interface Encoding {
        /** One 0/1 column per category; one for the rare ones and one for missing, where training has any. */
        record OneHot(Rare rare) implements Encoding {}

        /** Rank of the category in string order from 0; the rare ones share the next rank, unseen is -1, missing -2. */
        record Ordinal(Rare rare) implements Encoding {}

        /** Share of the training rows in the category, in [0, 1]; unseen is 0. */
        record Frequency(Rare rare) implements Encoding {}

        /**
         * Mean label of the category, shrunk towards the mean label of all rows, which is what unseen gets. Training
         * rows get it from other rows' labels only.
         *
         * @param smoothing weight of the mean of all rows, in rows; finite and at least 0
         */
        record Target(Rare rare, double smoothing) implements Encoding {
            /** Throws {@link IllegalArgumentException} on smoothing out of range. */
            public Target {
                if (!(smoothing >= 0) || Double.isInfinite(smoothing)) {
                    throw new IllegalArgumentException("smoothing " + smoothing + " is not finite and at least 0");
                }
            }
        }

        /**
         * One 0/1 column per hash bucket; knows no categories, so that nothing is rare or unseen.
         *
         * @param buckets from 2 to {@value Step.Hashed#MOST_BUCKETS}
         */
        record Hashing(int buckets) implements Encoding {
            /** Throws {@link IllegalArgumentException} on buckets out of range. */
            public Hashing {
                if (buckets < 2 || buckets > Step.Hashed.MOST_BUCKETS) {
                    throw new IllegalArgumentException(
                            buckets + " buckets are not from 2 to " + Step.Hashed.MOST_BUCKETS);
                }
            }
        }
    }

    /**
     * Which categories are rare: those with fewer than {@code rows} training rows or less than {@code share} of them.
     *
     * @param rows at least 0
     * @param share from 0 to 1
     */
    record Rare(int rows, double share) {
        /** No category is rare. */
        public static final Rare NEVER = new Rare(0, 0);

        /** Throws {@link IllegalArgumentException} on a count or share out of range. */
        public Rare {
            if (rows < 0 || !(share >= 0 && share <= 1)) {
                throw new IllegalArgumentException("rare below " + rows + " rows or a share of " + share);
            }
        }

        /** Whether a category with {@code count} of {@code all} training rows is rare. */
        public boolean test(int count, int all) {
            return count < rows || count < share * all;
        }
    }

    /** A number that is imputed and scaled, and nothing else. */
    static FeaturePlan numeric(String name, Impute impute, Scale scale) {
        return new Numeric(name, impute, false, new Bound.None(), new Bound.None(), false, scale);
    }

    /** A category that is encoded, and nothing else. */
    static FeaturePlan categorical(String name, Encoding encoding) {
        return new Categorical(name, Statistic.KEEP, false, encoding);
    }

    private static void requireName(String name) {
        if (name.isBlank()) {
            throw new IllegalArgumentException("blank feature name");
        }
    }

    private static void require(boolean holds, String name, String message) {
        if (!holds) {
            throw new IllegalArgumentException("feature '" + name + "': " + message);
        }
    }
}
