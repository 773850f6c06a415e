package io.freshet.profiles;

import java.util.Random;
import java.util.function.Consumer;

/** Runs a property over fixed seeds and names the seed that fails. */
final class Seeds {
    private Seeds() {}

    static void each(int howMany, Consumer<Random> property) {
        for (long seed = 1; seed <= howMany; seed++) {
            try {
                property.accept(new Random(seed));
            } catch (AssertionError | RuntimeException e) {
                throw new AssertionError("seed " + seed + ": " + e.getMessage(), e);
            }
        }
    }

    static NumericProfile numeric(double... values) {
        NumericProfile profile = new NumericProfile();
        for (double value : values) {
            profile.add(value);
        }
        return profile;
    }

    static double[] normal(Random random, int n, double mean) {
        return random.doubles(n).map(ignored -> mean + random.nextGaussian()).toArray();
    }

    static CategoricalProfile categorical(String... categories) {
        CategoricalProfile profile = new CategoricalProfile();
        for (String category : categories) {
            profile.add(category);
        }
        return profile;
    }
}
