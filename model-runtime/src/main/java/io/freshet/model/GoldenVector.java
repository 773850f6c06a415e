package io.freshet.model;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A raw vector with the scores its model must give, checked whenever the bundle is loaded.
 *
 * @param raw one value per feature: Double, String or null
 * @param scores the expected score of each output, finite
 */
public record GoldenVector(List<@Nullable Object> raw, List<Double> scores) {
    /** Throws {@link IllegalArgumentException} on a score that is not finite or a value of another type. */
    public GoldenVector {
        scores = List.copyOf(scores);
        raw = Collections.unmodifiableList(new ArrayList<>(raw));
        for (Object value : raw) {
            if (value != null && !(value instanceof Double) && !(value instanceof String)) {
                throw new IllegalArgumentException("golden value is neither Double nor String: " + value);
            }
        }
        if (!scores.stream().allMatch(Double::isFinite)) {
            throw new IllegalArgumentException("golden scores must be finite");
        }
    }
}
