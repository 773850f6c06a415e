package io.freshet.trainer.request;

import static org.assertj.core.api.Assertions.assertThat;

import io.freshet.schemas.message.RetrainReason;
import io.freshet.schemas.message.RetrainRequest;
import io.freshet.schemas.pipeline.Pipeline.Budget;
import io.freshet.schemas.pipeline.Pipeline.RetrainSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class RequestRulesTest {
    private static final Instant NOW = Instant.parse("2026-11-26T12:00:00Z");
    private static final Instant STREAM = Instant.parse("2001-06-01T00:00:00Z");
    private static final RetrainSpec DECLARED = new RetrainSpec(
            Duration.ofHours(3),
            Duration.ofHours(12),
            100,
            Optional.of(new Budget(3, Duration.ofDays(1))),
            Optional.empty());
    private static final Set<RetrainReason> ASK_AGAIN =
            Set.of(RetrainReason.DRIFT, RetrainReason.PERFORMANCE, RetrainReason.SCHEDULE);

    private final RequestRules rules = new RequestRules(DECLARED);

    @Test
    void shouldTrainWhenNothingWasTrainedBefore() {
        for (RetrainReason reason : RetrainReason.values()) {
            assertThat(rules.admit(request(reason, STREAM, 100L), List.of(), NOW))
                    .isEqualTo(new Admission.Admitted());
        }
    }

    @Test
    void shouldKeepToTheBudgetWhoeverAsks() {
        List<PastRun> trained = List.of(
                new PastRun(true, NOW.minusSeconds(3_600), Optional.empty()),
                new PastRun(true, NOW.minusSeconds(7_200), Optional.empty()),
                new PastRun(false, NOW.minusSeconds(86_399), Optional.empty()));

        for (RetrainReason reason : RetrainReason.values()) {
            assertThat(rules.admit(request(reason, STREAM, 100L), trained, NOW))
                    .isInstanceOfSatisfying(Admission.Declined.class, declined -> {
                        assertThat(declined.rule()).isEqualTo(RequestRule.AT_MOST);
                        assertThat(declined.detail())
                                .isEqualTo("the budget of 3 trainings per 1d is used up; the next one may start at "
                                        + NOW.plusSeconds(1) + ", or raise retrain.atMost");
                    });
            assertThat(rules.admit(request(reason, STREAM, 100L), trained, NOW.plusSeconds(1)))
                    .as("%s once the oldest is a day old", reason)
                    .isEqualTo(new Admission.Admitted());
        }
    }

    @Test
    void shouldDoubleTheCooldownWithRefusalsForThoseWhoAskAgainAndAgain() {
        List<PastRun> trained = List.of(
                new PastRun(true, NOW.minus(Duration.ofDays(9)), Optional.of(STREAM.minus(Duration.ofDays(1)))),
                new PastRun(false, NOW.minus(Duration.ofDays(8)), Optional.of(STREAM)));

        for (RetrainReason reason : RetrainReason.values()) {
            Admission early =
                    rules.admit(request(reason, STREAM.plus(Duration.ofHours(6)).minusMillis(1), 100L), trained, NOW);
            Admission late = rules.admit(request(reason, STREAM.plus(Duration.ofHours(6)), 100L), trained, NOW);

            assertThat(late).isEqualTo(new Admission.Admitted());
            if (ASK_AGAIN.contains(reason)) {
                assertThat(early).isInstanceOfSatisfying(Admission.Declined.class, declined -> {
                    assertThat(declined.rule()).isEqualTo(RequestRule.COOLDOWN);
                    assertThat(declined.detail()).contains("the cooldown is 6h after 1 refusal in a row");
                });
            } else {
                assertThat(early).isEqualTo(new Admission.Admitted());
            }
        }
    }

    @Test
    void shouldWantNewLabelsWhereTheyAreCounted() {
        assertThat(rules.admit(request(RetrainReason.SCHEDULE, STREAM, 99L), List.of(), NOW))
                .isInstanceOfSatisfying(Admission.Declined.class, declined -> {
                    assertThat(declined.rule()).isEqualTo(RequestRule.MIN_NEW_LABELS);
                    assertThat(declined.detail()).contains("99 labels", "100 are needed");
                });
        assertThat(rules.admit(request(RetrainReason.MANUAL, STREAM, null), List.of(), NOW))
                .isEqualTo(new Admission.Admitted());
        assertThat(rules.admit(request(RetrainReason.FIRST_MODEL, STREAM, 0L), List.of(), NOW))
                .isEqualTo(new Admission.Admitted());
    }

    /** At random: what is admitted keeps the budget in every stretch of time, and the cooldown; the order of runs is nothing. */
    @Test
    void shouldKeepItsInvariants() {
        for (long seed = 1; seed <= 200; seed++) {
            Random random = new Random(seed);
            List<PastRun> trained = new ArrayList<>();
            Instant now = NOW;
            Instant stream = STREAM;
            for (int step = 0; step < 100; step++) {
                now = now.plusSeconds(1 + random.nextInt(20_000));
                stream = stream.plusSeconds(random.nextInt(30_000));
                RetrainReason reason = RetrainReason.values()[random.nextInt(RetrainReason.values().length)];
                Collections.shuffle(trained, random);

                Admission admission = rules.admit(request(reason, stream, (long) random.nextInt(1_000)), trained, now);

                if (admission instanceof Admission.Admitted) {
                    Instant newest = stream;
                    assertThat(trained.stream()
                                    .filter(run ->
                                            run.eventTime().orElseThrow().isAfter(newest.minus(DECLARED.cooldown()))))
                            .as("cooldown of %s, seed %s", reason, seed)
                            .hasSizeLessThanOrEqualTo(ASK_AGAIN.contains(reason) ? 0 : trained.size());
                    trained.add(new PastRun(random.nextBoolean(), now, Optional.of(stream)));
                }
                Instant dayAgo = now.minus(Duration.ofDays(1));
                assertThat(trained.stream().filter(run -> run.startedAt().isAfter(dayAgo)))
                        .as("budget, seed %s", seed)
                        .hasSizeLessThanOrEqualTo(3);
            }
            assertThat(trained).as("seed %s", seed).hasSizeGreaterThan(10);
        }
    }

    private static RetrainRequest request(RetrainReason reason, Instant eventTime, @Nullable Long newLabels) {
        return RetrainRequest.newBuilder()
                .setRequestId("r")
                .setPipeline("shops")
                .setWriter("test")
                .setReason(reason)
                .setEvidence("test")
                .setNewLabels(newLabels)
                .setEventTime(eventTime)
                .setRequestedAt(NOW)
                .build();
    }
}
