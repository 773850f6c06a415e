package io.freshet.trainer.evaluate;

import io.freshet.model.metrics.BinaryMetrics;
import io.freshet.model.metrics.RegressionMetrics;
import io.freshet.model.metrics.Reliability;
import io.freshet.trainer.rows.Targets;
import java.util.Arrays;
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
            double strength = new Column(train, holdout, feature).strength(trainTargets, targets);
            if (strength > strongest.strength()) {
                strongest = new SingleFeature(names.get(feature), strength);
            }
        }
        return strongest;
    }

    /** A feature's values, and their categories, which are numbered alike in both parts. */
    private static final class Column {
        private static final int UNSEEN = -1;

        private final boolean texts;

        /** NaN where missing, and where it is a text. */
        private final double[] train;

        private final double[] holdout;
        private final int[] trainCategories;
        private final int[] holdoutCategories;
        private final int categories;

        Column(List<@Nullable Object[]> trainRows, List<@Nullable Object[]> holdoutRows, int feature) {
            this.train = numbers(trainRows, feature);
            this.holdout = numbers(holdoutRows, feature);
            double[] known =
                    Arrays.stream(train).filter(value -> !Double.isNaN(value)).toArray();
            double[] edges = known.length == 0 ? new double[0] : Reliability.equalMassEdges(known, BINS);
            Map<String, Integer> numbered = new HashMap<>();
            this.trainCategories = new int[train.length];
            for (int i = 0; i < train.length; i++) {
                trainCategories[i] = trainRows.get(i)[feature] instanceof String text
                        ? numbered.computeIfAbsent(text, first -> BINS + 1 + numbered.size())
                        : bin(train[i], edges);
            }
            this.categories = BINS + 1 + numbered.size();
            boolean anyText = false;
            this.holdoutCategories = new int[holdout.length];
            for (int i = 0; i < holdout.length; i++) {
                if (holdoutRows.get(i)[feature] instanceof String text) {
                    anyText = true;
                    holdoutCategories[i] = numbered.getOrDefault(text, UNSEEN);
                } else {
                    holdoutCategories[i] = bin(holdout[i], edges);
                }
            }
            this.texts = anyText;
        }

        private static double[] numbers(List<@Nullable Object[]> rows, int feature) {
            double[] numbers = new double[rows.size()];
            for (int i = 0; i < numbers.length; i++) {
                numbers[i] = rows.get(i)[feature] instanceof Double number ? number : Double.NaN;
            }
            return numbers;
        }

        /** Missing values are a category of their own. */
        private static int bin(double value, double[] edges) {
            return Double.isNaN(value) ? BINS : Reliability.bin(edges, value);
        }

        double strength(Targets trainTargets, Targets targets) {
            return switch (targets) {
                case Targets.Binary(boolean[] positive) -> rocAuc(trainTargets.numbers(), positive);
                case Targets.Classes classes -> {
                    double sum = 0;
                    int present = 0;
                    for (int one = 0; one < classes.count(); one++) {
                        Targets.Binary isOne = classes.against(one);
                        if (isOne.telling() > 0) {
                            double[] known = ((Targets.Classes) trainTargets)
                                    .against(one)
                                    .numbers();
                            sum += rocAuc(known, isOne.positive());
                            present++;
                        }
                    }
                    yield present == 0 ? 0 : sum / present;
                }
                case Targets.Numbers(double[] values) -> {
                    double[] known = trainTargets.numbers();
                    double byMean = RegressionMetrics.r2(byMean(known), values).orElse(0);
                    yield Math.max(byMean, byLine(known, values));
                }
            };
        }

        private double rocAuc(double[] known, boolean[] labels) {
            double byShare = BinaryMetrics.rocAuc(byMean(known), labels).orElse(0);
            return texts ? byShare : Math.max(byShare, byOrder(labels));
        }

        /** The mean label of the training rows in the same bin or of the same category. */
        private double[] byMean(double[] known) {
            double[] sums = new double[categories];
            int[] rows = new int[categories];
            double sum = 0;
            for (int i = 0; i < known.length; i++) {
                rows[trainCategories[i]]++;
                sums[trainCategories[i]] += known[i];
                sum += known[i];
            }
            double[] scores = new double[holdoutCategories.length];
            for (int i = 0; i < scores.length; i++) {
                int category = holdoutCategories[i];
                scores[i] = category == UNSEEN || rows[category] == 0
                        ? sum / known.length
                        : sums[category] / rows[category];
            }
            return scores;
        }

        /** Missing values come last. */
        private double byOrder(boolean[] labels) {
            double[] scores = Arrays.stream(holdout)
                    .map(value -> Double.isNaN(value) ? Double.NEGATIVE_INFINITY : value)
                    .toArray();
            double rocAuc = BinaryMetrics.rocAuc(scores, labels).orElse(0);
            return Math.max(rocAuc, 1 - rocAuc);
        }

        /** R² of the least-squares line through the training rows that have a number; the others get the mean label. */
        private double byLine(double[] known, double[] labels) {
            double n = 0;
            double meanX = 0;
            double meanY = 0;
            double products = 0;
            double squares = 0;
            for (int i = 0; i < train.length; i++) {
                double x = train[i];
                if (!Double.isNaN(x)) {
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
                line[i] = Double.isNaN(holdout[i]) ? meanY : meanY + products / squares * (holdout[i] - meanX);
            }
            return RegressionMetrics.r2(line, labels).orElse(0);
        }
    }
}
