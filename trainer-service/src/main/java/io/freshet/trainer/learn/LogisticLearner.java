package io.freshet.trainer.learn;

import io.freshet.model.LinearScorer;
import io.freshet.model.Link;
import io.freshet.trainer.rows.Matrix;
import io.freshet.trainer.rows.Targets;
import java.util.Map;
import java.util.Optional;

/**
 * Logistic regression with a ridge penalty, by Newton's method (iteratively reweighted least squares; Hastie, Tibshirani
 * and Friedman, The Elements of Statistical Learning, 2nd ed., 4.4.1) with step halving. It minimises {@code sum of
 * -log-likelihood + ridge / 2 * |weights|^2}; the bias is not penalised. The penalty makes the problem strictly convex
 * even for separable classes and collinear columns. Uses no randomness.
 */
public final class LogisticLearner implements Learner {
    static final double RIDGE = 1;
    private static final int MOST_STEPS = 50;
    private static final int MOST_HALVINGS = 30;
    private static final double TOLERANCE = 1e-10;

    @Override
    public Fitted fit(Matrix train, Targets targets, Matrix scored, long seed) throws LearningException {
        return switch (targets) {
            case Targets.Binary(boolean[] labels) -> fit(train, labels);
            case Targets.Classes classes -> {
                Softmax.Solution solution = Softmax.fit(train, classes, RIDGE);
                yield new Fitted(
                        solution.scorer(),
                        Optional.empty(),
                        Map.of("ridge", Double.toString(RIDGE), "steps", Integer.toString(solution.steps())));
            }
            case Targets.Numbers numbers -> throw new LearningException("logistic regression learns no numbers");
        };
    }

    private static Fitted fit(Matrix train, boolean[] labels) throws LearningException {
        double[] beta = startAtBaseRate(train.width(), labels);
        double loss = loss(train, labels, beta);
        for (int step = 1; step <= MOST_STEPS; step++) {
            double[] direction = newtonDirection(train, labels, beta);
            double[] next = beta;
            double nextLoss = loss;
            double scale = 1;
            for (int halving = 0; halving < MOST_HALVINGS; halving++) {
                double[] tried = beta.clone();
                for (int j = 0; j < tried.length; j++) {
                    tried[j] -= scale * direction[j];
                }
                double triedLoss = loss(train, labels, tried);
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
                return fitted(beta, step);
            }
        }
        throw new LearningException("not converged after " + MOST_STEPS + " Newton steps");
    }

    private static Fitted fitted(double[] beta, int steps) {
        int width = beta.length - 1;
        double[] weights = new double[width];
        System.arraycopy(beta, 0, weights, 0, width);
        return new Fitted(
                new LinearScorer(weights, beta[width], Link.LOGISTIC),
                Optional.empty(),
                Map.of("ridge", Double.toString(RIDGE), "newtonSteps", Integer.toString(steps)));
    }

    /** Weights 0 and the logit of the share of positives as bias, which is the last coefficient. */
    private static double[] startAtBaseRate(int width, boolean[] labels) {
        int positives = 0;
        for (boolean label : labels) {
            positives += label ? 1 : 0;
        }
        double[] beta = new double[width + 1];
        beta[width] = Math.log((double) positives / (labels.length - positives));
        return beta;
    }

    private static double margin(double[] row, double[] beta) {
        double margin = beta[row.length];
        for (int j = 0; j < row.length; j++) {
            margin += beta[j] * row[j];
        }
        return margin;
    }

    private static double loss(Matrix train, boolean[] labels, double[] beta) {
        double loss = 0;
        for (int i = 0; i < labels.length; i++) {
            double margin = margin(train.row(i), beta);
            double wrongness = labels[i] ? -margin : margin;
            loss += Math.max(0, wrongness) + Math.log1p(Math.exp(-Math.abs(wrongness)));
        }
        for (int j = 0; j < train.width(); j++) {
            loss += RIDGE / 2 * beta[j] * beta[j];
        }
        return loss;
    }

    private static double[] newtonDirection(Matrix train, boolean[] labels, double[] beta) throws LearningException {
        int width = train.width();
        double[] gradient = new double[width + 1];
        double[][] hessian = new double[width + 1][width + 1];
        for (int i = 0; i < labels.length; i++) {
            double[] row = train.row(i);
            double p = Link.LOGISTIC.apply(margin(row, beta));
            double residual = p - (labels[i] ? 1 : 0);
            double weight = p * (1 - p);
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
            gradient[j] += RIDGE * beta[j];
            hessian[j][j] += RIDGE;
        }
        return Cholesky.solve(hessian, gradient);
    }
}
