package io.freshet.profiles;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Thresholds for the population stability index that calibrate themselves on a baseline split into chunks of time, such
 * as days. For each feature the threshold is the greatest of a floor, of what chunk differs from the rest of the baseline
 * by (mean + z sd over the chunks), and of what sampling alone explains for the sizes at hand ({@link
 * PopulationStability.NullDistribution#upper(double)}). Immutable.
 *
 * <p>z follows from the false alarms that are acceptable per window over all features, shared equally among them
 * (Bonferroni). The chunks' part takes their index as normal and is estimated from few numbers, so that it is rough below
 * some ten chunks; chunks should be about as large as the windows to come.
 */
public final class DriftThresholds {
    /** With fewer measurable chunks a feature's threshold rests on the floor and the sizes only. */
    public static final int MIN_CHUNKS = 3;

    private final Map<String, Double> fromChunks;
    private final double z;
    private final double floor;

    private DriftThresholds(Map<String, Double> fromChunks, double z, double floor) {
        this.fromChunks = fromChunks;
        this.z = z;
        this.floor = floor;
    }

    /**
     * Calibrates on a baseline.
     *
     * @param chunks profiles of the baseline's parts with the same features, at least one
     * @param falseAlarmsPerWindow expected false alarms of a window over all features, above 0 and at most 0.5; 1/30 for
     *     one a month with daily windows
     * @param floor the least threshold, 0 and up: smaller indices do not matter however certain they are
     * @throws IllegalArgumentException outside these ranges, or if chunks differ in their features or have none
     */
    public static DriftThresholds calibrate(List<Profile> chunks, double falseAlarmsPerWindow, double floor) {
        if (chunks.isEmpty() || chunks.getFirst().features().isEmpty()) {
            throw new IllegalArgumentException("no chunks, or chunks without features");
        }
        if (!(falseAlarmsPerWindow > 0 && falseAlarmsPerWindow <= 0.5)) {
            throw new IllegalArgumentException(
                    "false alarms per window are " + falseAlarmsPerWindow + ", not above 0 and at most 0.5");
        }
        if (!(floor >= 0) || Double.isInfinite(floor)) {
            throw new IllegalArgumentException("floor is " + floor);
        }
        chunks.forEach(chunks.getFirst()::requireSameFeatures);
        int features = chunks.getFirst().features().size();
        double z = NormalQuantile.upper(falseAlarmsPerWindow / features);
        Map<String, List<Double>> indices = leaveOneOut(chunks);
        Map<String, Double> fromChunks = new LinkedHashMap<>();
        indices.forEach((name, values) -> fromChunks.put(name, values.size() < MIN_CHUNKS ? 0 : bound(values, z)));
        return new DriftThresholds(Collections.unmodifiableMap(fromChunks), z, floor);
    }

    private static Map<String, List<Double>> leaveOneOut(List<Profile> chunks) {
        PopulationStability psi = new PopulationStability();
        Map<String, List<Double>> indices = new LinkedHashMap<>();
        chunks.getFirst().features().forEach(name -> indices.put(name, new ArrayList<>()));
        if (chunks.size() < MIN_CHUNKS) {
            return indices;
        }
        int last = chunks.size() - 1;
        List<Profile> before = merged(chunks);
        List<Profile> after = merged(chunks.reversed()).reversed();
        for (int left = 0; left <= last; left++) {
            // What is merged into is not looked at again.
            Profile rest = left == 0 ? after.get(1) : before.get(left - 1);
            if (left > 0 && left < last) {
                rest.merge(after.get(left + 1));
            }
            for (Map.Entry<String, List<Double>> entry : indices.entrySet()) {
                DriftOutcome outcome =
                        psi.compare(rest.live(entry.getKey()), chunks.get(left).live(entry.getKey()));
                if (outcome instanceof DriftOutcome.Measured measured) {
                    entry.getValue().add(measured.value());
                }
            }
        }
        return indices;
    }

    /** Each profile merged with all before it, so that leaving one out takes one merge rather than one for each other. */
    private static List<Profile> merged(List<Profile> profiles) {
        List<Profile> merged = new ArrayList<>();
        Profile all = profiles.getFirst().copy();
        merged.add(all.copy());
        for (Profile next : profiles.subList(1, profiles.size())) {
            all.merge(next);
            merged.add(all.copy());
        }
        return merged;
    }

    private static double bound(List<Double> values, double z) {
        double mean = values.stream().mapToDouble(Double::doubleValue).sum() / values.size();
        double squares = 0;
        for (double value : values) {
            squares += (value - mean) * (value - mean);
        }
        return mean + z * Math.sqrt(squares / (values.size() - 1));
    }

    /** Standard deviations above the mean that the acceptable false alarms allow. */
    public double z() {
        return z;
    }

    /** Per feature, what the chunks alone ask for; 0 where too few could be measured. */
    public Map<String, Double> fromChunks() {
        return fromChunks;
    }

    /**
     * Thresholds per feature for a window of this size, as {@link DriftComparison#compare} takes them.
     *
     * @throws IllegalArgumentException if features differ from those calibrated
     */
    public Map<String, Double> forWindow(Profile baseline, Profile window) {
        baseline.requireSameFeatures(window);
        if (!baseline.features().equals(fromChunks.keySet())) {
            throw new IllegalArgumentException(
                    "calibrated for features " + fromChunks.keySet() + ", not " + baseline.features());
        }
        Map<String, Double> thresholds = new LinkedHashMap<>();
        fromChunks.forEach((name, chunks) -> {
            double least = Math.max(floor, chunks);
            if (baseline.rows() > 0 && window.rows() > 0) {
                least = Math.max(
                        least,
                        PopulationStability.expectedUnderNoDrift(baseline.live(name), window.live(name))
                                .upper(z));
            }
            thresholds.put(name, least);
        });
        return thresholds;
    }
}
