package io.freshet.drift;

import io.freshet.profiles.DriftComparison.FeatureDrift;
import io.freshet.profiles.DriftComparison.Summary;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** Drift in words. */
final class Words {
    private Words() {}

    /** One feature: statistic, value and threshold. */
    static String of(FeatureDrift drift) {
        return String.format(
                Locale.ROOT,
                "%s drifted: %s %.3f is above %.3f",
                drift.feature(),
                drift.statistic(),
                drift.value().orElse(0),
                drift.threshold());
    }

    /** An alert's message. */
    static String message(int modelVersion, List<FeatureDrift> drifted) {
        if (drifted.isEmpty()) {
            return "every monitored feature is back in the range that model " + modelVersion + " was trained on";
        }
        FeatureDrift leading = drifted.getFirst();
        return String.format(
                Locale.ROOT,
                "%s %s from what model %d was trained on: %s (%s %.3f, threshold %.3f), was %s, is %s",
                drifted.size() == 1 ? leading.feature() : leading.feature() + " and " + (drifted.size() - 1) + " more",
                drifted.size() == 1 ? "differs" : "differ",
                modelVersion,
                leading.feature(),
                leading.statistic(),
                leading.value().orElse(0),
                leading.threshold(),
                of(leading.baseline()),
                of(leading.window()));
    }

    /** One side of a comparison. */
    static String of(Summary side) {
        String values = side.mean().isPresent()
                ? String.format(Locale.ROOT, "mean %.4g", side.mean().getAsDouble())
                : side.topCategories().stream()
                        .map(top ->
                                top.category() + " " + Math.round(100.0 * top.rows() / Math.max(1, side.rows())) + " %")
                        .collect(Collectors.joining(", "));
        return String.format(
                Locale.ROOT, "%s, %.1f %% missing", values.isEmpty() ? "no values" : values, 100 * side.nullShare());
    }
}
