package io.freshet.drift;

import io.freshet.profiles.FeatureProfile;
import io.freshet.profiles.NumericProfile;
import io.freshet.schemas.message.IncidentKind;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Tells drift of the world, which a new model can follow, from mistakes of producers. Looked at is the newest pane of a
 * window, so that a change in the middle of a pane is told once the pane after it has closed.
 *
 * <p>A feature has lost its values when next to all are missing that the model was trained with. It comes in another unit
 * when its quantiles are those of the baseline times one factor of the list, as far as samples and sketches of these sizes
 * allow to say, and were not yet when the window began.
 */
final class Diagnosis {
    private static final int LEAST_ROWS = 50;
    private static final double NEXT_TO_ALL = 0.99;
    private static final double USUAL = 0.5;

    private static final double[] RANKS = {0.1, 0.25, 0.5, 0.75, 0.9};
    private static final int LEAST_RANKS = 3;
    private static final double STEP = 0.05;
    // The sketch's 99% bound is 2.576 standard deviations.
    private static final double SKETCH = 0.0133 / 2.576;
    private static final double DEVIATIONS = 3;
    private static final double EXACT = 0.005;
    // Beyond this share of its logarithm, a factor cannot be told from its neighbours.
    private static final double TELLING = 0.2;
    private static final double COARSEST = 0.3;

    /** A factor between units that are confused. */
    private record Factor(double value, String words) {}

    // Yard and pound: the international ones of 1959; nautical mile: Monaco 1929.
    private static final List<Factor> FACTORS = List.of(
            new Factor(1_000, "thousands, such as grams for kilograms or milliseconds for seconds"),
            new Factor(1_000_000, "millions"),
            new Factor(100, "hundreds, such as cents or percent"),
            new Factor(60, "minutes and hours, or seconds and minutes"),
            new Factor(3_600, "seconds and hours"),
            new Factor(86_400, "seconds and days"),
            new Factor(24, "hours and days"),
            new Factor(1.609344, "kilometres and miles"),
            new Factor(1.852, "kilometres and nautical miles"),
            new Factor(1 / 0.3048, "feet and metres"),
            new Factor(2.54, "centimetres and inches"),
            new Factor(1 / 0.45359237, "pounds and kilograms"));

    private Diagnosis() {}

    /**
     * What is wrong in a window, by feature name.
     *
     * @param known the features of which it was said before, which may have changed before the window began
     */
    static List<Breakage> of(Reference reference, Panes.Window window, Set<String> known) {
        List<Breakage> found = new ArrayList<>();
        for (String feature : reference.thresholds().keySet()) {
            if (!window.newest().features().contains(feature)) {
                continue;
            }
            FeatureProfile before = reference.baseline().feature(feature);
            FeatureProfile now = window.newest().feature(feature);
            if (now.rows() < LEAST_ROWS || before.rows() < LEAST_ROWS) {
                continue;
            }
            lost(feature, before, now)
                    .or(() -> {
                        NumericProfile began = known.contains(feature)
                                ? null
                                : numeric(window.oldest().feature(feature));
                        return otherUnit(feature, numeric(before), numeric(now), began);
                    })
                    .ifPresent(found::add);
        }
        found.sort(Comparator.comparing(Breakage::feature));
        return found;
    }

    private static @Nullable NumericProfile numeric(FeatureProfile profile) {
        return profile instanceof NumericProfile numeric ? numeric : null;
    }

    private static Optional<Breakage> lost(String feature, FeatureProfile before, FeatureProfile now) {
        if (now.missingShare() < NEXT_TO_ALL || before.missingShare() > USUAL) {
            return Optional.empty();
        }
        return Optional.of(new Breakage(
                IncidentKind.SCHEMA_BREAK,
                feature,
                String.format(
                        Locale.ROOT,
                        "%s has no value in %.1f %% of rows, where the model was trained on %.1f %%: look at what"
                                + " producers send, and mend it, or take the feature out of the declaration",
                        feature,
                        100 * now.missingShare(),
                        100 * before.missingShare()),
                Map.of("missing", now.missingShare(), "missingInBaseline", before.missingShare())));
    }

    private static Optional<Breakage> otherUnit(
            String feature,
            @Nullable NumericProfile before,
            @Nullable NumericProfile now,
            @Nullable NumericProfile began) {
        if (before == null || now == null) {
            return Optional.empty();
        }
        OptionalDouble median = logRatio(before, now, 0.5);
        if (median.isEmpty()) {
            return Optional.empty();
        }
        double moved = median.getAsDouble();
        Factor factor = FACTORS.stream()
                .min(Comparator.comparingDouble(each -> Math.abs(Math.log(each.value()) - Math.abs(moved))))
                .orElseThrow();
        double expected = Math.copySign(Math.log(factor.value()), moved);
        if (!everyRankMoved(before, now, expected) || began != null && movedBefore(before, began, expected)) {
            return Optional.empty();
        }
        double times = Math.exp(moved);
        return Optional.of(new Breakage(
                IncidentKind.UNIT_CHANGE,
                feature,
                String.format(
                        Locale.ROOT,
                        "%s is %.4g times what the model was trained on, its shape kept, as if units were confused (%s):"
                                + " look at what producers send; if it is meant, freshet retrain learns it",
                        feature,
                        times,
                        factor.words()),
                Map.of("factor", times, "expectedFactor", Math.exp(expected))));
    }

    /** Whether enough quantiles can be told, and all of those moved by the factor's logarithm. */
    private static boolean everyRankMoved(NumericProfile before, NumericProfile now, double expected) {
        int told = 0;
        for (double rank : RANKS) {
            OptionalDouble moved = logRatio(before, now, rank);
            double tolerance = tolerance(before, now, rank);
            if (moved.isEmpty() || !(tolerance <= Math.min(COARSEST, TELLING * Math.abs(expected)))) {
                continue;
            }
            if (Math.abs(moved.getAsDouble() - expected) > tolerance) {
                return false;
            }
            told++;
        }
        return told >= LEAST_RANKS && spread(before);
    }

    private static boolean spread(NumericProfile profile) {
        return profile.quantile(RANKS[1]).orElse(0)
                < profile.quantile(RANKS[RANKS.length - 2]).orElse(0);
    }

    /** Whether the window began nearer to the changed values than to the baseline's; without values it did not. */
    private static boolean movedBefore(NumericProfile before, NumericProfile began, double expected) {
        OptionalDouble moved = logRatio(before, began, 0.5);
        return moved.isPresent() && Math.abs(moved.getAsDouble() - expected) < Math.abs(expected) / 2;
    }

    /** The logarithm of new over old quantile; empty where there is none, or they differ in sign. */
    private static OptionalDouble logRatio(NumericProfile before, NumericProfile now, double rank) {
        double old = before.quantile(rank).orElse(0);
        double changed = now.quantile(rank).orElse(0);
        return old * changed > 0 ? OptionalDouble.of(Math.log(changed / old)) : OptionalDouble.empty();
    }

    /**
     * How far {@link #logRatio} may be off by chance: the error of a rank, from sampling and from the sketch, times the slope
     * of the logarithm of the baseline's quantiles. NaN where that has none.
     */
    private static double tolerance(NumericProfile before, NumericProfile now, double rank) {
        double low = before.quantile(rank - STEP).orElse(0);
        double high = before.quantile(rank + STEP).orElse(0);
        double slope = low * high > 0 ? Math.abs(Math.log(high / low)) / (2 * STEP) : Double.NaN;
        double spread = rank * (1 - rank);
        double ranks = Math.sqrt(spread / before.values() + spread / now.values() + 2 * SKETCH * SKETCH);
        return EXACT + DEVIATIONS * slope * ranks;
    }
}
