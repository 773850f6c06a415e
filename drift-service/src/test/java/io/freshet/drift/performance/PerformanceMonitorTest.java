package io.freshet.drift.performance;

import static io.freshet.drift.performance.Declared.HOUR;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.freshet.drift.performance.Promise.Estimate;
import io.freshet.schemas.pipeline.Pipeline.Metric;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Events are half a minute apart, their labels known an hour later unless a test says otherwise. */
class PerformanceMonitorTest {
    private static final long APART = 30_000;
    private static final long NONE = Long.MIN_VALUE;
    private static final double RATE = 0.2;

    /** Of a model that gives every event the same, right, probability. */
    private static final double ENTROPY = -(RATE * Math.log(RATE) + (1 - RATE) * Math.log(1 - RATE));

    private static final Promise PROMISE = promise(NONE);

    private PerformanceMonitor monitor = serving(1);
    private long now = 1_000 * HOUR;

    @Test
    void shouldJudgeAPaneWhenNextToAllItsAnswersAreLabelled() {
        for (int i = 0; i < 120; i++) {
            monitor.predicted(now + i * APART, 1);
        }
        for (int i = 0; i < 118; i++) {
            label(now + i * APART, 1, 0.2, i % 5 == 0);
        }
        assertThat(judge(now + 2 * HOUR)).as("118 of 120").isEmpty();

        label(now + 118 * APART, 1, 0.2, false);

        assertThat(judge(now + HOUR + 599_000)).as("later rows may still come").isEmpty();
        assertThat(judge(now + HOUR + 600_000)).singleElement().satisfies(judgement -> {
            Figures figures = judgement.figures();
            assertThat(figures.rows()).isEqualTo(119);
            assertThat(figures.predictions()).isEqualTo(120);
            assertThat(figures.windowEnd()).isEqualTo(now + HOUR);
            assertThat(figures.windowStart()).isEqualTo(now - 6 * HOUR);
            assertThat(judgement.metric()).isEqualTo(Metric.LOG_LOSS);
            double expected = -(24 * Math.log(0.2) + 95 * Math.log(0.8)) / 119;
            assertThat(figures.realised().value()).isCloseTo(expected, within(1e-12));
            assertThat(figures.realised().low()).isLessThan(expected);
            assertThat(figures.realised().high()).isGreaterThan(expected);
            assertThat(judgement.bound())
                    .isCloseTo(1.1 * PROMISE.estimates().get(Metric.LOG_LOSS).high(), within(1e-12));
            assertThat(judgement.keepsThePromise()).isTrue();
        });
        assertThat(monitor.add(now + 119 * APART, new Answer(1, List.of(0.2), null), 1))
                .as("a label of a judged pane")
                .isFalse();
        assertThat(monitor.predicted(now, 1)).isFalse();
    }

    /** Positives are known at once and negatives a day later: until then only positives are labelled. */
    @Test
    void shouldNotTakeEarlyPositivesForABadModel() {
        Declared.eachSeed(5, random -> {
            monitor = serving(1);
            List<Judgement> judgements = stream(random, 20 * 24 * 120, 0.2, RATE, positive -> positive ? 0 : 23 * HOUR);

            assertThat(judgements).hasSizeGreaterThan(400).noneMatch(Judgement::alarm);
            assertThat(judgements.getLast().figures().realised().value()).isCloseTo(ENTROPY, within(0.06));
        });
    }

    @Test
    void shouldJudgeWhatIsLabelledOnceTheWaitIsOver() {
        for (int i = 0; i < 120; i++) {
            monitor.predicted(now + i * APART, 1);
        }
        for (int i = 0; i < 60; i++) {
            label(now + i * APART, 1, 0.2, i % 5 == 0);
        }

        assertThat(judge(now + 25 * HOUR + 599_000)).isEmpty();
        assertThat(judge(now + 25 * HOUR + 600_000)).hasSize(1);
    }

    @Test
    void shouldWaitForAnswersThatLagBehindTheRows() {
        fill(now, 120, 1, 0.2);
        monitor.predicted(now + HOUR + 599_999, 1);

        assertThat(monitor.next(now + 40 * HOUR, version -> Optional.of(PROMISE)))
                .isEmpty();
        monitor.predicted(now + HOUR + 600_000, 1);
        assertThat(monitor.next(now + 40 * HOUR, version -> Optional.of(PROMISE)))
                .isPresent();
    }

    @Test
    void shouldCountAnswersThatCameBeforeTheTruthAlone() {
        Promise later = promise(now + 1);
        fill(now, 120, 1, 0.9);
        fill(now + HOUR, 120, 1, 0.9);

        List<Judgement> judgements = judge(now + 40 * HOUR, later);

        assertThat(judgements)
                .singleElement()
                .satisfies(judgement -> assertThat(judgement.figures().rows()).isEqualTo(120));
    }

    @Test
    void shouldJudgeTheServingVersionAlone() {
        fill(now, 120, 1, 0.9);
        fill(now, 60, 2, 0.2);
        monitor.serve(2);

        assertThat(judge(now + 40 * HOUR)).singleElement().satisfies(judgement -> {
            assertThat(judgement.figures().modelVersion()).isEqualTo(2);
            assertThat(judgement.figures().rows()).isEqualTo(60);
        });
        monitor.serve(0);
        assertThat(monitor.figures(Optional.empty())).isEmpty();
    }

    @Test
    void shouldJudgePanesOfFewRowsTogether() {
        fill(now, 30, 1, 0.2);
        fill(now + HOUR, 30, 1, 0.2);
        fill(now + 2 * HOUR, 30, 1, 0.2);

        assertThat(judge(now + 40 * HOUR))
                .singleElement()
                .satisfies(judgement -> assertThat(judgement.figures().rows()).isEqualTo(60));
    }

    @Test
    void shouldShowWithoutJudgingWhatPromisedNothing() {
        fill(now, 120, 1, 0.2);
        monitor.predicted(now + 40 * HOUR, 1);

        assertThat(monitor.next(now + 40 * HOUR, version -> Optional.empty()))
                .hasValueSatisfying(closed -> assertThat(closed.judgement()).isEmpty());
        assertThat(monitor.figures(Optional.empty()))
                .hasValueSatisfying(figures -> assertThat(figures.rows()).isEqualTo(120));
    }

    /** A month of 2,880 labels a day, a pane of 120 labels an hour: at most one false alarm is expected, and none is raised. */
    @Test
    void shouldStayQuietWhileTheModelKeepsItsPromise() {
        Declared.eachSeed(10, random -> {
            monitor = serving(1);
            List<Judgement> judgements = stream(random, 30 * 24 * 120, 0.2, RATE, positive -> HOUR);

            assertThat(judgements).hasSizeGreaterThan(600).noneMatch(Judgement::alarm);
        });
    }

    /** The share of positives rises from 20% to 60%, so that the log loss rises from 0.50 to 1.05. */
    @Test
    void shouldFindAnAbruptDropWithinADayOfLabels() {
        Declared.eachSeed(10, random -> {
            monitor = serving(1);
            stream(random, 5 * 24 * 120, 0.2, RATE, positive -> HOUR);
            List<Judgement> judgements = stream(random, 2 * 24 * 120, 0.2, 0.6, positive -> HOUR);

            int found = 0;
            while (!judgements.get(found).alarm()) {
                found++;
            }
            assertThat(found).as("panes of 120 labels").isLessThan(24);
        });
    }

    @Test
    void shouldGoOnWhereAnotherStopped() {
        Declared.eachSeed(2, random -> {
            PerformanceMonitor restarted = serving(1);
            PerformanceMonitor whole = serving(1);
            Map<Long, byte[]> store = new HashMap<>();
            long time = 2_000 * HOUR;
            List<Judgement> ofWhole = new ArrayList<>();
            List<Judgement> ofRestarted = new ArrayList<>();
            for (int i = 0; i < 4_000; i++, time += 4 * APART) {
                boolean positive = random.nextDouble() < (i < 2_000 ? RATE : 0.7);
                for (PerformanceMonitor each : List.of(whole, restarted)) {
                    each.predicted(time, 1);
                    each.add(time, new Answer(1, List.of(0.2), false), positive ? 1 : 0);
                }
                ofWhole.addAll(judge(whole, time, PROMISE));
                ofRestarted.addAll(judge(restarted, time, PROMISE));
                if (random.nextInt(100) == 0) {
                    restarted.takeChanged().forEach((pane, bytes) -> {
                        store.remove(pane);
                        bytes.ifPresent(kept -> store.put(pane, kept));
                    });
                    byte[] progress = restarted.progress();
                    restarted = new PerformanceMonitor(Declared.binary());
                    assertThat(restarted.restore(progress)).isTrue();
                    store.forEach(restarted::restore);
                }
            }

            assertThat(ofRestarted).isEqualTo(ofWhole);
            assertThat(ofWhole).anyMatch(Judgement::alarm);
            assertThat(store.size()).as("what is kept").isLessThan(40);
            assertThat(new PerformanceMonitor(Declared.regression()).restore(whole.progress()))
                    .as("sums of another task")
                    .isFalse();
        });
    }

    private interface Delay {
        long of(boolean positive);
    }

    /** Answers with one probability and labels at this rate, in the order in which they come. */
    private List<Judgement> stream(Random random, int events, double score, double rate, Delay delay) {
        record Label(long known, long time, boolean positive) {}
        PriorityQueue<Label> waiting = new PriorityQueue<>((a, b) -> Long.compare(a.known(), b.known()));
        List<Judgement> judgements = new ArrayList<>();
        for (int i = 0; i < events; i++, now += APART) {
            boolean positive = random.nextDouble() < rate;
            monitor.predicted(now, 1);
            waiting.add(new Label(now + delay.of(positive), now, positive));
            while (!waiting.isEmpty() && waiting.peek().known() <= now) {
                Label label = waiting.remove();
                // The last of a pane may come after it was judged.
                monitor.add(label.time(), new Answer(1, List.of(score), false), label.positive() ? 1 : 0);
            }
            judgements.addAll(judge(now));
        }
        return judgements;
    }

    private void fill(long from, int rows, int version, double score) {
        for (int i = 0; i < rows; i++) {
            monitor.predicted(from + i * APART, version);
            label(from + i * APART, version, score, i % 5 == 0);
        }
    }

    private void label(long time, int version, double score, boolean positive) {
        assertThat(monitor.add(time, new Answer(version, List.of(score), score > 0.5), positive ? 1 : 0))
                .isTrue();
    }

    private List<Judgement> judge(long time) {
        return judge(time, PROMISE);
    }

    /** Rows and answers, of whatever version, have come this far. */
    private List<Judgement> judge(long time, Promise promise) {
        monitor.predicted(time, 9);
        return judge(monitor, time, promise);
    }

    private static List<Judgement> judge(PerformanceMonitor monitor, long time, Promise promise) {
        List<Judgement> judgements = new ArrayList<>();
        Optional<PerformanceMonitor.Closed> closed = monitor.next(time, version -> Optional.of(promise));
        while (closed.isPresent()) {
            closed.get().judgement().ifPresent(judgements::add);
            closed = monitor.next(time, version -> Optional.of(promise));
        }
        return judgements;
    }

    private static Promise promise(long trainedThrough) {
        return new Promise(
                trainedThrough, Map.of(Metric.LOG_LOSS, new Estimate(ENTROPY, 0.96 * ENTROPY, 1.04 * ENTROPY)));
    }

    private static PerformanceMonitor serving(int version) {
        PerformanceMonitor monitor = new PerformanceMonitor(Declared.binary());
        monitor.serve(version);
        return monitor;
    }
}
