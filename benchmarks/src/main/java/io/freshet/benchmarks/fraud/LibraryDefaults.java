package io.freshet.benchmarks.fraud;

import io.freshet.trainer.learn.Fitted;
import io.freshet.trainer.learn.Hyperparameter;
import io.freshet.trainer.learn.Learner;
import io.freshet.trainer.learn.LearningException;
import io.freshet.trainer.learn.Sample;
import io.freshet.trainer.learn.Settings;
import io.freshet.trainer.learn.XgboostModel;
import io.freshet.trainer.rows.Matrix;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import ml.dmlc.xgboost4j.java.Booster;
import ml.dmlc.xgboost4j.java.DMatrix;
import ml.dmlc.xgboost4j.java.XGBoost;
import ml.dmlc.xgboost4j.java.XGBoostError;

/**
 * XGBoost as the handbook's chapter 3 uses it: nothing set, but for the depth where another is asked for. Written out here
 * are the defaults of the release it used, so that a later release's do not replace them.
 */
final class LibraryDefaults implements Learner {
    private static final int ROUNDS = 100;
    private static final int DEPTH = 6;

    private final Map<String, Object> settings;

    LibraryDefaults() {
        this(DEPTH);
    }

    LibraryDefaults(int depth) {
        settings = Map.of(
                "objective",
                "binary:logistic",
                "tree_method",
                "exact",
                "max_depth",
                depth,
                "eta",
                0.3,
                "base_score",
                0.5,
                "nthread",
                1,
                "verbosity",
                0);
    }

    @Override
    public List<Hyperparameter> hyperparameters() {
        return List.of();
    }

    @Override
    public Fitted fit(Sample train, Matrix scored, Settings none, long seed) throws LearningException {
        double[] labels = train.targets().numbers();
        float[] numbers = new float[labels.length];
        for (int i = 0; i < numbers.length; i++) {
            numbers[i] = (float) labels[i];
        }
        try {
            DMatrix rows = matrix(train.rows());
            DMatrix others = matrix(scored);
            rows.setLabel(numbers);
            Booster booster = XGBoost.train(rows, settings, ROUNDS, Map.of(), null, null);
            try {
                float[][] predicted = booster.predict(others);
                double[] scores = new double[predicted.length];
                for (int i = 0; i < scores.length; i++) {
                    scores[i] = predicted[i][0];
                }
                return new Fitted(
                        XgboostModel.read(
                                booster.toByteArray("json"), train.rows().width()),
                        Optional.of(scores),
                        Map.of("rounds", Integer.toString(ROUNDS)));
            } finally {
                booster.dispose();
                rows.dispose();
                others.dispose();
            }
        } catch (XGBoostError e) {
            throw new LearningException("XGBoost failed", e);
        }
    }

    private static DMatrix matrix(Matrix rows) throws XGBoostError {
        return new DMatrix(rows.floats(0, rows.height()), rows.height(), rows.width(), Float.NaN);
    }
}
