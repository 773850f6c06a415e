package io.freshet.model;

import org.jspecify.annotations.Nullable;

/** Type checks of raw values, shared by fitting and applying. */
final class RawValues {
    private static final int SHOWN = 64;

    private RawValues() {}

    /** The number, NaN where missing. */
    static double number(String feature, @Nullable Object raw) {
        if (raw == null) {
            return Double.NaN;
        }
        if (raw instanceof Double value && !value.isInfinite()) {
            return value;
        }
        throw mismatch(feature, "a finite Double", raw);
    }

    /** The category, null where missing. */
    static @Nullable String category(String feature, @Nullable Object raw) {
        if (raw == null) {
            return null;
        }
        if (raw instanceof String value) {
            return value;
        }
        throw mismatch(feature, "a String", raw);
    }

    private static IllegalArgumentException mismatch(String feature, String expected, Object raw) {
        String text = String.valueOf(raw);
        String shown = text.length() > SHOWN ? text.substring(0, SHOWN) + "..." : text;
        return new IllegalArgumentException("feature '" + feature + "': expected " + expected + ", got "
                + raw.getClass().getSimpleName() + " '" + shown + "'");
    }
}
