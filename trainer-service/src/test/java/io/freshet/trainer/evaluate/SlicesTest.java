package io.freshet.trainer.evaluate;

import static org.assertj.core.api.Assertions.assertThat;

import io.freshet.model.metrics.Confusion;
import io.freshet.schemas.pipeline.Pipeline;
import io.freshet.schemas.row.Example;
import io.freshet.trainer.Rows;
import io.freshet.trainer.rows.Targets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class SlicesTest {
    @Test
    void shouldPickRowsByTruthAndByText() {
        Pipeline pipeline = Rows.pipeline("""
                evaluation: { slices: { large: feature.a > 2.0, kind: feature.kind, both: feature.a > 0.0 && feature.b > 0.0,
                  none: feature.a > 100.0 } }""");
        List<Example> examples = List.of(
                row(1, 1.0, 1.0, "x"),
                row(2, 3.0, null, "y"),
                row(3, null, 1.0, "y"),
                row(4, Double.NaN, 1.0, null),
                row(5, 5.0, -1.0, "y"));

        Map<String, int[]> rows = Slices.rows(pipeline, examples);

        assertThat(rows.keySet()).containsExactly("large", "kind=y", "kind=x", "both");
        assertThat(rows.get("large")).containsExactly(1, 4);
        assertThat(rows.get("kind=y")).containsExactly(1, 2, 4);
        assertThat(rows.get("kind=x")).containsExactly(0);
        assertThat(rows.get("both")).containsExactly(0);
    }

    @Test
    void shouldTakeTheMostFrequentValuesOnly() {
        List<Example> examples = new ArrayList<>();
        for (int value = 1; value <= 30; value++) {
            for (int i = 0; i < value; i++) {
                examples.add(row(i, 1.0, 1.0, "v" + value));
            }
        }

        Map<String, int[]> rows =
                Slices.rows(Rows.pipeline("evaluation: { slices: { kind: feature.kind } }"), examples);

        assertThat(rows).hasSize(Slices.MOST_VALUES).containsKey("kind=v30").doesNotContainKey("kind=v10");
    }

    @Test
    void shouldEvaluateBothModelsOnTheSliceAlone() {
        Pipeline pipeline = Rows.pipeline("evaluation: { slices: { large: feature.a > 2.0 } }");
        List<Example> examples =
                List.of(row(1, 3.0, 0.0, "x"), row(2, 1.0, 0.0, "x"), row(3, 3.0, 0.0, "x"), row(4, 3.0, 0.0, "x"));
        HoldOut holdout = HoldOut.of(new Targets.Binary(new boolean[] {true, true, false, false}), new long[4]);
        double[] scores = {0.9, 0.1, 0.6, 0.2};
        double[] flat = new double[4];
        Arrays.fill(flat, 0.3);

        Slices.Slice slice = Slices.evaluate(
                        pipeline,
                        examples,
                        holdout,
                        Scored.deciding(scores, 0.5),
                        Optional.of(Scored.deciding(flat, 0.5)),
                        1)
                .getFirst();

        assertThat(slice.challenger().rows()).isEqualTo(3);
        assertThat(slice.challenger().confusion()).contains(new Confusion(1, 1, 0, 1));
        assertThat(slice.champion().orElseThrow().confusion()).contains(new Confusion(0, 0, 1, 2));
    }

    private static Example row(int minute, Object a, Object b, Object kind) {
        return Rows.example(Rows.START.plus(Duration.ofMinutes(minute)), true, a, b, kind);
    }
}
