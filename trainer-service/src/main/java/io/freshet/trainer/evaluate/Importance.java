package io.freshet.trainer.evaluate;

import io.freshet.model.Model;
import io.freshet.model.metrics.BinaryMetrics;
import io.freshet.trainer.rows.Targets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * How much a model's mean loss on rows rises when one feature's values are shuffled among them (permutation importance:
 * Breiman, Machine Learning 45, 2001; for any model, Fisher, Rudin and Dominici, JMLR 20(177), 2019). Features that tell the
 * same get little each, as the others stay.
 */
public final class Importance {
    /** Rows that are looked at, evenly spread; with one shuffle for each feature this bounds the time. */
    static final int MOST_ROWS = 2_000;

    private Importance() {}

    /** The loss on one row. */
    @FunctionalInterface
    public interface Loss {
        /**
         * The loss.
         *
         * @param raw in the order of the features, not to be changed or kept
         * @param row whose outcome it is held against
         * @throws ArithmeticException where the model has no score for it
         */
        double of(@Nullable Object[] raw, int row);

        /** A model's: the log loss in nats, of a regression the squared error. */
        static Loss of(Model model, Targets targets) {
            return switch (targets) {
                case Targets.Binary(boolean[] positive) ->
                    (raw, row) -> BinaryMetrics.logLoss(model.score(raw), positive[row]);
                case Targets.Classes(int[] classes, int count) -> {
                    double[] scores = new double[count];
                    yield (raw, row) -> {
                        model.score(raw, scores);
                        return BinaryMetrics.logLoss(scores[classes[row]], true);
                    };
                }
                case Targets.Numbers(double[] values) -> (raw, row) -> Math.pow(model.score(raw) - values[row], 2);
            };
        }
    }

    /**
     * The rise of the loss by feature, in the order of the names; a feature whose shuffled values the model has no score for
     * is left out.
     *
     * @param names one per position of the rows
     * @param rows raw, at least one, each with a score
     * @param seed of the shuffles
     */
    public static Map<String, Double> of(List<String> names, List<@Nullable Object[]> rows, Loss loss, long seed) {
        int[] sample = new int[Math.min(MOST_ROWS, rows.size())];
        Arrays.setAll(sample, i -> (int) ((long) i * rows.size() / sample.length));
        double before = 0;
        for (int row : sample) {
            before += loss.of(rows.get(row), row);
        }
        Map<String, Double> importance = new LinkedHashMap<>();
        for (int feature = 0; feature < names.size(); feature++) {
            int[] givers = shuffled(sample, new SplittableRandom(seed + feature));
            try {
                double after = 0;
                for (int i = 0; i < sample.length; i++) {
                    @Nullable Object[] raw = rows.get(sample[i]).clone();
                    raw[feature] = rows.get(givers[i])[feature];
                    after += loss.of(raw, sample[i]);
                }
                importance.put(names.get(feature), (after - before) / sample.length);
            } catch (ArithmeticException e) {
                // Out of the model's range together with the other features: it cannot be told.
            }
        }
        return importance;
    }

    /** By Fisher and Yates. */
    private static int[] shuffled(int[] rows, SplittableRandom random) {
        int[] shuffled = rows.clone();
        for (int i = shuffled.length - 1; i > 0; i--) {
            int other = random.nextInt(i + 1);
            int row = shuffled[i];
            shuffled[i] = shuffled[other];
            shuffled[other] = row;
        }
        return shuffled;
    }
}
