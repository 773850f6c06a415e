package io.freshet.trainer.gate;

import io.freshet.model.metrics.Confusion;
import io.freshet.schemas.pipeline.Pipeline;
import io.freshet.schemas.pipeline.Pipeline.Decision;
import io.freshet.schemas.pipeline.Pipeline.GateSpec;
import io.freshet.schemas.pipeline.Pipeline.Metric;
import io.freshet.schemas.pipeline.Pipeline.Task;
import io.freshet.trainer.evaluate.Comparison;
import io.freshet.trainer.evaluate.DecisionThreshold;
import io.freshet.trainer.evaluate.Estimate;
import io.freshet.trainer.evaluate.Evaluation;
import io.freshet.trainer.evaluate.Slices.Slice;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * Decides whether a candidate may serve, on the hold-out alone.
 *
 * <ul>
 *   <li>{@code enough-rows}: the rarer class has at least {@value #LEAST_TELLING} rows; of several classes all but the most
 *       frequent together, of numbers all but the most frequent one;
 *   <li>{@code not-constant}: the greatest score is at least {@value #LEAST_SPREAD} above the least;
 *   <li>{@code better-than-chance}: the ROC AUC is at least {@value #LEAST_DEVIATIONS} standard errors above one half, which
 *       one of about 4,000 models that know nothing reaches; of a regression R² above 0;
 *   <li>{@code beats-champion}: the probability of being better on the declared metric, over resamples that both are
 *       measured on, is at least the declared confidence; or, while there is no champion,
 *   <li>{@code beats-base-rate}: likewise, in log loss, than always answering the training part's share of each class; of a
 *       regression in the squared error of its mean;
 *   <li>{@code minimum <metric>}, {@code maximum <metric>}: each declared bound holds;
 *   <li>{@code threshold-found}: where a least precision or recall is declared, a threshold had it on the rows that it was
 *       chosen on; {@code threshold-holds}: the upper end of its interval on the hold-out reaches it as well;
 *   <li>{@code slice <name> minimum <metric>}: the better end of its interval keeps the declared bound, for each slice with
 *       enough rows in the sense of the first rule;
 *   <li>{@code mean-score}: the mean score is not more than the declared times the share of positives, or of any class, nor
 *       that the mean score; of a regression {@code mean-value}: mean prediction and mean label are no more than {@value
 *       #MOST_DEVIATIONS} standard deviations of the label apart; {@code alarms-to-positives} and {@code
 *       alarms-to-champion} as the first for the share of alarms, where declared;
 *   <li>{@code single-feature <name>}: no feature alone has a ROC AUC, or R², above the declared one, as a leaking one would;
 *   <li>{@code latency-ms}, {@code bytes}: a row is scored, and the bundle is small, within the declared bound.
 * </ul>
 */
public final class Gate {
    static final int LEAST_TELLING = 50;
    static final double LEAST_SPREAD = 1e-6;
    static final double LEAST_DEVIATIONS = 3.5;
    static final double MOST_DEVIATIONS = 0.5;

    private static final double NANOS_PER_MILLI = 1e6;

    private final Pipeline pipeline;
    private final Evidence evidence;
    private final List<Rule> rules = new ArrayList<>();

    private Gate(Pipeline pipeline, Evidence evidence) {
        this.pipeline = pipeline;
        this.evidence = evidence;
    }

    /** Applies every rule. */
    public static Verdict judge(Pipeline pipeline, Evidence evidence) {
        Gate gate = new Gate(pipeline, evidence);
        gate.ruleOutChance();
        gate.beatWhatServes();
        gate.holdBounds("", pipeline.gate().bounds(), evidence.comparison().challenger(), false);
        gate.holdThreshold();
        gate.holdSlices();
        gate.stayPlausible();
        gate.staySmallAndFast();
        List<Rule> rules = gate.rules;
        return rules.stream().allMatch(Rule::passed) ? new Verdict.Passed(rules) : new Verdict.Refused(rules);
    }

    private void ruleOutChance() {
        Comparison comparison = evidence.comparison();
        atLeast("enough-rows", comparison.challenger().telling(), LEAST_TELLING);
        atLeast("not-constant", comparison.spread(), LEAST_SPREAD);
        atLeast("better-than-chance", comparison.deviationsAboveChance(), LEAST_DEVIATIONS);
    }

    private void beatWhatServes() {
        Comparison comparison = evidence.comparison();
        double confidence = pipeline.gate().confidence();
        if (comparison.champion().isPresent()) {
            var difference = comparison.overChampion().get(pipeline.model().optimize());
            atLeast("beats-champion", difference == null ? 0 : difference.probabilityBetter(), confidence);
        } else {
            atLeast("beats-base-rate", comparison.overBaseRate().probabilityBetter(), confidence);
        }
    }

    /**
     * @param leniently whether the better end of the interval counts rather than the value, so that few rows are not
     *     refused by chance
     */
    private void holdBounds(String prefix, Map<Metric, Double> bounds, Evaluation evaluation, boolean leniently) {
        EnumMap<Metric, Double> ordered = new EnumMap<>(Metric.class);
        ordered.putAll(bounds);
        ordered.forEach((metric, bound) -> {
            Estimate estimate = evaluation.estimates().get(metric);
            double value = estimate == null
                    ? Double.NaN
                    : !leniently ? estimate.value() : metric.isLoss() ? estimate.low() : estimate.high();
            rules.add(new Rule(
                    prefix + (metric.isLoss() ? "maximum " : "minimum ") + metric.spelled(),
                    value,
                    bound,
                    value == bound || metric.better(value, bound)));
        });
    }

    private void holdThreshold() {
        if (pipeline.model().task() instanceof Task.Binary(Decision decision)) {
            switch (decision) {
                case Decision.Costs costs -> {}
                case Decision.LeastPrecision(double least) -> holdThreshold(Metric.PRECISION, least);
                case Decision.LeastRecall(double least) -> holdThreshold(Metric.RECALL, least);
            }
        }
    }

    private void holdThreshold(Metric metric, double least) {
        atLeast(
                "threshold-found",
                evidence.threshold().map(DecisionThreshold::reached).orElse(Double.NaN),
                least);
        Estimate estimate = evidence.comparison().challenger().estimates().get(metric);
        atLeast("threshold-holds", estimate == null ? Double.NaN : estimate.high(), least);
    }

    private void holdSlices() {
        for (Slice slice : evidence.slices()) {
            if (slice.challenger().telling() >= LEAST_TELLING) {
                holdBounds("slice " + slice.name() + " ", pipeline.gate().sliceBounds(), slice.challenger(), true);
            }
        }
    }

    private void stayPlausible() {
        GateSpec gate = pipeline.gate();
        Comparison comparison = evidence.comparison();
        if (pipeline.model().task() instanceof Task.Regression) {
            atMost("mean-value", comparison.bias(), MOST_DEVIATIONS);
        } else {
            atMost("mean-score", comparison.bias(), gate.meanScore());
        }
        Evaluation challenger = comparison.challenger();
        challenger.confusion().ifPresent(confusion -> {
            double positives = (double) challenger.positives() / challenger.rows();
            gate.alarmsToPositives()
                    .ifPresent(most -> atMost("alarms-to-positives", times(alarms(confusion), positives), most));
            comparison
                    .champion()
                    .flatMap(Evaluation::confusion)
                    .ifPresent(champion -> gate.alarmsToChampion()
                            .ifPresent(most ->
                                    atMost("alarms-to-champion", times(alarms(confusion), alarms(champion)), most)));
        });
        atMost(
                "single-feature " + evidence.strongest().name(),
                evidence.strongest().strength(),
                gate.singleFeature());
    }

    /** The share of alarms, as if there were half a one more, so that none at all is comparable. */
    private static double alarms(Confusion confusion) {
        return (confusion.truePositives() + confusion.falsePositives() + 0.5) / (confusion.rows() + 1);
    }

    /** How many times one is the other, or that the one; at least 1. */
    private static double times(double one, double other) {
        return Math.max(one / other, other / one);
    }

    private void staySmallAndFast() {
        GateSpec gate = pipeline.gate();
        atMost("latency-ms", evidence.serving().latencyMillis(), gate.latency().toNanos() / NANOS_PER_MILLI);
        atMost("bytes", evidence.serving().bytes(), gate.bytes());
    }

    private void atLeast(String name, double value, double bound) {
        rules.add(new Rule(name, value, bound, value >= bound));
    }

    private void atMost(String name, double value, double bound) {
        rules.add(new Rule(name, value, bound, value <= bound));
    }
}
