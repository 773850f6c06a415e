package io.freshet.benchmarks.models;

import io.freshet.model.FeaturePlan;
import io.freshet.model.FeaturePlan.Bound;
import io.freshet.model.FeaturePlan.Scale;
import io.freshet.model.FeaturePlan.Statistic;
import io.freshet.model.FittedPreparation;
import io.freshet.model.GoldenVector;
import io.freshet.model.Model;
import io.freshet.model.ModelBundle;
import io.freshet.model.ModelBundleCodec;
import io.freshet.model.Output;
import io.freshet.model.Preparation;
import io.freshet.model.PreparationFitter;
import io.freshet.model.Scorer;
import io.freshet.onnx.OnnxExport;
import io.freshet.schemas.pipeline.Pipeline.Family;
import io.freshet.trainer.learn.LinearLearner;
import io.freshet.trainer.learn.LogisticLearner;
import io.freshet.trainer.learn.NetworkLearner;
import io.freshet.trainer.learn.XgboostModel;
import io.freshet.trainer.rows.Matrix;
import io.freshet.trainer.rows.Targets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import ml.dmlc.xgboost4j.java.Booster;
import ml.dmlc.xgboost4j.java.DMatrix;
import ml.dmlc.xgboost4j.java.XGBoost;

/**
 * One model in the forms that are timed: the portable bundle, its export to ONNX, and of trees what XGBoost keeps itself. The
 * network's weights are in the bundle. Linear and logistic regression are learned without a library.
 *
 * @param bundle as it travels
 * @param onnx as a file of its kind
 * @param xgboost in XGBoost's own binary form; empty of other families
 */
@SuppressWarnings("ArrayRecordComponent") // Never compared.
record ScoredModel(byte[] bundle, byte[] onnx, Optional<byte[]> xgboost) {
    static final List<Family> FAMILIES = List.of(
            Family.LINEAR_REGRESSION,
            Family.LOGISTIC_REGRESSION,
            Family.DECISION_TREE,
            Family.RANDOM_FOREST,
            Family.GRADIENT_BOOSTING,
            Family.NEURAL_NETWORK);
    private static final int TRAIN_ROWS = 20_000;
    private static final int BOOSTING_ROUNDS = 100;
    private static final long SEED = 1;

    /** Trains it on rows of {@link Signals}. */
    static ScoredModel train(Family family) throws Exception {
        Signals train = Signals.of(TRAIN_ROWS, SEED);
        FittedPreparation fitted = PreparationFitter.fit(
                plans(family.takesMissing()), train.raw(), train.targets().numbers(), SEED);
        Matrix rows = Matrix.of(fitted.rows(), Signals.COLUMNS);
        Optional<byte[]> xgboost = Optional.empty();
        Scorer scorer;
        if (family.takesMissing()) {
            Booster booster = booster(family, rows, train);
            scorer = XgboostModel.read(booster.toByteArray("json"), Signals.COLUMNS);
            xgboost = Optional.of(booster.toByteArray("ubj"));
            booster.dispose();
        } else if (family == Family.NEURAL_NETWORK) {
            scorer = new NetworkLearner().fit(rows, train.targets(), rows, SEED).scorer();
        } else if (family == Family.LINEAR_REGRESSION) {
            Targets numbers = new Targets.Numbers(train.targets().numbers());
            scorer = new LinearLearner().fit(rows, numbers, rows, SEED).scorer();
        } else {
            scorer =
                    new LogisticLearner().fit(rows, train.targets(), rows, SEED).scorer();
        }
        ModelBundle bundle = bundle(family, fitted.preparation(), scorer, train);
        return new ScoredModel(
                ModelBundleCodec.encode(bundle),
                OnnxExport.export(bundle, "0".repeat(64), OnnxExport.MISSING_TEXT)
                        .bytes(),
                xgboost);
    }

    private static Booster booster(Family family, Matrix rows, Signals train) throws Exception {
        boolean boosted = family == Family.GRADIENT_BOOSTING;
        Map<String, Object> settings = new java.util.HashMap<>(Map.of(
                "objective",
                boosted ? "binary:logistic" : "reg:squarederror",
                "tree_method",
                "hist",
                "nthread",
                1,
                "seed",
                1,
                "max_depth",
                family == Family.RANDOM_FOREST ? 12 : boosted ? 6 : 8,
                "eta",
                boosted ? 0.1 : 1,
                "min_child_weight",
                boosted ? 1 : 5,
                "base_score",
                0.5));
        if (family == Family.RANDOM_FOREST) {
            settings.putAll(Map.of("num_parallel_tree", 100, "subsample", 0.632, "colsample_bynode", 0.38));
        }
        DMatrix matrix = new DMatrix(rows.floats(0, rows.height()), rows.height(), rows.width(), Float.NaN);
        float[] labels = new float[rows.height()];
        for (int i = 0; i < labels.length; i++) {
            labels[i] = train.labels()[i] ? 1 : 0;
        }
        matrix.setLabel(labels);
        Booster booster = XGBoost.train(matrix, settings, boosted ? BOOSTING_ROUNDS : 1, Map.of(), null, null);
        matrix.dispose();
        return booster;
    }

    /** As a training prepares numbers for the family. */
    private static List<FeaturePlan> plans(boolean keepMissing) {
        List<FeaturePlan> plans = new ArrayList<>();
        for (int column = 0; column < Signals.COLUMNS; column++) {
            plans.add(new FeaturePlan.Numeric(
                    "c" + column,
                    keepMissing ? Statistic.KEEP : Statistic.MEDIAN,
                    false,
                    new Bound.None(),
                    new Bound.None(),
                    false,
                    keepMissing ? Scale.NONE : Scale.STANDARD));
        }
        return plans;
    }

    /** Trees fitted by squared error give numbers, which are not calibrated. */
    private static ModelBundle bundle(Family family, Preparation preparation, Scorer scorer, Signals train) {
        double[] prepared = new double[Signals.COLUMNS];
        Object[] first = Arrays.stream(train.rows()[0]).boxed().toArray();
        preparation.apply(first, prepared);
        return new ModelBundle(
                ModelBundle.FORMAT_VERSION,
                "scoring",
                1,
                family.spelled(),
                preparation.features(),
                "scoring",
                preparation,
                scorer,
                new Output.Regression(),
                List.of(new GoldenVector(List.of(first), List.of(scorer.score(prepared)))));
    }

    void write(Path directory, Family family) throws Exception {
        Files.write(file(directory, family, "bundle"), bundle);
        Files.write(file(directory, family, "onnx"), onnx);
        if (xgboost.isPresent()) {
            Files.write(file(directory, family, "ubj"), xgboost.get());
        }
    }

    static ScoredModel read(Path directory, Family family) throws Exception {
        Path ofXgboost = file(directory, family, "ubj");
        return new ScoredModel(
                Files.readAllBytes(file(directory, family, "bundle")),
                Files.readAllBytes(file(directory, family, "onnx")),
                Files.exists(ofXgboost) ? Optional.of(Files.readAllBytes(ofXgboost)) : Optional.empty());
    }

    Model model() throws Exception {
        return Model.load(bundle, bundle.length);
    }

    private static Path file(Path directory, Family family, String kind) {
        return directory.resolve(family.spelled() + "." + kind);
    }
}
