package io.freshet.profiles;

import static io.freshet.profiles.Seeds.categorical;
import static io.freshet.profiles.Seeds.normal;
import static io.freshet.profiles.Seeds.numeric;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class DriftStatisticTest {
    private static final PopulationStability PSI = new PopulationStability();
    private static final KolmogorovSmirnov KS = new KolmogorovSmirnov();
    private static final JensenShannon JS = new JensenShannon();

    private static double value(DriftOutcome outcome) {
        return ((DriftOutcome.Measured) outcome).value();
    }

    private static double share(double[] values, double above, double upTo) {
        return (double) Arrays.stream(values)
                        .filter(v -> v > above && v <= upTo)
                        .count()
                / values.length;
    }

    private static double naivePsi(double[] baseline, double[] window) {
        double[] sorted = baseline.clone();
        Arrays.sort(sorted);
        double sum = 0;
        for (int bin = 0; bin < 10; bin++) {
            double low = bin == 0 ? Double.NEGATIVE_INFINITY : sorted[bin * sorted.length / 10 - 1];
            double high = bin == 9 ? Double.POSITIVE_INFINITY : sorted[(bin + 1) * sorted.length / 10 - 1];
            double p = share(baseline, low, high);
            double q = share(window, low, high);
            sum += (p - q) * Math.log(p / q);
        }
        return sum;
    }

    private static double naiveKs(double[] left, double[] right) {
        double greatest = 0;
        for (double at : left) {
            greatest = Math.max(
                    greatest,
                    Math.abs(share(left, Double.NEGATIVE_INFINITY, at) - share(right, Double.NEGATIVE_INFINITY, at)));
        }
        return greatest;
    }

    @Test
    void shouldAgreeWithNaiveComputationOnRawValues() {
        Seeds.each(10, random -> {
            double[] left = normal(random, 4000, 0);
            double[] right = normal(random, 3000, 0.1 * random.nextInt(6));
            assertThat(value(PSI.compare(numeric(left), numeric(right))))
                    .isCloseTo(naivePsi(left, right), within(0.08));
            assertThat(value(KS.compare(numeric(left), numeric(right)))).isCloseTo(naiveKs(left, right), within(0.045));
        });
    }

    @Test
    void shouldBeExactWhileSketchesAre() {
        Seeds.each(10, random -> {
            double[] left = normal(random, 100, 0);
            double[] right = normal(random, 100, 0.5);
            assertThat(value(KS.compare(numeric(left), numeric(right)))).isCloseTo(naiveKs(left, right), within(0.011));
            double[] same = left.clone();
            for (DriftStatistic statistic : List.of(PSI, KS, JS)) {
                assertThat(value(statistic.compare(numeric(left), numeric(same))))
                        .as(statistic.name())
                        .isCloseTo(0, within(1e-9));
            }
        });
    }

    @Test
    void shouldComputeKnownIndices() {
        assertThat(PopulationStability.psi(new double[] {49.5, 49.5}, new double[] {24.5, 74.5}))
                .isCloseTo(0.25 * Math.log(2) + 0.25 * Math.log(1.5), within(1e-12));
        CategoricalProfile left = new CategoricalProfile();
        CategoricalProfile right = new CategoricalProfile();
        for (int i = 0; i < 100; i++) {
            left.add("a");
            right.add("b");
        }
        assertThat(value(JS.compare(left, right))).isCloseTo(1, within(1e-12));
        assertThat(value(KS.compare(numeric(normal(new Random(1), 60, 0)), numeric(normal(new Random(2), 60, 99)))))
                .isEqualTo(1);
    }

    @Test
    void shouldSeeAConstantMoveEitherWay() {
        double[] constant = new double[100];
        Arrays.fill(constant, 5);
        for (double moved : new double[] {3, 7}) {
            double[] window = new double[100];
            Arrays.fill(window, moved);
            assertThat(value(PSI.compare(numeric(constant), numeric(window)))).isGreaterThan(1);
        }
    }

    @Test
    void shouldSeeNullsAndNewCategories() {
        NumericProfile left = numeric(normal(new Random(1), 500, 0));
        NumericProfile nulls = new NumericProfile();
        CategoricalProfile before = new CategoricalProfile();
        CategoricalProfile after = new CategoricalProfile();
        for (int i = 0; i < 100; i++) {
            nulls.addNull();
            before.add("a");
            after.add(i < 50 ? "a" : "new");
        }
        assertThat(value(PSI.compare(left, nulls))).isGreaterThan(1);
        assertThat(value(PSI.compare(nulls, left))).isGreaterThan(1);
        assertThat(value(PSI.compare(before, after))).isGreaterThan(1);
        assertThat(value(JS.compare(left, nulls))).isCloseTo(1, within(1e-9));
        assertThat(KS.compare(left, nulls)).isInstanceOf(DriftOutcome.InsufficientData.class);
    }

    @Test
    void shouldNotTakeTooLittleForNoDrift() {
        NumericProfile enough = numeric(normal(new Random(1), 50, 0));
        NumericProfile few = numeric(normal(new Random(1), 49, 0));
        for (DriftStatistic statistic : List.of(PSI, KS, JS)) {
            for (NumericProfile window : List.of(few, new NumericProfile())) {
                assertThat(statistic.compare(enough, window)).isInstanceOf(DriftOutcome.InsufficientData.class);
                assertThat(statistic.compare(window, enough)).isInstanceOf(DriftOutcome.InsufficientData.class);
            }
            assertThat(statistic.compare(enough, enough)).isInstanceOf(DriftOutcome.Measured.class);
        }
    }

    @Test
    void shouldRefuseDifferentKinds() {
        assertThatIllegalArgumentException().isThrownBy(() -> PSI.compare(numeric(1), categorical("a")));
        assertThatIllegalArgumentException().isThrownBy(() -> JS.compare(categorical("a"), numeric(1)));
        assertThatIllegalArgumentException().isThrownBy(() -> KS.compare(categorical("a"), categorical("a")));
    }

    @Test
    void shouldStayFiniteForAnyValues() {
        double[] odd = {0, -0.0, 1, Double.MAX_VALUE, -Double.MAX_VALUE, Double.MIN_VALUE, Double.NaN, 1.0 / 0, -1.0 / 0
        };
        Seeds.each(300, random -> {
            NumericProfile left = new NumericProfile();
            NumericProfile right = new NumericProfile();
            int kinds = 1 + random.nextInt(odd.length);
            for (int i = 0; i < 60 + random.nextInt(400); i++) {
                left.add(odd[random.nextInt(kinds)]);
                right.add(odd[random.nextInt(odd.length)]);
            }
            for (DriftStatistic statistic : List.of(PSI, KS, JS)) {
                if (statistic.compare(left, right) instanceof DriftOutcome.Measured measured) {
                    assertThat(measured.value()).isFinite().isNotNegative();
                }
            }
        });
    }

    @Test
    void shouldExpectUnderNoDriftWhatSimulationShows() {
        Random random = new Random(7);
        int rounds = 2000;
        double sum = 0;
        double squares = 0;
        for (int round = 0; round < rounds; round++) {
            double[] left = new double[10];
            double[] right = new double[10];
            for (int i = 0; i < 2000; i++) {
                left[random.nextInt(10)]++;
                if (i < 1000) {
                    right[random.nextInt(10)]++;
                }
            }
            double psi = PopulationStability.psi(left, right);
            sum += psi;
            squares += psi * psi;
        }
        double mean = sum / rounds;
        PopulationStability.NullDistribution expected = PopulationStability.expectedUnderNoDrift(10, 1000, 2000);
        assertThat(expected.mean()).isCloseTo(9 * 0.0015, within(1e-12));
        assertThat(mean).isCloseTo(expected.mean(), within(0.0007));
        assertThat(Math.sqrt(squares / rounds - mean * mean)).isCloseTo(expected.sd(), within(0.0007));
        // Chi-squared with 9 degrees of freedom exceeds 21.666 with probability 0.01.
        assertThat(expected.upper(NormalQuantile.upper(0.01)) / expected.scale())
                .isCloseTo(21.666, within(0.05));
        assertThatIllegalArgumentException().isThrownBy(() -> PopulationStability.expectedUnderNoDrift(10, 0, 5));
    }

    @Test
    void shouldInvertTheNormalDistribution() {
        assertThat(NormalQuantile.upper(0.5)).isZero();
        assertThat(NormalQuantile.upper(0.025)).isCloseTo(1.959963985, within(1e-8));
        assertThat(NormalQuantile.upper(0.975)).isCloseTo(-1.959963985, within(1e-8));
        assertThat(NormalQuantile.upper(0.99)).isCloseTo(-2.326347874, within(1e-8));
        assertThat(NormalQuantile.upper(1e-9)).isCloseTo(5.997807015, within(1e-7));
        assertThatIllegalArgumentException().isThrownBy(() -> NormalQuantile.upper(0));
    }
}
