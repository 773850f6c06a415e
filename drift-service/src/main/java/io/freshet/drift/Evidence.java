package io.freshet.drift;

import java.util.List;

/**
 * What the comparison of one window with a baseline has found.
 *
 * @param modelVersion whose baseline it was
 * @param windowStart inclusive, event time in epoch milliseconds
 * @param windowEnd exclusive, event time in epoch milliseconds
 * @param rows rows in the window
 * @param features the features that could be measured, the furthest above its threshold first; ties by name
 */
record Evidence(int modelVersion, long windowStart, long windowEnd, long rows, List<Measured> features) {
    Evidence {
        features = List.copyOf(features);
    }

    /**
     * One feature.
     *
     * @param value the statistic, finite and at least 0
     * @param threshold above 0
     * @param baseline the baseline in words
     * @param window the window in the same words
     */
    record Measured(String feature, String statistic, double value, double threshold, String baseline, String window) {
        double excess() {
            return value / threshold;
        }

        boolean drifted() {
            return value > threshold;
        }
    }

    /** The features above their threshold, in order. */
    List<Measured> drifted() {
        return features.stream().filter(Measured::drifted).toList();
    }
}
