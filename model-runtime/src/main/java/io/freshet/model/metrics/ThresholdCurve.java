package io.freshet.model.metrics;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * What every decision threshold would find and what it would cost in false alarms: the ROC curve and the precision-recall
 * curve alike, which are two views of these points.
 *
 * @param positives how many positives there are
 * @param negatives how many negatives there are
 * @param points by falling threshold; the threshold above every score, which raises no alarm, is not among them
 */
public record ThresholdCurve(long positives, long negatives, List<Point> points) {
    public ThresholdCurve {
        points = List.copyOf(points);
    }

    /**
     * One threshold: scores at or above it count as positive.
     *
     * @param truePositives positives at or above it
     * @param falsePositives negatives at or above it
     */
    public record Point(double threshold, long truePositives, long falsePositives) {
        /** The share of positives among the rows at or above the threshold, 0 to 1. */
        public double precision() {
            return (double) truePositives / (truePositives + falsePositives);
        }
    }

    /**
     * The curve with a point for every distinct score; equal scores fall under one threshold.
     *
     * @param scores any non-NaN values, higher meaning more likely positive
     * @param labels one per score; true is the positive class
     * @throws IllegalArgumentException on different lengths or NaN
     */
    public static ThresholdCurve of(double[] scores, boolean[] labels) {
        int positives = Rows.positives(scores, labels);
        double[] ofPositives = new double[positives];
        double[] ofNegatives = new double[scores.length - positives];
        int found = 0;
        for (int i = 0; i < scores.length; i++) {
            if (labels[i]) {
                ofPositives[found++] = scores[i];
            } else {
                ofNegatives[i - found] = scores[i];
            }
        }
        Arrays.sort(ofPositives);
        Arrays.sort(ofNegatives);
        return new ThresholdCurve(positives, ofNegatives.length, merge(ofPositives, ofNegatives));
    }

    private static List<Point> merge(double[] positives, double[] negatives) {
        List<Point> points = new ArrayList<>();
        int p = positives.length;
        int n = negatives.length;
        while (p > 0 || n > 0) {
            double threshold =
                    n == 0 || (p > 0 && positives[p - 1] > negatives[n - 1]) ? positives[p - 1] : negatives[n - 1];
            while (p > 0 && positives[p - 1] == threshold) {
                p--;
            }
            while (n > 0 && negatives[n - 1] == threshold) {
                n--;
            }
            points.add(new Point(threshold, positives.length - p, negatives.length - n));
        }
        return points;
    }

    /** The share of the positives that a point finds, 0 to 1; NaN without positives. */
    public double recall(Point point) {
        return (double) point.truePositives() / positives;
    }

    /** The share of the negatives that a point takes for positives, 0 to 1; NaN without negatives. */
    public double falsePositiveRate(Point point) {
        return (double) point.falsePositives() / negatives;
    }

    /**
     * The curve with at most so many of its points, spread evenly along the way from no alarm to all alarms in recall and
     * false-positive rate; the last point is always among them.
     *
     * @param most at least 1
     */
    public ThresholdCurve thinned(int most) {
        if (most < 1) {
            throw new IllegalArgumentException("at least one point must be kept, not " + most);
        }
        if (points.size() <= most) {
            return this;
        }
        List<Point> kept = new ArrayList<>();
        for (Point point : points.subList(0, points.size() - 1)) {
            if (way(point) * most >= kept.size() + 1 && kept.size() < most - 1) {
                kept.add(point);
            }
        }
        kept.add(points.getLast());
        return new ThresholdCurve(positives, negatives, kept);
    }

    /** How far along the curve a point lies, 0 to 1. */
    private double way(Point point) {
        return ((double) point.truePositives() / Math.max(1, positives)
                        + (double) point.falsePositives() / Math.max(1, negatives))
                / 2;
    }
}
