package io.freshet.trainer.gate;

import java.util.Arrays;
import java.util.Comparator;

/** Chooses the score from which on a prediction counts as positive. */
public final class DecisionThreshold {
    private DecisionThreshold() {}

    /**
     * The threshold that costs least on these rows: {@code missedCost} for each positive below it, {@code falseAlarmCost}
     * for each negative at or above it. It is one of the scores, or the next number above them all when no alarm is worth
     * its cost; of equally cheap ones the highest.
     *
     * @param scores at least one, none NaN
     */
    public static double cheapest(double[] scores, boolean[] labels, double missedCost, double falseAlarmCost) {
        Integer[] order = new Integer[scores.length];
        Arrays.setAll(order, i -> i);
        Arrays.sort(
                order, Comparator.<Integer>comparingDouble(i -> scores[i] + 0.0).reversed());
        double change = 0;
        double least = 0;
        double threshold = Math.nextUp(scores[order[0]]);
        for (int at = 0; at < order.length; at++) {
            int row = order[at];
            change += labels[row] ? -missedCost : falseAlarmCost;
            boolean groupEnds = at + 1 == order.length || scores[order[at + 1]] != scores[row];
            if (groupEnds && change < least) {
                least = change;
                threshold = scores[row];
            }
        }
        return threshold;
    }
}
