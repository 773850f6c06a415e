package io.freshet.drift;

import io.freshet.profiles.CategoricalProfile;
import io.freshet.schemas.pipeline.Pipeline;
import io.freshet.schemas.pipeline.Pipeline.Feature;
import io.freshet.schemas.row.FeatureRow;
import io.freshet.schemas.row.FeatureRowSchema;
import io.freshet.schemas.row.ModelInputs;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The feature sets in force: the declared one and, after a change of the declaration, the one that the serving model was
 * trained on. A model's baseline is compared with what its own set says. Immutable.
 */
final class FeatureSets {
    private final Pipeline declared;
    private final String newest;
    private final Map<String, List<Feature>> features = new LinkedHashMap<>();
    private final Map<String, ModelInputs> inputs = new LinkedHashMap<>();

    FeatureSets(Pipeline declared, Optional<Pipeline> superseded) {
        this.declared = declared;
        FeatureRowSchema rows = FeatureRowSchema.of(declared);
        this.newest = rows.featureSet();
        add(rows, declared);
        superseded.ifPresent(before -> add(rows, before));
    }

    private void add(FeatureRowSchema rows, Pipeline pipeline) {
        FeatureRowSchema own = FeatureRowSchema.of(pipeline);
        features.put(own.featureSet(), pipeline.features());
        inputs.put(own.featureSet(), ModelInputs.of(rows, own.featureSet(), own.names()));
    }

    Pipeline declared() {
        return declared;
    }

    /** The declared feature set. */
    String newest() {
        return newest;
    }

    /** The sets in force, the declared one first. */
    Set<String> all() {
        return Collections.unmodifiableSet(features.keySet());
    }

    boolean inForce(String featureSet) {
        return features.containsKey(featureSet);
    }

    /** The features of a set in force, in order. */
    List<Feature> features(String featureSet) {
        return features.getOrDefault(featureSet, List.of());
    }

    /**
     * What a row has of the sets in force; longer texts than profiles tell apart are cut, since every row is journalled.
     *
     * @throws ClassCastException for a value of another type than declared
     */
    Map<String, List<@Nullable Object>> parts(FeatureRow row) {
        Map<String, List<@Nullable Object>> parts = new HashMap<>();
        inputs.forEach((set, taken) ->
                taken.of(row).ifPresent(values -> parts.put(set, checked(features(set), values))));
        return parts;
    }

    private static List<@Nullable Object> checked(List<Feature> features, @Nullable Object[] values) {
        List<@Nullable Object> checked = new ArrayList<>(values.length);
        for (int i = 0; i < values.length; i++) {
            Object value = values[i];
            if (value == null) {
                checked.add(null);
            } else if (features.get(i).categorical()) {
                String text = (String) value;
                checked.add(text.substring(0, Math.min(text.length(), CategoricalProfile.MAX_CATEGORY_CHARS + 1)));
            } else {
                checked.add(((Number) value).doubleValue());
            }
        }
        return checked;
    }
}
