package io.freshet.trainer.rollout;

import static io.freshet.trainer.rollout.Events.binary;
import static io.freshet.trainer.rollout.Events.event;
import static io.freshet.trainer.rollout.Events.failed;
import static io.freshet.trainer.rollout.Events.score;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.freshet.schemas.message.ModelRole;
import io.freshet.schemas.pipeline.Pipeline;
import io.freshet.trainer.Seeds;
import io.freshet.trainer.registry.ModelState;
import io.freshet.trainer.registry.ModelState.Canary;
import io.freshet.trainer.registry.ModelState.Challenger;
import io.freshet.trainer.registry.ModelState.Champion;
import io.freshet.trainer.registry.ModelState.Move;
import io.freshet.trainer.registry.ModelState.Shadow;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class RolloutTest {
    private static final String STEPS = "rollout: { shadow: 300, canary: [5%, 25%, 100%], events: 100 }\n";

    private final Pipeline pipeline = binary(STEPS);
    private final Rollout rollout = new Rollout(pipeline);
    private final Tally tally = new Tally(pipeline.model().task());

    @Test
    void shouldTakeStepAfterStepOnceEnoughEventsWereSeen() {
        alike(299, ModelRole.CHAMPION);
        assertThat(decide(new Shadow(2))).isEqualTo(new Decision.Wait());
        alike(1, ModelRole.CHAMPION);
        assertThat(decide(new Shadow(2))).isInstanceOfSatisfying(Decision.Advance.class, advance -> {
            assertThat(advance.share()).isEqualTo(0.05);
            assertThat(advance.why())
                    .isEqualTo("shadow: 300 events scored, mean score 0.3 against the champion's 0.3,"
                            + " alarms 0% against the champion's 0%");
        });
        assertThat(decide(new Canary(2, 0.05)))
                .as("what the champion answers is none of the canary's events")
                .isEqualTo(new Decision.Wait());
        alike(100, ModelRole.CANARY);
        assertThat(decide(new Canary(2, 0.05)))
                .isInstanceOfSatisfying(
                        Decision.Advance.class,
                        advance -> assertThat(advance.share()).isEqualTo(0.25));
        assertThat(decide(new Canary(2, 0.25))).isInstanceOf(Decision.Promote.class);
        assertThat(decide(new Canary(2, 0.1)))
                .as("a share that is declared no more is left at once")
                .isInstanceOf(Decision.Advance.class);
    }

    @Test
    void shouldRefuseAChallengerThatFailsWhereTheChampionDoesNot() {
        tally.take(event("a", ModelRole.CHAMPION, failed(1, "MODEL_FAILED"), failed(2, "MODEL_FAILED")));
        tally.take(event("b", ModelRole.CHAMPION, score(1, 0.3, false), failed(2, "OTHER_FEATURE_SET")));
        assertThat(decide(new Shadow(2))).isEqualTo(new Decision.Wait());

        tally.take(event("c", ModelRole.CHAMPION, score(1, 0.3, false), failed(2, "MODEL_FAILED")));

        assertThat(decide(new Shadow(2)))
                .isEqualTo(
                        new Decision.Refuse("it failed where the champion did not, events: 1, first by MODEL_FAILED"));
    }

    @Test
    void shouldRefuseAChallengerThatCannotBeLoadedWhateverTheChampionDoes() {
        tally.take(event("a", ModelRole.CHAMPION, failed(1, "OTHER_FEATURE_SET"), failed(2, "NOT_LOADED")));

        assertThat(decide(new Canary(2, 0.05))).isInstanceOf(Decision.Refuse.class);
    }

    @Test
    void shouldGoOnWhereTheChampionCannotAnswer() {
        for (int i = 0; i < 300; i++) {
            tally.take(event("e" + i, ModelRole.CHAMPION, failed(1, "OTHER_FEATURE_SET"), score(2, 0.9, true)));
        }

        assertThat(decide(new Shadow(2))).isInstanceOf(Decision.Advance.class);
    }

    @Test
    void shouldRefuseImplausibleScoresUnlessLabelsSpeakForThem() {
        for (int i = 0; i < 200; i++) {
            tally.take(event("e" + i, ModelRole.CHAMPION, score(1, 0.1, false), score(2, 0.9, true)));
        }

        assertThat(decide(new Shadow(2)))
                .isInstanceOfSatisfying(
                        Decision.Refuse.class,
                        refused -> assertThat(refused.why())
                                .isEqualTo(
                                        "its mean score is implausible: 0.9 against the champion's 0.1 on the same 200 events,"
                                                + " more than 5.0 times apart"));
        assertThat(rollout.decide(new Shadow(2), tally.evidence(new Labelled(60, -0.5, 0.1))))
                .as("the champion is off")
                .isEqualTo(new Decision.Wait());
        assertThat(rollout.decide(new Shadow(2), tally.evidence(new Labelled(60, -0.2, 0.1))))
                .isInstanceOf(Decision.Refuse.class);
    }

    @Test
    void shouldBoundAlarmsWhereDeclaredAndTheMeansOfOtherTasks() {
        Pipeline bounded = binary("gate: { meanScore: 100, alarms: { champion: 2 } }\n" + STEPS);
        for (int i = 0; i < 300; i++) {
            tally.take(event("e" + i, ModelRole.CHAMPION, score(1, 0.4, i % 10 == 0), score(2, 0.6, i % 3 == 0)));
        }
        assertThat(new Rollout(bounded).decide(new Shadow(2), tally.evidence(Labelled.NONE)))
                .isInstanceOfSatisfying(
                        Decision.Refuse.class,
                        refused -> assertThat(refused.why())
                                .isEqualTo("its share of alarms is implausible: 33.33% against the champion's 10%,"
                                        + " more than 2.0 times apart"));
        assertThat(decide(new Shadow(2))).isInstanceOf(Decision.Advance.class);

        Pipeline numbers = Events.pipeline("label.a", "model: { task: regression }\n" + STEPS);
        Tally values = new Tally(numbers.model().task());
        for (int i = 0; i < 300; i++) {
            values.take(event("e" + i, ModelRole.CHAMPION, score(1, i % 2, null), score(2, 7, null)));
        }
        assertThat(new Rollout(numbers).decide(new Shadow(2), values.evidence(Labelled.NONE)))
                .isInstanceOfSatisfying(
                        Decision.Refuse.class,
                        refused -> assertThat(refused.why())
                                .startsWith("its mean value is implausible: 7 against the champion's 0.5"));

        Pipeline kinds = Events.pipeline("label.kind", "model: { task: multiclass, classes: [x, y] }\n" + STEPS);
        Tally classes = new Tally(kinds.model().task());
        for (int i = 0; i < 300; i++) {
            classes.take(event(
                    "e" + i,
                    ModelRole.CHAMPION,
                    Events.classes(1, Map.of("x", 0.99, "y", 0.01)),
                    Events.classes(2, Map.of("x", 0.5, "y", 0.5))));
        }
        assertThat(new Rollout(kinds).decide(new Shadow(2), classes.evidence(Labelled.NONE)))
                .isInstanceOf(Decision.Refuse.class);
    }

    @Test
    void shouldRefuseWhatLabelsSpeakAgainst() {
        alike(10, ModelRole.CHAMPION);

        assertThat(rollout.decide(new Shadow(2), tally.evidence(new Labelled(50, 0.31, 0.1))))
                .isInstanceOfSatisfying(
                        Decision.Refuse.class,
                        refused -> assertThat(refused.why())
                                .isEqualTo("it is worse than the champion: on 50 labelled events its loss differs by"
                                        + " +0.31 with a standard error of 0.1"));
        assertThat(rollout.decide(new Shadow(2), tally.evidence(new Labelled(49, 9, 0.1))))
                .isEqualTo(new Decision.Wait());
        assertThat(rollout.decide(new Shadow(2), tally.evidence(new Labelled(50, 0.29, 0.1))))
                .isEqualTo(new Decision.Wait());
    }

    /**
     * Whatever is declared, and however the events are cut into batches: a sound challenger takes every declared step in
     * order, each after exactly its events, and is promoted once; a failure at any time ends it before the next step.
     */
    @Test
    void shouldPromoteOnceAfterEveryDeclaredStep() {
        Seeds.each(100, random -> {
            TreeSet<Integer> percents = new TreeSet<>();
            for (int i = random.nextInt(4); i > 0; i--) {
                percents.add(1 + random.nextInt(99));
            }
            int shadow = random.nextInt(3) * random.nextInt(150);
            int events = 1 + random.nextInt(100);
            if (shadow == 0 && percents.isEmpty()) {
                return;
            }
            Pipeline declared = binary(declaration(shadow, percents, events));
            Rollout decides = new Rollout(declared);
            Champion serving = new Champion(1);
            Challenger state = first(shadow, percents);
            List<String> went = new ArrayList<>(List.of(named(state)));
            List<String> expected = new ArrayList<>();
            if (shadow > 0) {
                expected.add("SHADOW 0");
            }
            percents.forEach(percent -> expected.add("CANARY " + percent));
            expected.add("CHAMPION");
            boolean fails = random.nextInt(4) == 0;
            int failsAt = random.nextInt(200);
            int sent = 0;
            boolean over = false;
            while (!over) {
                Tally step = new Tally(declared.model().task());
                Decision decision = new Decision.Wait();
                long counted = 0;
                while (decision instanceof Decision.Wait) {
                    ModelRole answered =
                            state instanceof Canary && random.nextBoolean() ? ModelRole.CANARY : ModelRole.CHAMPION;
                    boolean failure = fails && sent++ >= failsAt;
                    step.take(event(
                            "e" + sent,
                            failure ? ModelRole.CHAMPION : answered,
                            score(1, 0.3, false),
                            failure ? failed(2, "MODEL_FAILED") : score(2, 0.32, false)));
                    counted += !failure && (state instanceof Shadow || answered == ModelRole.CANARY) ? 1 : 0;
                    decision = decides.decide(state, step.evidence(Labelled.NONE));
                    if (failure) {
                        assertThat(decision).isInstanceOf(Decision.Refuse.class);
                    } else if (!(decision instanceof Decision.Wait)) {
                        assertThat(counted).isEqualTo(state instanceof Shadow ? shadow : events);
                    }
                }
                List<Move<?>> moves = Rollout.moves(decision, state, Optional.of(serving));
                ModelState next = moves.getLast().to();
                assertThat(next.version()).isEqualTo(2);
                went.add(named(next));
                over = !(next instanceof Challenger);
                if (next instanceof Challenger challenger) {
                    assertThat(challenger.share()).isGreaterThan(state.share());
                    state = challenger;
                }
            }
            if (fails && went.getLast().equals("REFUSED")) {
                assertThat(expected).startsWith(went.subList(0, went.size() - 1).toArray(String[]::new));
            } else {
                assertThat(went).isEqualTo(expected);
            }
        });
    }

    private static String declaration(int shadow, TreeSet<Integer> percents, int events) {
        StringBuilder declaration = new StringBuilder("rollout: { shadow: " + shadow);
        if (!percents.isEmpty()) {
            declaration.append(", events: ").append(events).append(", canary: [");
            percents.forEach(percent -> declaration.append(percent).append("%, "));
            declaration.append("100%]");
        }
        return declaration.append(" }").toString();
    }

    private static Challenger first(int shadow, TreeSet<Integer> percents) {
        return shadow > 0 ? new Shadow(2) : new Canary(2, percents.first() / 100.0);
    }

    private static String named(ModelState state) {
        return state.stage()
                + (state instanceof Challenger challenger
                        ? String.format(Locale.ROOT, " %.0f", 100 * challenger.share())
                        : "");
    }

    @Test
    void shouldNotNarrowACanary() {
        assertThatThrownBy(() -> new Canary(2, 0.25).widen(0.25)).hasMessageContaining("cannot go back");
        assertThatThrownBy(() -> new Shadow(2).widen(1)).hasMessageContaining("below 1");
    }

    /** Against the mean and standard error of every difference at once. */
    @Test
    void shouldCompareLossesOnTheSameLabelledEventsOnce() {
        Seeds.each(50, random -> {
            LabelledPairs pairs = new LabelledPairs(pipeline.model().task());
            List<Double> differences = new ArrayList<>();
            int rows = 2 + random.nextInt(100);
            for (int i = 0; i < rows; i++) {
                double theirs = between(random);
                double ours = between(random);
                pairs.take(event("e" + i, ModelRole.CHAMPION, score(1, theirs, false), score(2, ours, false)));
                pairs.label("another", 1);
                boolean positive = random.nextBoolean();
                pairs.label("e" + i, positive ? 1 : 0);
                pairs.label("e" + i, positive ? 0 : 1);
                differences.add(
                        positive ? Math.log(theirs) - Math.log(ours) : Math.log(1 - theirs) - Math.log(1 - ours));
            }
            double mean = differences.stream().mapToDouble(d -> d).average().orElseThrow();
            double variance = differences.stream()
                            .mapToDouble(d -> (d - mean) * (d - mean))
                            .sum()
                    / (rows - 1);

            Labelled labelled = pairs.labelled();

            assertThat(labelled.rows()).isEqualTo(rows);
            assertThat(labelled.mean()).isCloseTo(mean, within(1e-9));
            assertThat(labelled.error()).isCloseTo(Math.sqrt(variance / rows), within(1e-9));
        });
    }

    @Test
    void shouldForgetTheOldestEventsWithoutALabel() {
        LabelledPairs pairs = new LabelledPairs(pipeline.model().task());
        for (int i = 0; i <= LabelledPairs.MOST; i++) {
            pairs.take(event("e" + i, ModelRole.CHAMPION, score(1, 0.2, false), score(2, 0.4, false)));
        }
        for (int i = 0; i < 3; i++) {
            pairs.label("e" + i, 1);
        }

        assertThat(pairs.labelled().rows()).isEqualTo(2);
    }

    private static double between(Random random) {
        return 0.01 + 0.98 * random.nextDouble();
    }

    private Decision decide(Challenger challenger) {
        return rollout.decide(challenger, tally.evidence(Labelled.NONE));
    }

    private void alike(int howMany, ModelRole answered) {
        for (int i = 0; i < howMany; i++) {
            tally.take(event("e" + i, answered, score(1, 0.3, false), score(2, 0.3, false)));
        }
    }
}
