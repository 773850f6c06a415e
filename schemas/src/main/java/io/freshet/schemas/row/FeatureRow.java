package io.freshet.schemas.row;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The features of one event, computed once.
 *
 * @param eventId the event's id
 * @param entityKey the event's entity key
 * @param eventTime when the event happened
 * @param featureSet the version of the feature set, see {@link FeatureRowSchema#featureSet}
 * @param prior the share of positive labels among those known when the row was computed, 0 to 1; null when none was
 * @param computedAt when the row was computed, processing time
 * @param values one value per declared feature, in the order of the declaration: Double, String, or null where it is
 *     unknown; of a row of another feature set than the declared one, what that set has under the same names
 * @param others the event's features as other feature sets define them
 */
public record FeatureRow(
        String eventId,
        String entityKey,
        Instant eventTime,
        String featureSet,
        @Nullable Double prior,
        Instant computedAt,
        List<@Nullable Object> values,
        List<Part> others) {

    /**
     * An event's features as one feature set defines them.
     *
     * @param values by name: Double, String, or null where it is unknown
     */
    public record Part(String featureSet, Map<String, @Nullable Object> values) {
        public Part {
            values = Collections.unmodifiableMap(new HashMap<>(values));
        }
    }

    public FeatureRow {
        values = Collections.unmodifiableList(new ArrayList<>(values));
        others = List.copyOf(others);
    }

    /** A row of the declared feature set alone. */
    public FeatureRow(
            String eventId,
            String entityKey,
            Instant eventTime,
            String featureSet,
            @Nullable Double prior,
            Instant computedAt,
            List<@Nullable Object> values) {
        this(eventId, entityKey, eventTime, featureSet, prior, computedAt, values, List.of());
    }

    /** The event's features as another feature set defines them; empty where the row does not have them. */
    public Optional<Part> other(String set) {
        return others.stream().filter(part -> part.featureSet().equals(set)).findFirst();
    }
}
