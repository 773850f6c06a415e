package io.freshet.profiles;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ProfileTest {
    private static Profile empty() {
        return Profile.builder().numeric("z").categorical("a").build();
    }

    @Test
    void shouldAddRowsWhole() {
        Profile profile = empty();
        Map<String, Object> row = new HashMap<>();
        row.put("z", null);
        row.put("a", true);
        row.put("unknown", 1);
        profile.add(row);
        profile.add(Map.of("z", 4));
        profile.add(new Object[] {7, "true"});
        assertThat(profile.features()).containsExactly("z", "a");
        assertThat(profile.rows()).isEqualTo(3);
        assertThat(profile.feature("z").missing()).isEqualTo(1);
        assertThat(((NumericProfile) profile.feature("z")).max()).hasValue(7);
        assertThat(((CategoricalProfile) profile.feature("a")).counts()).isEqualTo(Map.of("true", 2L));
    }

    @Test
    void shouldAddNothingOfARowThatDoesNotFit() {
        Profile profile = empty();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> profile.add(Map.of("a", "x", "z", "text")))
                .withMessageContaining("feature z is numeric");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> profile.add(new Object[] {1}))
                .withMessageContaining("1 values for 2 features");
        assertThat(profile.rows()).isZero();
        assertThat(profile.feature("a").rows()).isZero();
    }

    @Test
    void shouldMergeSameFeaturesOnly() {
        Profile profile = empty();
        profile.add(Map.of("z", 1, "a", "x"));
        profile.merge(profile);
        assertThat(profile.rows()).isEqualTo(2);
        assertThat(profile.feature("z").rows()).isEqualTo(2);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> profile.merge(Profile.builder().numeric("z").build()))
                .withMessageContaining("different features");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> profile.merge(
                        Profile.builder().numeric("z").numeric("a").build()))
                .withMessageContaining("a is numeric in one");
    }

    @Test
    void shouldNotBeChangedThroughACopy() {
        Profile profile = empty();
        profile.feature("z").addNull();
        profile.copy().add(Map.of());
        assertThat(profile.feature("z").rows()).isZero();
        assertThat(profile.rows()).isZero();
    }

    @Test
    void shouldRefuseBadDeclarations() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Profile.builder().numeric("x").categorical("x"))
                .withMessageContaining("twice");
        assertThatIllegalArgumentException().isThrownBy(() -> Profile.builder().numeric(""));
        assertThatIllegalArgumentException().isThrownBy(() -> empty().feature("nope"));
    }

    @Test
    void shouldComeBackFromBytesAndRefuseBadOnes() {
        Profile profile = empty();
        for (int i = 0; i < 500; i++) {
            profile.add(Map.of("z", i, "a", "c" + i % 7));
        }
        byte[] bytes = profile.toBytes();
        Profile back = Profile.fromBytes(bytes);
        assertThat(back.toBytes()).isEqualTo(bytes);
        assertThat(back.features()).containsExactly("z", "a");
        for (int length = 0; length < bytes.length; length += 3) {
            byte[] cut = Arrays.copyOf(bytes, length);
            assertThatIllegalArgumentException().isThrownBy(() -> Profile.fromBytes(cut));
        }
        byte[] rows = bytes.clone();
        rows[12]++;
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Profile.fromBytes(rows))
                .withMessageContaining("rows");
        Seeds.each(2000, random -> {
            byte[] damaged = bytes.clone();
            damaged[random.nextInt(200)] = (byte) random.nextInt(256);
            try {
                assertThat(Profile.fromBytes(damaged).rows()).isNotNegative();
            } catch (IllegalArgumentException refused) {
                assertThat(refused.getMessage()).isNotBlank();
            }
        });
    }
}
