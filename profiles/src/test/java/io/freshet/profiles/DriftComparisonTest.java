package io.freshet.profiles;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import io.freshet.profiles.DriftComparison.FeatureDrift;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class DriftComparisonTest {
    private static Profile window(Random random, int rows, double shift) {
        Profile profile = Profile.builder()
                .numeric("n")
                .numeric("skewed")
                .categorical("c")
                .build();
        for (int i = 0; i < rows; i++) {
            Map<String, Object> row = new HashMap<>();
            row.put("n", shift + random.nextGaussian());
            row.put("skewed", random.nextInt(10) == 0 ? null : Math.floor(-5 * Math.log(1 - random.nextDouble())));
            row.put("c", "c" + (int) Math.floor(1 / (0.001 + random.nextDouble())));
            profile.add(row);
        }
        return profile;
    }

    private static List<Profile> chunks(Random random, int howMany, int rows) {
        List<Profile> chunks = new ArrayList<>();
        for (int i = 0; i < howMany; i++) {
            chunks.add(window(random, rows, 0));
        }
        return chunks;
    }

    private static Profile merged(List<Profile> chunks) {
        Profile all = chunks.getFirst().copy();
        chunks.subList(1, chunks.size()).forEach(all::merge);
        return all;
    }

    private static int falseAlarms(long seed, int chunkCount, int rows, double declared) {
        Random random = new Random(seed);
        List<Profile> chunks = chunks(random, chunkCount, rows);
        Profile baseline = merged(chunks);
        DriftThresholds thresholds = DriftThresholds.calibrate(chunks, declared, 0);
        int alarms = 0;
        for (int i = 0; i < 200; i++) {
            Profile window = window(random, rows, 0);
            alarms += (int) DriftComparison.compare(baseline, window, thresholds.forWindow(baseline, window)).stream()
                    .filter(FeatureDrift::drifted)
                    .count();
        }
        return alarms;
    }

    @Test
    void shouldRaiseNoMoreFalseAlarmsThanDeclaredOnStationaryData() {
        assertThat(falseAlarms(11, 10, 1000, 0.1)).as("seed 11").isLessThanOrEqualTo(20);
        assertThat(falseAlarms(12, 2, 1000, 0.1)).as("seed 12, sizes only").isLessThanOrEqualTo(20);
        int small = 0;
        for (long seed = 13; seed < 21; seed++) { // the rate differs by baseline, so several are drawn
            small += falseAlarms(seed, 10, 150, 0.1);
        }
        assertThat(small).as("seeds 13 to 20, small windows").isLessThanOrEqualTo(8 * 20);
    }

    @Test
    void shouldDetectAShiftOfHalfAStandardDeviation() {
        Seeds.each(5, random -> {
            List<Profile> chunks = chunks(random, 6, 2000);
            Profile baseline = merged(chunks);
            Profile window = window(random, 2000, 0.5);
            DriftThresholds thresholds = DriftThresholds.calibrate(chunks, 1.0 / 30, 0.02);
            List<FeatureDrift> verdicts =
                    DriftComparison.compare(baseline, window, thresholds.forWindow(baseline, window));
            assertThat(verdicts).extracting(FeatureDrift::feature).containsExactly("n", "skewed", "c");
            FeatureDrift drift = verdicts.getFirst();
            assertThat(drift.drifted()).isTrue();
            assertThat(drift.statistic()).isEqualTo("psi");
            assertThat(drift.value().orElseThrow()).isBetween(0.12, 0.45);
            assertThat(drift.baseline().rows()).isEqualTo(12_000);
            assertThat(drift.window().mean().orElseThrow()).isCloseTo(0.5, within(0.1));
            assertThat(verdicts.get(1).window().nullShare()).isCloseTo(0.1, within(0.04));
            assertThat(verdicts.get(2).window().topCategories()).hasSize(5);
        });
    }

    @Test
    void shouldCoverOrdinaryDifferencesBetweenChunks() {
        Random random = new Random(5);
        List<Profile> chunks = new ArrayList<>();
        for (int day = 0; day < 12; day++) {
            chunks.add(window(random, 500, day % 2 == 0 ? 0.4 : -0.4));
        }
        Profile baseline = merged(chunks);
        Profile usual = window(random, 500, 0.4);
        DriftThresholds thresholds = DriftThresholds.calibrate(chunks, 1.0 / 30, 0);
        assertThat(thresholds.fromChunks().get("n")).isGreaterThan(0.1);
        assertThat(DriftComparison.compare(baseline, usual, thresholds.forWindow(baseline, usual))
                        .getFirst()
                        .drifted())
                .isFalse();
    }

    @Test
    void shouldRestOnSizesWithFewChunks() {
        List<Profile> chunks = chunks(new Random(1), 2, 100);
        DriftThresholds thresholds = DriftThresholds.calibrate(chunks, 0.03, 0);
        assertThat(thresholds.fromChunks().values()).containsOnly(0.0);
        assertThat(thresholds.z()).isCloseTo(2.326347874, within(1e-8));
        Profile baseline = merged(chunks);
        double small = thresholds.forWindow(baseline, chunks.getFirst()).get("n");
        double large = thresholds.forWindow(baseline, baseline).get("n");
        assertThat(small).isGreaterThan(large).isGreaterThan(0);
        assertThat(DriftThresholds.calibrate(chunks, 0.03, 9)
                        .forWindow(baseline, baseline)
                        .values())
                .containsOnly(9.0);
    }

    @Test
    void shouldSayWhenThereIsTooLittle() {
        List<Profile> chunks = chunks(new Random(1), 3, 100);
        Profile baseline = merged(chunks);
        Profile empty = window(new Random(1), 0, 0);
        DriftThresholds thresholds = DriftThresholds.calibrate(chunks, 0.03, 0.1);
        for (FeatureDrift drift : DriftComparison.compare(baseline, empty, thresholds.forWindow(baseline, empty))) {
            assertThat(drift.outcome()).isInstanceOf(DriftOutcome.InsufficientData.class);
            assertThat(drift.value()).isEmpty();
            assertThat(drift.drifted()).isFalse();
        }
    }

    @Test
    void shouldRefuseWhatDoesNotFit() {
        Profile profile = window(new Random(1), 60, 0);
        Profile other = Profile.builder().numeric("n").build();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> DriftComparison.compare(profile, profile, Map.of("n", 0.1)))
                .withMessageContaining("skewed");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> DriftComparison.compare(profile, other, Map.of("n", 0.1)));
        assertThatIllegalArgumentException().isThrownBy(() -> DriftThresholds.calibrate(List.of(), 0.1, 0));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> DriftThresholds.calibrate(List.of(profile), Double.NaN, 0));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> DriftThresholds.calibrate(List.of(profile, other), 0.1, 0));
        assertThatIllegalArgumentException()
                .isThrownBy(() ->
                        DriftThresholds.calibrate(List.of(profile), 0.1, 0).forWindow(other, other));
    }
}
