package io.freshet.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.freshet.model.FeaturePlan.Bound;
import io.freshet.model.FeaturePlan.Constant;
import io.freshet.model.FeaturePlan.Encoding;
import io.freshet.model.FeaturePlan.Rare;
import io.freshet.model.FeaturePlan.Scale;
import io.freshet.model.FeaturePlan.Statistic;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

class PreparationTest {
    private static double[] apply(Preparation preparation, Object... raw) {
        double[] out = new double[preparation.width()];
        preparation.apply(raw, out);
        return out;
    }

    private static List<Object[]> column(Object... values) {
        return Arrays.stream(values).map(v -> new Object[] {v}).toList();
    }

    private static Preparation fit(FeaturePlan plan, List<Object[]> rows, double... labels) {
        return PreparationFitter.fit(List.of(plan), rows, labels.length == 0 ? null : labels, 1)
                .preparation();
    }

    @Test
    void shouldImputeAndScaleNumbers() {
        List<Object[]> rows = column(1.0, 2.0, 9.0, null);

        Preparation mean = fit(FeaturePlan.numeric("x", Statistic.MEAN, Scale.STANDARD), rows);
        Preparation median = fit(FeaturePlan.numeric("x", Statistic.MEDIAN, Scale.NONE), rows);
        Preparation constant = fit(FeaturePlan.numeric("x", new Constant(-7), Scale.NONE), rows);
        Preparation kept = fit(FeaturePlan.numeric("x", Statistic.KEEP, Scale.STANDARD), column(3.0, 3.0, null));
        Preparation mode =
                fit(FeaturePlan.numeric("x", Statistic.MOST_FREQUENT, Scale.NONE), column(5.0, 2.0, 5.0, 2.0, 1.0));

        double sd = Math.sqrt((9 + 4 + 25) / 4.0);
        assertThat(apply(mean, 9.0)).containsExactly(5 / sd);
        assertThat(apply(mean, Double.NaN)).containsExactly(0);
        assertThat(apply(median, (Object) null)).containsExactly(2);
        assertThat(apply(constant, (Object) null)).containsExactly(-7);
        assertThat(apply(kept, (Object) null)).containsExactly(Double.NaN);
        assertThat(apply(kept, 5.0)).containsExactly(2);
        assertThat(apply(mode, (Object) null)).containsExactly(2);
    }

    @Test
    void shouldImputeThenClipThenTakeTheLogarithmThenScale() {
        FeaturePlan plan = new FeaturePlan.Numeric(
                "x", new Constant(-50), true, new Bound.At(-9), new Bound.Quantile(0.5), true, Scale.MIN_MAX);

        // The median of the present values, 4, is the upper bound: the column is -9, 1, 4, 4 before the logarithm.
        Preparation fitted = fit(plan, column(null, 1.0, 4.0, 100.0));

        double least = -Math.log(10);
        double range = Math.log(5) - least;
        assertThat(fitted.outputNames()).containsExactly("x", "x missing");
        assertThat(apply(fitted, (Object) null)).containsExactly(0, 1);
        assertThat(apply(fitted, 7.0)).containsExactly(1, 0);
        assertThat(apply(fitted, 0.0)[0]).isEqualTo(-least / range);
    }

    @Test
    void shouldTakeNoStatisticsFromNothing() {
        Bound quantile = new Bound.Quantile(0.9);
        FeaturePlan plan =
                new FeaturePlan.Numeric("x", Statistic.MEAN, false, new Bound.None(), quantile, false, Scale.ROBUST);

        Preparation fitted = fit(plan, column(null, Double.NaN));

        assertThat(apply(fitted, (Object) null)).containsExactly(0);
        assertThat(apply(fitted, 5.0)).containsExactly(5);
    }

    @Test
    void shouldEncodeCategories() {
        List<Object[]> rows = column("b", "a", "b", null);

        Preparation oneHot = fit(FeaturePlan.categorical("c", new Encoding.OneHot(Rare.NEVER)), rows);
        Preparation ordinal = fit(FeaturePlan.categorical("c", new Encoding.Ordinal(Rare.NEVER)), rows);
        Preparation share = fit(FeaturePlan.categorical("c", new Encoding.Frequency(Rare.NEVER)), rows);
        Preparation target = fit(FeaturePlan.categorical("c", new Encoding.Target(Rare.NEVER, 2)), rows, 1, 0, 0, 1);

        assertThat(oneHot.outputNames()).containsExactly("c=a", "c=b", "c missing");
        assertThat(apply(oneHot, "b")).containsExactly(0, 1, 0);
        assertThat(apply(oneHot, "z")).containsExactly(0, 0, 0);
        assertThat(apply(oneHot, (Object) null)).containsExactly(0, 0, 1);
        assertThat(apply(ordinal, "b")).containsExactly(1);
        assertThat(apply(ordinal, "z")).containsExactly(-1);
        assertThat(apply(ordinal, (Object) null)).containsExactly(-2);
        assertThat(apply(share, "b")).containsExactly(0.5);
        assertThat(apply(share, "z")).containsExactly(0);
        assertThat(apply(share, (Object) null)).containsExactly(0.25);
        assertThat(apply(target, "a")).containsExactly((0 + 2 * 0.5) / 3);
        assertThat(apply(target, "b")).containsExactly((1 + 2 * 0.5) / 4);
        assertThat(apply(target, "z")).containsExactly(0.5);
        assertThat(apply(target, (Object) null)).containsExactly((1 + 2 * 0.5) / 3);
    }

    @Test
    void shouldGiveRareCategoriesABucketOfTheirOwn() {
        List<Object[]> rows = column("a", "a", "b", "c", "a", "d", "d", null);
        Rare rare = new Rare(2, 0);

        Preparation oneHot = fit(FeaturePlan.categorical("c", new Encoding.OneHot(rare)), rows);
        Preparation ordinal = fit(FeaturePlan.categorical("c", new Encoding.Ordinal(rare)), rows);
        Preparation frequency = fit(FeaturePlan.categorical("c", new Encoding.Frequency(new Rare(0, 2.0 / 8))), rows);
        Preparation target =
                fit(FeaturePlan.categorical("c", new Encoding.Target(rare, 0)), rows, 1, 0, 1, 1, 0, 0, 1, 0);

        assertThat(oneHot.outputNames()).containsExactly("c=a", "c=d", "c rare", "c missing");
        assertThat(apply(oneHot, "c")).containsExactly(0, 0, 1, 0);
        assertThat(apply(oneHot, "z")).containsExactly(0, 0, 0, 0);
        assertThat(apply(ordinal, "b")).containsExactly(2);
        assertThat(apply(frequency, "b")).containsExactly(2.0 / 8);
        assertThat(apply(frequency, "d")).containsExactly(2.0 / 8);
        assertThat(apply(target, "c")).containsExactly(1);
        assertThat(apply(target, "z")).containsExactly(0.5);
    }

    @Test
    void shouldPutACategoryInPlaceOfAMissingOne() {
        List<Object[]> rows = column("b", "a", "b", "a", null);
        FeaturePlan frequent =
                new FeaturePlan.Categorical("c", Statistic.MOST_FREQUENT, true, new Encoding.Frequency(Rare.NEVER));
        FeaturePlan given = new FeaturePlan.Categorical(
                "c", new FeaturePlan.Category("none"), false, new Encoding.OneHot(Rare.NEVER));
        FeaturePlan hashed =
                new FeaturePlan.Categorical("c", new FeaturePlan.Category("none"), true, new Encoding.Hashing(2));

        assertThat(apply(fit(frequent, rows), (Object) null)).containsExactly(0.6, 1);
        assertThat(apply(fit(frequent, rows), "b")).containsExactly(0.4, 0);
        assertThat(fit(given, rows).outputNames()).containsExactly("c=a", "c=b", "c=none");
        assertThat(apply(fit(given, rows), (Object) null)).containsExactly(0, 0, 1);
        assertThat(apply(fit(hashed, rows), (Object) null)[2]).isEqualTo(1);
        assertThat(apply(fit(hashed, rows), "none"))
                .startsWith(Arrays.copyOf(apply(fit(hashed, rows), (Object) null), 2));
    }

    @Test
    void shouldCountBuckets() {
        List<FeaturePlan> plans = List.of(
                FeaturePlan.numeric("x", Statistic.MEAN, Scale.NONE),
                FeaturePlan.categorical("c", new Encoding.Ordinal(new Rare(2, 0))),
                FeaturePlan.categorical("d", new Encoding.OneHot(new Rare(2, 0))),
                new FeaturePlan.Categorical("e", Statistic.MOST_FREQUENT, false, new Encoding.Hashing(4)));
        List<Object[]> rows = List.of(
                new Object[] {1.0, "a", "a", "a"}, new Object[] {2.0, "a", "a", "b"}, new Object[] {null, "b", "b", null
                });
        Preparation preparation = PreparationFitter.fit(plans, rows, null, 1).preparation();
        BucketCounts counts = new BucketCounts(4);
        double[] out = new double[preparation.width()];

        preparation.apply(new Object[] {1.0, "a", "b", "a"}, out, counts);
        preparation.apply(new Object[] {null, "b", "z", null}, out, counts);
        preparation.apply(new Object[] {Double.NaN, "z", null, "z"}, out, counts);

        assertThat(counted(counts, 0)).containsExactly(1, 0, 0, 2);
        assertThat(counted(counts, 1)).containsExactly(1, 1, 1, 0);
        assertThat(counted(counts, 2)).containsExactly(0, 1, 1, 1);
        assertThat(counted(counts, 3)).containsExactly(2, 0, 0, 1);
        counts.clear();
        assertThat(counted(counts, 0)).containsOnly(0);
        assertThatThrownBy(() -> preparation.apply(new Object[] {1.0, "a", "b", "a"}, out, new BucketCounts(3)))
                .isInstanceOf(IllegalArgumentException.class);
    }

    private static long[] counted(BucketCounts counts, int feature) {
        return Arrays.stream(Bucket.values())
                .mapToLong(bucket -> counts.count(feature, bucket))
                .toArray();
    }

    @Test
    void shouldRefusePlansThatMakeNoSense() {
        for (ThrowingCallable plan : List.<ThrowingCallable>of(
                () -> FeaturePlan.numeric(" ", Statistic.MEAN, Scale.NONE),
                () -> FeaturePlan.numeric("x", new FeaturePlan.Category("a"), Scale.NONE),
                () -> new FeaturePlan.Numeric(
                        "x", Statistic.MEAN, false, new Bound.At(1), new Bound.At(1), false, Scale.NONE),
                () -> new FeaturePlan.Numeric(
                        "x",
                        Statistic.MEAN,
                        false,
                        new Bound.Quantile(0.9),
                        new Bound.Quantile(0.1),
                        false,
                        Scale.NONE),
                () -> new FeaturePlan.Categorical("x", Statistic.MEAN, false, new Encoding.Hashing(2)),
                () -> new FeaturePlan.Categorical("x", new Constant(1), false, new Encoding.Hashing(2)),
                () -> new FeaturePlan.Categorical("x", Statistic.KEEP, true, new Encoding.OneHot(Rare.NEVER)),
                () -> new Constant(Double.NaN),
                () -> new Bound.At(Double.POSITIVE_INFINITY),
                () -> new Bound.Quantile(1.1),
                () -> new Encoding.Target(Rare.NEVER, -1),
                () -> new Encoding.Hashing(1),
                () -> new Encoding.Hashing(1025),
                () -> new Rare(-1, 0),
                () -> new Rare(0, Double.NaN))) {
            assertThatThrownBy(plan).isInstanceOf(IllegalArgumentException.class);
        }
        // A bound that only the data shows to be below the other.
        assertThatThrownBy(() -> fit(
                        new FeaturePlan.Numeric(
                                "x",
                                Statistic.MEAN,
                                false,
                                new Bound.At(5),
                                new Bound.Quantile(0.5),
                                false,
                                Scale.NONE),
                        column(1.0, 2.0)))
                .hasMessageContaining("'x'")
                .hasMessageContaining("bounds");
    }

    @Test
    void shouldRefuseMoreCategoriesThanColumns() {
        Object[] values = IntStream.rangeClosed(0, PreparationFitter.MOST_ONE_HOT)
                .mapToObj(i -> "c" + i)
                .toArray();

        assertThatThrownBy(() -> fit(FeaturePlan.categorical("c", new Encoding.OneHot(Rare.NEVER)), column(values)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("'c'")
                .hasMessageContaining("rare");
    }

    @Test
    void shouldNameFeatureAndValueOnTypeMismatch() {
        List<FeaturePlan> plans = List.of(FeaturePlan.numeric("amount", Statistic.MEAN, Scale.NONE));
        assertThatThrownBy(() -> PreparationFitter.fit(plans, column("ten"), null, 1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("amount")
                .hasMessageContaining("ten");
        Preparation fitted = PreparationFitter.fit(plans, column(1.0), null, 1).preparation();
        assertThatThrownBy(() -> apply(fitted, 3))
                .hasMessageContaining("amount")
                .hasMessageContaining("'3'");
        assertThatThrownBy(() -> apply(fitted, Double.POSITIVE_INFINITY)).hasMessageContaining("Infinity");
        assertThatThrownBy(() -> fitted.apply(new Object[2], new double[1]))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> fitted.apply(new Object[1], new double[2]))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void shouldNeedLabelsForTargetEncoding() {
        assertThatThrownBy(() -> fit(FeaturePlan.categorical("c", new Encoding.Target(Rare.NEVER, 1)), column("a")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("labels");
    }
}
