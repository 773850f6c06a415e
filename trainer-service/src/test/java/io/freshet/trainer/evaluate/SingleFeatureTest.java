package io.freshet.trainer.evaluate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.freshet.trainer.rows.Targets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

class SingleFeatureTest {
    private static final int ROWS = 2_000;

    @Test
    void shouldFindALeakInAnyForm() {
        Random random = new Random(1);
        assertThat(strongest(positive -> positive ? 7.0 : 3.0).strength()).isEqualTo(1);
        assertThat(strongest(positive -> positive ? 3.0 : 7.0).strength()).isEqualTo(1);
        assertThat(strongest(positive -> positive ? "closed" : "open").strength())
                .isEqualTo(1);
        assertThat(strongest(positive -> positive ? null : 1.0).strength()).isEqualTo(1);
        assertThat(strongest(positive -> positive ? (Object) Double.NaN : null).strength())
                .as("NaN is missing as well")
                .isEqualTo(0.5);
        assertThat(strongest(positive -> random.nextDouble() + (positive ? 1 : random.nextBoolean() ? 0 : 2))
                        .strength())
                .as("positives between negatives")
                .isGreaterThan(0.99);
    }

    @Test
    void shouldTakeAnIdentifierForWhatItIs() {
        int[] next = new int[1];
        assertThat(strongest(positive -> "id" + next[0]++).strength()).isEqualTo(0.5);
    }

    @Test
    void shouldLeaveAnHonestFeatureBelow() {
        Random random = new Random(2);
        SingleFeature honest = strongest(positive -> random.nextGaussian() + (positive ? 1 : 0));

        assertThat(honest.name()).isEqualTo("it");
        assertThat(honest.strength()).isCloseTo(0.76, within(0.04));
    }

    /** Of noise and the given feature. */
    private static SingleFeature strongest(Function<Boolean, Object> feature) {
        Random random = new Random(3);
        List<Object[]> train = new ArrayList<>();
        List<Object[]> holdout = new ArrayList<>();
        boolean[] labels = new boolean[ROWS];
        for (int i = 0; i < ROWS; i++) {
            labels[i] = random.nextInt(10) == 0;
            train.add(new Object[] {1.0, feature.apply(labels[i])});
        }
        for (int i = 0; i < ROWS; i++) {
            holdout.add(new Object[] {1.0, feature.apply(labels[i])});
        }
        return SingleFeature.strongest(
                List.of("constant", "it"), train, new Targets.Binary(labels), holdout, new Targets.Binary(labels));
    }
}
