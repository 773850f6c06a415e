package io.freshet.drift;

import io.freshet.drift.Evidence.Measured;
import io.freshet.profiles.CategoricalProfile;
import io.freshet.profiles.DriftOutcome;
import io.freshet.profiles.DriftThresholds;
import io.freshet.profiles.FeatureProfile;
import io.freshet.profiles.NumericProfile;
import io.freshet.profiles.PopulationStability;
import io.freshet.profiles.Profile;
import io.freshet.schemas.pipeline.Pipeline;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Compares a window with a model's baseline by {@link PopulationStability}. A feature is held against the model's own
 * threshold, or against what sampling alone explains for windows of this size where that is greater: the model's was
 * calibrated on windows of the training data. The false alarms allowed are those of one evaluation a pane.
 */
final class Judge {
    /** Name of the model's score in baselines; a declared feature of that name stands for itself. */
    static final String SCORE = "score";

    private static final double MOST_FALSE_ALARMS = 0.5;
    // Scores of fewer rows than this would be those of the rows that were scored in time, which may be another sample.
    private static final double LEAST_SCORED = 0.9;
    private static final int TOP = 3;
    private static final Comparator<Measured> FURTHEST_FIRST =
            Comparator.comparingDouble(Measured::excess).reversed().thenComparing(Measured::feature);

    private final PopulationStability statistic = new PopulationStability();
    private final double falseAlarms;

    Judge(Pipeline pipeline) {
        double pane = (double) pipeline.drift().window().toMillis() / PaneLayout.WINDOW;
        this.falseAlarms = Math.min(
                MOST_FALSE_ALARMS,
                pane / pipeline.drift().timeBetweenFalseAlarms().toMillis());
    }

    Evidence judge(Reference reference, Panes.Window window) {
        double z = z(reference.thresholds().size());
        List<Measured> measured = new ArrayList<>();
        reference.thresholds().forEach((feature, threshold) -> {
            FeatureProfile now = find(window, feature, reference.modelVersion());
            if (now == null) {
                return;
            }
            FeatureProfile before = reference.baseline().feature(feature);
            if (before.getClass() == now.getClass()
                    && statistic.compare(before, now) instanceof DriftOutcome.Measured(double value)) {
                double sampling =
                        PopulationStability.expectedUnderNoDrift(before, now).upper(z);
                measured.add(new Measured(
                        feature, statistic.name(), value, Math.max(threshold, sampling), words(before), words(now)));
            }
        });
        measured.sort(FURTHEST_FIRST);
        return new Evidence(
                reference.modelVersion(),
                window.start(),
                window.end(),
                window.rows().rows(),
                measured);
    }

    private static @Nullable FeatureProfile find(Panes.Window window, String feature, int modelVersion) {
        if (window.rows().features().contains(feature)) {
            return window.rows().feature(feature);
        }
        boolean scored = window.scoreVersion() == modelVersion
                && window.scores().rows() >= LEAST_SCORED * window.rows().rows();
        return feature.equals(SCORE) && scored ? window.scores() : null;
    }

    /** Shares the allowed false alarms among this many features. */
    private double z(int features) {
        Profile.Builder names = Profile.builder();
        for (int i = 0; i < Math.max(1, features); i++) {
            names.numeric("f" + i);
        }
        return DriftThresholds.calibrate(List.of(names.build()), falseAlarms, 0).z();
    }

    /** Mean and standard deviation or the leading categories, and the share of nulls. */
    static String words(FeatureProfile profile) {
        String nulls = String.format(Locale.ROOT, "%.1f %% null", 100 * profile.missingShare());
        return switch (profile) {
            case NumericProfile numeric ->
                numeric.mean().isEmpty()
                        ? "no values, " + nulls
                        : String.format(
                                Locale.ROOT,
                                "mean %.4g ± %.4g, %s",
                                numeric.mean().getAsDouble(),
                                Math.sqrt(numeric.variance().orElse(0)),
                                nulls);
            case CategoricalProfile categorical ->
                categorical.top(TOP).entrySet().stream()
                        .map(entry -> share(entry, categorical.rows()))
                        .collect(Collectors.joining("", "", nulls));
        };
    }

    private static String share(Map.Entry<String, Long> category, long rows) {
        return String.format(Locale.ROOT, "%s %.1f %%, ", category.getKey(), 100.0 * category.getValue() / rows);
    }
}
