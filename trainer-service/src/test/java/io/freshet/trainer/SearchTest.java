package io.freshet.trainer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.freshet.model.LinearScorer;
import io.freshet.model.Link;
import io.freshet.model.Model;
import io.freshet.model.ModelBundleCodec;
import io.freshet.schemas.pipeline.Pipeline;
import io.freshet.schemas.pipeline.Pipeline.Family;
import io.freshet.schemas.pipeline.TrainingWindow;
import io.freshet.schemas.row.Example;
import io.freshet.trainer.TrainingProgress.Phase;
import io.freshet.trainer.learn.Fitted;
import io.freshet.trainer.learn.Hyperparameter;
import io.freshet.trainer.learn.Learner;
import io.freshet.trainer.learn.Sample;
import io.freshet.trainer.learn.Settings;
import io.freshet.trainer.learn.ShortFits;
import io.freshet.trainer.rows.Matrix;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class SearchTest {
    private static final TrainingWindow SINCE_DRIFT = new TrainingWindow.SinceDrift();
    private static final Duration FIT = Duration.ofMillis(100);
    private static final double BEST = 20;

    @Test
    void shouldLearnFromWhatCameSinceTheDriftWhereThatIsBetter() throws Exception {
        Pipeline pipeline = Rows.pipeline("""
                model: { candidates: [logistic-regression, decision-tree] }
                training: { window: [all, since-drift, last 10000, weighted 10d] }""");
        List<Example> examples = turned(6_000, 4_000, 1);
        Instant drift = examples.get(4_000).row().eventTime();

        TrainingOutcome.Promoted promoted = promoted(pipeline, examples, Optional.of(drift));

        assertThat(promoted.choice().window()).isEqualTo(SINCE_DRIFT);
        assertThat(promoted.report().trials())
                .as("each family in each window, on fewer rows than the hold-out leaves")
                .hasSize(6)
                .allMatch(trial -> trial.error().isEmpty() && trial.rows() < 5_400);
        assertThat(promoted.report().leftOutWindows())
                .containsOnlyKeys(new TrainingWindow.Last(10_000))
                .containsValue("it has the same rows as 'all'");
        assertThat(promoted.report().counts().holdout())
                .as("a fifth of the shortest window")
                .isEqualTo(400);
        assertThat(promoted.report().counts().train()).isLessThanOrEqualTo(1_600);
        assertThat(promoted.report().candidates())
                .extracting(candidate -> candidate.choice().window())
                .containsOnly(SINCE_DRIFT);
    }

    @Test
    void shouldLearnFromEverythingWhereNoDriftIsKnown() throws Exception {
        Pipeline pipeline = Rows.pipeline("""
                model: { candidates: [logistic-regression] }
                training: { window: since-drift }""");

        TrainingOutcome.Promoted promoted = promoted(pipeline, Rows.linear(3_000, 1), Optional.empty());

        assertThat(promoted.choice().window()).isEqualTo(TrainingWindow.ALL);
        assertThat(promoted.report().trials()).isEmpty();
        assertThat(promoted.report().leftOutWindows().get(SINCE_DRIFT)).contains("no drift");
    }

    @Test
    void shouldFindBetterSettingsAndKeepToTheBudget() {
        Clock clock = new Clock();
        List<TrainingProgress> told = new ArrayList<>();
        Training training = new Training(Map.of(Family.LOGISTIC_REGRESSION, new Tunable(clock)), clock::nanos);

        TrainingOutcome outcome = training.run(task("5s", Rows.linear(3_000, 2), Optional.empty()), told::add);

        Choice found = outcome.report().candidates().getFirst().choice();
        double distance = Tunable.distance(found.settings());
        assertThat(distance).as("how far from the best the chosen setting is").isLessThan(Tunable.distance(NORMAL) / 2);
        assertThat(outcome.report().trials()).hasSizeGreaterThan(20);
        assertThat(outcome.report().trials().getFirst().choice().settings()).isEqualTo(NORMAL);
        assertThat(outcome.report().trials())
                .as("most settings are seen on few rows")
                .extracting(Trial::rows)
                .contains(outcome.report().trials().getFirst().rows())
                .anyMatch(rows -> rows < 300 || rows == 300);
        TrainingProgress last = told.getLast();
        assertThat(last.phase()).isEqualTo(Phase.JUDGING);
        assertThat(last.elapsed()).isLessThanOrEqualTo(Duration.ofSeconds(5));
        assertThat(told.stream().filter(each -> each.phase() == Phase.SEARCHING).toList())
                .hasSameSizeAs(outcome.report().trials())
                .isSortedAccordingTo((a, b) -> Double.compare(
                        a.best().orElseThrow().value(), b.best().orElseThrow().value()));
    }

    @Test
    void shouldFitEachFamilyOnceWhereNothingIsToChoose() {
        Clock clock = new Clock();
        Training training = new Training(Map.of(Family.LOGISTIC_REGRESSION, new Tunable(clock)), clock::nanos);
        Pipeline pipeline = Rows.pipeline("model: { candidates: [logistic-regression] }");

        TrainingReport report = training.run(new TrainingTask(pipeline, Rows.linear(1_000, 2), Optional.empty(), 1, 1))
                .report();

        assertThat(report.trials()).isEmpty();
        assertThat(report.candidates().getFirst().choice().settings()).isEqualTo(NORMAL);
    }

    @Test
    void shouldBeginWithTheSettingsOfTheServingModel() {
        Clock clock = new Clock();
        Training training = new Training(Map.of(Family.LOGISTIC_REGRESSION, new Tunable(clock)), clock::nanos);
        Settings served = new Settings(Map.of("x", 19.0));

        TrainingReport report = training.run(task(
                        "1s",
                        Rows.linear(3_000, 2),
                        Optional.of(new Choice(Family.LOGISTIC_REGRESSION, TrainingWindow.ALL, served))))
                .report();

        assertThat(report.trials().getFirst().choice().settings()).isEqualTo(served);
        assertThat(Tunable.distance(report.candidates().getFirst().choice().settings()))
                .isLessThanOrEqualTo(Tunable.distance(served));
    }

    /** The hold-out is the newest fifth of the shortest window's 1,000 rows. */
    @Test
    void shouldNotLookAtTheHoldOut() {
        Seeds.each(3, random -> {
            List<Example> examples = Rows.linear(1_500, random.nextLong());
            List<Example> others = new ArrayList<>(examples.subList(0, 1_300));
            examples.subList(1_300, 1_500)
                    .forEach(each -> others.add(new Example(each.row(), random.nextInt(2), each.labelTime())));
            Pipeline pipeline = Rows.pipeline("""
                    model: { candidates: [logistic-regression, decision-tree] }
                    training: { window: [all, last 1000, weighted 1d], budget: 1s }""");
            Training training = Training.ofEveryFamily(() -> 0);

            List<Choice> choices = choices(training.run(new TrainingTask(pipeline, examples, Optional.empty(), 1, 1)));

            assertThat(choices(training.run(new TrainingTask(pipeline, others, Optional.empty(), 1, 1))))
                    .containsExactlyInAnyOrderElementsOf(choices);
        });
    }

    @Test
    void shouldComeToTheSameSideBySide() {
        Pipeline pipeline = Rows.pipeline("""
                model: { candidates: [random-forest, gradient-boosting, neural-network] }
                training: { window: [all, weighted 2d] }""");
        List<Example> examples = Rows.interacting(400, 3);
        Training training = ShortFits.training();

        TrainingReport first = training.run(new TrainingTask(pipeline, examples, Optional.empty(), 1, 1))
                .report();
        TrainingReport second = training.run(new TrainingTask(pipeline, examples, Optional.empty(), 1, 1))
                .report();

        assertThat(second.candidates()).isEqualTo(first.candidates());
        assertThat(second.trials()).containsExactlyInAnyOrderElementsOf(first.trials());
    }

    @Test
    void shouldReproduceWhatASearchFound() throws Exception {
        Pipeline pipeline = Rows.pipeline("""
                model: { candidates: [logistic-regression] }
                training: { window: [since-drift, weighted 5d], budget: 1s }""");
        List<Example> examples = turned(6_000, 4_000, 1);
        Optional<Instant> since = Optional.of(examples.get(4_000).row().eventTime());
        TrainingOutcome.Promoted promoted = promoted(pipeline, examples, since);

        Reproduction again = Reproduction.of(
                new TrainingTask(pipeline, examples, Optional.empty(), 1, 1, since, new Plan.Again(promoted.choice())),
                Choice.recorded(
                        promoted.family().spelled(),
                        promoted.choice().window().spelled(),
                        promoted.choice().settings().values()),
                Model.load(promoted.bundle(), 1 << 24),
                ModelBundleCodec.fingerprint(promoted.bundle()));

        assertThat(promoted.choice().settings().values().get("ridge")).isNotEqualTo(1);
        assertThat(again.reproduced()).as(again.detail()).isTrue();
    }

    @Test
    void shouldStopWhenInterrupted() throws Exception {
        CountDownLatch fitting = new CountDownLatch(1);
        Clock clock = new Clock();
        Learner slow = new Tunable(clock) {
            @Override
            public Fitted fit(Sample train, Matrix scored, Settings settings, long seed) {
                fitting.countDown();
                return super.fit(train, scored, settings, seed);
            }
        };
        Training training = new Training(Map.of(Family.LOGISTIC_REGRESSION, slow), () -> 0);
        CompletableFuture<Throwable> ended = new CompletableFuture<>();
        Thread thread = Thread.ofPlatform().start(() -> {
            try {
                training.run(task("5m", Rows.linear(20_000, 2), Optional.empty()));
                ended.complete(new AssertionError("it ran to its end"));
            } catch (RuntimeException e) {
                ended.complete(e);
            }
        });
        fitting.await();
        thread.interrupt();

        assertThat(ended.get()).isInstanceOf(CancellationException.class);
    }

    @Test
    void shouldNotTakeRecordedChoicesThatThisBuildDoesNotKnow() {
        assertThatThrownBy(() -> Choice.recorded("oracle", "all", Map.of())).hasMessageContaining("oracle");
        assertThatThrownBy(() -> Choice.recorded("decision-tree", "yesterday", Map.of()))
                .hasMessageContaining("yesterday");
        assertThatThrownBy(() -> Choice.recorded("decision-tree", "all", Map.of("depth", 2.5)))
                .hasMessageContaining("depth")
                .hasMessageContaining("whole numbers from 2.0 to 12.0");
        assertThatThrownBy(() -> Choice.recorded("decision-tree", "all", Map.of("width", 2.0)))
                .hasMessageContaining("only depth, leastLeaf");
    }

    private static final Settings NORMAL = new Settings(Map.of("x", 1.0));

    /** Its model is the better, the closer its setting is to {@link #BEST}; a fit takes as long as it has rows. */
    private static class Tunable implements Learner {
        private final Clock clock;

        Tunable(Clock clock) {
            this.clock = clock;
        }

        static double distance(Settings settings) {
            return Math.abs(Math.log(settings.values().get("x") / BEST));
        }

        @Override
        public List<Hyperparameter> hyperparameters() {
            return List.of(new Hyperparameter("x", 0.01, 100, 1, true, false));
        }

        @Override
        public Fitted fit(Sample train, Matrix scored, Settings settings, long seed) {
            clock.pass(FIT.multipliedBy(train.rows().height()).dividedBy(3_000));
            return new Fitted(
                    new LinearScorer(new double[] {1.5, distance(settings), 0.7, -0.7}, 0, Link.LOGISTIC),
                    Optional.empty(),
                    Map.of());
        }
    }

    /** Stands still but for what passes. */
    private static final class Clock {
        private final AtomicLong nanos = new AtomicLong();

        void pass(Duration time) {
            nanos.addAndGet(time.toNanos());
        }

        long nanos() {
            return nanos.get();
        }
    }

    private static TrainingTask task(String budget, List<Example> examples, Optional<Choice> start) {
        Pipeline pipeline = Rows.pipeline(
                "model: { candidates: [logistic-regression] }\ntraining: { budget: %s }".formatted(budget));
        return new TrainingTask(pipeline, examples, Optional.empty(), 1, 1, Optional.empty(), new Plan.Compete(start));
    }

    private static TrainingOutcome.Promoted promoted(
            Pipeline pipeline, List<Example> examples, Optional<Instant> since) {
        return (TrainingOutcome.Promoted) Training.ofEveryFamily(() -> 0)
                .run(new TrainingTask(
                        pipeline, examples, Optional.empty(), 1, 1, since, new Plan.Compete(Optional.empty())));
    }

    private static List<Choice> choices(TrainingOutcome outcome) {
        return outcome.report().candidates().stream()
                .map(CandidateResult::choice)
                .toList();
    }

    /** What was positive is negative from some row on. */
    private static List<Example> turned(int rows, int from, long seed) {
        List<Example> examples = new ArrayList<>(Rows.linear(rows, seed));
        for (int i = 0; i < from; i++) {
            Example example = examples.get(i);
            examples.set(i, new Example(example.row(), 1 - example.label(), example.labelTime()));
        }
        return examples;
    }
}
