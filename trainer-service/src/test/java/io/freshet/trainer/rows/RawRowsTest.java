package io.freshet.trainer.rows;

import static org.assertj.core.api.Assertions.assertThat;

import io.freshet.model.FeaturePlan;
import io.freshet.model.FeaturePlan.Encode;
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
        assertThat(encode(400, 4)).isEqualTo(Encode.ONE_HOT);
        assertThat(encode(5_000, 50)).isEqualTo(Encode.TARGET);
    }

    @Test
    void shouldLeaveOutIdentifiersAndFeaturesWithoutAValue() {
        List<Example> train = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            train.add(Rows.example(Rows.START, true, (double) i, null, "id" + i));
        }

        RawRows rows = RawRows.of(PIPELINE.features(), train);

        assertThat(rows.leftOut()).containsExactly("b", "kind");
        assertThat(rows.plans(false)).extracting(FeaturePlan::name).containsExactly("a");
        assertThat(rows.of(train).get(7)).containsExactly(7.0);
    }

    private static Encode encode(int rows, int categories) {
        List<Example> train = new ArrayList<>();
        for (int i = 0; i < rows; i++) {
            train.add(Rows.example(Rows.START, true, 1.0, 1.0, "c" + i % categories));
        }
        return RawRows.of(PIPELINE.features(), train).plans(true).getLast().encode();
    }
}
