package io.freshet.model;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** A fitted step: turns the raw value of one feature into one or more prepared columns. Immutable. */
public sealed interface Step {
    /** Name of the feature the step reads. */
    String feature();

    /** Kind of raw value the step takes. */
    FeatureKind kind();

    /** Number of columns written, at least 1. */
    int width();

    /** Names of the columns written, {@link #width()} of them. */
    List<String> outputNames();

    /**
     * Writes {@link #width()} columns from {@code offset}; allocates nothing.
     *
     * @return what the raw value was
     * @throws IllegalArgumentException naming feature and value where the value is not of {@link #kind()}
     */
    Bucket apply(@Nullable Object raw, double[] out, int offset);

    /**
     * A number: imputed, clipped, put on a log scale, and scaled as {@code (x - center) / scale}.
     *
     * @param imputed replacement for a missing value, in raw units; NaN keeps the value missing (NaN comes out)
     * @param indicator whether a second column is 1 for a missing value, else 0
     * @param low least value, in raw units; negative infinity for no bound
     * @param high greatest value, at least {@code low}; infinity for no bound
     * @param log whether {@code x} becomes {@code sign(x) * ln(1 + |x|)}
     * @param center finite; 0 where nothing is scaled
     * @param scale finite and above 0; 1 where nothing is scaled
     */
    record Numeric(
            String feature,
            double imputed,
            boolean indicator,
            double low,
            double high,
            boolean log,
            double center,
            double scale)
            implements Step {
        /** Throws {@link IllegalArgumentException} on parameters out of range. */
        public Numeric {
            if (Double.isInfinite(imputed) || !Double.isFinite(center) || !Double.isFinite(scale) || scale <= 0) {
                throw new IllegalArgumentException("feature '" + feature + "': fitted parameters out of range: imputed "
                        + imputed + ", center " + center + ", scale " + scale);
            }
            if (!(low <= high) || low == Double.POSITIVE_INFINITY || high == Double.NEGATIVE_INFINITY) {
                throw new IllegalArgumentException(
                        "feature '" + feature + "': bounds out of range: " + low + " to " + high);
            }
        }

        /** A number that is imputed and scaled, and nothing else. */
        public Numeric(String feature, double imputed, double center, double scale) {
            this(feature, imputed, false, Double.NEGATIVE_INFINITY, Double.POSITIVE_INFINITY, false, center, scale);
        }

        @Override
        public FeatureKind kind() {
            return FeatureKind.NUMERIC;
        }

        @Override
        public int width() {
            return indicator ? 2 : 1;
        }

        @Override
        public List<String> outputNames() {
            return named(feature, indicator);
        }

        @Override
        public Bucket apply(@Nullable Object raw, double[] out, int offset) {
            double value = RawValues.number(feature, raw);
            boolean missing = Double.isNaN(value);
            out[offset] = (transform(missing ? imputed : value) - center) / scale;
            return found(missing ? Bucket.MISSING : Bucket.KNOWN, indicator, out, offset + 1);
        }

        /** The value between imputing and scaling. */
        double transform(double value) {
            double clipped = value < low ? low : value > high ? high : value;
            return log ? signedLog(clipped) : clipped;
        }

        /** By {@link StrictMath}, which gives the same bits on every machine. */
        private static double signedLog(double value) {
            return Math.copySign(StrictMath.log1p(Math.abs(value)), value);
        }
    }

    /**
     * One 0/1 column per category, and further ones, shared or not, for rare, unseen and missing. Where one of these has
     * no column, it is all zeros.
     *
     * @param imputed the category that a missing value counts as; null for none
     * @param categories strictly ascending in {@link String#compareTo} order; may be empty
     * @param rare categories that count as rare; none of {@code categories}
     * @param rareAt column of a rare category, after those of the categories, or {@link #NO_COLUMN}
     * @param unseenAt column of an unseen category, likewise
     * @param missingAt column of a missing value, likewise
     */
    record OneHot(
            String feature,
            @Nullable String imputed,
            List<String> categories,
            Set<String> rare,
            int rareAt,
            int unseenAt,
            int missingAt)
            implements Step {
        /** The place of a column that there is not. */
        public static final int NO_COLUMN = -1;

        /** Throws {@link IllegalArgumentException} on categories out of order or repeated, or columns out of place. */
        public OneHot {
            categories = List.copyOf(categories);
            rare = Set.copyOf(rare);
            for (int i = 1; i < categories.size(); i++) {
                if (categories.get(i - 1).compareTo(categories.get(i)) >= 0) {
                    throw new IllegalArgumentException("feature '" + feature + "': categories are not ascending");
                }
            }
            requireApart(feature, rare, categories);
            int first = categories.size();
            BitSet places = new BitSet();
            for (int column : new int[] {rareAt, unseenAt, missingAt}) {
                if (column != NO_COLUMN) {
                    if (column < first || column > first + 2) {
                        throw new IllegalArgumentException("feature '" + feature + "': column out of place");
                    }
                    places.set(column - first);
                }
            }
            if (places.length() != places.cardinality() || first + places.cardinality() == 0) {
                throw new IllegalArgumentException("feature '" + feature + "': a column is not used");
            }
        }

        /** A last column for unseen or missing, nothing rare. */
        public OneHot(String feature, List<String> categories) {
            this(feature, null, categories, Set.of(), NO_COLUMN, categories.size(), categories.size());
        }

        @Override
        public FeatureKind kind() {
            return FeatureKind.CATEGORICAL;
        }

        @Override
        public int width() {
            return Math.max(categories.size(), 1 + Math.max(rareAt, Math.max(unseenAt, missingAt)));
        }

        @Override
        public List<String> outputNames() {
            List<String> names = new ArrayList<>(width());
            for (String category : categories) {
                names.add(feature + "=" + category);
            }
            for (int column = categories.size(); column < width(); column++) {
                names.add(feature + (column == rareAt ? " rare" : column == unseenAt ? " unseen" : " missing"));
            }
            return List.copyOf(names);
        }

        @Override
        public Bucket apply(@Nullable Object raw, double[] out, int offset) {
            String given = RawValues.category(feature, raw);
            String value = given == null ? imputed : given;
            int found = value == null ? -1 : Collections.binarySearch(categories, value);
            Bucket bucket = value == null
                    ? Bucket.MISSING
                    : found >= 0 ? Bucket.KNOWN : rare.contains(value) ? Bucket.RARE : Bucket.UNSEEN;
            int hot = switch (bucket) {
                case KNOWN -> found;
                case RARE -> rareAt;
                case UNSEEN -> unseenAt;
                case MISSING -> missingAt;
            };
            int width = width();
            for (int i = 0; i < width; i++) {
                out[offset + i] = i == hot ? 1 : 0;
            }
            return given == null ? Bucket.MISSING : bucket;
        }
    }

    /**
     * A category replaced by a fitted number: ordinal, frequency or target encoding.
     *
     * @param encode which of the three; only documents the meaning of the numbers
     * @param imputed the category that a missing value counts as; null for none
     * @param indicator whether a second column is 1 for a missing value, else 0
     * @param values category to finite number
     * @param rareCategories categories that count as rare; none of {@code values}
     * @param rare finite number for a rare category
     * @param unseen finite number for an unseen category
     * @param missing finite number for a missing value
     */
    record Mapped(
            String feature,
            Encode encode,
            @Nullable String imputed,
            boolean indicator,
            Map<String, Double> values,
            Set<String> rareCategories,
            double rare,
            double unseen,
            double missing)
            implements Step {
        /** What the numbers mean. */
        public enum Encode {
            /** Rank of the category. */
            ORDINAL,
            /** Share of the training rows. */
            FREQUENCY,
            /** Smoothed mean label. */
            TARGET
        }

        /** Throws {@link IllegalArgumentException} on a category given twice or a number that is not finite. */
        public Mapped {
            values = Map.copyOf(values);
            rareCategories = Set.copyOf(rareCategories);
            requireApart(feature, rareCategories, values.keySet());
            if (!Double.isFinite(rare)
                    || !Double.isFinite(unseen)
                    || !Double.isFinite(missing)
                    || !values.values().stream().allMatch(Double::isFinite)) {
                throw new IllegalArgumentException("feature '" + feature + "': encoded values must be finite");
            }
        }

        /** Nothing rare, and a missing value counts as unseen. */
        public Mapped(String feature, Encode encode, Map<String, Double> values, double unseen) {
            this(feature, encode, null, false, values, Set.of(), unseen, unseen, unseen);
        }

        @Override
        public FeatureKind kind() {
            return FeatureKind.CATEGORICAL;
        }

        @Override
        public int width() {
            return indicator ? 2 : 1;
        }

        @Override
        public List<String> outputNames() {
            return named(feature, indicator);
        }

        @Override
        public Bucket apply(@Nullable Object raw, double[] out, int offset) {
            String given = RawValues.category(feature, raw);
            String value = given == null ? imputed : given;
            Double mapped = value == null ? null : values.get(value);
            Bucket bucket = Bucket.KNOWN;
            if (mapped != null) {
                out[offset] = mapped;
            } else if (value == null) {
                bucket = Bucket.MISSING;
                out[offset] = missing;
            } else if (rareCategories.contains(value)) {
                bucket = Bucket.RARE;
                out[offset] = rare;
            } else {
                bucket = Bucket.UNSEEN;
                out[offset] = unseen;
            }
            return found(given == null ? Bucket.MISSING : bucket, indicator, out, offset + 1);
        }
    }

    /**
     * One 0/1 column per hash bucket: a category's is the remainder of its MurmurHash3 (32 bits, seed 0, of the UTF-8
     * bytes, unsigned) by the number of buckets. A missing value is all zeros.
     *
     * @param imputed the category that a missing value counts as; null for none
     * @param indicator whether a last column is 1 for a missing value, else 0
     * @param buckets from 2 to {@value #MOST_BUCKETS}
     */
    record Hashed(String feature, @Nullable String imputed, boolean indicator, int buckets) implements Step {
        /** The columns of a prepared row are not sparse. */
        public static final int MOST_BUCKETS = 1024;

        /** Throws {@link IllegalArgumentException} on buckets out of range. */
        public Hashed {
            if (buckets < 2 || buckets > MOST_BUCKETS) {
                throw new IllegalArgumentException("feature '" + feature + "': " + buckets + " buckets");
            }
        }

        @Override
        public FeatureKind kind() {
            return FeatureKind.CATEGORICAL;
        }

        @Override
        public int width() {
            return indicator ? buckets + 1 : buckets;
        }

        @Override
        public List<String> outputNames() {
            List<String> names = new ArrayList<>(IntStream.range(0, buckets)
                    .mapToObj(bucket -> feature + "#" + bucket)
                    .toList());
            if (indicator) {
                names.add(feature + " missing");
            }
            return List.copyOf(names);
        }

        @Override
        public Bucket apply(@Nullable Object raw, double[] out, int offset) {
            String given = RawValues.category(feature, raw);
            String value = given == null ? imputed : given;
            int hot = value == null ? -1 : Integer.remainderUnsigned(Murmur3.hash(value), buckets);
            for (int i = 0; i < buckets; i++) {
                out[offset + i] = i == hot ? 1 : 0;
            }
            return found(given == null ? Bucket.MISSING : Bucket.KNOWN, indicator, out, offset + buckets);
        }
    }

    private static List<String> named(String feature, boolean indicator) {
        return indicator ? List.of(feature, feature + " missing") : List.of(feature);
    }

    private static Bucket found(Bucket bucket, boolean indicator, double[] out, int column) {
        if (indicator) {
            out[column] = bucket == Bucket.MISSING ? 1 : 0;
        }
        return bucket;
    }

    private static void requireApart(String feature, Set<String> rare, Collection<String> known) {
        for (String category : known) {
            if (rare.contains(category)) {
                throw new IllegalArgumentException("feature '" + feature + "': a category is both known and rare");
            }
        }
    }
}
