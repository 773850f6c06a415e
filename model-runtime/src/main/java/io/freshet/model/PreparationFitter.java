package io.freshet.model;

import io.freshet.model.FeaturePlan.Bound;
import io.freshet.model.FeaturePlan.Encoding;
import io.freshet.model.FeaturePlan.Rare;
import io.freshet.model.FeaturePlan.Statistic;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/**
 * Fits a {@link Preparation} to training rows. Pure: equal input gives an equal preparation.
 *
 * <p>Each statistic is that of the column as the step before leaves it. Replacements and quantiles for clipping are those
 * of the present values, in raw units; a replacement is clipped like any value. A column without any present value is
 * imputed with 0 and not clipped by quantiles. Scaling statistics are those of the imputed, clipped and logarithmic column
 * (of the present values where missing ones are kept); a column of one value is centred on it and not scaled, and neither
 * is one whose quartiles are equal by them. Quantiles interpolate linearly between the two nearest values (type 7 of
 * Hyndman and Fan, The American Statistician, 1996).
 *
 * <p>Categories are counted after imputing. Rare ones are one category, and so are missing ones that are not imputed.
 *
 * <p>Target encoding of a category with {@code n} rows and label sum {@code s} is {@code (s + m * prior) / (n + m)}, the
 * prior being the mean label of all rows and {@code m} the smoothing; without rows it is the prior, and the prior of no
 * rows is 0 (Micci-Barreca, SIGKDD Explorations, 2001). A training row's own value is computed likewise from the rows of the other
 * {@value #FOLDS} - 1 folds, prior included, so that no row sees its own label. Folds are of equal size, drawn by the seed
 * and not by time: with a base rate that moves, a fold of one period would be encoded by the others' rate, and so against
 * its own labels.
 */
public final class PreparationFitter {
    /** Folds of target encoding; fewer where there are fewer rows. */
    static final int FOLDS = 5;

    /** Columns are not sparse. */
    static final int MOST_ONE_HOT = 1024;

    /** All of them are stored in the bundle, rare ones by name. */
    static final int MOST_CATEGORIES = 1_000_000;

    private final List<@Nullable Object[]> rows;
    private final double @Nullable [] labels;
    private final int[] folds;
    private final List<OutOfFold> outOfFold = new ArrayList<>();

    /** Values of a target-encoded feature for the training rows. */
    @SuppressWarnings("ArrayRecordComponent") // Never compared.
    private record OutOfFold(int step, double[] values) {}

    private PreparationFitter(List<@Nullable Object[]> rows, double @Nullable [] labels, long seed) {
        this.rows = rows;
        this.labels = labels;
        this.folds = labels == null ? new int[0] : folds(rows.size(), seed);
    }

    /**
     * Fits one step per plan.
     *
     * @param plans at least one, of distinct names
     * @param rows at least one raw vector, each in the order of the plans
     * @param labels one finite label per row; null only where nothing is target encoded
     * @param seed of the folds of target encoding
     * @throws IllegalArgumentException on input out of shape, on a wrong type or too many categories, naming the feature,
     *     and on numbers too large for their statistics to be finite
     */
    public static FittedPreparation fit(
            List<FeaturePlan> plans, List<@Nullable Object[]> rows, double @Nullable [] labels, long seed) {
        if (rows.isEmpty()) {
            throw new IllegalArgumentException("no training rows");
        }
        for (@Nullable Object[] row : rows) {
            if (row.length != plans.size()) {
                throw new IllegalArgumentException("expected " + plans.size() + " raw values, got " + row.length);
            }
        }
        if (labels != null) {
            if (labels.length != rows.size()) {
                throw new IllegalArgumentException(rows.size() + " rows but " + labels.length + " labels");
            }
            if (!Arrays.stream(labels).allMatch(Double::isFinite)) {
                throw new IllegalArgumentException("labels must be finite");
            }
        }
        return new PreparationFitter(rows, labels, seed).fit(plans);
    }

    private FittedPreparation fit(List<FeaturePlan> plans) {
        List<Step> steps = new ArrayList<>(plans.size());
        for (int i = 0; i < plans.size(); i++) {
            steps.add(
                    switch (plans.get(i)) {
                        case FeaturePlan.Numeric numeric -> numeric(numeric, i);
                        case FeaturePlan.Categorical categorical -> categorical(categorical, i);
                    });
        }
        Preparation preparation = new Preparation(steps);
        double[][] prepared = new double[rows.size()][preparation.width()];
        for (int i = 0; i < prepared.length; i++) {
            preparation.apply(rows.get(i), prepared[i]);
        }
        for (OutOfFold encoded : outOfFold) {
            int column = steps.subList(0, encoded.step()).stream()
                    .mapToInt(Step::width)
                    .sum();
            for (int i = 0; i < prepared.length; i++) {
                prepared[i][column] = encoded.values()[i];
            }
        }
        return new FittedPreparation(preparation, prepared);
    }

    /** The fold of each row: a shuffle by Fisher and Yates, dealt out in turn. */
    private static int[] folds(int rows, long seed) {
        int[] folds = new int[rows];
        for (int i = 0; i < rows; i++) {
            folds[i] = i % FOLDS;
        }
        Random random = new Random(seed);
        for (int i = rows - 1; i > 0; i--) {
            int j = random.nextInt(i + 1);
            int swapped = folds[i];
            folds[i] = folds[j];
            folds[j] = swapped;
        }
        return folds;
    }

    private Step numeric(FeaturePlan.Numeric plan, int column) {
        double[] all = new double[rows.size()];
        int count = 0;
        for (@Nullable Object[] row : rows) {
            double value = RawValues.number(plan.name(), row[column]);
            if (!Double.isNaN(value)) {
                all[count++] = value;
            }
        }
        double[] present = Arrays.copyOf(all, count);
        double[] sorted = ordered(plan) ? sorted(present) : present;
        double imputed = imputed(plan, present, sorted);
        Step.Numeric unscaled = new Step.Numeric(
                plan.name(),
                imputed,
                plan.indicator(),
                bound(plan.low(), sorted, Double.NEGATIVE_INFINITY),
                bound(plan.high(), sorted, Double.POSITIVE_INFINITY),
                plan.log(),
                0,
                1);
        double[] values = Double.isNaN(imputed) ? present : Arrays.copyOf(present, rows.size());
        Arrays.fill(values, count, values.length, imputed);
        for (int i = 0; i < values.length; i++) {
            values[i] = unscaled.transform(values[i]);
        }
        return scaled(unscaled, plan.scale(), values);
    }

    /** Whether anything goes by the order of the values; putting many in order costs more than all else. */
    private static boolean ordered(FeaturePlan.Numeric plan) {
        return plan.impute() == Statistic.MEDIAN
                || plan.impute() == Statistic.MOST_FREQUENT
                || plan.low() instanceof Bound.Quantile
                || plan.high() instanceof Bound.Quantile;
    }

    private static double[] sorted(double[] values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        return sorted;
    }

    /** @param sorted the same values in their order, where the plan goes by it */
    private static double imputed(FeaturePlan.Numeric plan, double[] present, double[] sorted) {
        return switch (plan.impute()) {
            case Statistic statistic ->
                switch (statistic) {
                    case KEEP -> Double.NaN;
                    case MEAN -> mean(present);
                    case MEDIAN -> quantile(sorted, 0.5);
                    case MOST_FREQUENT -> mode(sorted);
                };
            case FeaturePlan.Constant constant -> constant.value();
            case FeaturePlan.Category category ->
                throw new IllegalArgumentException("feature '" + plan.name() + "': a category replaces no number");
        };
    }

    private static double bound(Bound bound, double[] sorted, double none) {
        return switch (bound) {
            case Bound.None() -> none;
            case Bound.At(double value) -> value;
            case Bound.Quantile(double share) -> sorted.length == 0 ? none : quantile(sorted, share);
        };
    }

    private static Step scaled(Step.Numeric unscaled, FeaturePlan.Scale scale, double[] values) {
        if (scale == FeaturePlan.Scale.NONE) {
            return unscaled;
        }
        double least = Arrays.stream(values).min().orElse(0);
        double greatest = Arrays.stream(values).max().orElse(0);
        double center = least;
        double spread = 0;
        // A column of one value would have a mean and a deviation of rounding errors.
        if (least < greatest) {
            switch (scale) {
                case STANDARD -> {
                    center = mean(values);
                    spread = deviation(values, center);
                }
                case MIN_MAX -> spread = greatest - least;
                case ROBUST -> {
                    double[] sorted = sorted(values);
                    center = quantile(sorted, 0.5);
                    spread = quantile(sorted, 0.75) - quantile(sorted, 0.25);
                }
                case NONE -> throw new IllegalStateException("not scaled");
            }
        }
        return new Step.Numeric(
                unscaled.feature(),
                unscaled.imputed(),
                unscaled.indicator(),
                unscaled.low(),
                unscaled.high(),
                unscaled.log(),
                center,
                spread == 0 ? 1 : spread);
    }

    private Step categorical(FeaturePlan.Categorical plan, int column) {
        String name = plan.name();
        return switch (plan.encoding()) {
            case Encoding.OneHot(Rare rare) -> oneHot(name, new Categories(plan, column, rare));
            case Encoding.Ordinal(Rare rare) -> {
                Categories categories = new Categories(plan, column, rare);
                yield categories.mapped(
                        Step.Mapped.Encode.ORDINAL, code -> code == categories.missingCode() ? -2 : code, -1);
            }
            case Encoding.Frequency(Rare rare) -> {
                Categories categories = new Categories(plan, column, rare);
                int[] counts = new int[categories.codes()];
                for (int code : categories.codeOfRow) {
                    counts[code]++;
                }
                yield categories.mapped(Step.Mapped.Encode.FREQUENCY, code -> (double) counts[code] / rows.size(), 0);
            }
            case Encoding.Target(Rare rare, double smoothing) ->
                target(new Categories(plan, column, rare), smoothing, column);
            case Encoding.Hashing(int buckets) ->
                new Step.Hashed(name, new Categories(plan, column, Rare.NEVER).imputed, plan.indicator(), buckets);
        };
    }

    private static Step oneHot(String name, Categories categories) {
        int known = categories.known.size();
        if (known > MOST_ONE_HOT) {
            throw new IllegalArgumentException("feature '" + name + "': " + known + " categories are more than the "
                    + MOST_ONE_HOT + " columns of one-hot encoding; declare rare ones, or another encoding");
        }
        int columns = known;
        int rareAt = categories.rare.isEmpty() ? Step.OneHot.NO_COLUMN : columns++;
        int missingAt = categories.anyMissing ? columns : Step.OneHot.NO_COLUMN;
        return new Step.OneHot(
                name, categories.imputed, categories.known, categories.rare, rareAt, Step.OneHot.NO_COLUMN, missingAt);
    }

    private Step target(Categories categories, double smoothing, int step) {
        if (labels == null) {
            throw new IllegalArgumentException(
                    "feature '" + categories.plan.name() + "': target encoding needs labels");
        }
        int codes = categories.codes();
        double[][] sums = new double[FOLDS][codes];
        int[][] counts = new int[FOLDS][codes];
        for (int i = 0; i < labels.length; i++) {
            sums[folds[i]][categories.codeOfRow[i]] += labels[i];
            counts[folds[i]][categories.codeOfRow[i]]++;
        }
        double[][] without = new double[FOLDS][];
        for (int fold = 0; fold < FOLDS; fold++) {
            without[fold] = encode(sums, counts, smoothing, fold);
        }
        double[] values = new double[labels.length];
        for (int i = 0; i < values.length; i++) {
            values[i] = without[folds[i]][categories.codeOfRow[i]];
        }
        outOfFold.add(new OutOfFold(step, values));
        double[] all = encode(sums, counts, smoothing, -1);
        return categories.mapped(Step.Mapped.Encode.TARGET, code -> all[code], all[codes]);
    }

    /** The value of each code from all folds but one, and last the prior. */
    private static double[] encode(double[][] sums, int[][] counts, double smoothing, int without) {
        int codes = sums[0].length;
        double[] sum = new double[codes];
        int[] count = new int[codes];
        double total = 0;
        int rows = 0;
        for (int fold = 0; fold < sums.length; fold++) {
            if (fold != without) {
                for (int code = 0; code < codes; code++) {
                    sum[code] += sums[fold][code];
                    count[code] += counts[fold][code];
                    total += sums[fold][code];
                    rows += counts[fold][code];
                }
            }
        }
        double prior = rows == 0 ? 0 : total / rows;
        double[] encoded = new double[codes + 1];
        for (int code = 0; code < codes; code++) {
            encoded[code] = count[code] == 0 ? prior : (sum[code] + smoothing * prior) / (count[code] + smoothing);
        }
        encoded[codes] = prior;
        return encoded;
    }

    /**
     * The categories of one feature's column. A row's code is the place of its category among the known ones, then one
     * for all rare ones and one for missing.
     */
    private final class Categories {
        private final FeaturePlan.Categorical plan;
        private final @Nullable String imputed;
        private final List<String> known;
        private final Set<String> rare;
        private final boolean anyMissing;
        private final int[] codeOfRow;

        Categories(FeaturePlan.Categorical plan, int column, Rare isRare) {
            this.plan = plan;
            TreeMap<String, Integer> counts = new TreeMap<>();
            int missing = 0;
            for (@Nullable Object[] row : rows) {
                String value = RawValues.category(plan.name(), row[column]);
                if (value == null) {
                    missing++;
                } else if (counts.merge(value, 1, Integer::sum) == 1
                        && counts.size() > MOST_CATEGORIES
                        && !(plan.encoding() instanceof Encoding.Hashing)) {
                    throw new IllegalArgumentException("feature '" + plan.name() + "': more than " + MOST_CATEGORIES
                            + " categories; only hashing takes so many");
                }
            }
            this.imputed = imputed(counts);
            if (imputed != null && missing > 0) {
                counts.merge(imputed, missing, Integer::sum);
            }
            this.anyMissing = imputed == null && missing > 0;
            Map<String, Integer> codes = new HashMap<>();
            Set<String> tooFew = new HashSet<>();
            List<String> enough = new ArrayList<>();
            counts.forEach((category, count) -> {
                if (isRare.test(count, rows.size())) {
                    tooFew.add(category);
                } else {
                    codes.put(category, enough.size());
                    enough.add(category);
                }
            });
            this.known = enough;
            this.rare = tooFew;
            this.codeOfRow = new int[rows.size()];
            for (int i = 0; i < codeOfRow.length; i++) {
                String given = RawValues.category(plan.name(), rows.get(i)[column]);
                String value = given == null ? imputed : given;
                codeOfRow[i] = value == null ? missingCode() : codes.getOrDefault(value, rareCode());
            }
        }

        private @Nullable String imputed(TreeMap<String, Integer> counts) {
            if (plan.impute() instanceof FeaturePlan.Category category) {
                return category.value();
            }
            String most = null;
            int count = 0;
            if (plan.impute() == Statistic.MOST_FREQUENT) {
                for (Map.Entry<String, Integer> entry : counts.entrySet()) {
                    if (entry.getValue() > count) {
                        most = entry.getKey();
                        count = entry.getValue();
                    }
                }
            }
            return most;
        }

        int rareCode() {
            return known.size();
        }

        int missingCode() {
            return known.size() + 1;
        }

        int codes() {
            return known.size() + 2;
        }

        Step mapped(Step.Mapped.Encode encode, ToDoubleFunction<Integer> valueOfCode, double unseen) {
            Map<String, Double> values = new HashMap<>();
            for (int code = 0; code < known.size(); code++) {
                values.put(known.get(code), valueOfCode.applyAsDouble(code));
            }
            return new Step.Mapped(
                    plan.name(),
                    encode,
                    imputed,
                    plan.indicator(),
                    values,
                    rare,
                    valueOfCode.applyAsDouble(rareCode()),
                    unseen,
                    valueOfCode.applyAsDouble(missingCode()));
        }
    }

    private static double mean(double[] values) {
        double sum = 0;
        for (double value : values) {
            sum += value;
        }
        return values.length == 0 ? 0 : sum / values.length;
    }

    private static double deviation(double[] values, double mean) {
        double squares = 0;
        for (double value : values) {
            squares += (value - mean) * (value - mean);
        }
        return Math.sqrt(squares / values.length);
    }

    private static double quantile(double[] sorted, double share) {
        if (sorted.length == 0) {
            return 0;
        }
        double place = share * (sorted.length - 1);
        int below = (int) place;
        double low = sorted[below];
        double high = sorted[Math.min(below + 1, sorted.length - 1)];
        double weight = place - below;
        return low == high ? low : low * (1 - weight) + high * weight;
    }

    private static double mode(double[] sorted) {
        double mode = 0;
        int most = 0;
        for (int from = 0; from < sorted.length; ) {
            int to = from;
            while (to < sorted.length && sorted[to] == sorted[from]) {
                to++;
            }
            if (to - from > most) {
                most = to - from;
                mode = sorted[from];
            }
            from = to;
        }
        return mode;
    }
}
