package io.freshet.trainer.rows;

import io.freshet.model.FeaturePlan;
import io.freshet.model.FeaturePlan.Encoding;
import io.freshet.schemas.pipeline.PreparationSpec;
import io.freshet.schemas.pipeline.PreparationSpec.Encode;
import io.freshet.schemas.pipeline.PreparationSpec.OfNumber;
import io.freshet.schemas.pipeline.PreparationSpec.OfText;
import java.util.Optional;

/** A feature's plan: the declared settings, and for those that are not declared what suits the learner. */
final class Plans {
    static final double SMOOTHING = 20;
    static final int BUCKETS = 32;

    private Plans() {}

    /**
     * @param keepMissing whether the learner wants missing numbers as NaN and the others as they are; otherwise they are
     *     imputed by the median and standardised
     */
    static FeaturePlan number(String name, OfNumber declared, boolean keepMissing) {
        return new FeaturePlan.Numeric(
                name,
                declared.impute()
                        .map(Plans::impute)
                        .orElse(keepMissing ? FeaturePlan.Statistic.KEEP : FeaturePlan.Statistic.MEDIAN),
                declared.indicator(),
                bound(declared.low()),
                bound(declared.high()),
                declared.log(),
                declared.scale()
                        .map(Plans::scale)
                        .orElse(keepMissing ? FeaturePlan.Scale.NONE : FeaturePlan.Scale.STANDARD));
    }

    /**
     * @param chosen the encoding where none is declared
     */
    static FeaturePlan text(String name, OfText declared, Encode chosen) {
        FeaturePlan.Rare rare = rare(declared);
        Encoding encoding = switch (declared.encode().orElse(chosen)) {
            case ONE_HOT -> new Encoding.OneHot(rare);
            case ORDINAL -> new Encoding.Ordinal(rare);
            case FREQUENCY -> new Encoding.Frequency(rare);
            case TARGET -> new Encoding.Target(rare, declared.smoothing().orElse(SMOOTHING));
            case HASHING -> new Encoding.Hashing(declared.buckets().orElse(BUCKETS));
        };
        return new FeaturePlan.Categorical(
                name,
                declared.impute().map(Plans::impute).orElse(FeaturePlan.Statistic.KEEP),
                declared.indicator(),
                encoding);
    }

    /** Which categories count as rare. */
    static FeaturePlan.Rare rare(OfText declared) {
        return declared.rare()
                .map(rare -> new FeaturePlan.Rare(rare.rows(), rare.share()))
                .orElse(FeaturePlan.Rare.NEVER);
    }

    private static FeaturePlan.Impute impute(PreparationSpec.Impute declared) {
        return switch (declared) {
            case PreparationSpec.Statistic statistic ->
                switch (statistic) {
                    case KEEP -> FeaturePlan.Statistic.KEEP;
                    case MEAN -> FeaturePlan.Statistic.MEAN;
                    case MEDIAN -> FeaturePlan.Statistic.MEDIAN;
                    case MOST_FREQUENT -> FeaturePlan.Statistic.MOST_FREQUENT;
                };
            case PreparationSpec.Number(double value) -> new FeaturePlan.Constant(value);
            case PreparationSpec.Category(String value) -> new FeaturePlan.Category(value);
        };
    }

    private static FeaturePlan.Bound bound(Optional<PreparationSpec.Bound> declared) {
        return declared.<FeaturePlan.Bound>map(bound -> switch (bound) {
                    case PreparationSpec.Value(double value) -> new FeaturePlan.Bound.At(value);
                    case PreparationSpec.Quantile(double share) -> new FeaturePlan.Bound.Quantile(share);
                })
                .orElse(new FeaturePlan.Bound.None());
    }

    private static FeaturePlan.Scale scale(PreparationSpec.Scale declared) {
        return switch (declared) {
            case NONE -> FeaturePlan.Scale.NONE;
            case STANDARD -> FeaturePlan.Scale.STANDARD;
            case MIN_MAX -> FeaturePlan.Scale.MIN_MAX;
            case ROBUST -> FeaturePlan.Scale.ROBUST;
        };
    }
}
