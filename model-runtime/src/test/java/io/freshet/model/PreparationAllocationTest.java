package io.freshet.model;

import static org.assertj.core.api.Assertions.assertThat;

import io.freshet.model.FeaturePlan.Bound;
import io.freshet.model.FeaturePlan.Encoding;
import io.freshet.model.FeaturePlan.Rare;
import io.freshet.model.FeaturePlan.Scale;
import io.freshet.model.FeaturePlan.Statistic;
import java.util.List;
import org.junit.jupiter.api.Test;

class PreparationAllocationTest {
    private static final int ROWS = 100_000;

    @Test
    void shouldAllocateNothingPerRow() {
        Rare rare = new Rare(2, 0);
        List<FeaturePlan> plans = List.of(
                new FeaturePlan.Numeric(
                        "x", Statistic.MEAN, true, new Bound.At(0), new Bound.Quantile(0.9), true, Scale.STANDARD),
                FeaturePlan.categorical("a", new Encoding.OneHot(rare)),
                FeaturePlan.categorical("b", new Encoding.Target(rare, 1)),
                FeaturePlan.categorical("c", new Encoding.Frequency(rare)),
                FeaturePlan.categorical("d", new Encoding.Ordinal(rare)),
                FeaturePlan.categorical("e", new Encoding.Hashing(16)));
        Object[][] rows = {
            {1.0, "DE", "DE", "DE", "DE", "DE"},
            {null, "DE", "DE", "DE", "DE", "\u00d6sterreich"},
            {5.0, "FR", "FR", "FR", "FR", "\ud83d\ude00"},
            {7.0, null, null, null, null, null}
        };
        Preparation preparation = PreparationFitter.fit(plans, List.of(rows), new double[] {0, 1, 1, 0}, 1)
                .preparation();
        Object[][] fresh = {rows[0], rows[1], rows[2], rows[3], {2.0, "z", "z", "z", "z", "z"}};
        double[] out = new double[preparation.width()];
        BucketCounts counts = new BucketCounts(plans.size());

        long allocated = Allocation.ofTheSecond(() -> prepare(preparation, fresh, out, counts));

        // A single object per row would be 16 bytes at least.
        assertThat(allocated).isLessThan(ROWS);
        assertThat(counts.count(1, Bucket.UNSEEN)).isEqualTo(2L * ROWS / 5);
        assertThat(counts.count(1, Bucket.RARE)).isEqualTo(2L * ROWS / 5);
    }

    private static void prepare(Preparation preparation, Object[][] rows, double[] out, BucketCounts counts) {
        for (int i = 0; i < ROWS; i++) {
            preparation.apply(rows[i % rows.length], out, counts);
        }
    }
}
