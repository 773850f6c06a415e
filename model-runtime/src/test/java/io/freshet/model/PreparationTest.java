package io.freshet.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.freshet.model.FeaturePlan.Encode;
import io.freshet.model.FeaturePlan.Impute;
import io.freshet.model.FeaturePlan.Scale;
import java.util.List;
import org.junit.jupiter.api.Test;

class PreparationTest {
    private static double[] apply(Preparation preparation, Object... raw) {
        double[] out = new double[preparation.width()];
        preparation.apply(raw, out);
        return out;
    }

    private static List<Object[]> column(Object... values) {
        return java.util.Arrays.stream(values).map(v -> new Object[] {v}).toList();
    }

    @Test
    void shouldImputeAndScaleNumbers() {
        List<Object[]> rows = column(1.0, 2.0, 9.0, null);
        Preparation mean =
                PreparationFitter.fit(List.of(FeaturePlan.numeric("x", Impute.MEAN, Scale.STANDARD)), rows, null);
        double sd = Math.sqrt((9 + 4 + 25) / 4.0);
        assertThat(apply(mean, 9.0)).containsExactly(5 / sd);
        assertThat(apply(mean, Double.NaN)).containsExactly(0);
        Preparation median =
                PreparationFitter.fit(List.of(FeaturePlan.numeric("x", Impute.MEDIAN, Scale.NONE)), rows, null);
        assertThat(apply(median, (Object) null)).containsExactly(2);
        Preparation constant =
                PreparationFitter.fit(List.of(FeaturePlan.numericConstant("x", -7, Scale.NONE)), rows, null);
        assertThat(apply(constant, (Object) null)).containsExactly(-7);
        Preparation kept = PreparationFitter.fit(
                List.of(FeaturePlan.numeric("x", Impute.KEEP, Scale.STANDARD)), column(3.0, 3.0, null), null);
        assertThat(apply(kept, (Object) null)).containsExactly(Double.NaN);
        assertThat(apply(kept, 5.0)).containsExactly(2);
    }

    @Test
    void shouldEncodeCategories() {
        List<Object[]> rows = column("b", "a", "b", null);
        double[] labels = {1, 0, 0, 1};
        Preparation oneHot = PreparationFitter.fit(List.of(FeaturePlan.categorical("c", Encode.ONE_HOT)), rows, null);
        assertThat(oneHot.outputNames()).containsExactly("c=a", "c=b", "c unseen");
        assertThat(apply(oneHot, "b")).containsExactly(0, 1, 0);
        assertThat(apply(oneHot, "z")).containsExactly(0, 0, 1);
        Preparation ordinal = PreparationFitter.fit(List.of(FeaturePlan.categorical("c", Encode.ORDINAL)), rows, null);
        assertThat(apply(ordinal, "b")).containsExactly(1);
        assertThat(apply(ordinal, (Object) null)).containsExactly(-1);
        Preparation share = PreparationFitter.fit(List.of(FeaturePlan.categorical("c", Encode.FREQUENCY)), rows, null);
        assertThat(apply(share, "b")).containsExactly(0.5);
        Preparation target = PreparationFitter.fit(List.of(FeaturePlan.target("c", 2)), rows, labels);
        assertThat(apply(target, "a")).containsExactly((0 + 2 * 0.5) / 3);
        assertThat(apply(target, "b")).containsExactly((1 + 2 * 0.5) / 4);
        assertThat(apply(target, "z")).containsExactly(0.5);
    }

    @Test
    void shouldNameFeatureAndValueOnTypeMismatch() {
        List<FeaturePlan> plans = List.of(FeaturePlan.numeric("amount", Impute.MEAN, Scale.NONE));
        assertThatThrownBy(() -> PreparationFitter.fit(plans, column("ten"), null))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("amount")
                .hasMessageContaining("ten");
        Preparation fitted = PreparationFitter.fit(plans, column(1.0), null);
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
        assertThatThrownBy(() -> PreparationFitter.fit(List.of(FeaturePlan.target("c", 1)), column("a"), null))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("labels");
    }
}
