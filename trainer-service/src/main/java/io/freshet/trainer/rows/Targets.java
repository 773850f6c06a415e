package io.freshet.trainer.rows;

import io.freshet.schemas.pipeline.Pipeline.Task;
import io.freshet.schemas.row.Example;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** What rows are labelled with, one label per row. Holders must not change the arrays. */
public sealed interface Targets {
    /** How many rows. */
    int size();

    /** How many scores a model gives each row. */
    int outputs();

    /** The labels of some of the rows. */
    Targets of(int[] rows);

    /**
     * How many rows tell something that the others do not: those not of the most frequent class, which of two classes is the
     * size of the rarer one; of a regression, those that do not have the most frequent value.
     */
    int telling();

    /** The labels as numbers: 1 and 0, positions of classes, or values. */
    double[] numbers();

    /** The labels of examples. */
    static Targets of(Task task, List<Example> examples) {
        double[] labels = examples.stream().mapToDouble(Example::label).toArray();
        return switch (task) {
            case Task.Binary binary -> {
                boolean[] positive = new boolean[labels.length];
                for (int i = 0; i < labels.length; i++) {
                    positive[i] = labels[i] == 1;
                }
                yield new Binary(positive);
            }
            case Task.Multiclass(List<String> names) ->
                new Classes(Arrays.stream(labels).mapToInt(label -> (int) label).toArray(), names.size());
            case Task.Regression regression -> new Numbers(labels);
        };
    }

    /**
     * Whether a label is one of this task, so that it can be learned from: 0 or 1, the position of a class, or a number within
     * float32, so that no learner overflows on it.
     */
    static boolean isLabel(Task task, double label) {
        return switch (task) {
            case Task.Binary binary -> label == 0 || label == 1;
            case Task.Multiclass(List<String> names) -> label == (int) label && label >= 0 && label < names.size();
            case Task.Regression regression -> Math.abs(label) <= Float.MAX_VALUE;
        };
    }

    /** @param positive one per row; true is the positive class */
    @SuppressWarnings("ArrayRecordComponent") // Never compared; as many as there are rows.
    record Binary(boolean[] positive) implements Targets {
        /** How many rows are positive. */
        public int positives() {
            int positives = 0;
            for (boolean one : positive) {
                positives += one ? 1 : 0;
            }
            return positives;
        }

        @Override
        public int size() {
            return positive.length;
        }

        @Override
        public int outputs() {
            return 1;
        }

        @Override
        public Binary of(int[] rows) {
            boolean[] some = new boolean[rows.length];
            for (int i = 0; i < rows.length; i++) {
                some[i] = positive[rows[i]];
            }
            return new Binary(some);
        }

        @Override
        public int telling() {
            return Math.min(positives(), positive.length - positives());
        }

        @Override
        public double[] numbers() {
            double[] numbers = new double[positive.length];
            for (int i = 0; i < numbers.length; i++) {
                numbers[i] = positive[i] ? 1 : 0;
            }
            return numbers;
        }
    }

    /**
     * @param classes one per row, counted from 0
     * @param count how many classes there are, at least 2
     */
    @SuppressWarnings("ArrayRecordComponent") // Never compared; as many as there are rows.
    record Classes(int[] classes, int count) implements Targets {
        /** How many rows each class has. */
        public int[] rows() {
            int[] rows = new int[count];
            for (int one : classes) {
                rows[one]++;
            }
            return rows;
        }

        /** Which rows are of one class. */
        public Binary against(int one) {
            boolean[] isOne = new boolean[classes.length];
            for (int i = 0; i < isOne.length; i++) {
                isOne[i] = classes[i] == one;
            }
            return new Binary(isOne);
        }

        @Override
        public int size() {
            return classes.length;
        }

        @Override
        public int outputs() {
            return count;
        }

        @Override
        public Classes of(int[] rows) {
            return new Classes(Arrays.stream(rows).map(row -> classes[row]).toArray(), count);
        }

        @Override
        public int telling() {
            return classes.length - Arrays.stream(rows()).max().orElse(0);
        }

        @Override
        public double[] numbers() {
            return Arrays.stream(classes).asDoubleStream().toArray();
        }
    }

    /** @param values one per row, finite */
    @SuppressWarnings("ArrayRecordComponent") // Never compared; as many as there are rows.
    record Numbers(double[] values) implements Targets {
        /** Their mean; NaN of none. */
        public double mean() {
            return Arrays.stream(values).average().orElse(Double.NaN);
        }

        /** Root of the mean squared distance from the mean; NaN of none. */
        public double deviation() {
            double mean = mean();
            return Math.sqrt(Arrays.stream(values)
                    .map(value -> (value - mean) * (value - mean))
                    .average()
                    .orElse(Double.NaN));
        }

        @Override
        public int size() {
            return values.length;
        }

        @Override
        public int outputs() {
            return 1;
        }

        @Override
        public Numbers of(int[] rows) {
            return new Numbers(
                    Arrays.stream(rows).mapToDouble(row -> values[row]).toArray());
        }

        @Override
        public int telling() {
            Map<Double, Integer> counts = new HashMap<>();
            int most = 0;
            for (double value : values) {
                most = Math.max(most, counts.merge(value + 0.0, 1, Integer::sum));
            }
            return values.length - most;
        }

        @Override
        public double[] numbers() {
            return values;
        }
    }
}
