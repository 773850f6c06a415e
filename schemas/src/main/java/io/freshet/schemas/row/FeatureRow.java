package io.freshet.schemas.row;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
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
 *     unknown
 */
public record FeatureRow(
        String eventId,
        String entityKey,
        Instant eventTime,
        String featureSet,
        @Nullable Double prior,
        Instant computedAt,
        List<@Nullable Object> values) {

    public FeatureRow {
        values = Collections.unmodifiableList(new ArrayList<>(values));
    }
}
