package io.freshet.trainer.learn;

import io.freshet.trainer.learn.Xgboost.Native;
import io.freshet.trainer.rows.Matrix;
import io.freshet.trainer.rows.Targets;
import java.util.Map;
import java.util.Optional;
import ml.dmlc.xgboost4j.java.Booster;
import ml.dmlc.xgboost4j.java.DMatrix;
import ml.dmlc.xgboost4j.java.XGBoostError;

/**
 * Gradient-boosted trees by XGBoost. The number of rounds is where the loss on the newest {@value #TUNING_SHARE} of the
 * training part (of its newest {@value #MOST_TUNING_ROWS} rows, to bound the time) stops falling; the model is then fitted
 * on the whole training part with that many rounds, so that the freshest rows are learned from. The loss is the log loss, or
 * the squared error of numbers. Several classes take one tree each in every round.
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

    @Override
    public Fitted fit(Matrix train, Targets targets, Matrix scored, long seed) throws LearningException {
        try {
            double[] labels = targets.numbers();
            Map<String, Object> settings = settings(targets, seed);
            int rounds = rounds(train, labels, settings);
            try (Native<DMatrix> all = Xgboost.matrix(train, labels, 0, train.height());
                    Native<Booster> booster = Xgboost.train(all.value(), settings, rounds)) {
                Map<String, String> shown = Xgboost.shown(settings);
                shown.put("rounds", Integer.toString(rounds));
                return new Fitted(
                        XgboostModel.read(booster.value().toByteArray("json"), train.width()),
                        Optional.of(Xgboost.predict(booster.value(), scored, targets.outputs())),
                        shown);
            }
        } catch (XGBoostError e) {
            throw new LearningException("XGBoost failed", e);
        }
    }

    private static Map<String, Object> settings(Targets targets, long seed) {
        Map<String, Object> settings;
        double curvature;
        switch (targets) {
            case Targets.Binary binary -> {
                double share = (double) binary.positives() / binary.size();
                settings = Xgboost.settings("binary:logistic", seed);
                settings.put("eval_metric", "logloss");
                settings.put("base_score", share);
                curvature = share * (1 - share);
            }
            case Targets.Classes classes -> {
                double share = 1.0 / classes.count();
                settings = Xgboost.settings("multi:softprob", seed);
                settings.put("num_class", classes.count());
                settings.put("eval_metric", "mlogloss");
                settings.put("base_score", 0.5);
                curvature = 2 * share * (1 - share);
            }
            case Targets.Numbers numbers -> {
                settings = Xgboost.settings("reg:squarederror", seed);
                settings.put("eval_metric", "rmse");
                settings.put("base_score", numbers.mean());
                curvature = 1;
            }
        }
        settings.put("max_depth", DEPTH);
        settings.put("eta", ETA);
        settings.put("subsample", SUBSAMPLE);
        settings.put("min_child_weight", Math.max(1, LEAF_SHARE * targets.size() * curvature));
        return settings;
    }

    /** The round after which the loss on the tuning rows was least, at least 1. */
    private static int rounds(Matrix train, double[] labels, Map<String, Object> settings)
            throws XGBoostError, LearningException {
        int first = Math.max(0, train.height() - MOST_TUNING_ROWS);
        int older = train.height() - (int) Math.ceil((train.height() - first) * TUNING_SHARE);
        if (older <= first) {
            return 1;
        }
        try (Native<DMatrix> fit = Xgboost.matrix(train, labels, first, older);
                Native<DMatrix> tune = Xgboost.matrix(train, labels, older, train.height());
                Native<Booster> booster = Xgboost.train(fit.value(), settings, 0)) {
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
}
