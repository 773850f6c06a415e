package io.freshet.trainer.learn;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.freshet.model.ClassScorer;
import io.freshet.model.Link;
import io.freshet.model.Scorer;
import io.freshet.model.TreeEnsembleScorer;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * Reads XGBoost's model JSON (its documentation, "Introduction to Model IO") into the portable scorer. Decimals become
 * the float32 that XGBoost wrote, and the base score, of {@code binary:logistic} a probability there, becomes a margin.
 */
public final class XgboostModel {
    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .build();

    private XgboostModel() {}

    /**
     * A boosted model: a probability, a number, or a probability for each class.
     *
     * @param width columns of the prepared vector
     * @throws LearningException when it is of another objective, or not of trees with numeric splits
     */
    public static Scorer read(byte[] json, int width) throws LearningException {
        JsonNode learner = learner(json);
        String objective = learner.path("objective").path("name").asText();
        return switch (objective) {
            case "binary:logistic" -> trees(learner, width, 0, 1, margin(baseScores(learner)), Link.LOGISTIC);
            case "reg:squarederror" -> trees(learner, width, 0, 1, baseScores(learner)[0], Link.IDENTITY);
            case "multi:softprob" -> {
                int classes =
                        learner.path("learner_model_param").path("num_class").asInt();
                float[] base = baseScores(learner);
                List<Scorer> scorers = new ArrayList<>();
                for (int c = 0; c < classes; c++) {
                    double margin = base[base.length == 1 ? 0 : c];
                    scorers.add(trees(learner, width, c, classes, margin, Link.IDENTITY));
                }
                yield new ClassScorer(scorers, ClassScorer.Combination.SOFTMAX);
            }
            default -> throw new LearningException("XGBoost's objective is '" + objective + "'");
        };
    }

    /**
     * Trees for one number, fitted by squared error.
     *
     * @param width columns of the prepared vector
     * @param link what the number is passed through
     * @throws LearningException as {@link #read}
     */
    static TreeEnsembleScorer readOne(byte[] json, int width, Link link) throws LearningException {
        JsonNode learner = learner(json);
        String objective = learner.path("objective").path("name").asText();
        if (!objective.equals("reg:squarederror")) {
            throw new LearningException("XGBoost's objective is '" + objective + "'");
        }
        return trees(learner, width, 0, 1, baseScores(learner)[0], link);
    }

    private static JsonNode learner(byte[] json) throws LearningException {
        try {
            return JSON.readTree(json).path("learner");
        } catch (IOException e) {
            throw new LearningException("XGBoost's model cannot be read", e);
        }
    }

    /** The trees of one group among several. */
    private static TreeEnsembleScorer trees(
            JsonNode learner, int width, int group, int groups, double baseMargin, Link link) throws LearningException {
        JsonNode model = learner.path("gradient_booster").path("model");
        int[] groupOf = ints(model.path("tree_info"));
        JsonNode all = model.path("trees");
        if (groupOf.length != all.size()) {
            throw new LearningException(
                    "XGBoost's model has " + all.size() + " trees but " + groupOf.length + " are assigned to outputs");
        }
        try {
            TreeEnsembleScorer.Builder trees = TreeEnsembleScorer.builder(width);
            for (int i = 0; i < groupOf.length; i++) {
                if (groupOf[i] < 0 || groupOf[i] >= groups) {
                    throw new LearningException(
                            "XGBoost's model has a tree for output " + groupOf[i] + " of " + groups);
                }
                if (groupOf[i] == group) {
                    add(trees, all.path(i));
                }
            }
            return trees.build(baseMargin, link);
        } catch (IllegalArgumentException e) {
            throw new LearningException("XGBoost's model cannot be read", e);
        }
    }

    private static void add(TreeEnsembleScorer.Builder trees, JsonNode tree) throws LearningException {
        for (JsonNode type : tree.path("split_type")) {
            if (type.asInt() != 0) {
                throw new LearningException("XGBoost's model splits on categories");
            }
        }
        int[] left = ints(tree.path("left_children"));
        float[] conditions = floats(tree.path("split_conditions"));
        int n = left.length;
        float[] thresholds = new float[n];
        float[] leaves = new float[n];
        for (int i = 0; i < Math.min(n, conditions.length); i++) {
            if (left[i] == TreeEnsembleScorer.LEAF) {
                leaves[i] = conditions[i];
            } else {
                thresholds[i] = conditions[i];
            }
        }
        int[] defaults = ints(tree.path("default_left"));
        boolean[] defaultLeft = new boolean[defaults.length];
        for (int i = 0; i < defaults.length; i++) {
            defaultLeft[i] = defaults[i] != 0;
        }
        trees.addTree(
                ints(tree.path("split_indices")),
                thresholds,
                left,
                ints(tree.path("right_children")),
                defaultLeft,
                leaves);
    }

    private static int[] ints(JsonNode array) {
        int[] values = new int[array.size()];
        for (int i = 0; i < values.length; i++) {
            values[i] = array.path(i).asInt();
        }
        return values;
    }

    private static float[] floats(JsonNode array) {
        float[] values = new float[array.size()];
        for (int i = 0; i < values.length; i++) {
            values[i] = array.path(i).decimalValue().floatValue();
        }
        return values;
    }

    /** Written {@code 5E-1} or, one per output, {@code [5E-1]}. */
    private static float[] baseScores(JsonNode learner) throws LearningException {
        String text = learner.path("learner_model_param").path("base_score").asText();
        boolean listed = text.startsWith("[") && text.endsWith("]");
        String[] numbers = (listed ? text.substring(1, text.length() - 1) : text).split(",");
        float[] scores = new float[numbers.length];
        for (int i = 0; i < scores.length; i++) {
            try {
                scores[i] = Float.parseFloat(numbers[i].strip());
            } catch (NumberFormatException e) {
                throw new LearningException("XGBoost's base score is '" + text + "'", e);
            }
        }
        return scores;
    }

    /** The logit of a base score. */
    private static double margin(float[] baseScores) throws LearningException {
        float share = baseScores[0];
        if (!(share > 0 && share < 1)) {
            throw new LearningException("XGBoost's base score is " + share);
        }
        return Math.log(share / (1.0 - share));
    }
}
