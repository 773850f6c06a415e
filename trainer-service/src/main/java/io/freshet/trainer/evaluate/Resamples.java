package io.freshet.trainer.evaluate;

import io.freshet.model.metrics.Confusion;
import io.freshet.schemas.pipeline.Pipeline.Metric;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;

/**
 * Several models measured on the same resamples of a hold-out, by the block bootstrap (Künsch, Annals of Statistics 17(3),
 * 1989, with blocks that do not overlap): whole blocks of time are drawn with replacement, so that what rows of one day
 * share does not pass for evidence. Intervals are the percentiles of the resamples (Efron and Tibshirani, An Introduction to
 * the Bootstrap, 1993, chapter 13). Models are named by their position.
 */
public final class Resamples {
    static final int REPLICATES = 400;

    private static final Metric[] METRICS = Metric.values();

    /** Lower end of the interval as a share of the resamples. */
    private static final double TAIL = 0.025;

    private final HoldOut holdout;
    private final List<Scored> models;

    /** By model and metric. */
    private final double[][] values;

    /** By model, metric and resample; NaN where a resample lacks a class. */
    private final double[][][] draws;

    private Resamples(HoldOut holdout, List<Scored> models) {
        this.holdout = holdout;
        this.models = List.copyOf(models);
        this.values = new double[models.size()][METRICS.length];
        this.draws = new double[models.size()][METRICS.length][REPLICATES];
    }

    /**
     * Measures.
     *
     * @param models each with one score per row
     * @param seed of the draws
     * @throws IllegalArgumentException on scores that are no probabilities, or of another number than the rows
     */
    public static Resamples of(HoldOut holdout, List<Scored> models, long seed) {
        Resamples resamples = new Resamples(holdout, models);
        List<Resampled> ranked = new ArrayList<>();
        for (Scored model : models) {
            ranked.add(new Resampled(model, holdout));
        }
        int[] times = new int[holdout.blockCount()];
        Arrays.fill(times, 1);
        for (int model = 0; model < ranked.size(); model++) {
            ranked.get(model).measure(times, resamples.values[model]);
        }
        SplittableRandom random = new SplittableRandom(seed);
        double[] measured = new double[METRICS.length];
        for (int replicate = 0; replicate < REPLICATES; replicate++) {
            Arrays.fill(times, 0);
            for (int draw = 0; draw < times.length; draw++) {
                times[random.nextInt(times.length)]++;
            }
            for (int model = 0; model < ranked.size(); model++) {
                ranked.get(model).measure(times, measured);
                for (int metric = 0; metric < METRICS.length; metric++) {
                    resamples.draws[model][metric][replicate] = measured[metric];
                }
            }
        }
        return resamples;
    }

    /** A model by itself. */
    public Evaluation evaluation(int model) {
        Map<Metric, Estimate> estimates = new EnumMap<>(Metric.class);
        for (Metric metric : METRICS) {
            double value = values[model][metric.ordinal()];
            if (!Double.isNaN(value)) {
                estimates.put(metric, estimate(value, draws[model][metric.ordinal()]));
            }
        }
        Scored scored = models.get(model);
        Optional<Confusion> confusion = scored.threshold().isPresent()
                ? Optional.of(Confusion.at(scored.threshold().getAsDouble(), scored.scores(), holdout.labels()))
                : Optional.empty();
        return new Evaluation(holdout.labels().length, holdout.positives(), scored.threshold(), confusion, estimates);
    }

    /** One model less another. */
    public Difference difference(Metric metric, int model, int other) {
        int at = metric.ordinal();
        double[] differences = new double[REPLICATES];
        int better = 0;
        for (int replicate = 0; replicate < REPLICATES; replicate++) {
            double ours = draws[model][at][replicate];
            double theirs = draws[other][at][replicate];
            differences[replicate] = ours - theirs;
            better += metric.better(ours, theirs) ? 1 : 0;
        }
        return new Difference(
                estimate(values[model][at] - values[other][at], differences), (double) better / REPLICATES);
    }

    /** Every metric that both have. */
    public Map<Metric, Difference> differences(int model, int other) {
        Map<Metric, Difference> differences = new EnumMap<>(Metric.class);
        for (Metric metric : METRICS) {
            if (!Double.isNaN(values[model][metric.ordinal()]) && !Double.isNaN(values[other][metric.ordinal()])) {
                differences.put(metric, difference(metric, model, other));
            }
        }
        return differences;
    }

    /**
     * How many standard errors the ROC AUC lies above one half. The error is that of the resamples, or that of scores that
     * know nothing (Mann and Whitney, Annals of Mathematical Statistics 18(1), 1947) where that is greater, since few blocks
     * may be alike by chance.
     *
     * @return NaN when the rows are of one class
     */
    public double deviationsAboveChance(int model) {
        double[] defined = defined(draws[model][Metric.ROC_AUC.ordinal()]);
        double mean = Arrays.stream(defined).average().orElse(Double.NaN);
        double squares = 0;
        for (double value : defined) {
            squares += (value - mean) * (value - mean);
        }
        double positives = holdout.positives();
        double negatives = holdout.labels().length - positives;
        double ofChance = Math.sqrt((positives + negatives + 1) / (12 * positives * negatives));
        double error = Math.max(ofChance, Math.sqrt(squares / Math.max(1, defined.length - 1)));
        return (values[model][Metric.ROC_AUC.ordinal()] - 0.5) / error;
    }

    private static Estimate estimate(double value, double[] draws) {
        double[] defined = defined(draws);
        if (defined.length < REPLICATES / 2) {
            return new Estimate(value, Double.NaN, Double.NaN);
        }
        Arrays.sort(defined);
        int low = (int) Math.floor(TAIL * defined.length);
        return new Estimate(value, defined[low], defined[defined.length - 1 - low]);
    }

    private static double[] defined(double[] draws) {
        return Arrays.stream(draws).filter(draw -> !Double.isNaN(draw)).toArray();
    }
}
