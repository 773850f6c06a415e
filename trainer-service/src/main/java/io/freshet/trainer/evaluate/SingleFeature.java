package io.freshet.trainer.evaluate;

import io.freshet.model.metrics.BinaryMetrics;
import io.freshet.model.metrics.RegressionMetrics;
import io.freshet.model.metrics.Reliability;
import io.freshet.trainer.rows.Targets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How well one feature alone tells the labels. Hardly any honest feature does so nearly perfectly; one that was written after
 * the outcome does.
 *
 * <p>Each row of the hold-out is scored with the mean label of the training rows of the same category, or of the same of
 * {@value #BINS} bins of equal mass where it is a number; missing values are a category of their own, and a category that was
 * never seen has the mean of all rows. Numbers are also scored by their own order, either way round, so that a cut within a
 * bin is not missed. What counts is the greatest ROC AUC; of several classes, which are each told from all others, their
 * mean; of a regression R², where a number alone is scored by its least-squares line.
 *
 * @param name the feature
 * @param strength 0 to 1
 */
public record SingleFeature(String name, double strength) {
    static final int BINS = 32;

    /** Stands for a missing value beside texts and numbers of bins. */
    private static final Object MISSING = new Object();

    /**
     * The feature that does best; the first of equal ones.
     *
     * @param names at least one
     * @param train raw rows, in the order of the names: Double (NaN = missing), String, or null (missing)
     * @param trainTargets one per training row
     * @param holdout raw rows
     * @param targets one per row of the hold-out, not all equal
     */
    public static SingleFeature strongest(
            List<String> names,
            List<@Nullable Object[]> train,
            Targets trainTargets,
            List<@Nullable Object[]> holdout,
            Targets targets) {
        SingleFeature strongest = new SingleFeature(names.getFirst(), 0);
        for (int feature = 0; feature < names.size(); feature++) {
            double strength = strength(column(train, feature), trainTargets, column(holdout, feature), targets);
            if (strength > strongest.strength()) {
                strongest = new SingleFeature(names.get(feature), strength);
            }
        }
        return strongest;
    }

    private static double strength(
            @Nullable Object[] fitted, Targets trainTargets, @Nullable Object[] fresh, Targets targets) {
        return switch (targets) {
            case Targets.Binary(boolean[] positive) -> rocAuc(fitted, trainTargets.numbers(), fresh, positive);
            case Targets.Classes classes -> {
                double sum = 0;
                int present = 0;
                for (int one = 0; one < classes.count(); one++) {
                    Targets.Binary isOne = classes.against(one);
                    if (isOne.telling() > 0) {
                        double[] known =
                                ((Targets.Classes) trainTargets).against(one).numbers();
                        sum += rocAuc(fitted, known, fresh, isOne.positive());
                        present++;
                    }
                }
                yield present == 0 ? 0 : sum / present;
            }
            case Targets.Numbers(double[] values) -> {
                double[] known = trainTargets.numbers();
                double byMean = RegressionMetrics.r2(byMean(fitted, known, fresh), values)
                        .orElse(0);
                yield Math.max(byMean, byLine(fitted, known, fresh, values));
            }
        };
    }

    private static double rocAuc(
            @Nullable Object[] fitted, double[] known, @Nullable Object[] fresh, boolean[] labels) {
        double byShare =
                BinaryMetrics.rocAuc(byMean(fitted, known, fresh), labels).orElse(0);
        return Math.max(byShare, byOrder(fresh, labels));
    }

    /** The mean label of the training rows in the same bin or of the same category. */
    private static double[] byMean(@Nullable Object[] train, double[] known, @Nullable Object[] holdout) {
        double[] numbers = numbers(train);
        double[] edges = numbers.length == 0 ? new double[0] : Reliability.equalMassEdges(numbers, BINS);
        Map<Object, double[]> counts = new HashMap<>();
        double sum = 0;
        for (int i = 0; i < train.length; i++) {
            double[] count = counts.computeIfAbsent(category(train[i], edges), first -> new double[2]);
            count[0]++;
            count[1] += known[i];
            sum += known[i];
        }
        double[] scores = new double[holdout.length];
        for (int i = 0; i < scores.length; i++) {
            double[] count = counts.get(category(holdout[i], edges));
            scores[i] = count == null ? sum / train.length : count[1] / count[0];
        }
        return scores;
    }

    /** Missing values come last. */
    private static double byOrder(@Nullable Object[] holdout, boolean[] labels) {
        double[] scores = new double[holdout.length];
        for (int i = 0; i < scores.length; i++) {
            if (holdout[i] instanceof String) {
                return 0;
            }
            scores[i] = holdout[i] instanceof Double value && !value.isNaN() ? value : Double.NEGATIVE_INFINITY;
        }
        double rocAuc = BinaryMetrics.rocAuc(scores, labels).orElse(0);
        return Math.max(rocAuc, 1 - rocAuc);
    }

    /** R² of the least-squares line through the training rows that have a number; the others get the mean label. */
    private static double byLine(
            @Nullable Object[] train, double[] known, @Nullable Object[] holdout, double[] labels) {
        double n = 0;
        double meanX = 0;
        double meanY = 0;
        double products = 0;
        double squares = 0;
        for (int i = 0; i < train.length; i++) {
            if (train[i] instanceof Double x && !x.isNaN()) {
                n++;
                double off = x - meanX;
                meanX += off / n;
                meanY += (known[i] - meanY) / n;
                products += off * (known[i] - meanY);
                squares += off * (x - meanX);
            }
        }
        if (!(squares > 0)) {
            return 0;
        }
        double[] line = new double[holdout.length];
        for (int i = 0; i < line.length; i++) {
            line[i] = holdout[i] instanceof Double x && !x.isNaN() ? meanY + products / squares * (x - meanX) : meanY;
        }
        return RegressionMetrics.r2(line, labels).orElse(0);
    }

    private static Object category(@Nullable Object value, double[] edges) {
        if (value instanceof Double number) {
            return number.isNaN() ? MISSING : (Object) Reliability.bin(edges, number);
        }
        return value == null ? MISSING : value;
    }

    private static double[] numbers(@Nullable Object[] column) {
        return java.util.Arrays.stream(column)
                .filter(value -> value instanceof Double number && !number.isNaN())
                .mapToDouble(value -> (Double) value)
                .toArray();
    }

    private static @Nullable Object[] column(List<@Nullable Object[]> rows, int feature) {
        @Nullable Object[] column = new Object[rows.size()];
        for (int i = 0; i < column.length; i++) {
            column[i] = rows.get(i)[feature];
        }
        return column;
    }
}
