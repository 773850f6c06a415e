package io.freshet.trainer.learn;

import io.freshet.model.ClassScorer;
import io.freshet.model.Link;
import io.freshet.model.Scorer;
import io.freshet.model.TreeEnsembleScorer;
import io.freshet.trainer.learn.Xgboost.Native;
import io.freshet.trainer.rows.Matrix;
import io.freshet.trainer.rows.Targets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import ml.dmlc.xgboost4j.java.Booster;
import ml.dmlc.xgboost4j.java.DMatrix;
import ml.dmlc.xgboost4j.java.XGBoostError;

/**
 * A decision tree, or a random forest (Breiman, Machine Learning 45(1), 2001), grown by XGBoost: one round of trees side by
 * side without shrinking, whose mean predicts. Trees are fitted by squared error, which for 0 and 1 is the Gini impurity but
 * for a factor of 2, so that a leaf holds the share of positives; one more row of all rows' share is counted in, or a pure
 * leaf would be certain (the m-estimate of Cestnik, ECAI 1990, with m = 1). A tree of the forest sees 63.2% of
 * the rows, as many different ones as a bootstrap sample has, and a split the square root of the columns, of numbers a
 * third. Several classes are each fitted against all others, and their shares divided by their sum.
 */
public final class ForestLearner implements Learner {
    private static final double BOOTSTRAP_SHARE = 0.632;

    private final int trees;
    private final List<Hyperparameter> hyperparameters;

    private ForestLearner(int trees, Hyperparameter... hyperparameters) {
        this.trees = trees;
        this.hyperparameters = List.of(hyperparameters);
    }

    /** One tree, normally of at most 8 levels, on all rows and columns. */
    public static ForestLearner decisionTree() {
        return new ForestLearner(
                1, Hyperparameter.whole("depth", 2, 12, 8), Hyperparameter.wholeRatio("leastLeaf", 5, 500, 20));
    }

    /** 100 trees, normally of at most 12 levels; {@code columns} is how many a split sees, as a multiple of the usual. */
    public static ForestLearner randomForest() {
        return new ForestLearner(
                100,
                Hyperparameter.whole("depth", 4, 16, 12),
                Hyperparameter.wholeRatio("leastLeaf", 1, 200, 5),
                Hyperparameter.ratio("columns", 0.5, 3, 1));
    }

    @Override
    public List<Hyperparameter> hyperparameters() {
        return hyperparameters;
    }

    @Override
    public Fitted fit(Sample train, Matrix scored, Settings settings, long seed) throws LearningException {
        Map<String, Object> all = settings(train, settings, seed);
        Map<String, String> shown = Xgboost.shown(all);
        return switch (train.targets()) {
            case Targets.Binary binary -> one(train, Link.CLIPPED, all, scored).fitted(shown);
            case Targets.Numbers numbers ->
                one(train, Link.IDENTITY, all, scored).fitted(shown);
            case Targets.Classes classes -> {
                List<Scorer> scorers = new ArrayList<>();
                double[] library = new double[scored.height() * classes.count()];
                for (int c = 0; c < classes.count(); c++) {
                    Grown grown = one(train.with(classes.against(c)), Link.CLIPPED, all, scored);
                    scorers.add(grown.scorer());
                    for (int i = 0; i < scored.height(); i++) {
                        library[i * classes.count() + c] = grown.library()[i];
                    }
                }
                for (int from = 0; from < library.length; from += classes.count()) {
                    ClassScorer.shares(library, from, classes.count());
                }
                yield new Fitted(new ClassScorer(scorers, ClassScorer.Combination.SHARES), Optional.of(library), shown);
            }
        };
    }

    private Map<String, Object> settings(Sample train, Settings chosen, long seed) {
        int width = train.rows().width();
        Map<String, Object> settings = Xgboost.settings("reg:squarederror", seed);
        settings.put("max_depth", chosen.whole("depth"));
        settings.put("min_child_weight", chosen.whole("leastLeaf"));
        settings.put("num_parallel_tree", trees);
        settings.put("eta", 1);
        settings.put("lambda", train.targets() instanceof Targets.Numbers ? 0 : 1);
        if (trees > 1) {
            double usual = train.targets() instanceof Targets.Numbers ? width / 3.0 : Math.sqrt(width);
            settings.put("subsample", BOOTSTRAP_SHARE);
            settings.put("colsample_bynode", Math.clamp(chosen.get("columns") * usual / width, 1.0 / width, 1));
        }
        return settings;
    }

    /** Trees for one number, with what the library gives the rows to be scored. */
    @SuppressWarnings("ArrayRecordComponent") // Never compared.
    private record Grown(TreeEnsembleScorer scorer, double[] library) {
        Fitted fitted(Map<String, String> settings) {
            return new Fitted(scorer, Optional.of(library), settings);
        }
    }

    private static Grown one(Sample train, Link link, Map<String, Object> shared, Matrix scored)
            throws LearningException {
        Map<String, Object> settings = new LinkedHashMap<>(shared);
        settings.put(
                "base_score", Arrays.stream(train.targets().numbers()).average().orElse(0));
        int width = train.rows().width();
        try (Native<DMatrix> all = Xgboost.matrix(train, 0, train.rows().height());
                Native<Booster> booster = Xgboost.train(all.value(), settings, 1)) {
            double[] library = Xgboost.predict(booster.value(), scored, 1);
            for (int i = 0; i < library.length; i++) {
                library[i] = link.apply(library[i]);
            }
            return new Grown(XgboostModel.readOne(booster.value().toByteArray("json"), width, link), library);
        } catch (XGBoostError e) {
            throw new LearningException("XGBoost failed", e);
        }
    }
}
