package io.freshet.trainer.gate;

import io.freshet.schemas.pipeline.Pipeline.Metric;
import java.util.SplittableRandom;

/**
 * Paired block bootstrap (Künsch, Annals of Statistics 17(3), 1989, with blocks that do not overlap): whole blocks of
 * time are drawn with replacement, and both models are measured on the same draw, so that what rows of one day share
 * does not pass for evidence.
 */
public final class BlockBootstrap {
    static final int REPLICATES = 400;

    private BlockBootstrap() {}

    /**
     * The share of replicates in which the challenger's metric is strictly better, 0 to 1. A draw with a single class
     * counts as not better.
     *
     * @param challenger one score per row of the hold-out
     * @param champion one score per row of the hold-out
     * @param seed of the draws
     */
    public static double probabilityBetter(
            Metric metric, double[] challenger, double[] champion, HoldOut holdout, long seed) {
        ResampledMetric ours = new ResampledMetric(metric, challenger, holdout);
        ResampledMetric theirs = new ResampledMetric(metric, champion, holdout);
        SplittableRandom random = new SplittableRandom(seed);
        int better = 0;
        for (int replicate = 0; replicate < REPLICATES; replicate++) {
            int[] times = new int[holdout.blockCount()];
            for (int draw = 0; draw < times.length; draw++) {
                times[random.nextInt(times.length)]++;
            }
            if (Metrics.better(metric, ours.of(times), theirs.of(times))) {
                better++;
            }
        }
        return (double) better / REPLICATES;
    }
}
