package io.freshet.model;

/**
 * How one feature is to be prepared, before anything is fitted. The factories give the valid combinations.
 *
 * @param name feature name, not blank
 * @param kind kind of the raw values
 * @param impute what replaces a missing number; {@link Impute#KEEP} for categorical features
 * @param imputeConstant the finite replacement for {@link Impute#CONSTANT}, else 0
 * @param scale scaling of numbers; {@link Scale#NONE} for categorical features
 * @param encode encoding of categories; {@link Encode#NONE} for numeric features and only for them
 * @param smoothing weight of the prior in target encoding, in rows, finite and at least 0; else 0
 */
public record FeaturePlan(
        String name,
        FeatureKind kind,
        Impute impute,
        double imputeConstant,
        Scale scale,
        Encode encode,
        double smoothing) {

    /** What replaces a missing number. */
    public enum Impute {
        /** Nothing: NaN goes through, for tree ensembles that route missing values. */
        KEEP,
        /** Mean of the present values. */
        MEAN,
        /** Median of the present values. */
        MEDIAN,
        /** A given constant. */
        CONSTANT
    }

    /** Scaling of a number, after imputation. */
    public enum Scale {
        /** The number as it is. */
        NONE,
        /** Less the mean, divided by the population standard deviation. */
        STANDARD
    }

    /** Encoding of a category; a missing category is treated as one that training never saw. */
    public enum Encode {
        /** For numeric features. */
        NONE,
        /** One 0/1 column per category and one for unseen. */
        ONE_HOT,
        /** Rank of the category in string order from 0; unseen is -1. */
        ORDINAL,
        /** Share of the training rows with the category, in [0, 1]; unseen is 0. */
        FREQUENCY,
        /** Smoothed mean label of the category; unseen is the mean label. */
        TARGET
    }

    /** Throws {@link IllegalArgumentException} on an invalid combination. */
    public FeaturePlan {
        if (name.isBlank()) {
            throw new IllegalArgumentException("blank feature name");
        }
        boolean numeric = kind == FeatureKind.NUMERIC;
        if (numeric != (encode == Encode.NONE)) {
            throw new IllegalArgumentException(
                    "feature '" + name + "': encoding " + encode + " does not fit kind " + kind);
        }
        if (!numeric && (impute != Impute.KEEP || scale != Scale.NONE)) {
            throw new IllegalArgumentException("feature '" + name + "': only numbers are imputed and scaled");
        }
        if (!Double.isFinite(imputeConstant) || !Double.isFinite(smoothing) || smoothing < 0) {
            throw new IllegalArgumentException("feature '" + name + "': constant or smoothing out of range");
        }
    }

    /** A numeric feature; for {@link Impute#CONSTANT} the constant is 0. */
    public static FeaturePlan numeric(String name, Impute impute, Scale scale) {
        return new FeaturePlan(name, FeatureKind.NUMERIC, impute, 0, scale, Encode.NONE, 0);
    }

    /** A numeric feature whose missing values become {@code constant}. */
    public static FeaturePlan numericConstant(String name, double constant, Scale scale) {
        return new FeaturePlan(name, FeatureKind.NUMERIC, Impute.CONSTANT, constant, scale, Encode.NONE, 0);
    }

    /** A categorical feature; for {@link Encode#TARGET} without smoothing. */
    public static FeaturePlan categorical(String name, Encode encode) {
        return new FeaturePlan(name, FeatureKind.CATEGORICAL, Impute.KEEP, 0, Scale.NONE, encode, 0);
    }

    /** A categorical feature replaced by its mean label, with {@code smoothing} rows' worth of prior. */
    public static FeaturePlan target(String name, double smoothing) {
        return new FeaturePlan(name, FeatureKind.CATEGORICAL, Impute.KEEP, 0, Scale.NONE, Encode.TARGET, smoothing);
    }
}
