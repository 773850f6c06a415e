package io.freshet.model;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Fitted preparation: step {@code i} reads position {@code i} of the raw vector, and the columns of the steps follow
 * one another in the prepared vector.
 *
 * @param steps at least one, of distinct features
 */
public record Preparation(List<Step> steps) {
    /** Throws {@link IllegalArgumentException} on no steps or two of one feature. */
    public Preparation {
        steps = List.copyOf(steps);
        Set<String> seen = new HashSet<>();
        for (Step step : steps) {
            if (!seen.add(step.feature())) {
                throw new IllegalArgumentException("feature '" + step.feature() + "' is prepared twice");
            }
        }
        if (steps.isEmpty()) {
            throw new IllegalArgumentException("a preparation needs at least one step");
        }
    }

    /** Length of the prepared vector. */
    public int width() {
        int width = 0;
        for (int i = 0; i < steps.size(); i++) {
            width = Math.addExact(width, steps.get(i).width());
        }
        return width;
    }

    /** Names of the prepared columns, {@link #width()} of them. */
    public List<String> outputNames() {
        List<String> names = new ArrayList<>();
        steps.forEach(step -> names.addAll(step.outputNames()));
        return List.copyOf(names);
    }

    /** The features read, in the order of the raw vector. */
    public List<Feature> features() {
        return steps.stream()
                .map(step -> new Feature(step.feature(), step.kind()))
                .toList();
    }

    /** Whether a missing number may come out as NaN. */
    public boolean keepsMissing() {
        return steps.stream().anyMatch(step -> step instanceof Step.Numeric n && Double.isNaN(n.imputed()));
    }

    /**
     * Fills {@code out} from {@code raw}; allocates nothing.
     *
     * @param raw one value per step: Double, String or null
     * @param out of length {@link #width()}; its content is undefined after an exception
     * @throws IllegalArgumentException on a wrong length, or naming feature and value on a wrong type
     */
    public void apply(@Nullable Object[] raw, double[] out) {
        prepare(raw, out, null);
    }

    /**
     * As {@link #apply(Object[], double[])}, counting for each step which bucket its value fell into. After an exception
     * the values before the wrong one are counted.
     *
     * @param counts of as many features as there are steps
     * @throws IllegalArgumentException as well on counts of another number of features
     */
    public void apply(@Nullable Object[] raw, double[] out, BucketCounts counts) {
        if (counts.features() != steps.size()) {
            throw new IllegalArgumentException(
                    "counts of " + counts.features() + " features where " + steps.size() + " are prepared");
        }
        prepare(raw, out, counts);
    }

    private void prepare(@Nullable Object[] raw, double[] out, @Nullable BucketCounts counts) {
        if (raw.length != steps.size()) {
            throw new IllegalArgumentException("expected " + steps.size() + " raw values, got " + raw.length);
        }
        int offset = 0;
        for (int i = 0; i < raw.length; i++) {
            Step step = steps.get(i);
            int width = step.width();
            if (width > out.length - offset) {
                throw new IllegalArgumentException("output of length " + out.length + " is shorter than " + width());
            }
            Bucket bucket = step.apply(raw[i], out, offset);
            if (counts != null) {
                counts.add(i, bucket);
            }
            offset += width;
        }
        if (offset != out.length) {
            throw new IllegalArgumentException("output of length " + out.length + " is longer than " + offset);
        }
    }
}
