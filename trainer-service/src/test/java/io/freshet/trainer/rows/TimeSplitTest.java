package io.freshet.trainer.rows;

import static org.assertj.core.api.Assertions.assertThat;

import io.freshet.schemas.pipeline.Pipeline;
import io.freshet.schemas.row.Example;
import io.freshet.trainer.Rows;
import io.freshet.trainer.Seeds;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class TimeSplitTest {
    private static final Pipeline PIPELINE = Rows.pipeline("training: { last: 100, holdout: 0.3 }");

    @Test
    void shouldLearnOnlyFromWhatWasKnownBeforeTheHoldOut() {
        Seeds.each(200, random -> {
            List<Example> examples = examples(random);

            TimeSplit split = TimeSplit.of(PIPELINE, examples);

            List<Example> holdout = naiveHoldout(examples);
            assertThat(split.holdout()).containsExactlyElementsOf(holdout);
            List<Example> known = new ArrayList<>();
            for (Example example : naiveNewest(examples)) {
                if (!containsSame(holdout, example)
                        && example.labelTime().isBefore(holdout.getFirst().row().eventTime())) {
                    known.add(example);
                }
            }
            assertThat(split.train()).containsExactlyInAnyOrderElementsOf(known);
            assertThat(split.train())
                    .allMatch(row -> !row.row()
                            .eventTime()
                            .isAfter(holdout.getFirst().row().eventTime()));
        });
    }

    @Test
    void shouldAccountForEveryExample() {
        Seeds.each(200, random -> {
            List<Example> examples = examples(random);
            examples.add(Rows.example(Rows.START, Double.NaN, Rows.START, 1.0, 1.0, "x"));
            examples.add(Rows.example(Rows.START, true, 1.0, 1.0));
            examples.add(Rows.example(Rows.START, true, "text", 1.0, "x"));
            examples.add(Rows.example(Rows.START, true, Double.POSITIVE_INFINITY, 1.0, "x"));
            examples.add(Rows.example(Rows.START, true, 1e300, 1.0, "x"));
            examples.add(Rows.example(Rows.START, true, 1.0, 1.0, 7.0));

            Example other = Rows.example(Rows.START, true, 1.0, 1.0, "x");
            examples.add(Rows.of("0123456789ab", other.row().values(), other, List.of()));

            RowCounts counts = TimeSplit.of(PIPELINE, examples).counts();

            assertThat(counts.malformed()).isEqualTo(6);
            assertThat(counts.otherFeatureSet()).isEqualTo(1);
            assertThat(counts.otherFeatureSet()
                            + counts.malformed()
                            + counts.beyondLast()
                            + counts.labelledTooLate()
                            + counts.train()
                            + counts.holdout())
                    .isEqualTo(counts.given())
                    .isEqualTo(examples.size());
        });
    }

    @Test
    void shouldTakeMissingValuesForWellFormed() {
        TimeSplit split = TimeSplit.of(PIPELINE, List.of(Rows.example(Rows.START, true, null, Double.NaN, null)));

        assertThat(split.counts().malformed()).isZero();
    }

    @Test
    void shouldSplitNothing() {
        TimeSplit split = TimeSplit.of(PIPELINE, List.of());

        assertThat(split.train()).isEmpty();
        assertThat(split.holdout()).isEmpty();
    }

    private static List<Example> examples(Random random) {
        List<Example> examples = new ArrayList<>();
        int rows = 1 + random.nextInt(150);
        for (int i = 0; i < rows; i++) {
            Instant at = Rows.START.plus(Duration.ofMinutes(random.nextInt(60)));
            Instant known = at.plus(Duration.ofMinutes(random.nextInt(30)));
            examples.add(Rows.example(at, random.nextInt(2), known, (double) i, 0.0, "x"));
        }
        return examples;
    }

    /** The newest 100 by picking the newest, the latest given among equals, one at a time. */
    private static List<Example> naiveNewest(List<Example> examples) {
        List<Example> left = new ArrayList<>(examples);
        List<Example> newest = new ArrayList<>();
        while (!left.isEmpty() && newest.size() < 100) {
            int best = 0;
            for (int i = 1; i < left.size(); i++) {
                if (!left.get(i).row().eventTime().isBefore(left.get(best).row().eventTime())) {
                    best = i;
                }
            }
            newest.addFirst(left.remove(best));
        }
        return newest;
    }

    private static List<Example> naiveHoldout(List<Example> examples) {
        List<Example> newest = naiveNewest(examples);
        int size = 0;
        while (size < newest.size() * 0.3) {
            size++;
        }
        return newest.subList(newest.size() - size, newest.size());
    }

    private static boolean containsSame(List<Example> examples, Example wanted) {
        return examples.stream().anyMatch(example -> example == wanted);
    }
}
