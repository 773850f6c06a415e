package io.freshet.trainer;

import java.util.Random;
import java.util.function.Consumer;

/** Runs a property over fixed seeds and names the seed that fails. */
public final class Seeds {
    private Seeds() {}

    public static void each(int howMany, Consumer<Random> property) {
        for (long seed = 1; seed <= howMany; seed++) {
            try {
                property.accept(new Random(seed));
            } catch (AssertionError | RuntimeException e) {
                throw new AssertionError("seed " + seed + ": " + e.getMessage(), e);
            }
        }
    }
}
