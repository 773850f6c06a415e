package io.freshet.trainer.learn;

import io.freshet.trainer.rows.Matrix;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Consumer;
import ml.dmlc.xgboost4j.java.Booster;
import ml.dmlc.xgboost4j.java.DMatrix;
import ml.dmlc.xgboost4j.java.XGBoost;
import ml.dmlc.xgboost4j.java.XGBoostError;

/** What learners ask of XGBoost (Chen and Guestrin, KDD 2016). Whoever is handed something native closes it. */
final class Xgboost {
    private static final int BATCH = 65_536;

    private Xgboost() {}

    /** Frees memory outside the heap, which no collector does in time. */
    record Native<T>(T value, Consumer<T> dispose) implements AutoCloseable {
        @Override
        public void close() {
            dispose.accept(value);
        }
    }

    /**
     * Settings that all trees share: the histogram method on one thread, since a second one gains little on these sizes and
     * spins for its turn on a busy machine, and one gives the same trees every time.
     */
    static Map<String, Object> settings(String objective, long seed) {
        Map<String, Object> settings = new LinkedHashMap<>();
        settings.put("objective", objective);
        settings.put("tree_method", "hist");
        settings.put("nthread", 1);
        settings.put("seed", (int) (seed ^ seed >>> 32) & Integer.MAX_VALUE);
        settings.put("verbosity", 0);
        return settings;
    }

    /** Settings as a training tells them. */
    static Map<String, String> shown(Map<String, Object> settings) {
        Map<String, String> shown = new LinkedHashMap<>();
        settings.forEach((name, value) -> shown.put(name, value.toString()));
        return shown;
    }

    /** Rows {@code from} (inclusive) to {@code to} (exclusive) with their labels and weights. */
    static Native<DMatrix> matrix(Sample sample, int from, int to) throws XGBoostError {
        Native<DMatrix> matrix = matrix(sample.rows(), from, to);
        matrix.value().setLabel(floats(sample.targets().numbers(), from, to));
        if (sample.weighted()) {
            matrix.value().setWeight(floats(sample.weights(), from, to));
        }
        return matrix;
    }

    private static float[] floats(double[] values, int from, int to) {
        float[] numbers = new float[to - from];
        for (int i = from; i < to; i++) {
            numbers[i - from] = (float) values[i];
        }
        return numbers;
    }

    private static Native<DMatrix> matrix(Matrix rows, int from, int to) throws XGBoostError {
        return new Native<>(new DMatrix(rows.floats(from, to), to - from, rows.width(), Float.NaN), DMatrix::dispose);
    }

    /** A model after some rounds. */
    static Native<Booster> train(DMatrix rows, Map<String, Object> settings, int rounds) throws XGBoostError {
        return new Native<>(XGBoost.train(rows, settings, rounds, Map.of(), null, null), Booster::dispose);
    }

    /** What the library gives each row, all outputs of one row after another. */
    static double[] predict(Booster booster, Matrix rows, int outputs) throws XGBoostError {
        double[] scores = new double[rows.height() * outputs];
        for (int from = 0; from < rows.height(); from += BATCH) {
            int to = Math.min(rows.height(), from + BATCH);
            try (Native<DMatrix> batch = matrix(rows, from, to)) {
                float[][] predicted = booster.predict(batch.value());
                for (int i = from; i < to; i++) {
                    for (int output = 0; output < outputs; output++) {
                        scores[i * outputs + output] = predicted[i - from][output];
                    }
                }
            }
        }
        return scores;
    }
}
