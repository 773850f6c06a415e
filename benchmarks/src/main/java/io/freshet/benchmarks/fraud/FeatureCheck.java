package io.freshet.benchmarks.fraud;

import io.freshet.schemas.pipeline.Pipeline;
import io.freshet.schemas.row.Example;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** How far the topology's features are from the same features read off the raw transactions. */
final class FeatureCheck {
    /**
     * Over all rows compared.
     *
     * @param greatest the greatest distance
     * @param mean the mean distance
     * @param different the share of rows that are further apart than rounding, 0 to 1
     */
    record Distance(double greatest, double mean, double different) {}

    private static final double ROUNDING = 1e-9;

    private FeatureCheck() {}

    /**
     * Compares every n-th example, feature by feature; a value that does not exist counts as 0, as in the handbook.
     *
     * @param transactions all that were fed, in order of time
     * @param every n, at least 1
     */
    static Map<String, Distance> compare(
            Pipeline pipeline, List<Transaction> transactions, List<Example> examples, int every) {
        Map<String, Integer> places = new HashMap<>();
        for (int i = 0; i < transactions.size(); i++) {
            places.put(transactions.get(i).id(), i);
        }
        ExactFeatures exact = new ExactFeatures(transactions);
        double[] greatest = new double[pipeline.features().size()];
        double[] sum = new double[greatest.length];
        int[] different = new int[greatest.length];
        int rows = 0;
        for (int i = 0; i < examples.size(); i += every) {
            Example example = examples.get(i);
            Map<String, Double> expected =
                    exact.of(Objects.requireNonNull(places.get(example.row().eventId())));
            rows++;
            for (int j = 0; j < greatest.length; j++) {
                double value = example.row().values().get(j) instanceof Double number ? number : 0;
                double distance = Math.abs(value
                        - Objects.requireNonNull(
                                expected.get(pipeline.features().get(j).name())));
                greatest[j] = Math.max(greatest[j], distance);
                sum[j] += distance;
                different[j] += distance > ROUNDING * Math.max(1, Math.abs(value)) ? 1 : 0;
            }
        }
        Map<String, Distance> distances = new LinkedHashMap<>();
        for (int j = 0; j < greatest.length; j++) {
            distances.put(
                    pipeline.features().get(j).name(),
                    new Distance(greatest[j], sum[j] / rows, (double) different[j] / rows));
        }
        return distances;
    }
}
