package io.freshet.trainer.evaluate;

import io.freshet.schemas.pipeline.Pipeline.Metric;
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
 * @param overBaseRate challenger less always answering the base rate, in log loss
 * @param deviationsAboveChance standard errors that the challenger's ROC AUC lies above one half
 * @param meanScore the challenger's scores on average, 0 to 1
 * @param spread its greatest score less its least, 0 to 1
 */
public record Comparison(
        Evaluation challenger,
        Optional<Evaluation> champion,
        Map<Metric, Difference> overChampion,
        Difference overBaseRate,
        double deviationsAboveChance,
        double meanScore,
        double spread) {
    public Comparison {
        Map<Metric, Difference> ordered = new EnumMap<>(Metric.class);
        ordered.putAll(overChampion);
        overChampion = Collections.unmodifiableMap(ordered);
    }

    /**
     * Compares.
     *
     * @param holdout rows of both classes
     * @param baseRate share of positives in the training part, 0 to 1
     * @param seed of the resamples
     * @throws IllegalArgumentException on scores that are no probabilities, or of another number than the rows
     */
    public static Comparison of(
            HoldOut holdout, Scored challenger, Optional<Scored> champion, double baseRate, long seed) {
        double[] constant = new double[challenger.scores().length];
        Arrays.fill(constant, baseRate);
        List<Scored> models = new ArrayList<>(List.of(challenger, Scored.undecided(constant)));
        champion.ifPresent(models::add);
        Resamples resamples = Resamples.of(holdout, models, seed);
        double least = Arrays.stream(challenger.scores()).min().orElse(0);
        double greatest = Arrays.stream(challenger.scores()).max().orElse(0);
        return new Comparison(
                resamples.evaluation(0),
                champion.isPresent() ? Optional.of(resamples.evaluation(2)) : Optional.empty(),
                champion.isPresent() ? resamples.differences(0, 2) : Map.of(),
                resamples.difference(Metric.LOG_LOSS, 0, 1),
                resamples.deviationsAboveChance(0),
                Arrays.stream(challenger.scores()).average().orElse(0),
                greatest - least);
    }
}
