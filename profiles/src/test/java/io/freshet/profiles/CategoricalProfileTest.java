package io.freshet.profiles;

import static io.freshet.profiles.Seeds.categorical;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.Test;

class CategoricalProfileTest {
    @Test
    void shouldCountCategoriesAndNulls() {
        CategoricalProfile profile = categorical("b", "a", "b");
        profile.addNull();
        assertThat(profile.rows()).isEqualTo(4);
        assertThat(profile.missingShare()).isEqualTo(0.25);
        assertThat(profile.counts()).isEqualTo(Map.of("a", 1L, "b", 2L));
        assertThat(profile.top(1)).containsExactly(Map.entry("b", 2L));
        assertThat(profile.count("c")).isZero();
    }

    @Test
    void shouldPoolWhatExceedsTheLimit() {
        CategoricalProfile profile = new CategoricalProfile(2);
        for (String category : new String[] {"a", "b", "c", "a", "d"}) {
            profile.add(category);
        }
        profile.add("x".repeat(CategoricalProfile.MAX_CATEGORY_CHARS + 1));
        assertThat(profile.other()).isEqualTo(3);
        assertThat(profile.rows()).isEqualTo(6);
        assertThat(profile.counts()).isEqualTo(Map.of("a", 2L, "b", 1L));
    }

    @Test
    void shouldKeepTheMostFrequentWhenMerging() {
        CategoricalProfile profile = new CategoricalProfile(2);
        profile.add("a");
        profile.add("b");
        profile.merge(categorical("b", "c", "c", "c"));
        assertThat(profile.counts()).isEqualTo(Map.of("b", 2L, "c", 3L));
        assertThat(profile.other()).isEqualTo(1);
        profile.merge(profile);
        assertThat(profile.rows()).isEqualTo(12);
        assertThat(profile.count("c")).isEqualTo(6);
    }

    @Test
    void shouldMergeIntoWhatOneProfileWouldHaveSeenInAnyOrder() {
        Seeds.each(50, random -> {
            CategoricalProfile whole = new CategoricalProfile();
            CategoricalProfile left = new CategoricalProfile();
            CategoricalProfile right = new CategoricalProfile();
            for (int i = 0; i < 500; i++) {
                String category = "c" + random.nextInt(40);
                whole.add(category);
                (random.nextBoolean() ? left : right).add(category);
            }
            CategoricalProfile swapped = right.copy();
            swapped.merge(left);
            left.merge(right);
            assertThat(left.toBytes()).isEqualTo(whole.toBytes()).isEqualTo(swapped.toBytes());
        });
    }

    @Test
    void shouldComeBackFromBytes() {
        CategoricalProfile profile = categorical("", "é", "\ud800", "OTHER");
        profile.addNull();
        CategoricalProfile back = CategoricalProfile.fromBytes(profile.toBytes());
        assertThat(back.counts()).isEqualTo(profile.counts());
        assertThat(back.rows()).isEqualTo(5);
    }

    @Test
    void shouldRefuseBadBytes() {
        byte[] bytes = categorical("a", "b").toBytes();
        for (int length = 0; length < bytes.length; length++) {
            byte[] cut = Arrays.copyOf(bytes, length);
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> CategoricalProfile.fromBytes(cut))
                    .withMessageStartingWith("not a categorical profile: ");
        }
        byte[] version = bytes.clone();
        version[4] = 9;
        assertThatIllegalArgumentException()
                .isThrownBy(() -> CategoricalProfile.fromBytes(version))
                .withMessageContaining("version 9");
        Seeds.each(2000, random -> {
            byte[] damaged = bytes.clone();
            damaged[random.nextInt(damaged.length)] = (byte) random.nextInt(256);
            try {
                assertThat(CategoricalProfile.fromBytes(damaged).rows()).isNotNegative();
            } catch (IllegalArgumentException refused) {
                assertThat(refused.getMessage()).startsWith("not a categorical profile: ");
            }
        });
    }
}
