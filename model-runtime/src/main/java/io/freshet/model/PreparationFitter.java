package io.freshet.model;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Fits a {@link Preparation} to training rows. Pure: equal input gives an equal preparation. */
public final class PreparationFitter {
    private PreparationFitter() {}

    /**
     * Fits one step per plan. A numeric feature without any present value is imputed with 0; scaling statistics are
     * those of the imputed column (of the present values where missing ones are kept), with the population standard
     * deviation, 0 becoming 1. Target encoding of a category with {@code n} rows and label sum {@code s} is
     * {@code (s + m * prior) / (n + m)}, the prior being the mean label of all rows.
     *
     * @param plans at least one, of distinct names
     * @param rows at least one raw vector, each in the order of the plans
     * @param labels one finite label per row; null only where nothing is target encoded
     * @throws IllegalArgumentException on input out of shape, or naming feature and value on a wrong type
     */
    public static Preparation fit(List<FeaturePlan> plans, List<@Nullable Object[]> rows, double @Nullable [] labels) {
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
        List<Step> steps = new ArrayList<>(plans.size());
        for (int i = 0; i < plans.size(); i++) {
            FeaturePlan plan = plans.get(i);
            steps.add(plan.kind() == FeatureKind.NUMERIC ? numeric(plan, rows, i) : categorical(plan, rows, i, labels));
        }
        return new Preparation(steps);
    }

    private static Step numeric(FeaturePlan plan, List<@Nullable Object[]> rows, int column) {
        double[] all = new double[rows.size()];
        int count = 0;
        for (@Nullable Object[] row : rows) {
            double value = RawValues.number(plan.name(), row[column]);
            if (!Double.isNaN(value)) {
                all[count++] = value;
            }
        }
        double[] present = Arrays.copyOf(all, count);
        double imputed = switch (plan.impute()) {
            case KEEP -> Double.NaN;
            case CONSTANT -> plan.imputeConstant();
            case MEAN -> mean(present);
            case MEDIAN -> median(present);
        };
        if (plan.scale() == FeaturePlan.Scale.NONE) {
            return new Step.Numeric(plan.name(), imputed, 0, 1);
        }
        double[] values = present;
        if (!Double.isNaN(imputed)) {
            values = Arrays.copyOf(present, rows.size());
            Arrays.fill(values, count, values.length, imputed);
        }
        double mean = mean(values);
        double squares = 0;
        for (double value : values) {
            squares += (value - mean) * (value - mean);
        }
        double sd = values.length == 0 ? 0 : Math.sqrt(squares / values.length);
        return new Step.Numeric(plan.name(), imputed, mean, sd == 0 ? 1 : sd);
    }

    private static Step categorical(
            FeaturePlan plan, List<@Nullable Object[]> rows, int column, double @Nullable [] labels) {
        TreeMap<String, Integer> counts = new TreeMap<>();
        for (@Nullable Object[] row : rows) {
            String value = RawValues.category(plan.name(), row[column]);
            if (value != null) {
                counts.merge(value, 1, Integer::sum);
            }
        }
        Map<String, Double> values = new HashMap<>();
        switch (plan.encode()) {
            case ONE_HOT -> {
                return new Step.OneHot(plan.name(), List.copyOf(counts.keySet()));
            }
            case ORDINAL -> {
                for (String category : counts.keySet()) {
                    values.put(category, (double) values.size());
                }
                return new Step.Mapped(plan.name(), plan.encode(), values, -1);
            }
            case FREQUENCY -> {
                counts.forEach((category, n) -> values.put(category, (double) n / rows.size()));
                return new Step.Mapped(plan.name(), plan.encode(), values, 0);
            }
            case TARGET -> {
                if (labels == null) {
                    throw new IllegalArgumentException("feature '" + plan.name() + "': target encoding needs labels");
                }
                double prior = mean(labels);
                Map<String, Double> sums = new HashMap<>();
                for (int i = 0; i < labels.length; i++) {
                    String value = RawValues.category(plan.name(), rows.get(i)[column]);
                    if (value != null) {
                        sums.merge(value, labels[i], Double::sum);
                    }
                }
                double m = plan.smoothing();
                sums.forEach((category, sum) ->
                        values.put(category, (sum + m * prior) / (counts.getOrDefault(category, 0) + m)));
                return new Step.Mapped(plan.name(), plan.encode(), values, prior);
            }
            case NONE -> throw new IllegalArgumentException("feature '" + plan.name() + "': no encoding");
        }
        throw new IllegalArgumentException("feature '" + plan.name() + "': no encoding");
    }

    private static double mean(double[] values) {
        double sum = 0;
        for (double value : values) {
            sum += value;
        }
        return values.length == 0 ? 0 : sum / values.length;
    }

    private static double median(double[] values) {
        if (values.length == 0) {
            return 0;
        }
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        int half = sorted.length / 2;
        return sorted.length % 2 == 1 ? sorted[half] : sorted[half - 1] / 2 + sorted[half] / 2;
    }
}
