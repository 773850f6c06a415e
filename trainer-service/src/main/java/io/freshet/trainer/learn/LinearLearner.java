package io.freshet.trainer.learn;

import io.freshet.model.LinearScorer;
import io.freshet.model.Link;
import io.freshet.trainer.rows.Matrix;
import io.freshet.trainer.rows.Targets;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;

/**
 * Least squares with a ridge penalty of {@value #RIDGE} on the weights and none on the bias (Hoerl and Kennard, Technometrics
 * 12(1), 1970), by the normal equations of centred columns. The penalty gives one solution even for collinear columns. Uses
 * no randomness.
 */
public final class LinearLearner implements Learner {
    static final double RIDGE = 1;

    @Override
    public Fitted fit(Matrix train, Targets targets, Matrix scored, long seed) throws LearningException {
        if (!(targets instanceof Targets.Numbers(double[] values))) {
            throw new LearningException("linear regression learns numbers only");
        }
        int width = train.width();
        double[] means = means(train);
        double mean = Arrays.stream(values).average().orElse(0);
        double[][] products = new double[width][width];
        double[] moments = new double[width];
        double[] centred = new double[width];
        for (int i = 0; i < values.length; i++) {
            for (int j = 0; j < width; j++) {
                centred[j] = train.row(i)[j] - means[j];
            }
            for (int j = 0; j < width; j++) {
                moments[j] += centred[j] * (values[i] - mean);
                for (int k = 0; k <= j; k++) {
                    products[j][k] += centred[j] * centred[k];
                }
            }
        }
        for (int j = 0; j < width; j++) {
            products[j][j] += RIDGE;
        }
        double[] weights = Cholesky.solve(products, moments);
        double bias = mean;
        for (int j = 0; j < width; j++) {
            bias -= weights[j] * means[j];
        }
        return new Fitted(
                new LinearScorer(weights, bias, Link.IDENTITY),
                Optional.empty(),
                Map.of("ridge", Double.toString(RIDGE)));
    }

    private static double[] means(Matrix rows) {
        double[] means = new double[rows.width()];
        for (int i = 0; i < rows.height(); i++) {
            for (int j = 0; j < means.length; j++) {
                means[j] += rows.row(i)[j] / rows.height();
            }
        }
        return means;
    }
}
