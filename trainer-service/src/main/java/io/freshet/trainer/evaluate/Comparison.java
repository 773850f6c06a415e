package io.freshet.trainer.evaluate;

import io.freshet.schemas.pipeline.Pipeline.Metric;
import io.freshet.trainer.rows.Targets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A challenger beside the champion and beside knowing nothing, on the same rows and the same resamples of them.
 *
 * @param challenger by itself
 * @param champion by itself; empty when there is none
 * @param overChampion challenger less champion, by metric; empty when there is none
 * @param overBaseRate challenger less always answering what the training labels are on average, in {@link #overall} loss
 * @param deviationsAboveChance standard errors that the challenger lies above a model that knows nothing, as {@link
 *     Resamples#deviationsAboveChance}
 * @param bias how far the challenger is off on average: how many times its mean score is the share of positives, or that the
 *     mean score, of several classes that of the worst; of a regression the distance of mean prediction and mean label in
 *     standard deviations of the label
 * @param spread the challenger's greatest score less its least, of several classes that of the class with the greatest
 */
public record Comparison(
        Evaluation challenger,
        Optional<Evaluation> champion,
        Map<Metric, Difference> overChampion,
        Difference overBaseRate,
        double deviationsAboveChance,
        double bias,
        double spread) {
    /** Fewer rows of a class say little of its share. */
    private static final int LEAST_FOR_BIAS = 50;

    public Comparison {
        Map<Metric, Difference> ordered = new EnumMap<>(Metric.class);
        ordered.putAll(overChampion);
        overChampion = Collections.unmodifiableMap(ordered);
    }

    /** The metric by which a model is compared with knowing nothing. */
    static Metric overall(Targets targets) {
        return targets instanceof Targets.Numbers ? Metric.RMSE : Metric.LOG_LOSS;
    }

    /**
     * Compares.
     *
     * @param holdout rows of all classes
     * @param train the training part's labels
     * @param seed of the resamples
     * @throws IllegalArgumentException on scores that are no probabilities or numbers, or of another number than the rows
     */
    public static Comparison of(
            HoldOut holdout, Scored challenger, Optional<Scored> champion, Targets train, long seed) {
        Targets targets = holdout.targets();
        double[] known = means(train.numbers(), train);
        double[] constant = new double[challenger.scores().length];
        Arrays.setAll(constant, i -> known[i % known.length]);
        List<Scored> models = new ArrayList<>(List.of(challenger));
        champion.ifPresent(models::add);
        Resamples resamples = Resamples.of(holdout, models, seed);
        Resamples losses = Resamples.ofLosses(holdout, List.of(challenger, Scored.undecided(constant)), seed);
        return new Comparison(
                resamples.evaluation(0),
                champion.isPresent() ? Optional.of(resamples.evaluation(1)) : Optional.empty(),
                champion.isPresent() ? resamples.differences(0, 1) : Map.of(),
                losses.difference(overall(targets), 0, 1),
                resamples.deviationsAboveChance(0),
                bias(challenger.scores(), targets),
                spread(challenger.scores(), targets.outputs()));
    }

    /** The mean label; of several classes the share of each. */
    private static double[] means(double[] labels, Targets of) {
        return of instanceof Targets.Classes classes
                ? Arrays.stream(classes.rows())
                        .mapToDouble(rows -> (double) rows / classes.size())
                        .toArray()
                : new double[] {Arrays.stream(labels).average().orElse(Double.NaN)};
    }

    private static double bias(double[] scores, Targets targets) {
        double[] labels = means(targets.numbers(), targets);
        double[] means = new double[labels.length];
        for (int i = 0; i < scores.length; i++) {
            means[i % means.length] += scores[i] / targets.size();
        }
        if (targets instanceof Targets.Numbers numbers) {
            return Math.abs(means[0] - labels[0]) / numbers.deviation();
        }
        double worst = 1;
        for (int i = 0; i < means.length; i++) {
            if (labels[i] * targets.size() >= LEAST_FOR_BIAS || labels.length == 1) {
                worst = Math.max(worst, Math.max(means[i] / labels[i], labels[i] / means[i]));
            }
        }
        return worst;
    }

    private static double spread(double[] scores, int outputs) {
        double[] least = new double[outputs];
        double[] greatest = new double[outputs];
        Arrays.fill(least, Double.POSITIVE_INFINITY);
        Arrays.fill(greatest, Double.NEGATIVE_INFINITY);
        for (int i = 0; i < scores.length; i++) {
            least[i % outputs] = Math.min(least[i % outputs], scores[i]);
            greatest[i % outputs] = Math.max(greatest[i % outputs], scores[i]);
        }
        double spread = 0;
        for (int i = 0; i < outputs; i++) {
            spread = Math.max(spread, greatest[i] - least[i]);
        }
        return spread;
    }
}
