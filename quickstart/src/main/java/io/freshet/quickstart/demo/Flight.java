package io.freshet.quickstart.demo;

import java.time.Instant;
import java.time.temporal.ChronoUnit;

/**
 * One flight of the recorded data.
 *
 * @param flightId unique
 * @param origin IATA code
 * @param destination IATA code
 * @param distance miles
 * @param delayMinutes minutes late on arrival, negative when early
 */
record Flight(String flightId, Instant departure, String origin, String destination, int distance, int delayMinutes) {
    private static final int MILES_A_MINUTE = 8;
    private static final int ON_THE_GROUND_MINUTES = 40;

    /**
     * When it arrived, which the data does not say: the flying time at 480 mph, 40 minutes on the ground, and the delay
     * after the departure; at least one minute after it.
     */
    Instant arrival() {
        long minutes = Math.round((double) distance / MILES_A_MINUTE) + ON_THE_GROUND_MINUTES + delayMinutes;
        return departure.plus(Math.max(1, minutes), ChronoUnit.MINUTES);
    }
}
