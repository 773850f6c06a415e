package io.freshet.model.metrics;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * How often what was predicted came true, by bins of the predicted probability: the points of a reliability diagram.
 *
 * @param bins by rising probability; bins without a row are left out
 */
public record Reliability(List<Bin> bins) {
    public Reliability {
        bins = List.copyOf(bins);
    }

    /**
     * The rows of one bin.
     *
     * @param rows how many, at least 1
     * @param meanScore what they were predicted, on average
     * @param positiveShare how many of them are positive, as a share
     */
    public record Bin(long rows, double meanScore, double positiveShare) {}

    /**
     * With bins that part [0, 1] evenly; none without rows.
     *
     * @param scores probabilities
     * @param labels one per score; true is the positive class
     * @param bins at least 1
     * @throws IllegalArgumentException on different lengths or a score outside [0, 1]
     */
    public static Reliability equalWidth(double[] scores, boolean[] labels, int bins) {
        double[] edges = new double[bins - 1];
        for (int i = 0; i < edges.length; i++) {
            edges[i] = (i + 1) * (1.0 / bins);
        }
        return of(scores, labels, edges);
    }

    /**
     * With bins that hold about as many rows each, whatever the scores' range: their edges are {@link #equalMassEdges}.
     *
     * @param scores probabilities, at least one
     * @param labels one per score; true is the positive class
     * @param bins at least 1
     * @throws IllegalArgumentException on no rows, different lengths, or a score outside [0, 1]
     */
    public static Reliability equalMass(double[] scores, boolean[] labels, int bins) {
        return of(scores, labels, equalMassEdges(scores, bins));
    }

    private static Reliability of(double[] scores, boolean[] labels, double[] edges) {
        Rows.positives(scores, labels);
        Rows.checkProbabilities(scores);
        long[] rows = new long[edges.length + 1];
        long[] positives = new long[rows.length];
        double[] sums = new double[rows.length];
        for (int i = 0; i < scores.length; i++) {
            int bin = bin(edges, scores[i]);
            rows[bin]++;
            positives[bin] += labels[i] ? 1 : 0;
            sums[bin] += scores[i];
        }
        List<Bin> bins = new ArrayList<>();
        for (int bin = 0; bin < rows.length; bin++) {
            if (rows[bin] > 0) {
                bins.add(new Bin(rows[bin], sums[bin] / rows[bin], (double) positives[bin] / rows[bin]));
            }
        }
        return new Reliability(bins);
    }

    /**
     * The inner edges between {@code bins} bins of equal mass: the scores' quantiles, linear between neighbours. Equal
     * scores share a bin, so that bins may be empty.
     *
     * @param scores none NaN
     * @throws IllegalArgumentException on no scores
     */
    public static double[] equalMassEdges(double[] scores, int bins) {
        if (scores.length == 0) {
            throw new IllegalArgumentException("no rows");
        }
        double[] sorted = scores.clone();
        Arrays.sort(sorted);
        double[] edges = new double[bins - 1];
        for (int k = 1; k < bins; k++) {
            long position = (sorted.length - 1L) * k;
            int below = (int) (position / bins);
            double rest = (double) (position % bins) / bins;
            edges[k - 1] = rest == 0 ? sorted[below] : sorted[below] + (sorted[below + 1] - sorted[below]) * rest;
        }
        return edges;
    }

    /** The bin of a score, counted from 0: how many edges are below it. */
    public static int bin(double[] edges, double score) {
        int low = 0;
        int high = edges.length;
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (edges[middle] < score) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }

    /**
     * The expected calibration error, 0 to 1, NaN without rows: the distance of mean score and share of positives in a bin, weighted by the
     * bins' rows (Naeini, Cooper and Hauskrecht, AAAI 2015).
     */
    public double calibrationError() {
        double sum = 0;
        long rows = 0;
        for (Bin bin : bins) {
            sum += bin.rows() * Math.abs(bin.meanScore() - bin.positiveShare());
            rows += bin.rows();
        }
        return sum / rows;
    }
}
