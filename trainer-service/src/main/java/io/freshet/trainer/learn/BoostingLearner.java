package io.freshet.trainer.learn;

import io.freshet.trainer.learn.Xgboost.Native;
import io.freshet.trainer.rows.Matrix;
import io.freshet.trainer.rows.Targets;
import java.util.ArrayList;
import java.util.List;
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
    private static final int PATIENCE = 15;

    /** Rounds there are at most, times the step that each takes. */
    private static final double MOST_WAY = 20;

    /** A leaf holds at least {@code leafShare} of the training part's curvature, so that trees do not chase single rows. */
    private static final List<Hyperparameter> HYPERPARAMETERS = List.of(
            Hyperparameter.whole("depth", 2, 10, 6),
            Hyperparameter.ratio("eta", 0.03, 0.3, 0.1),
            Hyperparameter.linear("subsample", 0.5, 1, 0.8),
            Hyperparameter.linear("columns", 0.4, 1, 1),
            Hyperparameter.ratio("lambda", 0.1, 30, 1),
            Hyperparameter.ratio("leafShare", 1e-5, 1e-2, 5e-4));

    @Override
    public List<Hyperparameter> hyperparameters() {
        return HYPERPARAMETERS;
    }

    @Override
    public Fitted fit(Sample train, Matrix scored, Settings settings, long seed) throws LearningException {
        try {
            Matrix rows = train.rows();
            Map<String, Object> all = settings(train.targets(), settings, seed);
            Watched watched = watch(train, all, settings.get("eta"));
            try (Native<DMatrix> matrix = Xgboost.matrix(train, 0, rows.height());
                    Native<Booster> booster = Xgboost.train(matrix.value(), all, watched.best())) {
                Map<String, String> shown = Xgboost.shown(all);
                shown.put("rounds", Integer.toString(watched.best()));
                return new Fitted(
                        XgboostModel.read(booster.value().toByteArray("json"), rows.width()),
                        Optional.of(Xgboost.predict(
                                booster.value(), scored, train.targets().outputs())),
                        shown,
                        watched.losses());
            }
        } catch (XGBoostError e) {
            throw new LearningException("XGBoost failed", e);
        }
    }

    private static Map<String, Object> settings(Targets targets, Settings chosen, long seed) {
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
        settings.put("max_depth", chosen.whole("depth"));
        settings.put("eta", chosen.get("eta"));
        settings.put("subsample", chosen.get("subsample"));
        settings.put("colsample_bytree", chosen.get("columns"));
        settings.put("lambda", chosen.get("lambda"));
        settings.put("min_child_weight", Math.max(1, chosen.get("leafShare") * targets.size() * curvature));
        return settings;
    }

    /**
     * How the rounds went on the tuning rows.
     *
     * @param best the round after which the loss was least, at least 1
     * @param losses after each round; empty where there are too few rows to watch any
     */
    private record Watched(int best, List<Double> losses) {}

    private static Watched watch(Sample train, Map<String, Object> settings, double eta)
            throws XGBoostError, LearningException {
        int height = train.rows().height();
        int first = Math.max(0, height - MOST_TUNING_ROWS);
        int older = height - (int) Math.ceil((height - first) * TUNING_SHARE);
        if (older <= first) {
            return new Watched(1, List.of());
        }
        try (Native<DMatrix> fit = Xgboost.matrix(train, first, older);
                Native<DMatrix> tune = Xgboost.matrix(train, older, height);
                Native<Booster> booster = Xgboost.train(fit.value(), settings, 0)) {
            DMatrix[] watched = {tune.value()};
            String[] names = {"tune"};
            List<Double> losses = new ArrayList<>();
            double least = Double.POSITIVE_INFINITY;
            int best = 1;
            for (int round = 1; round <= MOST_WAY / eta && round - best < PATIENCE; round++) {
                booster.value().update(fit.value(), round - 1);
                double loss = loss(booster.value().evalSet(watched, names, round));
                losses.add(loss);
                if (loss < least) {
                    least = loss;
                    best = round;
                }
            }
            return new Watched(best, losses);
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
