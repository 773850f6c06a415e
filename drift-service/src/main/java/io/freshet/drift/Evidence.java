package io.freshet.drift;

import io.freshet.profiles.DriftComparison.FeatureDrift;
import java.time.Instant;
import java.util.List;

/**
 * What one judged window shows.
 *
 * @param modelVersion the champion whose baseline it was compared with
 * @param windowStart inclusive, event time
 * @param windowEnd exclusive, event time
 * @param rows rows in the window
 * @param drifted the features above their thresholds, the furthest above first
 * @param calm whether every monitored feature is clearly below its threshold
 */
record Evidence(
        int modelVersion, Instant windowStart, Instant windowEnd, long rows, List<FeatureDrift> drifted, boolean calm) {
    Evidence {
        drifted = List.copyOf(drifted);
    }
}
