package io.freshet.schemas.row;

import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What a model takes from feature rows: its features as the feature set defines them that it was trained on, so that it
 * never sees a value of another definition under a name that it knows. Immutable and thread-safe.
 */
public final class ModelInputs {
    private final String featureSet;
    private final List<String> names;
    /** The features' places among the declared ones; empty for a model of another feature set. */
    private final Optional<int[]> positions;

    private ModelInputs(String featureSet, List<String> names, Optional<int[]> positions) {
        this.featureSet = featureSet;
        this.names = names;
        this.positions = positions;
    }

    /**
     * For rows that were read by a pipeline's schema.
     *
     * @param featureSet the feature set that the model was trained on
     * @param names the model's features, in its order
     */
    public static ModelInputs of(FeatureRowSchema schema, String featureSet, List<String> names) {
        return new ModelInputs(
                featureSet,
                List.copyOf(names),
                featureSet.equals(schema.featureSet())
                        ? Optional.of(
                                names.stream().mapToInt(schema.names()::indexOf).toArray())
                        : Optional.empty());
    }

    /** The values, null where one is unknown; empty where the row was not computed as the model's feature set defines it. */
    public Optional<@Nullable Object[]> of(FeatureRow row) {
        return positions.isPresent() && row.featureSet().equals(featureSet)
                ? Optional.of(declared(row.values(), positions.get()))
                : row.other(featureSet).map(this::named);
    }

    private static @Nullable Object[] declared(List<@Nullable Object> values, int[] positions) {
        @Nullable Object[] taken = new Object[positions.length];
        for (int i = 0; i < taken.length; i++) {
            taken[i] = positions[i] < 0 ? null : values.get(positions[i]);
        }
        return taken;
    }

    private @Nullable Object[] named(FeatureRow.Part part) {
        @Nullable Object[] taken = new Object[names.size()];
        for (int i = 0; i < taken.length; i++) {
            taken[i] = part.values().get(names.get(i));
        }
        return taken;
    }
}
