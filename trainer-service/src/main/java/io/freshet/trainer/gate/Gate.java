package io.freshet.trainer.gate;

import io.freshet.schemas.pipeline.Pipeline;
import io.freshet.schemas.pipeline.Pipeline.Metric;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * Decides whether a candidate may serve.
 *
 * <ul>
 *   <li>{@code enough-rows}: the hold-out has at least {@value #LEAST_OF_A_CLASS} rows of each class;
 *   <li>{@code not-constant}: the greatest score is at least {@value #LEAST_SPREAD} above the least;
 *   <li>{@code minimum <metric>}: each declared bound holds; for the log loss it is the greatest that may serve;
 *   <li>{@code beats-champion}: the probability of being better on the declared metric, by {@link BlockBootstrap}, is at
 *       least the declared confidence; or, while there is no champion,
 *   <li>{@code beats-base-rate}: the log loss is below that of always answering the training part's share of positives.
 * </ul>
 */
public final class Gate {
    static final int LEAST_OF_A_CLASS = 50;
    static final double LEAST_SPREAD = 1e-6;

    private Gate() {}

    /**
     * Applies every rule.
     *
     * @param scores the candidate's probabilities, one per row of the hold-out
     * @param champion the champion's probabilities for the same rows
     * @param baseRate share of positives in the training part, above 0 and below 1
     * @param seed of the bootstrap
     * @throws IllegalArgumentException on scores that are no probabilities or a hold-out of a single class
     */
    public static Verdict judge(
            Pipeline pipeline,
            HoldOut holdout,
            double[] scores,
            Optional<double[]> champion,
            double baseRate,
            long seed) {
        Metrics metrics = Metrics.of(scores, holdout.labels());
        List<Rule> rules = new ArrayList<>();
        rules.add(atLeast("enough-rows", leastOfAClass(holdout.labels()), LEAST_OF_A_CLASS));
        rules.add(atLeast("not-constant", spread(scores), LEAST_SPREAD));
        for (Metric metric : Metric.values()) {
            Double bound = pipeline.gate().minimum().get(metric);
            if (bound != null) {
                double value = metrics.get(metric);
                rules.add(new Rule(
                        "minimum " + Metrics.name(metric),
                        value,
                        bound,
                        value == bound || Metrics.better(metric, value, bound)));
            }
        }
        if (champion.isPresent()) {
            rules.add(atLeast(
                    "beats-champion",
                    BlockBootstrap.probabilityBetter(
                            pipeline.model().optimize(), scores, champion.get(), holdout, seed),
                    pipeline.gate().confidence()));
        } else {
            double[] constant = new double[scores.length];
            Arrays.fill(constant, baseRate);
            double bound = Metrics.of(constant, holdout.labels()).logLoss();
            rules.add(new Rule("beats-base-rate", metrics.logLoss(), bound, metrics.logLoss() < bound));
        }
        return rules.stream().allMatch(Rule::passed) ? new Verdict.Passed(rules) : new Verdict.Refused(rules);
    }

    private static Rule atLeast(String name, double value, double bound) {
        return new Rule(name, value, bound, value >= bound);
    }

    private static int leastOfAClass(boolean[] labels) {
        int positives = 0;
        for (boolean label : labels) {
            positives += label ? 1 : 0;
        }
        return Math.min(positives, labels.length - positives);
    }

    private static double spread(double[] scores) {
        return Arrays.stream(scores).max().orElse(0)
                - Arrays.stream(scores).min().orElse(0);
    }
}
