package io.freshet.trainer.learn;

import io.freshet.model.LinearScorer;
import io.freshet.model.Link;
import io.freshet.trainer.rows.Matrix;
import io.freshet.trainer.rows.Targets;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Least squares with a ridge penalty, normally {@value #RIDGE}, on the weights and none on the bias (Hoerl and Kennard, Technometrics
 * 12(1), 1970), by the normal equations of centred columns. The penalty gives one solution even for collinear columns. Uses
 * no randomness.
 */
public final class LinearLearner implements Learner {
    static final double RIDGE = 1;
    static final List<Hyperparameter> HYPERPARAMETERS = List.of(Hyperparameter.ratio("ridge", 1e-3, 1e4, RIDGE));

    @Override
    public List<Hyperparameter> hyperparameters() {
        return HYPERPARAMETERS;
    }

    @Override
    public Fitted fit(Sample train, Matrix scored, Settings settings, long seed) throws LearningException {
        if (!(train.targets() instanceof Targets.Numbers(double[] values))) {
            throw new LearningException("linear regression learns numbers only");
        }
        double ridge = settings.get("ridge");
        double[] weight = train.weights();
        int width = train.rows().width();
        double[] means = means(train);
        double mean = 0;
        for (int i = 0; i < values.length; i++) {
            mean += weight[i] * values[i] / values.length;
        }
        double[][] products = new double[width][width];
        double[] moments = new double[width];
        double[] centred = new double[width];
        for (int i = 0; i < values.length; i++) {
            for (int j = 0; j < width; j++) {
                centred[j] = train.rows().row(i)[j] - means[j];
            }
            for (int j = 0; j < width; j++) {
                moments[j] += weight[i] * centred[j] * (values[i] - mean);
                for (int k = 0; k <= j; k++) {
                    products[j][k] += weight[i] * centred[j] * centred[k];
                }
            }
        }
        for (int j = 0; j < width; j++) {
            products[j][j] += ridge;
        }
        double[] weights = Cholesky.solve(products, moments);
        double bias = mean;
        for (int j = 0; j < width; j++) {
            bias -= weights[j] * means[j];
        }
        return new Fitted(
                new LinearScorer(weights, bias, Link.IDENTITY),
                Optional.empty(),
                Map.of("ridge", Double.toString(ridge)));
    }

    private static double[] means(Sample sample) {
        Matrix rows = sample.rows();
        double[] means = new double[rows.width()];
        for (int i = 0; i < rows.height(); i++) {
            for (int j = 0; j < means.length; j++) {
                means[j] += sample.weights()[i] * rows.row(i)[j] / rows.height();
            }
        }
        return means;
    }
}
