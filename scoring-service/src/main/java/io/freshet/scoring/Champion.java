package io.freshet.scoring;

import io.freshet.model.BucketCounts;
import io.freshet.model.Feature;
import io.freshet.model.Model;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The model that answers for a pipeline. */
sealed interface Champion {

    /** No model was deployed yet. */
    record None() implements Champion {}

    /**
     * A deployed model. Not safe for concurrent use, as it counts.
     *
     * @param positions for each feature of the model its position among the declared features, -1 where it is not declared
     *     any more and counts as missing
     * @param counts what the values were to the model that were scored since the counts were last cleared
     */
    record Serving(Model model, List<Integer> positions, BucketCounts counts) implements Champion {
        public Serving {
            positions = List.copyOf(positions);
        }

        /** Reads rows of the declared features with a model that may know others. */
        static Serving of(Model model, List<String> declared) {
            return new Serving(
                    model,
                    model.bundle().features().stream()
                            .map(Feature::name)
                            .map(declared::indexOf)
                            .toList(),
                    new BucketCounts(model.bundle().features().size()));
        }

        /**
         * @throws RuntimeException when the model cannot score these values
         */
        double score(List<@Nullable Object> values) {
            @Nullable Object[] raw = new Object[positions.size()];
            for (int i = 0; i < raw.length; i++) {
                int position = positions.get(i);
                raw[i] = position < 0 ? null : values.get(position);
            }
            return model.score(raw, counts);
        }
    }
}
