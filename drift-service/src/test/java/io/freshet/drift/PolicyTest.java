package io.freshet.drift;

import static org.assertj.core.api.Assertions.assertThat;

import io.freshet.drift.Evidence.Measured;
import io.freshet.drift.Incident.Drifting;
import io.freshet.schemas.message.AlertState;
import io.freshet.schemas.message.RetrainReason;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
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

        take(policy.judged(state, new Evidence(1, now - 7 * HOUR, now, 20, List.of()), now));

        assertThat(state.incident()).isInstanceOf(Drifting.class);
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
        String outstanding = null;
        long askedAt = Long.MIN_VALUE;
        int version = 0;
        Set<String> alertIds = new HashSet<>();
        Set<String> requestIds = new HashSet<>();
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
                        take(policy.rejudged(
                                state, evidence(state.champion(), random.nextDouble() * 2, random.nextDouble() * 2)));
                    }
                }
                case 2, 3, 4 -> examples(random.nextInt(300));
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
                    case Decision.Retrain request -> {
                        assertThat(outstanding).isNull();
                        assertThat(requestIds.add(request.requestId())).isTrue();
                        if (request.reason() == RetrainReason.DRIFT) {
                            assertThat(request.alertId()).isEqualTo(open);
                            assertThat(askedAt == Long.MIN_VALUE || now - askedAt >= COOLDOWN)
                                    .isTrue();
                        }
                        outstanding = request.requestId();
                        askedAt = now;
                    }
                }
            }
            assertThat(state.incident() instanceof Drifting).isEqualTo(open != null);
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
        state = policy.trained(state, new Arrival.Trained(requestId, promoted, newVersion), now);
    }

    private void serving(int version) {
        state = state.deployed(version);
    }

    /** One window an hour. */
    private void judge(int version, double a, double b) {
        now += HOUR;
        take(policy.judged(state, evidence(version, a, b), now));
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

    private List<Decision.Retrain> requests() {
        return decisions.stream()
                .filter(Decision.Retrain.class::isInstance)
                .map(Decision.Retrain.class::cast)
                .toList();
    }
}
