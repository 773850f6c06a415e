package io.freshet.trainer;

import io.freshet.model.Calibration;
import io.freshet.model.Feature;
import io.freshet.model.Model;
import io.freshet.model.Output;
import io.freshet.schemas.pipeline.Pipeline;
import io.freshet.schemas.pipeline.Pipeline.Task;
import io.freshet.schemas.row.Example;
import io.freshet.schemas.row.FeatureRow;
import io.freshet.schemas.row.FeatureRowSchema;
import io.freshet.schemas.row.ModelInputs;
import io.freshet.trainer.evaluate.Scored;
import java.util.Arrays;
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
    /** Whether it answers what the pipeline asks now; a model of another task, or of other classes, cannot be compared. */
    boolean answers(Task task) {
        return switch (model.bundle().output()) {
            case Output.Binary binary -> task instanceof Task.Binary;
            case Output.Multiclass ours ->
                task instanceof Task.Multiclass(List<String> declared) && declared.equals(ours.classes());
            case Output.Regression regression -> task instanceof Task.Regression;
        };
    }

    /**
     * The champion's scores, as serving would give them: it reads each row as its own feature set defines the features, and
     * where the row has no such part, or the model fails, the row's prior stands in, or knowing nothing.
     */
    Scored score(Pipeline pipeline, List<Example> examples) {
        ModelInputs inputs = ModelInputs.of(
                FeatureRowSchema.of(pipeline),
                model.bundle().featureSetId(),
                model.bundle().features().stream().map(Feature::name).toList());
        int outputs = model.bundle().output().size();
        double[] scores = new double[examples.size() * outputs];
        double[] of = new double[outputs];
        for (int i = 0; i < examples.size(); i++) {
            score(inputs, examples.get(i).row(), of);
            System.arraycopy(of, 0, scores, i * outputs, outputs);
        }
        return model.bundle().output() instanceof Output.Binary(Calibration calibration, double threshold)
                ? Scored.deciding(scores, threshold)
                : Scored.undecided(scores);
    }

    private void score(ModelInputs inputs, FeatureRow row, double[] into) {
        Optional<@Nullable Object[]> values = inputs.of(row);
        if (values.isPresent()) {
            try {
                model.score(values.get(), into);
                if (model.bundle().output() instanceof Output.Binary) {
                    into[0] = Math.clamp(into[0], 0, 1);
                }
                return;
            } catch (IllegalArgumentException | ArithmeticException e) {
                // As if there were no model.
            }
        }
        Double prior = row.prior();
        switch (model.bundle().output()) {
            case Output.Binary binary -> into[0] = prior == null || !(prior >= 0 && prior <= 1) ? 0.5 : prior;
            case Output.Multiclass multiclass -> Arrays.fill(into, 1.0 / into.length);
            case Output.Regression regression -> into[0] = prior == null || !Double.isFinite(prior) ? 0 : prior;
        }
    }
}
