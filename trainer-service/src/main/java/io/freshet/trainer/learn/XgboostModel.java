package io.freshet.trainer.learn;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.freshet.model.Link;
import io.freshet.model.TreeEnsembleScorer;
import java.io.IOException;

/**
 * Reads XGBoost's model JSON (its documentation, "Introduction to Model IO") into the portable scorer. Decimals become
 * the float32 that XGBoost wrote, and the base score, a probability there, becomes a margin.
 */
public final class XgboostModel {
    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .build();

    private XgboostModel() {}

    /**
     * @param width columns of the prepared vector
     * @throws LearningException when it is not a {@code binary:logistic} model of trees with numeric splits
     */
    public static TreeEnsembleScorer read(byte[] json, int width) throws LearningException {
        try {
            JsonNode learner = JSON.readTree(json).path("learner");
            String objective = learner.path("objective").path("name").asText();
            if (!objective.equals("binary:logistic")) {
                throw new LearningException("XGBoost's objective is '" + objective + "'");
            }
            TreeEnsembleScorer.Builder trees = TreeEnsembleScorer.builder(width);
            for (JsonNode tree : learner.path("gradient_booster").path("model").path("trees")) {
                add(trees, tree);
            }
            return trees.build(
                    margin(learner.path("learner_model_param")
                            .path("base_score")
                            .asText()),
                    Link.LOGISTIC);
        } catch (IOException | IllegalArgumentException e) {
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

    /** The logit of a base score, written {@code 5E-1} or, one per output, {@code [5E-1]}. */
    private static double margin(String baseScore) throws LearningException {
        String number = baseScore.startsWith("[") && baseScore.endsWith("]")
                ? baseScore.substring(1, baseScore.length() - 1)
                : baseScore;
        float share = Float.parseFloat(number);
        if (!(share > 0 && share < 1)) {
            throw new LearningException("XGBoost's base score is " + baseScore);
        }
        return Math.log(share / (1.0 - share));
    }
}
