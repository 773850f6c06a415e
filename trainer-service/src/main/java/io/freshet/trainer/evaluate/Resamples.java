package io.freshet.trainer.evaluate;

import io.freshet.model.metrics.Confusion;
import io.freshet.model.metrics.MulticlassMetrics;
import io.freshet.schemas.pipeline.Pipeline.Metric;
import io.freshet.trainer.rows.Targets;
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

    /** Resamples that are measured in one pass over the rows, and how many numbers may be held for it. */
    private static final int MOST_AT_ONCE = 50;

    private static final int MOST_TIMES = 2_000_000;

    private static final Metric[] METRICS = Metric.values();

    /** Lower end of the interval as a share of the resamples. */
    private static final double TAIL = 0.025;

    private final HoldOut holdout;
    private final List<Scored> models;

    /** By model and metric. */
    private final double[][] values;

    /** By model, metric and resample; NaN where a resample has none. */
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
     * @param models each with scores for every row
     * @param seed of the draws
     * @throws IllegalArgumentException on scores that are no probabilities, or of another number than the rows
     */
    public static Resamples of(HoldOut holdout, List<Scored> models, long seed) {
        return of(holdout, models, seed, true);
    }

    /** As {@link #of}, on the same draws, without ROC AUC and average precision: a fraction of the work. */
    public static Resamples ofLosses(HoldOut holdout, List<Scored> models, long seed) {
        return of(holdout, models, seed, false);
    }

    private static Resamples of(HoldOut holdout, List<Scored> models, long seed, boolean ranked) {
        Resamples resamples = new Resamples(holdout, models);
        List<Resampled> measured = new ArrayList<>();
        for (Scored model : models) {
            measured.add(Resampled.of(model, holdout, ranked));
        }
        int blocks = holdout.blockCount();
        for (int model = 0; model < measured.size(); model++) {
            measured.get(model).measure(Draws.once(blocks), new double[][] {resamples.values[model]});
        }
        SplittableRandom random = new SplittableRandom(seed);
        int atOnce = Math.clamp(MOST_TIMES / Math.max(1, blocks), 1, MOST_AT_ONCE);
        for (int from = 0; from < REPLICATES; from += atOnce) {
            Draws draws = Draws.next(random, blocks, Math.min(atOnce, REPLICATES - from));
            double[][] metrics = new double[draws.count()][METRICS.length];
            for (int model = 0; model < measured.size(); model++) {
                measured.get(model).measure(draws, metrics);
                for (int metric = 0; metric < METRICS.length; metric++) {
                    for (int draw = 0; draw < metrics.length; draw++) {
                        resamples.draws[model][metric][from + draw] = metrics[draw][metric];
                    }
                }
            }
        }
        return resamples;
    }

    /** One metric of a model on the rows as they are; NaN where they have none. */
    public static double value(HoldOut holdout, Scored model, Metric metric) {
        boolean ranked = metric == Metric.ROC_AUC || metric == Metric.AVERAGE_PRECISION;
        double[][] measured = new double[1][METRICS.length];
        Resampled.of(model, holdout, ranked).measure(Draws.once(holdout.blockCount()), measured);
        return measured[0][metric.ordinal()];
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
        Targets targets = holdout.targets();
        return new Evaluation(
                targets.size(),
                targets.telling(),
                targets instanceof Targets.Binary binary ? binary.positives() : 0,
                scored.threshold(),
                confusion(scored, targets),
                targets instanceof Targets.Classes classes ? byClass(scored, classes) : List.of(),
                estimates);
    }

    private static Optional<Confusion> confusion(Scored scored, Targets targets) {
        return targets instanceof Targets.Binary(boolean[] positive)
                        && scored.threshold().isPresent()
                ? Optional.of(Confusion.at(scored.threshold().getAsDouble(), scored.scores(), positive))
                : Optional.empty();
    }

    private static List<Evaluation.OfClass> byClass(Scored scored, Targets.Classes targets) {
        if (targets.size() == 0) {
            return List.of();
        }
        double[][] probabilities = new double[targets.size()][];
        for (int row = 0; row < probabilities.length; row++) {
            probabilities[row] =
                    Arrays.copyOfRange(scored.scores(), row * targets.count(), (row + 1) * targets.count());
        }
        long[][] confusion = MulticlassMetrics.confusion(probabilities, targets.classes());
        List<MulticlassMetrics.ClassMetrics> metrics = MulticlassMetrics.perClass(probabilities, targets.classes());
        List<Evaluation.OfClass> classes = new ArrayList<>();
        for (int one = 0; one < confusion.length; one++) {
            MulticlassMetrics.ClassMetrics of = metrics.get(one);
            Map<Metric, Double> named = new EnumMap<>(Metric.class);
            named.put(Metric.PRECISION, of.precision());
            named.put(Metric.RECALL, of.recall());
            named.put(Metric.F1, of.f1());
            of.rocAuc().ifPresent(value -> named.put(Metric.ROC_AUC, value));
            of.averagePrecision().ifPresent(value -> named.put(Metric.AVERAGE_PRECISION, value));
            classes.add(
                    new Evaluation.OfClass(Arrays.stream(confusion[one]).boxed().toList(), named));
        }
        return classes;
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
     * How many standard errors a model lies above one that knows nothing: in ROC AUC above one half, of several classes on
     * average; in R² of numbers above 0. The error is that of the resamples, or where that is greater, since few blocks may
     * be alike by chance, that of scores that know nothing: for a ROC AUC by Mann and Whitney (Annals of Mathematical
     * Statistics 18(1), 1947), of several classes their mean, as if they erred together; for R² one over the rows.
     *
     * @return NaN when the rows are of one class
     */
    public double deviationsAboveChance(int model) {
        Targets targets = holdout.targets();
        Metric metric = targets instanceof Targets.Numbers ? Metric.R2 : Metric.ROC_AUC;
        double[] defined = defined(draws[model][metric.ordinal()]);
        double mean = Arrays.stream(defined).average().orElse(Double.NaN);
        double squares = 0;
        for (double value : defined) {
            squares += (value - mean) * (value - mean);
        }
        double ofResamples = Math.sqrt(squares / Math.max(1, defined.length - 1));
        double ofChance = switch (targets) {
            case Targets.Binary binary -> ofChance(binary.positives(), binary.size());
            case Targets.Classes classes ->
                Arrays.stream(classes.rows())
                        .filter(rows -> rows > 0)
                        .mapToDouble(rows -> ofChance(rows, classes.size()))
                        .average()
                        .orElse(Double.NaN);
            case Targets.Numbers numbers -> 1.0 / numbers.size();
        };
        double chance = metric == Metric.R2 ? 0 : 0.5;
        return (values[model][metric.ordinal()] - chance) / Math.max(ofChance, ofResamples);
    }

    private static double ofChance(double positives, double rows) {
        return Math.sqrt((rows + 1) / (12 * positives * (rows - positives)));
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
