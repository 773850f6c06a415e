package io.freshet.trainer.rows;

import static org.assertj.core.api.Assertions.assertThat;

import io.freshet.model.FeaturePlan;
import io.freshet.model.FeaturePlan.Bound;
import io.freshet.model.FeaturePlan.Encoding;
import io.freshet.model.FeaturePlan.Rare;
import io.freshet.model.FeaturePlan.Scale;
import io.freshet.model.FeaturePlan.Statistic;
import io.freshet.schemas.pipeline.Pipeline;
import io.freshet.schemas.row.Example;
import io.freshet.trainer.Rows;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class RawRowsTest {
    private static final Pipeline PIPELINE = Rows.pipeline("");

    @Test
    void shouldEncodeByTheNumberOfCategories() {
        assertThat(encode(400, 4)).isEqualTo(new Encoding.OneHot(Rare.NEVER));
        assertThat(encode(5_000, 50)).isEqualTo(new Encoding.Target(Rare.NEVER, 20));
    }

    @Test
    void shouldLeaveOutIdentifiersAndFeaturesWithoutAValue() {
        List<Example> train = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            train.add(Rows.example(Rows.START, true, (double) i, null, "id" + i));
        }

        RawRows rows = RawRows.of(PIPELINE, train);

        assertThat(rows.leftOut()).containsExactly("b", "kind");
        assertThat(rows.plans(false)).extracting(FeaturePlan::name).containsExactly("a");
        assertThat(rows.of(train).get(7)).containsExactly(7.0);
    }

    @Test
    void shouldPrepareByFamilyWhatIsNotDeclared() {
        RawRows rows = RawRows.of(PIPELINE, List.of(Rows.example(Rows.START, true, 1.0, 1.0, "x")));

        assertThat(rows.plans(true).getFirst()).isEqualTo(FeaturePlan.numeric("a", Statistic.KEEP, Scale.NONE));
        assertThat(rows.plans(false).getFirst()).isEqualTo(FeaturePlan.numeric("a", Statistic.MEDIAN, Scale.STANDARD));
    }

    @Test
    void shouldPrepareAsDeclaredWhateverTheFamily() {
        Pipeline pipeline = Rows.pipeline("""
                a: { value: event.a, impute: -1, indicator: true, clip: [none, 99%], log: true },
                b: { value: event.b, scale: robust },
                kind: { value: event.kind, encode: target, rare: 5, smoothing: 3, impute: other }""", "");
        RawRows rows = RawRows.of(pipeline, List.of(Rows.example(Rows.START, true, 1.0, 1.0, "x")));

        for (boolean keepMissing : new boolean[] {false, true}) {
            assertThat(rows.plans(keepMissing))
                    .containsExactly(
                            new FeaturePlan.Numeric(
                                    "a",
                                    new FeaturePlan.Constant(-1),
                                    true,
                                    new Bound.None(),
                                    new Bound.Quantile(0.99),
                                    true,
                                    keepMissing ? Scale.NONE : Scale.STANDARD),
                            FeaturePlan.numeric("b", keepMissing ? Statistic.KEEP : Statistic.MEDIAN, Scale.ROBUST),
                            new FeaturePlan.Categorical(
                                    "kind",
                                    new FeaturePlan.Category("other"),
                                    false,
                                    new Encoding.Target(new Rare(5, 0), 3)));
        }
    }

    @Test
    void shouldLearnFromAnIdentifierWhenToldHow() {
        assertThat(kind("encode: hashing, buckets: 8", 200, 200)).isEqualTo(new Encoding.Hashing(8));
        assertThat(kind("encode: hashing", 200, 200)).isEqualTo(new Encoding.Hashing(32));
        assertThat(kind("encode: ordinal", 200, 200)).isEqualTo(new Encoding.Ordinal(Rare.NEVER));
        assertThat(kind("encode: frequency, rare: 1%", 200, 200)).isEqualTo(new Encoding.Frequency(new Rare(0, 0.01)));
        assertThat(kind("rare: 2", 203, 200)).isEqualTo(new Encoding.OneHot(new Rare(2, 0)));
    }

    private static Encoding kind(String keys, int rows, int categories) {
        Pipeline pipeline = Rows.pipeline("kind: { value: event.kind, " + keys + " }", "");
        List<Example> train = new ArrayList<>();
        for (int i = 0; i < rows; i++) {
            train.add(Rows.example(Rows.START, true, "c" + i % categories));
        }
        return ((FeaturePlan.Categorical)
                        RawRows.of(pipeline, train).plans(true).getFirst())
                .encoding();
    }

    private static Encoding encode(int rows, int categories) {
        List<Example> train = new ArrayList<>();
        for (int i = 0; i < rows; i++) {
            train.add(Rows.example(Rows.START, true, 1.0, 1.0, "c" + i % categories));
        }
        return ((FeaturePlan.Categorical)
                        RawRows.of(PIPELINE, train).plans(true).getLast())
                .encoding();
    }
}
