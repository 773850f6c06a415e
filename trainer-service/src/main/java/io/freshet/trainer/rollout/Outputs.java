package io.freshet.trainer.rollout;

import io.freshet.schemas.message.ModelAnswer;
import io.freshet.schemas.pipeline.Pipeline.Task;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A model's answer as numbers: the probability, that of each class, or the value. */
final class Outputs {
    /** Beyond this, a certain mistake counts for as much as any other. */
    private static final double LEAST_PROBABILITY = 1e-6;

    private Outputs() {}

    /** Empty where the model gave no score, or one of another task. */
    static Optional<double[]> of(ModelAnswer answer, Task task) {
        Double score = answer.getScore();
        if (score == null || !Double.isFinite(score)) {
            return Optional.empty();
        }
        if (!(task instanceof Task.Multiclass(List<String> classes))) {
            return Optional.of(new double[] {score});
        }
        Map<String, Double> named = answer.getProbabilities();
        if (named == null || !named.keySet().containsAll(classes)) {
            return Optional.empty();
        }
        return Optional.of(classes.stream().mapToDouble(named::get).toArray());
    }

    /** The loss by a label: log loss, of a regression the squared error. */
    static double loss(double[] outputs, double label, Task task) {
        return switch (task) {
            case Task.Binary _ -> -Math.log(probable(label > 0 ? outputs[0] : 1 - outputs[0]));
            case Task.Multiclass _ -> -Math.log(probable(outputs[(int) label]));
            case Task.Regression _ -> (outputs[0] - label) * (outputs[0] - label);
        };
    }

    private static double probable(double probability) {
        return Math.clamp(probability, LEAST_PROBABILITY, 1);
    }
}
