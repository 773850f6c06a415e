package io.freshet.quickstart.demo;

import io.freshet.model.metrics.BinaryMetrics;
import java.util.OptionalDouble;

/**
 * How good scores were on a set of predictions.
 *
 * @param predictions size of the set
 * @param labelled how many of them have a label; the metrics are over these
 * @param rocAuc empty, as the others, unless both classes are among the labels
 */
record Quality(
        int predictions, int labelled, OptionalDouble rocAuc, OptionalDouble averagePrecision, OptionalDouble logLoss) {

    /**
     * @param scores probabilities of the labelled predictions
     * @param labels one per score
     */
    static Quality of(int predictions, double[] scores, boolean[] labels) {
        return new Quality(
                predictions,
                labels.length,
                BinaryMetrics.rocAuc(scores, labels),
                BinaryMetrics.averagePrecision(scores, labels),
                BinaryMetrics.logLoss(scores, labels));
    }
}
