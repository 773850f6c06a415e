package io.freshet.trainer.learn;

import io.freshet.model.TreeEnsembleScorer;
import io.freshet.trainer.rows.Matrix;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import ml.dmlc.xgboost4j.java.Booster;
import ml.dmlc.xgboost4j.java.DMatrix;
import ml.dmlc.xgboost4j.java.XGBoost;
import ml.dmlc.xgboost4j.java.XGBoostError;

/**
 * Gradient-boosted trees by XGBoost (Chen and Guestrin, KDD 2016), histogram method. The number of rounds is where the
 * log loss on the newest {@value #TUNING_SHARE} of the training part (of its newest {@value #MOST_TUNING_ROWS} rows, to
 * bound the time) stops falling; the model is then fitted on the whole training part with that many rounds, so that the
 * freshest rows are learned from.
 *
 * <p>One thread: a second one gains little on these sizes and spins for its turn on a busy machine, and one thread gives
 * the same trees every time.
 */
public final class BoostingLearner implements Learner {
    static final double TUNING_SHARE = 0.15;
    static final int MOST_TUNING_ROWS = 100_000;
    private static final int MOST_ROUNDS = 200;
    private static final int PATIENCE = 15;
    private static final int DEPTH = 6;
    private static final double ETA = 0.1;
    private static final double SUBSAMPLE = 0.8;

    /** A leaf holds at least this share of the training part's curvature, so that trees do not chase single rows. */
    private static final double LEAF_SHARE = 5e-4;

    private static final int BATCH = 65_536;

    @Override
    public boolean keepsMissing() {
        return true;
    }

    @Override
    public Fitted fit(Matrix train, boolean[] labels, Matrix scored, long seed) throws LearningException {
        try {
            Map<String, Object> settings = settings(labels, seed);
            int rounds = rounds(train, labels, settings);
            try (Native<DMatrix> all = matrix(train, labels, 0, train.height());
                    Native<Booster> booster = train(all.value(), settings, rounds)) {
                TreeEnsembleScorer scorer = XgboostModel.read(booster.value().toByteArray("json"), train.width());
                return new Fitted(
                        scorer, Optional.of(predict(booster.value(), scored)), hyperparameters(settings, rounds));
            }
        } catch (XGBoostError e) {
            throw new LearningException("XGBoost failed", e);
        }
    }

    private static Map<String, Object> settings(boolean[] labels, long seed) {
        int positives = 0;
        for (boolean label : labels) {
            positives += label ? 1 : 0;
        }
        double share = (double) positives / labels.length;
        Map<String, Object> settings = new LinkedHashMap<>();
        settings.put("objective", "binary:logistic");
        settings.put("eval_metric", "logloss");
        settings.put("tree_method", "hist");
        settings.put("max_depth", DEPTH);
        settings.put("eta", ETA);
        settings.put("subsample", SUBSAMPLE);
        settings.put("min_child_weight", Math.max(1, LEAF_SHARE * labels.length * share * (1 - share)));
        settings.put("base_score", share);
        settings.put("nthread", 1);
        settings.put("seed", (int) (seed ^ seed >>> 32) & Integer.MAX_VALUE);
        settings.put("verbosity", 0);
        return settings;
    }

    private static Map<String, String> hyperparameters(Map<String, Object> settings, int rounds) {
        Map<String, String> shown = new LinkedHashMap<>();
        settings.forEach((name, value) -> shown.put(name, value.toString()));
        shown.put("rounds", Integer.toString(rounds));
        return shown;
    }

    /** The round after which the log loss on the tuning rows was least, at least 1. */
    private static int rounds(Matrix train, boolean[] labels, Map<String, Object> settings)
            throws XGBoostError, LearningException {
        int first = Math.max(0, train.height() - MOST_TUNING_ROWS);
        int older = train.height() - (int) Math.ceil((train.height() - first) * TUNING_SHARE);
        if (older <= first) {
            return 1;
        }
        try (Native<DMatrix> fit = matrix(train, labels, first, older);
                Native<DMatrix> tune = matrix(train, labels, older, train.height());
                Native<Booster> booster = train(fit.value(), settings, 0)) {
            DMatrix[] watched = {tune.value()};
            String[] names = {"tune"};
            double least = Double.POSITIVE_INFINITY;
            int best = 1;
            for (int round = 1; round <= MOST_ROUNDS && round - best < PATIENCE; round++) {
                booster.value().update(fit.value(), round - 1);
                double loss = loss(booster.value().evalSet(watched, names, round));
                if (loss < least) {
                    least = loss;
                    best = round;
                }
            }
            return best;
        }
    }

    /** The number at the end of XGBoost's {@code [round] name-metric:number}. */
    private static double loss(String line) throws LearningException {
        try {
            return Double.parseDouble(line.substring(line.lastIndexOf(':') + 1).strip());
        } catch (NumberFormatException e) {
            throw new LearningException("XGBoost's evaluation '" + line + "' cannot be read", e);
        }
    }

    private static Native<Booster> train(DMatrix rows, Map<String, Object> settings, int rounds) throws XGBoostError {
        return new Native<>(XGBoost.train(rows, settings, rounds, Map.of(), null, null), Booster::dispose);
    }

    private static Native<DMatrix> matrix(Matrix rows, boolean[] labels, int from, int to) throws XGBoostError {
        Native<DMatrix> matrix = matrix(rows, from, to);
        float[] numbers = new float[to - from];
        for (int i = from; i < to; i++) {
            numbers[i - from] = labels[i] ? 1 : 0;
        }
        matrix.value().setLabel(numbers);
        return matrix;
    }

    private static Native<DMatrix> matrix(Matrix rows, int from, int to) throws XGBoostError {
        return new Native<>(new DMatrix(rows.floats(from, to), to - from, rows.width(), Float.NaN), DMatrix::dispose);
    }

    private static double[] predict(Booster booster, Matrix rows) throws XGBoostError {
        double[] scores = new double[rows.height()];
        for (int from = 0; from < scores.length; from += BATCH) {
            int to = Math.min(scores.length, from + BATCH);
            try (Native<DMatrix> batch = matrix(rows, from, to)) {
                float[][] predicted = booster.predict(batch.value());
                for (int i = from; i < to; i++) {
                    scores[i] = predicted[i - from][0];
                }
            }
        }
        return scores;
    }

    /** Frees memory outside the heap, which no collector does in time. */
    private record Native<T>(T value, java.util.function.Consumer<T> dispose) implements AutoCloseable {
        @Override
        public void close() {
            dispose.accept(value);
        }
    }
}
