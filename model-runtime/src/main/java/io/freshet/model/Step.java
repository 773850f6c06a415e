package io.freshet.model;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
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
     * Writes {@link #width()} columns from {@code offset}.
     *
     * @throws IllegalArgumentException naming feature and value where the value is not of {@link #kind()}
     */
    void apply(@Nullable Object raw, double[] out, int offset);

    /**
     * A number: imputed, then {@code (x - mean) / sd}. An unscaled number has mean 0 and sd 1.
     *
     * @param imputed replacement for a missing value, in raw units; NaN keeps the value missing (NaN comes out)
     * @param mean finite
     * @param sd finite and above 0
     */
    record Numeric(String feature, double imputed, double mean, double sd) implements Step {
        /** Throws {@link IllegalArgumentException} on parameters out of range. */
        public Numeric {
            if (Double.isInfinite(imputed) || !Double.isFinite(mean) || !Double.isFinite(sd) || sd <= 0) {
                throw new IllegalArgumentException("feature '" + feature + "': fitted parameters out of range: imputed "
                        + imputed + ", mean " + mean + ", sd " + sd);
            }
        }

        @Override
        public FeatureKind kind() {
            return FeatureKind.NUMERIC;
        }

        @Override
        public int width() {
            return 1;
        }

        @Override
        public List<String> outputNames() {
            return List.of(feature);
        }

        @Override
        public void apply(@Nullable Object raw, double[] out, int offset) {
            double value = RawValues.number(feature, raw);
            out[offset] = ((Double.isNaN(value) ? imputed : value) - mean) / sd;
        }
    }

    /**
     * One 0/1 column per category and a last one for unseen or missing.
     *
     * @param categories strictly ascending in {@link String#compareTo} order; may be empty
     */
    record OneHot(String feature, List<String> categories) implements Step {
        /** Throws {@link IllegalArgumentException} on categories out of order or repeated. */
        public OneHot {
            categories = List.copyOf(categories);
            for (int i = 1; i < categories.size(); i++) {
                if (categories.get(i - 1).compareTo(categories.get(i)) >= 0) {
                    throw new IllegalArgumentException("feature '" + feature + "': categories are not ascending");
                }
            }
        }

        @Override
        public FeatureKind kind() {
            return FeatureKind.CATEGORICAL;
        }

        @Override
        public int width() {
            return categories.size() + 1;
        }

        @Override
        public List<String> outputNames() {
            List<String> names = new ArrayList<>(width());
            for (String category : categories) {
                names.add(feature + "=" + category);
            }
            names.add(feature + " unseen");
            return List.copyOf(names);
        }

        @Override
        public void apply(@Nullable Object raw, double[] out, int offset) {
            String value = RawValues.category(feature, raw);
            int found = value == null ? -1 : Collections.binarySearch(categories, value);
            int hot = found < 0 ? categories.size() : found;
            for (int i = 0; i <= categories.size(); i++) {
                out[offset + i] = i == hot ? 1 : 0;
            }
        }
    }

    /**
     * A category replaced by a fitted number: ordinal, frequency or target encoding.
     *
     * @param encode which of the three; only documents the meaning of the numbers
     * @param values category to finite number
     * @param unseen finite number for a category that is not in {@code values}, and for a missing one
     */
    record Mapped(String feature, FeaturePlan.Encode encode, Map<String, Double> values, double unseen)
            implements Step {
        /** Throws {@link IllegalArgumentException} on another encoding or a number that is not finite. */
        public Mapped {
            values = Map.copyOf(values);
            if (encode == FeaturePlan.Encode.NONE || encode == FeaturePlan.Encode.ONE_HOT) {
                throw new IllegalArgumentException("feature '" + feature + "': no mapping encodes " + encode);
            }
            if (!Double.isFinite(unseen) || !values.values().stream().allMatch(Double::isFinite)) {
                throw new IllegalArgumentException("feature '" + feature + "': encoded values must be finite");
            }
        }

        @Override
        public FeatureKind kind() {
            return FeatureKind.CATEGORICAL;
        }

        @Override
        public int width() {
            return 1;
        }

        @Override
        public List<String> outputNames() {
            return List.of(feature);
        }

        @Override
        public void apply(@Nullable Object raw, double[] out, int offset) {
            String value = RawValues.category(feature, raw);
            Double mapped = value == null ? null : values.get(value);
            out[offset] = mapped == null ? unseen : mapped;
        }
    }
}
