package io.freshet.drift;

import io.freshet.profiles.DriftComparison;
import io.freshet.profiles.DriftComparison.FeatureDrift;
import io.freshet.profiles.Profile;
import io.freshet.schemas.pipeline.Pipeline;
import io.freshet.schemas.pipeline.Pipeline.Feature;
import io.freshet.schemas.row.FeatureRow;
import java.time.Instant;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Compares a window of rows with a baseline. */
final class Detector {
    /** Below this share of its threshold a feature is calm; between the two nothing changes, so that alerts do not flap. */
    static final double CALM = 0.8;

    private final List<Feature> features;

    Detector(Pipeline pipeline) {
        this.features = pipeline.features();
    }

    /** A profile of the declared features, without rows. */
    Profile empty() {
        Profile.Builder builder = Profile.builder();
        for (Feature feature : features) {
            if (feature.categorical()) {
                builder.categorical(feature.name());
            } else {
                builder.numeric(feature.name());
            }
        }
        return builder.build();
    }

    /** A row's values by feature. */
    Map<String, @Nullable Object> named(FeatureRow row) {
        Map<String, @Nullable Object> named = new HashMap<>();
        for (int i = 0; i < features.size(); i++) {
            named.put(features.get(i).name(), row.values().get(i));
        }
        return named;
    }

    /**
     * Judges a window.
     *
     * @param baseline of the champion; features that are not declared any more are not judged
     * @param thresholds of the monitored features
     * @param panes the window's parts, at least one
     */
    Evidence judge(
            int modelVersion,
            Profile baseline,
            Map<String, Double> thresholds,
            List<Profile> panes,
            Instant windowStart,
            Instant windowEnd) {
        Profile window = panes.getFirst().copy();
        panes.subList(1, panes.size()).forEach(window::merge);
        Map<String, Double> monitored = new LinkedHashMap<>();
        thresholds.forEach((name, threshold) -> {
            if (comparable(name, baseline, window)) {
                monitored.put(name, threshold);
            }
        });
        List<FeatureDrift> judged = DriftComparison.compare(
                baseline.select(monitored.keySet()), window.select(monitored.keySet()), monitored);
        List<FeatureDrift> drifted = judged.stream()
                .filter(FeatureDrift::drifted)
                .sorted(Comparator.comparingDouble(Detector::excess).reversed())
                .toList();
        boolean calm = judged.stream().allMatch(drift -> excess(drift) <= CALM);
        return new Evidence(modelVersion, windowStart, windowEnd, window.rows(), drifted, calm);
    }

    /** The value as a multiple of its threshold; 0 where there is too little data. */
    static double excess(FeatureDrift drift) {
        return drift.value().orElse(0) / Math.max(drift.threshold(), 1e-9);
    }

    private static boolean comparable(String name, Profile baseline, Profile window) {
        return baseline.features().contains(name)
                && window.features().contains(name)
                && baseline.feature(name).getClass() == window.feature(name).getClass();
    }
}
