package io.freshet.trainer;

import io.freshet.model.Feature;
import io.freshet.model.Model;
import io.freshet.schemas.pipeline.Pipeline;
import io.freshet.schemas.row.Example;
import io.freshet.schemas.row.FeatureRow;
import io.freshet.schemas.row.FeatureRowSchema;
import io.freshet.schemas.row.ModelInputs;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The model that serves, which a candidate has to beat.
 *
 * @param version its version, at least 1
 * @param model the loaded bundle
 */
public record Champion(int version, Model model) {
    private static final double KNOWING_NOTHING = 0.5;

    /**
     * The champion's probabilities, as serving would give them: it reads each row as its own feature set defines the
     * features, and where the row has no such part, or the model fails, the row's prior stands in.
     */
    double[] score(Pipeline pipeline, List<Example> examples) {
        ModelInputs inputs = ModelInputs.of(
                FeatureRowSchema.of(pipeline),
                model.bundle().featureSetId(),
                model.bundle().features().stream().map(Feature::name).toList());
        return examples.stream()
                .mapToDouble(example -> score(inputs, example.row()))
                .toArray();
    }

    private double score(ModelInputs inputs, FeatureRow row) {
        Optional<@Nullable Object[]> values = inputs.of(row);
        if (values.isPresent()) {
            try {
                return Math.clamp(model.score(values.get()), 0, 1);
            } catch (IllegalArgumentException | ArithmeticException e) {
                // As if there were no model.
            }
        }
        Double prior = row.prior();
        return prior == null || !(prior >= 0 && prior <= 1) ? KNOWING_NOTHING : prior;
    }
}
