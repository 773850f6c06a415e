package io.freshet.trainer;

import io.freshet.model.Feature;
import io.freshet.model.Model;
import io.freshet.schemas.pipeline.Pipeline;
import io.freshet.schemas.row.Example;
import java.util.List;
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
     * The champion's probabilities, as serving would give them: features are read by name, one that is not declared any
     * more is missing, and where the model fails the row's prior stands in.
     */
    double[] score(Pipeline pipeline, List<Example> examples) {
        List<String> declared =
                pipeline.features().stream().map(Pipeline.Feature::name).toList();
        int[] positions = model.bundle().features().stream()
                .map(Feature::name)
                .mapToInt(declared::indexOf)
                .toArray();
        double[] scores = new double[examples.size()];
        for (int i = 0; i < scores.length; i++) {
            scores[i] = score(positions, examples.get(i));
        }
        return scores;
    }

    private double score(int[] positions, Example example) {
        @Nullable Object[] raw = new Object[positions.length];
        for (int i = 0; i < raw.length; i++) {
            raw[i] = positions[i] < 0 ? null : example.row().values().get(positions[i]);
        }
        try {
            return Math.clamp(model.score(raw), 0, 1);
        } catch (IllegalArgumentException | ArithmeticException e) {
            Double prior = example.row().prior();
            return prior == null || !(prior >= 0 && prior <= 1) ? KNOWING_NOTHING : prior;
        }
    }
}
