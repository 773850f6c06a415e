package io.freshet.trainer.evaluate;

import java.util.Arrays;
import java.util.SplittableRandom;

/**
 * Several resamples of a hold-out's blocks side by side, so that one pass over blocks or rows measures all of them in loops
 * that the processor takes several steps of at once. Holders must not change the array.
 *
 * @param count how many resamples, at least 1
 * @param times how often each takes a block, whole numbers: those of block 0, then those of block 1, and so on
 */
@SuppressWarnings("ArrayRecordComponent") // Never compared; as many as there are blocks and resamples.
record Draws(int count, double[] times) {
    /** Every block once. */
    static Draws once(int blocks) {
        double[] times = new double[blocks];
        Arrays.fill(times, 1);
        return new Draws(1, times);
    }

    /** As many blocks as there are, drawn with replacement, for one resample after another. */
    static Draws next(SplittableRandom random, int blocks, int count) {
        double[] times = new double[blocks * count];
        for (int draw = 0; draw < count; draw++) {
            for (int taken = 0; taken < blocks; taken++) {
                times[random.nextInt(blocks) * count + draw]++;
            }
        }
        return new Draws(count, times);
    }

    /**
     * The sums over what each resample takes.
     *
     * @param byBlock of each block as many numbers as of the others
     * @return by number, then by resample
     */
    double[][] total(double[][] byBlock) {
        double[][] totals = new double[byBlock.length == 0 ? 0 : byBlock[0].length][count];
        for (int block = 0; block < byBlock.length; block++) {
            for (int part = 0; part < totals.length; part++) {
                double each = byBlock[block][part];
                if (each != 0) {
                    add(block, each, totals[part]);
                }
            }
        }
        return totals;
    }

    /** Adds as many times {@code each} as each resample takes the block. */
    void add(int block, double each, double[] to) {
        int from = block * count;
        for (int draw = 0; draw < count; draw++) {
            to[draw] += times[from + draw] * each;
        }
    }
}
