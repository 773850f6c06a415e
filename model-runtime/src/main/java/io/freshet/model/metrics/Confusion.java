package io.freshet.model.metrics;

/**
 * How the decisions at one threshold turned out. A ratio over nothing, such as the precision of no alarm, is 0, as
 * scikit-learn has it by default.
 *
 * @param truePositives alarms on positives
 * @param falsePositives alarms on negatives
 * @param falseNegatives positives without alarm
 * @param trueNegatives negatives without alarm
 */
public record Confusion(long truePositives, long falsePositives, long falseNegatives, long trueNegatives) {
    /**
     * Counts.
     *
     * @param scores at or above the threshold are positive decisions
     * @param labels one per score; true is the positive class
     * @throws IllegalArgumentException on different lengths or NaN
     */
    public static Confusion at(double threshold, double[] scores, boolean[] labels) {
        int positives = Rows.positives(scores, labels);
        int found = 0;
        int alarms = 0;
        for (int i = 0; i < scores.length; i++) {
            if (scores[i] >= threshold) {
                alarms++;
                found += labels[i] ? 1 : 0;
            }
        }
        int falseAlarms = alarms - found;
        return new Confusion(found, falseAlarms, positives - found, scores.length - positives - falseAlarms);
    }

    /** How many rows there are. */
    public long rows() {
        return truePositives + falsePositives + falseNegatives + trueNegatives;
    }

    /** The share of positives among the alarms, 0 to 1. */
    public double precision() {
        return share(truePositives, truePositives + falsePositives);
    }

    /** The share of the positives that are alarms, 0 to 1. */
    public double recall() {
        return share(truePositives, truePositives + falseNegatives);
    }

    /** The harmonic mean of precision and recall, 0 to 1. */
    public double f1() {
        return share(2 * truePositives, 2 * truePositives + falsePositives + falseNegatives);
    }

    /** The share of alarms among the rows, 0 to 1. */
    public double positiveRate() {
        return share(truePositives + falsePositives, rows());
    }

    /** The share of rows decided rightly, 0 to 1. */
    public double accuracy() {
        return share(truePositives + trueNegatives, rows());
    }

    private static double share(long part, long whole) {
        return whole == 0 ? 0 : (double) part / whole;
    }
}
