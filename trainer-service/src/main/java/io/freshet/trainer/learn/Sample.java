package io.freshet.trainer.learn;

import io.freshet.trainer.rows.Matrix;
import io.freshet.trainer.rows.Targets;
import java.util.Arrays;

/**
 * Rows to learn from.
 *
 * @param rows at least one, in event-time order; numbers are NaN where missing, and unscaled, if the family takes missing
 *     numbers, else imputed and standardised, where the declaration does not say otherwise
 * @param targets one per row, not all equal; of a kind that the family learns
 * @param weights how much each row counts, above 0, their mean 1
 */
@SuppressWarnings("ArrayRecordComponent") // Never compared; as many as there are rows.
public record Sample(Matrix rows, Targets targets, double[] weights) {
    /** @throws IllegalArgumentException when there is not one target and one weight for each row */
    public Sample {
        if (targets.size() != rows.height() || weights.length != rows.height()) {
            throw new IllegalArgumentException(rows.height() + " rows, " + targets.size() + " labels and "
                    + weights.length + " weights: there must be one of each");
        }
    }

    /** Rows that count alike. */
    public static Sample of(Matrix rows, Targets targets) {
        double[] weights = new double[rows.height()];
        Arrays.fill(weights, 1);
        return new Sample(rows, targets, weights);
    }

    /** Whether some rows count more than others. */
    boolean weighted() {
        for (double weight : weights) {
            if (weight != 1) {
                return true;
            }
        }
        return false;
    }

    /** The same rows with other labels. */
    Sample with(Targets others) {
        return new Sample(rows, others, weights);
    }
}
