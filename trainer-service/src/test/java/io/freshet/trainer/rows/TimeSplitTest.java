package io.freshet.trainer.rows;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.freshet.schemas.pipeline.Pipeline;
import io.freshet.schemas.pipeline.TrainingWindow;
import io.freshet.schemas.row.Example;
import io.freshet.trainer.Rows;
import io.freshet.trainer.Seeds;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.function.Predicate;
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
            assertThat(split.longest().train()).containsExactlyInAnyOrderElementsOf(known);
            assertThat(split.longest().train())
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

            RowCounts counts = TimeSplit.of(PIPELINE, examples).longest().counts();

            assertThat(counts.malformed()).isEqualTo(6);
            assertThat(counts.otherFeatureSet()).isEqualTo(1);
            assertThat(counts.otherFeatureSet()
                            + counts.malformed()
                            + counts.beforeWindow()
                            + counts.labelledTooLate()
                            + counts.train()
                            + counts.holdout())
                    .isEqualTo(counts.given())
                    .isEqualTo(examples.size());
        });
    }

    @Test
    void shouldCutEveryWindowBeforeOneHoldOut() {
        Pipeline pipeline = Rows.pipeline(
                "training: { window: [last 2000, all, last 20d, since-drift, weighted 3d], holdout: 0.2 }");
        Seeds.each(20, random -> {
            List<Example> examples = Rows.linear(3_000 + random.nextInt(3_000), random.nextLong());
            Instant since = Rows.START.plus(Duration.ofMinutes(10L * random.nextInt(examples.size())));
            Instant newest = examples.getLast().row().eventTime();

            TimeSplit split = TimeSplit.of(pipeline, examples, Optional.of(since));

            List<Predicate<Example>> windows = List.of(
                    example -> !example.row()
                            .eventTime()
                            .isBefore(
                                    examples.get(examples.size() - 2_000).row().eventTime()),
                    example -> true,
                    example -> example.row().eventTime().isAfter(newest.minus(Duration.ofDays(20))),
                    example -> !example.row().eventTime().isBefore(since),
                    example -> true);
            int least = Integer.MAX_VALUE;
            for (int i = 0; i < windows.size(); i++) {
                TrainingWindow window = pipeline.training().windows().get(i);
                int rows = (int) examples.stream().filter(windows.get(i)).count();
                assertThat(split.leftOut().containsKey(window))
                        .as(window.spelled())
                        .isEqualTo(rows < 1_000);
                least = rows < 1_000 ? least : Math.min(least, rows);
            }
            assertThat(split.holdout()).hasSize((int) Math.ceil(0.2 * least));
            Instant begins = split.holdout().getFirst().row().eventTime();
            for (TimeSplit.Part part : split.parts()) {
                Predicate<Example> in =
                        windows.get(pipeline.training().windows().indexOf(part.window()));
                assertThat(part.train())
                        .as(part.window().spelled())
                        .containsExactlyElementsOf(examples.stream()
                                .filter(in.and(example -> example.labelTime().isBefore(begins)))
                                .toList());
                assertThat(part.counts().beforeWindow()
                                + part.counts().labelledTooLate()
                                + part.counts().train()
                                + part.counts().holdout())
                        .isEqualTo(examples.size());
            }
        });
    }

    @Test
    void shouldHalveWeightsWithEachHalfLife() {
        List<Example> rows = Rows.linear(1_000, 1);
        double[] weights = RowWeights.of(new TrainingWindow.Weighted(Duration.ofDays(1)), rows);

        assertThat(Arrays.stream(weights).average().orElseThrow()).isCloseTo(1, within(1e-12));
        assertThat(weights[999 - 144] / weights[999]).as("a day earlier").isCloseTo(0.5, within(1e-12));
        assertThat(RowWeights.of(TrainingWindow.ALL, rows)).containsOnly(1);
    }

    @Test
    void shouldTakeMissingValuesForWellFormed() {
        TimeSplit split = TimeSplit.of(PIPELINE, List.of(Rows.example(Rows.START, true, null, Double.NaN, null)));

        assertThat(split.longest().counts().malformed()).isZero();
    }

    @Test
    void shouldSplitNothing() {
        TimeSplit split = TimeSplit.of(PIPELINE, List.of());

        assertThat(split.longest().train()).isEmpty();
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
