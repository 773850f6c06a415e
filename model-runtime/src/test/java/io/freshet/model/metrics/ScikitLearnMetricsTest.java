package io.freshet.model.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.List;
import java.util.OptionalDouble;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** Agreement with scikit-learn on the vectors that {@code benchmarks/peers/metric_vectors.py} writes. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ScikitLearnMetricsTest {
    private static final double TOLERANCE = 1e-9;

    private JsonNode vectors;

    @BeforeAll
    void read() throws Exception {
        try (var in = getClass().getResourceAsStream("/vectors/metrics.json")) {
            vectors = new ObjectMapper().readTree(in);
        }
    }

    @Test
    void shouldMeasureBinaryClassifiers() {
        assertThat(vectors.path("binary").size()).isEqualTo(5);
        for (JsonNode one : vectors.path("binary")) {
            double[] scores = doubles(one.path("scores"));
            boolean[] labels = truths(one.path("labels"));

            assertClose(BinaryMetrics.rocAuc(scores, labels), one, "roc-auc");
            assertClose(BinaryMetrics.averagePrecision(scores, labels), one, "average-precision");
            assertClose(BinaryMetrics.logLoss(scores, labels), one, "log-loss");
            assertClose(BinaryMetrics.brier(scores, labels), one, "brier");
            assertClose(BinaryMetrics.calibrationError(scores, labels), one, "calibration-error");
            assertClose(
                    Reliability.equalWidth(scores, labels, 10).calibrationError(),
                    one.path("calibration-error-equal-width"));
            Confusion confusion = Confusion.at(one.path("threshold").asDouble(), scores, labels);
            assertThat(new double[] {
                        confusion.truePositives(),
                        confusion.falsePositives(),
                        confusion.falseNegatives(),
                        confusion.trueNegatives()
                    })
                    .isEqualTo(doubles(one.path("confusion")));
            assertClose(confusion.precision(), one.path("precision"));
            assertClose(confusion.recall(), one.path("recall"));
            assertClose(confusion.f1(), one.path("f1"));
            assertClose(confusion.accuracy(), one.path("accuracy"));
        }
    }

    @Test
    void shouldDrawCurves() {
        for (JsonNode one : vectors.path("binary")) {
            ThresholdCurve curve = ThresholdCurve.of(doubles(one.path("scores")), truths(one.path("labels")));
            JsonNode expected = one.path("curve");

            assertThat(curve.points()).hasSize(expected.path("thresholds").size());
            // scikit-learn's precision and recall end where every positive is found.
            int untilAllFound = expected.path("precisions").size();
            for (int i = 0; i < curve.points().size(); i++) {
                ThresholdCurve.Point point = curve.points().get(i);
                assertClose(point.threshold(), expected.path("thresholds").path(i));
                assertClose(curve.recall(point), expected.path("recalls").path(i));
                assertClose(
                        curve.falsePositiveRate(point),
                        expected.path("false-positive-rates").path(i));
                if (i < untilAllFound) {
                    assertClose(point.precision(), expected.path("precisions").path(i));
                    assertClose(
                            curve.recall(point),
                            expected.path("precision-recalls").path(i));
                }
            }
        }
    }

    @Test
    void shouldMeasureMulticlassClassifiers() {
        assertThat(vectors.path("multiclass").size()).isEqualTo(2);
        for (JsonNode one : vectors.path("multiclass")) {
            double[][] probabilities = StreamSupport.stream(
                            one.path("probabilities").spliterator(), false)
                    .map(ScikitLearnMetricsTest::doubles)
                    .toArray(double[][]::new);
            int[] labels = StreamSupport.stream(one.path("labels").spliterator(), false)
                    .mapToInt(JsonNode::asInt)
                    .toArray();

            long[][] confusion = MulticlassMetrics.confusion(probabilities, labels);
            for (int i = 0; i < confusion.length; i++) {
                for (int j = 0; j < confusion.length; j++) {
                    assertThat(confusion[i][j])
                            .isEqualTo(one.path("confusion").path(i).path(j).asLong());
                }
            }
            assertClose(MulticlassMetrics.accuracy(probabilities, labels), one.path("accuracy"));
            assertClose(MulticlassMetrics.logLoss(probabilities, labels), one.path("log-loss"));
            assertClose(MulticlassMetrics.brier(probabilities, labels), one.path("brier"));
            assertClose(MulticlassMetrics.calibrationError(probabilities, labels), one.path("calibration-error"));
            List<MulticlassMetrics.ClassMetrics> classes = MulticlassMetrics.perClass(probabilities, labels);
            for (int i = 0; i < classes.size(); i++) {
                assertClose(classes.get(i).precision(), one.path("precision").path(i));
                assertClose(classes.get(i).recall(), one.path("recall").path(i));
                assertClose(classes.get(i).f1(), one.path("f1").path(i));
                assertClose(
                        classes.get(i).rocAuc().orElseThrow(),
                        one.path("roc-auc").path(i));
                assertClose(
                        classes.get(i).averagePrecision().orElseThrow(),
                        one.path("average-precision").path(i));
            }
            MulticlassMetrics.ClassMetrics macro = MulticlassMetrics.macro(classes);
            assertClose(macro.precision(), one.path("macro").path(0));
            assertClose(macro.recall(), one.path("macro").path(1));
            assertClose(macro.f1(), one.path("macro").path(2));
            assertClose(macro.rocAuc().orElseThrow(), one.path("macro").path(3));
            assertClose(
                    macro.averagePrecision().orElseThrow(), one.path("macro").path(4));
        }
    }

    @Test
    void shouldMeasureRegressions() {
        assertThat(vectors.path("regression").size()).isEqualTo(4);
        for (JsonNode one : vectors.path("regression")) {
            double[] predicted = doubles(one.path("predicted"));
            double[] actual = doubles(one.path("actual"));

            assertClose(RegressionMetrics.rmse(predicted, actual), one.path("rmse"));
            assertClose(RegressionMetrics.mae(predicted, actual), one.path("mae"));
            assertClose(RegressionMetrics.mape(predicted, actual), one.path("mape"));
            assertClose(RegressionMetrics.r2(predicted, actual), one, "r2");
            one.path("pinball")
                    .properties()
                    .forEach(level -> assertClose(
                            RegressionMetrics.pinball(predicted, actual, Double.parseDouble(level.getKey())),
                            level.getValue()));
        }
    }

    private static void assertClose(OptionalDouble actual, JsonNode of, String name) {
        assertClose(actual.orElseThrow(), of.path(name));
    }

    private static void assertClose(double actual, JsonNode expected) {
        assertThat(expected.isNumber()).isTrue();
        assertThat(actual)
                .isCloseTo(expected.asDouble(), within(TOLERANCE * Math.max(1, Math.abs(expected.asDouble()))));
    }

    private static boolean[] truths(JsonNode array) {
        boolean[] truths = new boolean[array.size()];
        for (int i = 0; i < truths.length; i++) {
            truths[i] = array.path(i).asInt() == 1;
        }
        return truths;
    }

    private static double[] doubles(JsonNode array) {
        return StreamSupport.stream(array.spliterator(), false)
                .mapToDouble(JsonNode::asDouble)
                .toArray();
    }
}
