package io.freshet.drift;

import static org.assertj.core.api.Assertions.assertThat;

import io.freshet.drift.DriftState.Drifting;
import io.freshet.drift.Evidence.Measured;
import io.freshet.drift.performance.Figures;
import io.freshet.drift.performance.Judgement;
import io.freshet.drift.performance.Promise.Estimate;
import io.freshet.schemas.message.AlertState;
import io.freshet.schemas.message.IncidentKind;
import io.freshet.schemas.message.RetrainReason;
import io.freshet.schemas.message.RunOutcome;
import io.freshet.schemas.pipeline.Pipeline.Metric;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

class PolicyTest {
    private static final String SET = Shops.featureSet();
    private static final long HOUR = 3_600_000;
    private static final long COOLDOWN = 3 * HOUR;

    private final Policy policy = new Policy(Shops.pipeline());
    private final List<Decision> decisions = new ArrayList<>();
    private PolicyState state = policy.initial();
    private long now = 1_000 * HOUR;

    @Test
    void shouldAskForAFirstModelAtExactlyTheDeclaredNumberOfExamples() {
        examples(499);
        assertThat(decisions).isEmpty();

        examples(1);

        assertThat(requests()).singleElement().satisfies(request -> {
            assertThat(request.reason()).isEqualTo(RetrainReason.FIRST_MODEL);
            assertThat(request.requestId()).isEqualTo("shops-first-model-500");
            assertThat(request.alertId()).isNull();
        });
        examples(2_000);
        assertThat(requests()).hasSize(1);
    }

    @Test
    void shouldAskForAFirstModelAgainAfterAQuarterMoreExamples() {
        examples(500);
        run("shops-first-model-500", false, 0);

        examples(124);
        assertThat(requests()).hasSize(1);
        examples(1);

        assertThat(requests().getLast().requestId()).isEqualTo("shops-first-model-625");
    }

    @Test
    void shouldNotAskForAFirstModelWhileAPromotedOneIsOnItsWay() {
        examples(500);
        run("shops-first-model-500", true, 1);

        examples(5_000);

        assertThat(requests()).hasSize(1);
    }

    @Test
    void shouldOpenUpdateAndResolveAnAlertOfPerformance() {
        serving(1);
        performed(1, 0.9, false);
        assertThat(decisions).isEmpty();
        performed(1, 1.2, true);
        performed(1, 1.3, false);
        performed(1, 1.6, true);
        performed(1, 1.4, false);
        performed(1, 0.9, false);

        List<Decision.PerformanceAlert> alerts = of(Decision.PerformanceAlert.class);
        assertThat(alerts)
                .extracting(Decision.PerformanceAlert::state)
                .containsExactly(AlertState.OPEN, AlertState.UPDATED, AlertState.RESOLVED);
        assertThat(alerts)
                .extracting(Decision.PerformanceAlert::alertId)
                .containsOnly("shops-performance-"
                        + Instant.ofEpochMilli(alerts.getFirst().windowEnd()));
        assertThat(alerts.get(1).message())
                .isEqualTo("Model v1 does worse than it promised: log-loss 0.8800 (0.8700 to 0.8900) on 100"
                        + " labelled predictions, 0.4500 (0.4000 to 0.5000) on its hold-out.");
        assertThat(state.degraded()).isNull();
    }

    @Test
    void shouldAskOnceForPerformanceAndAgainAfterTheCooldownWhenRefused() {
        serving(1);
        examples(99);
        performed(1, 1.5, true);
        assertThat(requests()).as("too few labels").isEmpty();
        examples(1);

        assertThat(requests()).singleElement().satisfies(request -> {
            assertThat(request.reason()).isEqualTo(RetrainReason.PERFORMANCE);
            assertThat(request.alertId())
                    .isEqualTo(of(Decision.PerformanceAlert.class).getFirst().alertId());
            assertThat(request.evidence())
                    .contains("does worse than it promised")
                    .contains("100 labels");
        });
        run(requests().getFirst().requestId(), false, 0);
        examples(100);
        assertThat(requests()).as("the window has been asked for").hasSize(1);
        now += COOLDOWN;
        performed(1, 1.5, true);
        assertThat(requests()).as("a refusal doubles the cooldown").hasSize(1);
        now += COOLDOWN;
        performed(1, 1.5, false);
        assertThat(requests()).hasSize(2);
    }

    @Test
    void shouldAskOnceForDriftAndPerformanceTogether() {
        serving(1);
        examples(200);
        judge(1, 1.5, 0.1);
        performed(1, 1.5, true);
        now += COOLDOWN;
        judge(1, 1.5, 0.1);
        performed(1, 1.5, true);

        assertThat(requests())
                .singleElement()
                .satisfies(request -> assertThat(request.reason()).isEqualTo(RetrainReason.DRIFT));
    }

    @Test
    void shouldResolveAnAlertOfPerformanceWhenAnotherModelServes() {
        serving(1);
        performed(1, 1.5, true);
        Policy.Step same = policy.replaced(state);
        assertThat(same.decisions()).isEmpty();

        Policy.Step step = policy.replaced(state.deployed(2));

        assertThat(step.state().degraded()).isNull();
        assertThat(step.decisions()).singleElement().satisfies(decision -> {
            Decision.PerformanceAlert alert = (Decision.PerformanceAlert) decision;
            assertThat(alert.state()).isEqualTo(AlertState.RESOLVED);
            assertThat(alert.judgement()).isEmpty();
        });
    }

    /** A window whose log loss is so many times what is tolerated, 0.55. */
    private void performed(int version, double excess, boolean alarm) {
        now += HOUR;
        double value = excess * 0.55;
        Figures figures = new Figures(
                version,
                now - 7 * HOUR,
                now,
                110,
                100,
                new Estimate(value, value - 0.01, value + 0.01),
                Map.of(Metric.LOG_LOSS, value));
        Policy.Step step = policy.performed(
                state, new Judgement(figures, Metric.LOG_LOSS, new Estimate(0.45, 0.4, 0.5), 0.55, alarm), now);
        state = step.state();
        decisions.addAll(step.decisions());
    }

    private <T> List<T> of(Class<T> kind) {
        return decisions.stream().filter(kind::isInstance).map(kind::cast).toList();
    }

    @Test
    void shouldOpenUpdateAndResolveAnAlert() {
        serving(1);
        judge(1, 0.5, 0.1);
        assertThat(decisions).isEmpty();
        judge(1, 1.5, 0.1);
        judge(1, 1.6, 0.1);
        judge(1, 2.0, 0.1);
        judge(1, 2.0, 1.2);
        judge(1, 0.9, 0.1);
        judge(1, 0.79, 0.1);

        assertThat(alerts())
                .extracting(Decision.Alert::state)
                .containsExactly(AlertState.OPEN, AlertState.UPDATED, AlertState.UPDATED, AlertState.RESOLVED);
        assertThat(alerts().get(2).message())
                .isEqualTo("a and 1 more feature differ from what model v1 was trained on: a 2.00 (threshold 1.00), "
                        + "b 1.20 (threshold 1.00).");
        assertThat(alerts()).extracting(Decision.Alert::alertId).containsOnly("shops-1970-02-11T18:00:00Z");
        assertThat(alerts().getLast().evidence().features()).isEmpty();
    }

    @Test
    void shouldKeepAnAlertWhoseFeatureCannotBeMeasured() {
        serving(1);
        judge(1, 1.5, 0.1);

        take(policy.judged(state, new Evidence(1, now - 7 * HOUR, now, 20, List.of()), List.of(), now));

        assertThat(state.drift()).isInstanceOf(Drifting.class);
    }

    @Test
    void shouldResolveUnderTheBaselineOfANewChampion() {
        serving(1);
        judge(1, 1.5, 0.1);
        serving(2);

        take(policy.rejudged(state, evidence(2, 0.9, 0.1)));

        assertThat(alerts().getLast().state()).isEqualTo(AlertState.RESOLVED);
        take(policy.rejudged(state, evidence(2, 3.0, 0.1)));
        assertThat(alerts()).hasSize(2);
    }

    @Test
    void shouldAskForTrainingOnceEnoughLabelsHaveCome() {
        serving(1);
        judge(1, 1.5, 0.1);
        assertThat(requests()).isEmpty();

        examples(99);
        assertThat(requests()).isEmpty();
        examples(1);

        assertThat(requests()).singleElement().satisfies(request -> {
            assertThat(request.reason()).isEqualTo(RetrainReason.DRIFT);
            assertThat(request.alertId()).isEqualTo(alerts().getFirst().alertId());
            assertThat(request.requestId()).startsWith("shops-drift-");
            assertThat(request.evidence()).contains("a 1.50").contains("100 labels");
        });
    }

    @Test
    void shouldDoubleTheCooldownWithEveryRefusedRun() {
        serving(1);
        List<Long> waited = new ArrayList<>();
        for (int refusals = 0; refusals < 7; refusals++) {
            long since = now;
            int before = requests().size();
            while (requests().size() == before) {
                examples(20);
                judge(1, 1.5, 0.1);
            }
            waited.add((now - since) / HOUR);
            run(requests().getLast().requestId(), false, 0);
        }

        assertThat(waited.subList(1, 7)).containsExactly(6L, 12L, 24L, 48L, 48L, 48L);
    }

    @Test
    void shouldAskAgainAfterAPromotionUnderWhichDriftPersists() {
        serving(1);
        examples(100);
        judge(1, 1.5, 0.1);
        run(requests().getLast().requestId(), true, 2);
        examples(100);
        now += 10 * COOLDOWN;
        judge(1, 1.5, 0.1);
        assertThat(requests()).as("the promoted model is on its way").hasSize(1);
        serving(2);
        take(policy.rejudged(state, evidence(2, 1.4, 0.1)));

        judge(2, 1.4, 0.1);

        assertThat(requests()).hasSize(2);
        assertThat(alerts().getLast().message()).contains("model v2");
    }

    @Test
    void shouldCountLabelsAndCooldownFromARunThatSomebodyElseAskedFor() {
        serving(1);
        examples(1_000);
        run("by-hand", true, 2);
        serving(2);
        judge(2, 1.5, 0.1);
        examples(99);
        now += COOLDOWN;
        judge(2, 1.5, 0.1);
        assertThat(requests()).isEmpty();

        examples(1);

        assertThat(requests()).hasSize(1);
    }

    @Test
    void shouldAskForAModelOfAChangedDeclarationOnceEnoughExamplesOfItHaveCome() {
        Policy before = new Policy(Shops.pipeline("b: { value: event.b }", "7h"));
        state = policy.resumed(before.initial().deployed(1)).superseded(true);
        for (int i = 0; i < 600; i++) {
            state = state.oneMoreExample("0123456789ab");
            take(policy.example(state, now));
        }
        judge(1, 1.5, 0.1);
        examples(499);
        assertThat(alerts()).hasSize(1);
        assertThat(requests()).isEmpty();

        examples(1);

        assertThat(requests()).singleElement().satisfies(request -> {
            assertThat(request.reason()).isEqualTo(RetrainReason.DECLARATION_CHANGED);
            assertThat(request.requestId()).isEqualTo("shops-declaration-changed-1100");
            assertThat(request.evidence()).contains("500 labelled examples of the changed features", "model v1");
        });
        examples(100);
        run("shops-declaration-changed-1100", false, 0);
        examples(24);
        assertThat(requests()).hasSize(1);
        examples(1);
        assertThat(requests()).hasSize(2);
        run(requests().getLast().requestId(), true, 2);
        state = state.deployed(2).superseded(false);
        examples(5_000);
        state = state.deployed(1).superseded(true);
        examples(5_000);
        assertThat(requests()).as("a rollback stays").hasSize(2);
    }

    @Test
    void shouldAskNothingWhileAModelChallengesTheChampionAndAgainOnceItIsGone() {
        serving(1);
        examples(5_000);
        judge(1, 1.5, 0.1);
        assertThat(requests()).hasSize(1);
        run(requests().getFirst().requestId(), true, 2);
        for (int i = 0; i < 40; i++) {
            examples(500);
            judge(1, 1.5, 0.1);
        }
        assertThat(requests()).as("version 2 is on its way").hasSize(1);

        state = state.tried(2);
        judge(1, 1.5, 0.1);

        assertThat(requests()).hasSize(2);
    }

    @Test
    void shouldCountOnlyExamplesOfTheDeclaredFeaturesTowardsAFirstModel() {
        for (int i = 0; i < 600; i++) {
            state = state.oneMoreExample("0123456789ab");
            take(policy.example(state, now));
        }
        examples(499);
        assertThat(requests()).isEmpty();

        examples(1);

        assertThat(requests())
                .singleElement()
                .satisfies(request -> assertThat(request.reason()).isEqualTo(RetrainReason.FIRST_MODEL));
    }

    @Test
    void shouldAskOnceAMomentOfTheScheduleAndOnceForAllThatWereMissed() {
        Policy weekly = new Policy(Shops.scheduled("0 4 * * MON"));
        Instant monday = Instant.parse("2026-11-23T04:00:00Z");
        serving(1);
        examples(100);
        take(weekly.scheduled(state, monday.plusSeconds(1), now));
        assertThat(decisions)
                .as("what was before the schedule is not made up for")
                .isEmpty();

        Instant next = monday.plus(Duration.ofDays(7));
        take(weekly.scheduled(state, next.minusMillis(1), now));
        assertThat(decisions).isEmpty();
        take(weekly.scheduled(state, next, now));
        take(weekly.scheduled(state, next.plusSeconds(5), now));

        assertThat(requests()).singleElement().satisfies(request -> {
            assertThat(request.requestId()).isEqualTo("shops-schedule-2026-11-30T04:00:00Z");
            assertThat(request.reason()).isEqualTo(RetrainReason.SCHEDULE);
            assertThat(request.newLabels()).isEqualTo(100);
            assertThat(request.evidence()).contains("0 4 * * MON", "100 labels");
        });
        examples(100);
        Instant later = next.plus(Duration.ofDays(30));
        take(weekly.scheduled(reread(state), later, now));
        take(weekly.scheduled(state, later.plusSeconds(5), now));
        assertThat(requests())
                .extracting(Decision.Retrain::requestId)
                .containsExactly("shops-schedule-2026-11-30T04:00:00Z", "shops-schedule-2026-12-28T04:00:00Z");
    }

    @Test
    void shouldFollowAChangedScheduleFromItsDeclarationOn() {
        Instant start = Instant.parse("2026-11-23T12:00:00Z");
        serving(1);
        examples(100);
        take(new Policy(Shops.scheduled("0 4 * * MON")).scheduled(state, start, now));

        Policy hourly = new Policy(Shops.scheduled("0 * * * *"));
        take(hourly.scheduled(state, start.plus(Duration.ofDays(20)), now));
        assertThat(decisions).isEmpty();
        take(policy.scheduled(state, start.plus(Duration.ofDays(21)), now));
        assertThat(state.calendar()).as("without a schedule").isNull();
        take(hourly.scheduled(state, start.plus(Duration.ofDays(30)), now));
        assertThat(decisions).isEmpty();

        take(hourly.scheduled(state, start.plus(Duration.ofDays(30)).plus(Duration.ofHours(1)), now));

        assertThat(requests()).hasSize(1);
    }

    @Test
    void shouldRaiseAnIncidentWhereTheScheduleFindsTooFewLabels() {
        Policy hourly = new Policy(Shops.scheduled("0 * * * *"));
        Instant start = Instant.parse("2026-11-23T12:00:00Z");
        take(hourly.scheduled(state, start, now));
        examples(499);
        take(hourly.scheduled(state, start.plus(Duration.ofHours(1)), now));

        assertThat(requests()).isEmpty();
        assertThat(incidents()).singleElement().satisfies(incident -> {
            assertThat(incident.kind()).isEqualTo(IncidentKind.TOO_FEW_LABELS);
            assertThat(incident.incidentId()).isEqualTo("shops-schedule-2026-11-23T13:00:00Z");
            assertThat(incident.detail()).contains("499 labels", "500 are needed", "the schedule asks");
        });
        serving(1);
        take(hourly.scheduled(state, start.plus(Duration.ofHours(2)), now));
        assertThat(requests()).as("once a model serves, 100 suffice").hasSize(1);
    }

    @Test
    void shouldRaiseAnIncidentOnceAnAlertThatFindsTooFewLabels() {
        serving(1);
        examples(99);
        judge(1, 1.5, 0.1);
        judge(1, 1.5, 0.1);

        assertThat(requests()).isEmpty();
        assertThat(incidents()).singleElement().satisfies(incident -> {
            assertThat(incident.alertId()).isEqualTo(alerts().getFirst().alertId());
            assertThat(incident.evidence()).containsEntry("newLabels", 99.0).containsEntry("needed", 100.0);
        });
        examples(1);
        assertThat(requests()).hasSize(1);
    }

    @Test
    void shouldRaiseAnIncidentInPlaceOfARequestWhileAFeatureIsBroken() {
        Policy hourly = new Policy(Shops.scheduled("0 * * * *"));
        Instant start = Instant.parse("2026-11-23T12:00:00Z");
        Breakage broken = new Breakage(IncidentKind.UNIT_CHANGE, "a", "a is 60 times", Map.of("factor", 60.0));
        serving(1);
        take(hourly.scheduled(state, start, now));
        examples(1_000);
        judge(1, 1.5, 0.1, broken);
        judge(1, 1.5, 0.1, broken);
        examples(1_000);

        assertThat(requests()).isEmpty();
        assertThat(alerts()).hasSize(1);
        assertThat(incidents()).singleElement().satisfies(incident -> {
            assertThat(incident.incidentId()).startsWith("shops-unit-change-a-1970");
            assertThat(incident.alertId()).isEqualTo(alerts().getFirst().alertId());
            assertThat(incident.modelVersion()).isEqualTo(1);
        });
        take(hourly.scheduled(reread(state), start.plus(Duration.ofHours(1)), now));
        assertThat(requests()).isEmpty();
        assertThat(incidents().getLast().incidentId()).isEqualTo("shops-schedule-2026-11-23T13:00:00Z");

        judge(1, 1.5, 0.1);

        assertThat(requests()).as("mended, and drifting still").hasSize(1);
    }

    @Test
    void shouldAskAgainAfterARuleHasDeclinedWithoutTakingItForARefusal() {
        serving(1);
        examples(100);
        judge(1, 1.5, 0.1);
        answer(requests().getLast().requestId(), RunOutcome.DECLINED, 0);
        assertThat(state.refusals()).isZero();
        assertThat(state.outstanding()).isNull();
        judge(1, 1.5, 0.1);
        judge(1, 1.5, 0.1);
        assertThat(requests()).as("within the cooldown").hasSize(1);

        judge(1, 1.5, 0.1);

        assertThat(requests()).hasSize(2);
        PolicyState before = state;
        answer("by-hand", RunOutcome.DECLINED, 0);
        assertThat(state).as("of no concern").isEqualTo(before);
    }

    @Test
    void shouldAskForAFirstModelAgainAfterARuleHasDeclined() {
        examples(500);
        answer("shops-first-model-500", RunOutcome.DECLINED, 0);
        examples(124);
        assertThat(requests()).hasSize(1);
        examples(1);
        assertThat(requests().getLast().requestId()).isEqualTo("shops-first-model-625");
    }

    @Test
    void shouldReadTheStateOfBuildsBefore() throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        state = state.oneMoreExample(SET).deployed(3);
        state.write(new DataOutputStream(bytes));
        byte[] now = bytes.toByteArray();
        // Without what came with version 3: no broken feature, no alert, no calendar.
        byte[] before = Arrays.copyOf(now, now.length - 2 * Integer.BYTES - 2);
        before[0] = 2;
        // Without what came with version 4: no alert of performance.
        byte[] withIncidents = Arrays.copyOf(now, now.length - 1);
        withIncidents[0] = 3;

        for (byte[] kept : List.of(before, withIncidents)) {
            assertThat(PolicyState.read(new DataInputStream(new ByteArrayInputStream(kept))))
                    .isEqualTo(state);
        }
    }

    /** At random: never two open alerts, RESOLVED only of the open one, one outstanding request, cooldown, unique ids. */
    @Test
    void shouldKeepItsInvariants() {
        Shops.eachSeed(200, this::randomHistory);
    }

    private void randomHistory(Random random) {
        state = policy.initial();
        decisions.clear();
        now = 1_000 * HOUR;
        String open = null;
        String worse = null;
        String outstanding = null;
        long askedAt = Long.MIN_VALUE;
        int version = 0;
        Set<String> alertIds = new HashSet<>();
        Set<String> requestIds = new HashSet<>();
        Set<String> warned = new HashSet<>();
        for (int step = 0; step < 300; step++) {
            decisions.clear();
            switch (random.nextInt(10)) {
                case 0 -> {
                    boolean promoted = random.nextBoolean();
                    String answered = outstanding != null && random.nextInt(4) > 0 ? outstanding : "by-hand";
                    run(answered, promoted, promoted ? ++version : 0);
                    if (answered.equals(outstanding)) {
                        outstanding = null;
                    }
                }
                case 1 -> {
                    if (version > 0) {
                        serving(random.nextInt(5) == 0 ? 1 + random.nextInt(version) : version);
                        take(policy.replaced(state));
                        take(policy.rejudged(
                                state, evidence(state.champion(), random.nextDouble() * 2, random.nextDouble() * 2)));
                    }
                }
                case 2, 3, 4 -> examples(random.nextInt(300));
                case 5, 6 -> {
                    if (state.champion() > 0) {
                        performed(state.champion(), random.nextDouble() * 2, random.nextInt(3) == 0);
                    }
                }
                default -> {
                    if (state.champion() > 0) {
                        judge(state.champion(), random.nextDouble() * 2, random.nextDouble() * 2);
                    }
                }
            }
            for (Decision decision : decisions) {
                switch (decision) {
                    case Decision.Alert alert -> {
                        switch (alert.state()) {
                            case OPEN -> {
                                assertThat(open).isNull();
                                assertThat(alertIds.add(alert.alertId())).isTrue();
                                open = alert.alertId();
                            }
                            case UPDATED -> assertThat(alert.alertId()).isEqualTo(open);
                            case RESOLVED -> {
                                assertThat(alert.alertId()).isEqualTo(open);
                                open = null;
                            }
                        }
                        assertThat(alert.evidence().features().isEmpty())
                                .isEqualTo(alert.state() == AlertState.RESOLVED);
                    }
                    case Decision.PerformanceAlert alert -> {
                        switch (alert.state()) {
                            case OPEN -> {
                                assertThat(worse).isNull();
                                assertThat(alertIds.add(alert.alertId())).isTrue();
                                worse = alert.alertId();
                            }
                            case UPDATED -> assertThat(alert.alertId()).isEqualTo(worse);
                            case RESOLVED -> {
                                assertThat(alert.alertId()).isEqualTo(worse);
                                worse = null;
                            }
                        }
                    }
                    case Decision.Retrain request -> {
                        assertThat(outstanding).isNull();
                        assertThat(requestIds.add(request.requestId())).isTrue();
                        if (request.alertId() != null) {
                            assertThat(request.alertId())
                                    .isEqualTo(request.reason() == RetrainReason.DRIFT ? open : worse);
                            assertThat(askedAt == Long.MIN_VALUE || now - askedAt >= COOLDOWN)
                                    .isTrue();
                        }
                        outstanding = request.requestId();
                        askedAt = now;
                    }
                    case Decision.Incident incident -> {
                        assertThat(incident.kind()).isEqualTo(IncidentKind.TOO_FEW_LABELS);
                        assertThat(incident.alertId()).isEqualTo(open);
                        assertThat(warned.add(open)).as("once an alert").isTrue();
                    }
                }
            }
            assertThat(state.drift() instanceof Drifting).isEqualTo(open != null);
            assertThat(state.degraded() != null).isEqualTo(worse != null);
            assertThat(reread(state)).isEqualTo(state);
        }
    }

    private static PolicyState reread(PolicyState state) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try {
            state.write(new DataOutputStream(bytes));
            return PolicyState.read(new DataInputStream(new ByteArrayInputStream(bytes.toByteArray())));
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private void examples(int howMany) {
        for (int i = 0; i < howMany; i++) {
            state = state.oneMoreExample(SET);
            take(policy.example(state, now));
        }
    }

    private void run(String requestId, boolean promoted, int newVersion) {
        answer(requestId, promoted ? RunOutcome.PROMOTED : RunOutcome.REFUSED, newVersion);
    }

    private void answer(String requestId, RunOutcome outcome, int newVersion) {
        state = policy.trained(state, new Arrival.Trained(requestId, outcome, newVersion), now);
    }

    private void serving(int version) {
        state = state.deployed(version);
    }

    /** One window an hour. */
    private void judge(int version, double a, double b, Breakage... broken) {
        now += HOUR;
        take(policy.judged(state, evidence(version, a, b), List.of(broken), now));
    }

    /** Statistics of a and b, whose thresholds are 1. */
    private Evidence evidence(int version, double a, double b) {
        Measured[] measured = {
            new Measured("a", "psi", a, 1, "then", "now"), new Measured("b", "psi", b, 1, "then", "now")
        };
        Arrays.sort(measured, (x, y) -> Double.compare(y.value(), x.value()));
        return new Evidence(version, now - 7 * HOUR, now, 1_000, List.of(measured));
    }

    private void take(Policy.Step step) {
        state = step.state();
        decisions.addAll(step.decisions());
    }

    private List<Decision.Alert> alerts() {
        return decisions.stream()
                .filter(Decision.Alert.class::isInstance)
                .map(Decision.Alert.class::cast)
                .toList();
    }

    private List<Decision.Incident> incidents() {
        return decisions.stream()
                .filter(Decision.Incident.class::isInstance)
                .map(Decision.Incident.class::cast)
                .toList();
    }

    private List<Decision.Retrain> requests() {
        return decisions.stream()
                .filter(Decision.Retrain.class::isInstance)
                .map(Decision.Retrain.class::cast)
                .toList();
    }
}
