package io.freshet.benchmarks.fraud;

import java.time.Duration;

/**
 * A card payment and its truth.
 *
 * @param time epoch milliseconds
 * @param amount at least 0
 * @param fraud known {@link #LABEL_DELAY} later
 */
record Transaction(String id, long time, String customer, String terminal, double amount, boolean fraud) {
    /** How long after a payment its truth is known. */
    static final Duration LABEL_DELAY = Duration.ofDays(7);

    /** When its truth is known, epoch milliseconds. */
    long known() {
        return time + LABEL_DELAY.toMillis();
    }
}
