package io.freshet.drift;

import static org.assertj.core.api.Assertions.assertThat;

import io.freshet.profiles.NumericProfile;
import io.freshet.profiles.Profile;
import io.freshet.schemas.message.IncidentKind;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.function.DoubleUnaryOperator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class DiagnosisTest {
    private static final int BASELINE_ROWS = 10_000;
    private static final List<Double> FACTORS = List.of(1_000.0, 60.0, 1.609344, 0.45359237, 0.3048, 0.01);

    private final Random random = new Random(7);

    @Test
    void shouldTellAChangedUnit() {
        for (double factor : FACTORS) {
            List<Breakage> found = diagnose(same(), scaled(factor), BASELINE_ROWS, Set.of());

            assertThat(found).as("times %s", factor).singleElement().satisfies(breakage -> {
                assertThat(breakage.kind()).isEqualTo(IncidentKind.UNIT_CHANGE);
                assertThat(breakage.feature()).isEqualTo("a");
                assertThat(breakage.evidence().get("expectedFactor")).isBetween(0.999 * factor, 1.001 * factor);
            });
        }
    }

    @Test
    void shouldTellItOnlyWhereItCameInTheWindowUnlessItIsKnown() {
        assertThat(diagnose(scaled(60), scaled(60), 2_000, Set.of())).isEmpty();
        assertThat(diagnose(scaled(60), scaled(60), 2_000, Set.of("a"))).hasSize(1);
        assertThat(diagnose(scaled(60), same(), 2_000, Set.of("a")))
                .as("mended")
                .isEmpty();
    }

    @Test
    void shouldLeaveDriftAlone() {
        Map<String, DoubleUnaryOperator> drifts = Map.of(
                "none", value -> value,
                "another factor", value -> 1.3 * value,
                "a factor between those of units", value -> 8 * value,
                "shift", value -> value + 1_000,
                "another shape", value -> value * value,
                "other sign", value -> -1_000 * value,
                "one value", value -> 1_000);

        drifts.forEach((name, drift) ->
                assertThat(diagnose(same(), drift, 2_000, Set.of())).as(name).isEmpty());
    }

    @Test
    void shouldSayNothingOfFewRows() {
        assertThat(diagnose(same(), scaled(1_000), 49, Set.of())).isEmpty();
        assertThat(diagnose(same(), scaled(1.609344), 60, Set.of()))
                .as("sixty rows do not tell a mile from a kilometre")
                .isEmpty();
    }

    @Test
    void shouldTellAFeatureThatHasLostItsValues() {
        assertThat(diagnose(same(), value -> Double.NaN, 500, Set.of()))
                .singleElement()
                .satisfies(breakage -> {
                    assertThat(breakage.kind()).isEqualTo(IncidentKind.SCHEMA_BREAK);
                    assertThat(breakage.detail())
                            .contains("a has no value in 100.0 % of rows", "the model was trained on 0.0 %");
                    assertThat(breakage.evidence()).containsEntry("missing", 1.0);
                });
        assertThat(diagnose(same(), value -> random.nextInt(20) == 0 ? value : Double.NaN, 500, Set.of()))
                .as("a twentieth is left")
                .isEmpty();
    }

    /** Ordinary samples of the baseline's own distribution, of any size and shape, are never diagnosed. */
    @Test
    void shouldNotTakeChanceForAMistake() {
        Shops.eachSeed(200, seeded -> {
            double spread = Math.exp(seeded.nextGaussian());
            DoubleUnaryOperator shape = value -> Math.pow(value, spread);
            Reference reference = reference(profile(seeded, shape, 200 + seeded.nextInt(5_000)));
            Profile oldest = profile(seeded, shape, 50 + seeded.nextInt(2_000));
            Profile newest = profile(seeded, shape, 50 + seeded.nextInt(2_000));

            assertThat(Diagnosis.of(reference, window(oldest, newest), Set.of("a")))
                    .isEmpty();
        });
    }

    private static DoubleUnaryOperator same() {
        return value -> value;
    }

    private static DoubleUnaryOperator scaled(double factor) {
        return value -> factor * value;
    }

    private List<Breakage> diagnose(
            DoubleUnaryOperator oldest, DoubleUnaryOperator newest, int rows, Set<String> known) {
        Reference reference = reference(profile(random, same(), BASELINE_ROWS));
        return Diagnosis.of(reference, window(profile(random, oldest, rows), profile(random, newest, rows)), known);
    }

    private static Reference reference(Profile baseline) {
        return new Reference(1, "s", baseline, Map.of("a", 0.2));
    }

    private static Panes.Window window(Profile oldest, Profile newest) {
        return new Panes.Window(0, 1, newest, 0, new NumericProfile(), oldest, newest);
    }

    /** Log-normal values, changed. */
    private static Profile profile(Random random, DoubleUnaryOperator change, int rows) {
        Profile profile = Profile.builder().numeric("a").build();
        for (int i = 0; i < rows; i++) {
            double value = change.applyAsDouble(100 * Math.exp(0.8 * random.nextGaussian()));
            Map<String, @Nullable Object> row = new HashMap<>();
            row.put("a", Double.isNaN(value) ? null : value);
            profile.add(row);
        }
        return profile;
    }
}
