package io.freshet.profiles;

import static io.freshet.profiles.Seeds.numeric;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

class NumericProfileTest {
    @Test
    void shouldSummariseValues() {
        NumericProfile profile = numeric(2, 4, 4, 4, 5, 5, 7, 9);
        assertThat(profile.values()).isEqualTo(8);
        assertThat(profile.min()).hasValue(2);
        assertThat(profile.max()).hasValue(9);
        assertThat(profile.mean()).hasValue(5);
        assertThat(profile.variance().orElseThrow()).isCloseTo(32.0 / 7, within(1e-12));
        assertThat(profile.quantile(0.5)).hasValue(4);
        assertThat(profile.cdf(1, 4, 9)).containsExactly(0, 0.5, 1);
    }

    @Test
    void shouldCountWhatIsNotFiniteApart() {
        NumericProfile profile = numeric(1, Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY, 3);
        profile.addNull();
        assertThat(profile.rows()).isEqualTo(6);
        assertThat(profile.missing()).isEqualTo(4);
        assertThat(profile.nans()).isEqualTo(1);
        assertThat(profile.infinities()).isEqualTo(2);
        assertThat(profile.nulls()).isEqualTo(1);
        assertThat(profile.mean()).hasValue(2);
        assertThat(profile.max()).hasValue(3);
    }

    @Test
    void shouldHaveNoMomentsWithoutValues() {
        NumericProfile profile = numeric(Double.NaN);
        assertThat(profile.min()).isEmpty();
        assertThat(profile.mean()).isEmpty();
        assertThat(profile.variance()).isEmpty();
        assertThat(profile.quantile(0.5)).isEmpty();
        assertThatThrownBy(() -> profile.cdf(1)).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void shouldStayFiniteAtTheEndsOfTheRange() {
        NumericProfile profile = numeric(Double.MAX_VALUE, -Double.MAX_VALUE, Double.MAX_VALUE);
        NumericProfile low = numeric(-Double.MAX_VALUE);
        profile.merge(low);
        assertThat(profile.mean().orElseThrow()).isFinite();
        assertThat(profile.variance().orElseThrow()).isFinite();
        assertThat(NumericProfile.fromBytes(profile.toBytes()).values()).isEqualTo(4);
    }

    @Test
    void shouldRefuseBadArguments() {
        NumericProfile profile = numeric(1);
        assertThatIllegalArgumentException().isThrownBy(() -> profile.quantile(Double.NaN));
        assertThatIllegalArgumentException().isThrownBy(() -> profile.cdf(2, 1));
        assertThatIllegalArgumentException().isThrownBy(() -> profile.cdf(Double.NaN));
        assertThat(profile.cdf()).isEmpty();
    }

    @Test
    void shouldMergeIntoWhatOneProfileWouldHaveSeen() {
        Seeds.each(20, random -> {
            double[] all = Seeds.normal(random, 5000, 1e6);
            int cut = random.nextInt(all.length + 1);
            NumericProfile left = numeric(Arrays.copyOfRange(all, 0, cut));
            NumericProfile right = numeric(Arrays.copyOfRange(all, cut, all.length));
            NumericProfile swapped = right.copy();
            swapped.merge(left);
            left.merge(right);
            NumericProfile whole = numeric(all);
            for (NumericProfile merged : new NumericProfile[] {left, swapped}) {
                assertThat(merged.values()).isEqualTo(whole.values());
                assertThat(merged.min()).isEqualTo(whole.min());
                assertThat(merged.max()).isEqualTo(whole.max());
                assertThat(merged.mean().orElseThrow()).isCloseTo(whole.mean().orElseThrow(), within(1e-8));
                assertThat(merged.variance().orElseThrow())
                        .isCloseTo(whole.variance().orElseThrow(), within(1e-6));
                for (double at : new double[] {1e6 - 1, 1e6, 1e6 + 1}) {
                    double exact =
                            (double) Arrays.stream(all).filter(v -> v <= at).count() / all.length;
                    assertThat(merged.cdf(at)[0]).isCloseTo(exact, within(0.03));
                }
            }
        });
    }

    @Test
    void shouldMergeWithItselfAndWithNothing() {
        NumericProfile profile = numeric(1, 3);
        profile.merge(profile);
        profile.merge(new NumericProfile());
        assertThat(profile.values()).isEqualTo(4);
        assertThat(profile.mean()).hasValue(2);
        assertThat(profile.variance().orElseThrow()).isCloseTo(4.0 / 3, within(1e-12));
    }

    @Test
    void shouldComeBackFromBytes() {
        for (int size : new int[] {0, 1, 2, 150, 20_000}) {
            NumericProfile profile = numeric(Seeds.normal(new Random(size), size, 3));
            profile.addNull();
            profile.add(Double.NaN);
            byte[] bytes = profile.toBytes();
            NumericProfile back = NumericProfile.fromBytes(bytes);
            assertThat(back.toBytes()).as("size %d", size).isEqualTo(bytes);
            assertThat(back.quantile(0.3)).isEqualTo(profile.quantile(0.3));
            assertThat(back.variance()).isEqualTo(profile.variance());
            back.add(1);
            assertThat(back.values()).isEqualTo(size + 1);
        }
    }

    @Test
    void shouldRefuseTruncatedBytes() {
        byte[] bytes = numeric(Seeds.normal(new Random(1), 1000, 0)).toBytes();
        for (int length = 0; length < bytes.length; length++) {
            byte[] cut = Arrays.copyOf(bytes, length);
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> NumericProfile.fromBytes(cut))
                    .withMessageStartingWith("not a numeric profile: ");
        }
        assertThatIllegalArgumentException()
                .isThrownBy(() -> NumericProfile.fromBytes(Arrays.copyOf(bytes, bytes.length + 1)))
                .withMessageContaining("too many");
    }

    @Test
    void shouldEitherRefuseDamagedBytesOrReadAUsableProfile() {
        Seeds.each(3000, random -> {
            byte[] bytes = numeric(Seeds.normal(random, random.nextInt(600), 0)).toBytes();
            for (int i = 0; i <= random.nextInt(4); i++) {
                int near = random.nextBoolean() ? Math.min(bytes.length, 130) : bytes.length;
                bytes[random.nextInt(near)] = (byte) random.nextInt(256);
            }
            NumericProfile profile;
            try {
                profile = NumericProfile.fromBytes(bytes);
            } catch (IllegalArgumentException refused) {
                assertThat(refused.getMessage()).startsWith("not a numeric profile: ");
                return;
            }
            profile.merge(numeric(1, 2));
            assertThat(profile.quantile(0.5).orElseThrow()).isFinite();
            assertThat(profile.variance().orElseThrow()).isNotNegative().isFinite();
        });
    }
}
