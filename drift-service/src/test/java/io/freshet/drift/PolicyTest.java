package io.freshet.drift;

import static org.assertj.core.api.Assertions.assertThat;

import io.freshet.profiles.DriftComparison;
import io.freshet.profiles.DriftComparison.FeatureDrift;
import io.freshet.profiles.Profile;
import io.freshet.schemas.message.AlertState;
import io.freshet.schemas.message.RetrainReason;
import io.freshet.schemas.pipeline.InvalidPipelineException;
import io.freshet.schemas.pipeline.Pipeline;
import io.freshet.schemas.pipeline.PipelineFile;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

class PolicyTest {
    private static final String YAML = """
            pipeline: payments
            event: { schema: e, id: id, key: card, time: at }
            label: { schema: l, event: id, value: label.fraud, time: at, wait: 24h }
            features: { amount: { value: event.amount }, other: { value: event.amount } }
            training: { firstAfter: 100 }
            retrain: { cooldown: 2d, minNewLabels: 50 }
            """;
    private static final String EVENT = """
            {"type": "record", "name": "Payment", "fields": [
              {"name": "id", "type": "string"}, {"name": "card", "type": "string"},
              {"name": "at", "type": {"type": "long", "logicalType": "timestamp-millis"}},
              {"name": "amount", "type": "double"}]}""";
    private static final String LABEL = """
            {"type": "record", "name": "Verdict", "fields": [
              {"name": "id", "type": "string"}, {"name": "fraud", "type": "boolean"},
              {"name": "at", "type": {"type": "long", "logicalType": "timestamp-millis"}}]}""";
    private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");

    private final Policy policy = new Policy(pipeline());

    @Test
    void shouldAskForTheFirstModelWithTheDeclaredExampleAndOnlyOnce() {
        Standing standing = Standing.START;
        for (int i = 1; i <= 150; i++) {
            Policy.Decision decision = policy.example(standing, START);
            assertThat(decision.request().isPresent()).as("example %s", i).isEqualTo(i == 100);
            standing = decision.standing();
        }
        // A refusal asks for a quarter more.
        standing = standing.trained(false);
        assertThat(policy.example(standing, START).request()).isPresent();
        assertThat(policy.example(standing.champion(1), START).request()).isEmpty();
    }

    @Test
    void shouldOpenRestateAndResolveOneIncident() {
        Standing standing = Standing.START.champion(1);
        Policy.Decision opened = policy.judged(standing, evidence(1, 0.5));
        assertThat(opened.alert().orElseThrow().state()).isEqualTo(AlertState.OPEN);
        Policy.Decision same = policy.judged(opened.standing(), evidence(2, 0.52));
        assertThat(same.alert()).isEmpty();
        Policy.Decision worse = policy.judged(same.standing(), evidence(3, 0.9));
        assertThat(worse.alert().orElseThrow().state()).isEqualTo(AlertState.UPDATED);
        Policy.Decision between = policy.judged(worse.standing(), evidence(4, 0.22));
        assertThat(between.alert()).isEmpty();
        Policy.Decision calm = policy.judged(between.standing(), evidence(5, 0.1));
        assertThat(calm.alert().orElseThrow().state()).isEqualTo(AlertState.RESOLVED);
        assertThat(calm.alert().orElseThrow().id())
                .isEqualTo(opened.alert().orElseThrow().id());
        assertThat(calm.standing().alerting()).isFalse();
    }

    @Test
    void shouldKeepItsPromisesOnRandomHistories() {
        for (long seed = 0; seed < 500; seed++) {
            Random random = new Random(seed);
            Standing standing = Standing.START.champion(1);
            Set<String> ids = new HashSet<>();
            String open = "";
            Instant lastRequest = Instant.EPOCH;
            for (int day = 1; day < 200; day++) {
                for (int i = random.nextInt(60); i > 0; i--) {
                    standing = policy.example(standing, START).standing();
                }
                long newLabels = standing.examples() - standing.examplesAtTraining();
                boolean outstanding = !standing.outstanding().isEmpty();
                Evidence evidence = evidence(day, random.nextDouble() * 0.6);
                Policy.Decision decision = policy.judged(standing, evidence);
                if (decision.alert().isPresent()) {
                    Policy.Alert alert = decision.alert().get();
                    boolean opens = alert.state() == AlertState.OPEN;
                    assertThat(open.isEmpty()).as("seed %s day %s", seed, day).isEqualTo(opens);
                    assertThat(opens || alert.id().equals(open))
                            .as("seed %s day %s", seed, day)
                            .isTrue();
                    open = alert.state() == AlertState.RESOLVED ? "" : alert.id();
                }
                if (decision.request().isPresent()) {
                    Policy.Request request = decision.request().get();
                    assertThat(ids.add(request.id()))
                            .as("seed %s day %s", seed, day)
                            .isTrue();
                    assertThat(request.reason()).isEqualTo(RetrainReason.DRIFT);
                    assertThat(request.alertId())
                            .as("seed %s day %s", seed, day)
                            .contains(open);
                    assertThat(outstanding).as("seed %s day %s", seed, day).isFalse();
                    assertThat(newLabels).as("seed %s day %s", seed, day).isGreaterThanOrEqualTo(50);
                    assertThat(Duration.between(lastRequest, evidence.windowEnd()))
                            .as("seed %s day %s", seed, day)
                            .isGreaterThanOrEqualTo(Duration.ofDays(2));
                    lastRequest = evidence.windowEnd();
                }
                standing = Standing.fromBytes(decision.standing().toBytes());
                assertThat(standing).isEqualTo(decision.standing());
                if (!standing.outstanding().isEmpty() && random.nextInt(3) == 0) {
                    standing = standing.trained(random.nextBoolean());
                }
            }
            assertThat(ids).as("requests, seed %s", seed).isNotEmpty();
        }
    }

    /** A window in which one feature has this index, against a threshold of 0.25. */
    private static Evidence evidence(int day, double index) {
        Instant end = START.plus(Duration.ofDays(day));
        FeatureDrift drift = drift(index);
        boolean drifted = index > 0.25;
        return new Evidence(
                1, end.minus(Duration.ofDays(7)), end, 1_000, drifted ? List.of(drift) : List.of(), index <= 0.2);
    }

    private static FeatureDrift drift(double index) {
        Profile profile = Profile.builder().numeric("amount").build();
        profile.add(Map.of("amount", 1.0));
        var summary = DriftComparison.compare(profile, profile, Map.of("amount", 0.25))
                .getFirst();
        return new FeatureDrift(
                "amount",
                "population-stability",
                new io.freshet.profiles.DriftOutcome.Measured(index),
                0.25,
                summary.baseline(),
                summary.window());
    }

    private static Pipeline pipeline() {
        try {
            return PipelineFile.parse("p.yaml", YAML, name -> Optional.of(name.equals("e") ? EVENT : LABEL));
        } catch (InvalidPipelineException e) {
            throw new AssertionError(e);
        }
    }
}
