package io.freshet.trainer.evaluate;

import io.freshet.model.metrics.ThresholdCurve;
import io.freshet.model.metrics.ThresholdCurve.Point;
import io.freshet.schemas.pipeline.Pipeline.Decision;
import java.util.Comparator;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The score from which on a prediction counts as positive, chosen as declared.
 *
 * @param value finite
 * @param reached the precision or recall that was declared to be the least and is reached on the rows that it was chosen
 *     on, 0 to 1; NaN where costs are declared
 */
public record DecisionThreshold(double value, double reached) {
    /**
     * Chooses: for costs the cheapest threshold, of equally cheap ones the highest; for a least precision the one of
     * greatest recall that has it; for a least recall the one of greatest precision that has it. Where no threshold has the
     * least precision, it is the one of greatest precision.
     *
     * @param scores at least one, none NaN
     * @param labels one per score, with a positive at least
     */
    public static DecisionThreshold choose(Decision decision, double[] scores, boolean[] labels) {
        ThresholdCurve curve = ThresholdCurve.of(scores, labels);
        return switch (decision) {
            case Decision.Costs costs -> new DecisionThreshold(cheapest(costs, curve), Double.NaN);
            case Decision.LeastPrecision(double least) -> {
                Comparator<Point> byFound = Comparator.comparingLong(Point::truePositives);
                Comparator<Point> byPrecision = Comparator.comparingDouble(Point::precision);
                Point best = curve.points().stream()
                        .filter(point -> point.precision() >= least)
                        .max(byFound.thenComparing(byPrecision))
                        .orElseGet(() -> greatest(curve.points().stream(), byPrecision.thenComparing(byFound)));
                yield new DecisionThreshold(best.threshold(), best.precision());
            }
            case Decision.LeastRecall(double least) -> {
                Point best = greatest(
                        curve.points().stream().filter(point -> curve.recall(point) >= least),
                        Comparator.comparingDouble(Point::precision).thenComparing(Point::truePositives));
                yield new DecisionThreshold(best.threshold(), curve.recall(best));
            }
        };
    }

    private static Point greatest(Stream<Point> points, Comparator<Point> order) {
        Optional<Point> greatest = points.max(order);
        return greatest.orElseThrow(() -> new IllegalArgumentException("no scores, or no positive among them"));
    }

    /** One of the scores, or the next number above them all when no alarm is worth its cost. */
    private static double cheapest(Decision.Costs costs, ThresholdCurve curve) {
        double least = 0;
        double threshold = Math.nextUp(curve.points().getFirst().threshold());
        for (Point point : curve.points()) {
            double change = costs.falseAlarm() * point.falsePositives() - costs.missed() * point.truePositives();
            if (change < least) {
                least = change;
                threshold = point.threshold();
            }
        }
        return threshold;
    }
}
