package io.freshet.trainer.baseline;

import static org.assertj.core.api.Assertions.assertThat;

import io.freshet.profiles.NumericProfile;
import io.freshet.schemas.pipeline.Pipeline;
import io.freshet.schemas.row.Example;
import io.freshet.trainer.Rows;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class BaselineTest {
    private static final Pipeline PIPELINE = Rows.pipeline(
            "a: { value: event.a }, week: { count: event, over: 7d }, month: { count: event, over: 30d }",
            "drift: { window: 1d, timeBetweenFalseAlarms: 30d }");

    @Test
    void shouldProfileEveryRowWithLabelAndScore() {
        Baseline baseline = baseline(Duration.ofDays(20), 0);

        assertThat(baseline.profile().features()).containsExactly("a", "week", "month", "label", "score");
        assertThat(baseline.profile().rows()).isEqualTo(2_880);
        assertThat(((NumericProfile) baseline.profile().feature("score")).mean())
                .hasValue(0.25);
    }

    @Test
    void shouldNotMonitorWhatFillsUpOrArrivesLate() {
        assertThat(baseline(Duration.ofDays(20), 0).thresholds()).containsOnlyKeys("a", "week", "score");
        assertThat(baseline(Duration.ofDays(10), 0).thresholds()).containsOnlyKeys("a", "score");
    }

    @Test
    void shouldHaveNoThresholdsWithoutACompleteDay() {
        assertThat(baseline(Duration.ofDays(1), 0).thresholds()).isEmpty();
        assertThat(Baseline.of(PIPELINE, List.of(), new double[0]).thresholds()).isEmpty();
    }

    @Test
    void shouldAskForMoreWhereDaysDifferByThemselves() {
        assertThat(baseline(Duration.ofDays(20), 0).thresholds().get("a")).isEqualTo(Baseline.FLOOR);
        assertThat(baseline(Duration.ofDays(20), 3).thresholds().get("a")).isGreaterThan(1);
    }

    @Test
    void shouldLetADeclaredFeatureKeepItsName() {
        Pipeline pipeline = Rows.pipeline("score: { value: event.kind }", "");

        Baseline baseline = Baseline.of(pipeline, List.of(Rows.example(Rows.START, true, "x")), new double[] {0.5});

        assertThat(baseline.profile().features()).containsExactly("score", "label");
    }

    /** A row every ten minutes; the mean of a swings by {@code swing} from day to day. */
    private static Baseline baseline(Duration span, double swing) {
        Random random = new Random(5);
        List<Example> rows = new ArrayList<>();
        long count = span.toMinutes() / 10;
        for (int i = 0; i < count; i++) {
            double mean = i / 144 % 2 == 0 ? swing : -swing;
            rows.add(Rows.example(
                    Rows.START.plus(Duration.ofMinutes(10L * i)), true, mean + random.nextGaussian(), 1.0, 1.0));
        }
        double[] scores = new double[rows.size()];
        java.util.Arrays.fill(scores, 0.25);
        return Baseline.of(PIPELINE, rows, scores);
    }
}
