package io.freshet.quickstart.send;

import java.time.Duration;

/**
 * How fast event time passes.
 *
 * @param factor seconds of event time for each second of wall time, above 0; infinite for as fast as is answered
 */
public record Speed(double factor) {
    /** As fast as is answered. */
    public static final Speed MAX = new Speed(Double.POSITIVE_INFINITY);

    public Speed {
        if (!(factor > 0)) {
            throw new IllegalArgumentException("a speed must be above 0: " + factor);
        }
    }

    /**
     * Reads {@code max}, 0 (which means the same), or a number above 0.
     *
     * @throws IllegalArgumentException on anything else
     */
    public static Speed parse(String text) {
        if (text.equalsIgnoreCase("max")) {
            return MAX;
        }
        double factor;
        try {
            factor = Double.parseDouble(text);
        } catch (NumberFormatException e) {
            factor = Double.NaN;
        }
        if (!Double.isFinite(factor) || factor < 0) {
            throw new IllegalArgumentException("'" + text + "' must be a number of event seconds a second, or max");
        }
        return factor == 0 ? MAX : new Speed(factor);
    }

    /** Whether nothing is held back. */
    public boolean unlimited() {
        return Double.isInfinite(factor);
    }

    /** The event time that passes in some wall time, in milliseconds; the greatest long when nothing is held back. */
    long millisIn(Duration wall) {
        return (long) (wall.toNanos() / 1e6 * factor);
    }
}
