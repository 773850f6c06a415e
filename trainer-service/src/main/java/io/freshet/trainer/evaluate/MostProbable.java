package io.freshet.trainer.evaluate;

import io.freshet.model.Output;
import io.freshet.trainer.rows.Targets;
import java.util.Arrays;

/**
 * The class that each row is taken for: the most probable one, the first of equal ones.
 *
 * @param decided counted from 0
 * @param confidence its probability
 */
@SuppressWarnings("ArrayRecordComponent") // Never compared; as many as there are rows.
public record MostProbable(int[] decided, double[] confidence) {
    /** @param scores row by row, each with a probability of every class */
    public static MostProbable of(double[] scores, int classes) {
        int[] decided = new int[scores.length / classes];
        double[] confidence = new double[decided.length];
        for (int row = 0; row < decided.length; row++) {
            double[] of = Arrays.copyOfRange(scores, row * classes, (row + 1) * classes);
            decided[row] = Output.Multiclass.decide(of, classes);
            confidence[row] = of[decided[row]];
        }
        return new MostProbable(decided, confidence);
    }

    /** Which rows are taken for what they are. */
    public boolean[] right(Targets.Classes targets) {
        boolean[] right = new boolean[decided.length];
        for (int row = 0; row < right.length; row++) {
            right[row] = decided[row] == targets.classes()[row];
        }
        return right;
    }
}
