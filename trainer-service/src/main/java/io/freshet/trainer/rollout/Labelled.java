package io.freshet.trainer.rollout;

/**
 * The challenger's loss less the champion's on the events whose label is known: log loss, of a regression the squared error.
 *
 * @param rows how many events
 * @param mean of the differences; below 0 where the challenger is better
 * @param error standard error of that mean; NaN below two rows
 */
public record Labelled(long rows, double mean, double error) {
    /** Fewer say nothing. */
    static final int LEAST = 50;

    /** One challenger in about 700 that is as good as the champion is found this much worse. */
    static final double DEVIATIONS = 3;

    static final Labelled NONE = new Labelled(0, Double.NaN, Double.NaN);

    /** Whether the challenger is worse beyond chance. */
    boolean worse() {
        return rows >= LEAST && mean > DEVIATIONS * error;
    }

    /** Whether the challenger is better beyond chance. */
    boolean better() {
        return rows >= LEAST && mean < -DEVIATIONS * error;
    }
}
