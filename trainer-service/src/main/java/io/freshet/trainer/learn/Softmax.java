package io.freshet.trainer.learn;

import io.freshet.model.ClassScorer;
import io.freshet.model.LinearScorer;
import io.freshet.model.Link;
import io.freshet.model.Scorer;
import io.freshet.trainer.rows.Targets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;

/**
 * Multinomial logistic regression with a ridge penalty on the weights, by L-BFGS with a backtracking line search (Liu and
 * Nocedal, Mathematical Programming 45, 1989). The loss is convex, and the penalty and the biases of zero mean that it
 * starts from make its solution one.
 */
final class Softmax {
    private static final int MEMORY = 10;
    private static final int MOST_STEPS = 500;
    private static final int MOST_HALVINGS = 40;
    private static final double SUFFICIENT_DECREASE = 1e-4;
    private static final double TOLERANCE = 1e-9;

    private final Sample train;
    private final Targets.Classes targets;
    private final double ridge;

    /** Rows of weights and a bias, one row after another for each class. */
    private double[] beta;

    private double[] gradient;
    private int steps;

    private Softmax(Sample train, Targets.Classes targets, double ridge) {
        this.train = train;
        this.targets = targets;
        this.ridge = ridge;
        this.beta = new double[targets.count() * (train.rows().width() + 1)];
        this.gradient = new double[beta.length];
    }

    /** A fitted model and how many steps it took. */
    record Solution(Scorer scorer, int steps) {}

    /** Fits, until a step lowers the loss by less than a billionth of it. */
    static Solution fit(Sample train, Targets.Classes targets, double ridge) throws LearningException {
        Softmax softmax = new Softmax(train, targets, ridge);
        softmax.descend();
        return new Solution(softmax.scorer(), softmax.steps);
    }

    /** A step that was taken, and the change of the gradient by it. */
    @SuppressWarnings("ArrayRecordComponent") // Never compared.
    private record Pair(double[] step, double[] change, double inverse) {}

    private void descend() throws LearningException {
        Deque<Pair> pairs = new ArrayDeque<>();
        double loss = loss(beta, gradient);
        for (steps = 1; steps <= MOST_STEPS; steps++) {
            double[] direction = direction(pairs);
            double slope = dot(direction, gradient);
            double[] next = new double[beta.length];
            double[] nextGradient = new double[beta.length];
            double nextLoss = Double.POSITIVE_INFINITY;
            double scale = pairs.isEmpty() ? 1 / Math.max(1, Math.sqrt(dot(gradient, gradient))) : 1;
            for (int halving = 0; halving < MOST_HALVINGS; halving++) {
                for (int i = 0; i < next.length; i++) {
                    next[i] = beta[i] + scale * direction[i];
                }
                nextLoss = loss(next, nextGradient);
                if (nextLoss <= loss + SUFFICIENT_DECREASE * scale * slope) {
                    break;
                }
                scale /= 2;
            }
            if (!(nextLoss < loss)) {
                return;
            }
            remember(pairs, next, nextGradient);
            boolean converged = loss - nextLoss <= TOLERANCE * nextLoss;
            beta = next;
            gradient = nextGradient;
            loss = nextLoss;
            if (converged) {
                return;
            }
        }
        throw new LearningException("not converged after " + MOST_STEPS + " steps");
    }

    private void remember(Deque<Pair> pairs, double[] next, double[] nextGradient) {
        double[] step = new double[beta.length];
        double[] change = new double[beta.length];
        for (int i = 0; i < step.length; i++) {
            step[i] = next[i] - beta[i];
            change[i] = nextGradient[i] - gradient[i];
        }
        double curvature = dot(step, change);
        if (curvature > 0) {
            pairs.addLast(new Pair(step, change, 1 / curvature));
            if (pairs.size() > MEMORY) {
                pairs.removeFirst();
            }
        }
    }

    /** Downhill, scaled by the curvature that the remembered steps saw. */
    private double[] direction(Deque<Pair> pairs) {
        double[] direction = new double[beta.length];
        for (int i = 0; i < direction.length; i++) {
            direction[i] = -gradient[i];
        }
        double[] shares = new double[pairs.size()];
        int at = pairs.size();
        for (Iterator<Pair> newest = pairs.descendingIterator(); newest.hasNext(); ) {
            Pair pair = newest.next();
            shares[--at] = pair.inverse() * dot(pair.step(), direction);
            add(direction, pair.change(), -shares[at]);
        }
        if (!pairs.isEmpty()) {
            double[] change = pairs.getLast().change();
            double scale = 1 / (pairs.getLast().inverse() * dot(change, change));
            for (int i = 0; i < direction.length; i++) {
                direction[i] *= scale;
            }
        }
        for (Pair pair : pairs) {
            double share = pair.inverse() * dot(pair.change(), direction);
            add(direction, pair.step(), shares[at++] - share);
        }
        return direction;
    }

    /** The loss, its gradient written to the second argument. */
    private double loss(double[] at, double[] slopes) {
        int width = train.rows().width();
        int classes = targets.count();
        java.util.Arrays.fill(slopes, 0);
        double loss = 0;
        double[] margins = new double[classes];
        for (int i = 0; i < targets.size(); i++) {
            double[] row = train.rows().row(i);
            for (int c = 0; c < classes; c++) {
                int from = c * (width + 1);
                double margin = at[from + width];
                for (int j = 0; j < width; j++) {
                    margin += at[from + j] * row[j];
                }
                margins[c] = margin;
            }
            double of = margins[targets.classes()[i]];
            double greatest = java.util.Arrays.stream(margins).max().orElse(0);
            double sum = 0;
            for (double margin : margins) {
                sum += Math.exp(margin - greatest);
            }
            double weight = train.weights()[i];
            loss += weight * (greatest + Math.log(sum) - of);
            for (int c = 0; c < classes; c++) {
                int from = c * (width + 1);
                double residual =
                        weight * (Math.exp(margins[c] - greatest) / sum - (targets.classes()[i] == c ? 1 : 0));
                for (int j = 0; j < width; j++) {
                    slopes[from + j] += residual * row[j];
                }
                slopes[from + width] += residual;
            }
        }
        for (int c = 0; c < classes; c++) {
            for (int j = c * (width + 1); j < c * (width + 1) + width; j++) {
                loss += ridge / 2 * at[j] * at[j];
                slopes[j] += ridge * at[j];
            }
        }
        return loss;
    }

    private Scorer scorer() {
        int width = train.rows().width();
        List<Scorer> scorers = new ArrayList<>();
        for (int c = 0; c < targets.count(); c++) {
            double[] weights = new double[width];
            System.arraycopy(beta, c * (width + 1), weights, 0, width);
            scorers.add(new LinearScorer(weights, beta[c * (width + 1) + width], Link.IDENTITY));
        }
        return new ClassScorer(scorers, ClassScorer.Combination.SOFTMAX);
    }

    private static void add(double[] to, double[] what, double times) {
        for (int i = 0; i < to.length; i++) {
            to[i] += times * what[i];
        }
    }

    private static double dot(double[] a, double[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += a[i] * b[i];
        }
        return sum;
    }
}
