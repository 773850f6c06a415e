package io.freshet.trainer.evaluate;

import io.freshet.model.metrics.BinaryMetrics;
import io.freshet.model.metrics.Reliability;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How well one feature alone tells the classes apart. Hardly any honest feature does so nearly perfectly; one that was
 * written after the outcome does.
 *
 * <p>Each row of the hold-out is scored with the share of positives among the training rows of the same category, or of the
 * same of {@value #BINS} bins of equal mass where it is a number; missing values are a category of their own, and a
 * category that was never seen has the share of all rows. Numbers are also scored by their own order, either way round, so
 * that a cut within a bin is not missed. The greatest ROC AUC counts.
 *
 * @param name the feature
 * @param rocAuc 0 to 1
 */
public record SingleFeature(String name, double rocAuc) {
    static final int BINS = 32;

    /** Stands for a missing value beside texts and numbers of bins. */
    private static final Object MISSING = new Object();

    /**
     * The feature that does best; the first of equal ones.
     *
     * @param names at least one
     * @param train raw rows, in the order of the names: Double (NaN = missing), String, or null (missing)
     * @param trainLabels one per training row
     * @param holdout raw rows
     * @param labels one per row of the hold-out, of both classes
     */
    public static SingleFeature strongest(
            List<String> names,
            List<@Nullable Object[]> train,
            boolean[] trainLabels,
            List<@Nullable Object[]> holdout,
            boolean[] labels) {
        SingleFeature strongest = new SingleFeature(names.getFirst(), 0);
        for (int feature = 0; feature < names.size(); feature++) {
            @Nullable Object[] fitted = column(train, feature);
            @Nullable Object[] fresh = column(holdout, feature);
            double rocAuc = Math.max(byShare(fitted, trainLabels, fresh, labels), byOrder(fresh, labels));
            if (rocAuc > strongest.rocAuc()) {
                strongest = new SingleFeature(names.get(feature), rocAuc);
            }
        }
        return strongest;
    }

    private static double byShare(
            @Nullable Object[] train, boolean[] trainLabels, @Nullable Object[] holdout, boolean[] labels) {
        double[] numbers = numbers(train);
        double[] edges = numbers.length == 0 ? new double[0] : Reliability.equalMassEdges(numbers, BINS);
        Map<Object, double[]> counts = new HashMap<>();
        double positives = 0;
        for (int i = 0; i < train.length; i++) {
            double[] count = counts.computeIfAbsent(category(train[i], edges), first -> new double[2]);
            count[0]++;
            count[1] += trainLabels[i] ? 1 : 0;
            positives += trainLabels[i] ? 1 : 0;
        }
        double[] scores = new double[holdout.length];
        for (int i = 0; i < scores.length; i++) {
            double[] count = counts.get(category(holdout[i], edges));
            scores[i] = count == null ? positives / train.length : count[1] / count[0];
        }
        return BinaryMetrics.rocAuc(scores, labels).orElse(0);
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
