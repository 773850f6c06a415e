package io.freshet.scoring;

import io.freshet.model.BucketCounts;
import io.freshet.model.Feature;
import io.freshet.model.Model;
import io.freshet.schemas.row.FeatureRowSchema;
import io.freshet.schemas.row.ModelInputs;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The model that answers for a pipeline. */
sealed interface Champion {

    /** No model was deployed yet. */
    record None() implements Champion {}

    /**
     * A deployed model. Not safe for concurrent use, as it counts.
     *
     * @param counts what the values were to the model that were scored since the counts were last cleared
     * @param scores scratch
     * @param before the model that was deployed before; it answers for rows that were not computed as this one's feature
     *     set defines them, such as those from before a declaration changed
     */
    @SuppressWarnings("ArrayRecordComponent") // Never compared.
    record Serving(Model model, ModelInputs inputs, BucketCounts counts, double[] scores, Optional<Serving> before)
            implements Champion {

        /** Takes from rows, as the pipeline's schema reads them, what the model was trained on. */
        static Serving of(Model model, FeatureRowSchema rows, Optional<Serving> before) {
            List<String> names =
                    model.bundle().features().stream().map(Feature::name).toList();
            return new Serving(
                    model,
                    ModelInputs.of(rows, model.bundle().featureSetId(), names),
                    new BucketCounts(names.size()),
                    new double[model.bundle().output().size()],
                    before);
        }

        /**
         * One score for each output, valid until the next call.
         *
         * @param values the model's features
         * @throws RuntimeException when the model cannot score these values
         */
        double[] score(@Nullable Object[] values) {
            model.score(values, counts, scores);
            return scores;
        }
    }
}
