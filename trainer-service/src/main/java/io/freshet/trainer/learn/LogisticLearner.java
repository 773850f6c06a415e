package io.freshet.trainer.learn;

import io.freshet.model.LinearScorer;
import io.freshet.model.Link;
import io.freshet.trainer.rows.Matrix;
import io.freshet.trainer.rows.Targets;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Logistic regression with a ridge penalty, by Newton's method (iteratively reweighted least squares; Hastie, Tibshirani
 * and Friedman, The Elements of Statistical Learning, 2nd ed., 4.4.1) with step halving. It minimises {@code sum of
 * -log-likelihood + ridge / 2 * |weights|^2}; the bias is not penalised. The penalty makes the problem strictly convex
 * even for separable classes and collinear columns. Uses no randomness.
 */
public final class LogisticLearner implements Learner {
    private static final int MOST_STEPS = 50;
    private static final int MOST_HALVINGS = 30;
    private static final double TOLERANCE = 1e-10;

    @Override
    public List<Hyperparameter> hyperparameters() {
        return LinearLearner.HYPERPARAMETERS;
    }

    @Override
    public Fitted fit(Sample train, Matrix scored, Settings settings, long seed) throws LearningException {
        double ridge = settings.get("ridge");
        return switch (train.targets()) {
            case Targets.Binary(boolean[] labels) -> fit(train, labels, ridge);
            case Targets.Classes classes -> {
                Softmax.Solution solution = Softmax.fit(train, classes, ridge);
                yield new Fitted(
                        solution.scorer(),
                        Optional.empty(),
                        Map.of("ridge", Double.toString(ridge), "steps", Integer.toString(solution.steps())));
            }
            case Targets.Numbers numbers -> throw new LearningException("logistic regression learns no numbers");
        };
    }

    private static Fitted fit(Sample train, boolean[] labels, double ridge) throws LearningException {
        double[] beta = startAtBaseRate(train, labels);
        double loss = loss(train, labels, ridge, beta);
        for (int step = 1; step <= MOST_STEPS; step++) {
            double[] direction = newtonDirection(train, labels, ridge, beta);
            double[] next = beta;
            double nextLoss = loss;
            double scale = 1;
            for (int halving = 0; halving < MOST_HALVINGS; halving++) {
                double[] tried = beta.clone();
                for (int j = 0; j < tried.length; j++) {
                    tried[j] -= scale * direction[j];
                }
                double triedLoss = loss(train, labels, ridge, tried);
                if (triedLoss <= loss) {
                    next = tried;
                    nextLoss = triedLoss;
                    break;
                }
                scale /= 2;
            }
            boolean converged = loss - nextLoss <= TOLERANCE * (1 + Math.abs(nextLoss));
            beta = next;
            loss = nextLoss;
            if (converged) {
                return fitted(beta, ridge, step);
            }
        }
        throw new LearningException("not converged after " + MOST_STEPS + " Newton steps");
    }

    private static Fitted fitted(double[] beta, double ridge, int steps) {
        int width = beta.length - 1;
        double[] weights = new double[width];
        System.arraycopy(beta, 0, weights, 0, width);
        return new Fitted(
                new LinearScorer(weights, beta[width], Link.LOGISTIC),
                Optional.empty(),
                Map.of("ridge", Double.toString(ridge), "newtonSteps", Integer.toString(steps)));
    }

    /** Weights 0 and the logit of the share of positives as bias, which is the last coefficient. */
    private static double[] startAtBaseRate(Sample train, boolean[] labels) {
        double positives = 0;
        double negatives = 0;
        for (int i = 0; i < labels.length; i++) {
            if (labels[i]) {
                positives += train.weights()[i];
            } else {
                negatives += train.weights()[i];
            }
        }
        double[] beta = new double[train.rows().width() + 1];
        beta[beta.length - 1] = Math.log(positives / negatives);
        return beta;
    }

    private static double margin(double[] row, double[] beta) {
        double margin = beta[row.length];
        for (int j = 0; j < row.length; j++) {
            margin += beta[j] * row[j];
        }
        return margin;
    }

    private static double loss(Sample train, boolean[] labels, double ridge, double[] beta) {
        double loss = 0;
        for (int i = 0; i < labels.length; i++) {
            double margin = margin(train.rows().row(i), beta);
            double wrongness = labels[i] ? -margin : margin;
            loss += train.weights()[i] * (Math.max(0, wrongness) + Math.log1p(Math.exp(-Math.abs(wrongness))));
        }
        for (int j = 0; j < train.rows().width(); j++) {
            loss += ridge / 2 * beta[j] * beta[j];
        }
        return loss;
    }

    private static double[] newtonDirection(Sample train, boolean[] labels, double ridge, double[] beta)
            throws LearningException {
        int width = train.rows().width();
        double[] gradient = new double[width + 1];
        double[][] hessian = new double[width + 1][width + 1];
        for (int i = 0; i < labels.length; i++) {
            double[] row = train.rows().row(i);
            double p = Link.LOGISTIC.apply(margin(row, beta));
            double residual = train.weights()[i] * (p - (labels[i] ? 1 : 0));
            double weight = train.weights()[i] * p * (1 - p);
            for (int j = 0; j < width; j++) {
                gradient[j] += residual * row[j];
                double weighted = weight * row[j];
                double[] line = hessian[j];
                for (int k = 0; k <= j; k++) {
                    line[k] += weighted * row[k];
                }
                hessian[width][j] += weighted;
            }
            gradient[width] += residual;
            hessian[width][width] += weight;
        }
        for (int j = 0; j < width; j++) {
            gradient[j] += ridge * beta[j];
            hessian[j][j] += ridge;
        }
        return Cholesky.solve(hessian, gradient);
    }
}
