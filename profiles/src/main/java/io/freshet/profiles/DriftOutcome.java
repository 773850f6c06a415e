package io.freshet.profiles;

/** What a drift statistic says about a window: a number, or that there is too little to say. */
public sealed interface DriftOutcome {

    /**
     * A measured statistic.
     *
     * @param value finite and at least 0; the statistic states its range
     */
    record Measured(double value) implements DriftOutcome {
        public Measured {
            if (!(value >= 0) || Double.isInfinite(value)) {
                throw new IllegalArgumentException("statistic is " + value);
            }
        }
    }

    /**
     * Too few rows on either side; this is not evidence of no drift.
     *
     * @param reason which side has how many rows
     */
    record InsufficientData(String reason) implements DriftOutcome {}
}
