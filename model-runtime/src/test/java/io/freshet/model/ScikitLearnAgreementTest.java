package io.freshet.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.freshet.model.FeaturePlan.Bound;
import io.freshet.model.FeaturePlan.Encoding;
import io.freshet.model.FeaturePlan.Impute;
import io.freshet.model.FeaturePlan.Rare;
import io.freshet.model.FeaturePlan.Scale;
import io.freshet.model.FeaturePlan.Statistic;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/**
 * Agreement with scikit-learn on the vectors that {@code benchmarks/peers/preparation_vectors.py} and, for calibrations,
 * {@code metric_vectors.py} write.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ScikitLearnAgreementTest {
    private static final double TOLERANCE = 1e-12;

    private JsonNode vectors;

    @BeforeAll
    void read() throws Exception {
        vectors = resource("/vectors/preparation.json");
    }

    private static JsonNode resource(String name) throws Exception {
        try (var in = ScikitLearnAgreementTest.class.getResourceAsStream(name)) {
            return new ObjectMapper().readTree(in);
        }
    }

    @Test
    void shouldCalibrate() throws Exception {
        JsonNode cases = resource("/vectors/metrics.json").path("calibration");
        assertThat(cases.size()).isEqualTo(3);
        for (JsonNode one : cases) {
            double[] scores = doubles(one.path("scores"));
            boolean[] labels = new boolean[scores.length];
            for (int i = 0; i < labels.length; i++) {
                labels[i] = one.path("labels").path(i).asInt() == 1;
            }

            Calibration.Platt platt =
                    (Calibration.Platt) CalibrationFitter.platt(scores, labels).orElseThrow();
            assertThat(platt.slope()).isCloseTo(one.path("platt").path("slope").asDouble(), within(1e-9));
            assertThat(platt.intercept())
                    .isCloseTo(one.path("platt").path("intercept").asDouble(), within(1e-9));
            Calibration isotonic = CalibrationFitter.pooled(scores, labels);
            double[] fresh = doubles(one.path("fresh"));
            for (int i = 0; i < fresh.length; i++) {
                assertClose(
                        isotonic.apply(fresh[i]), one.path("isotonic").path(i).asDouble(), one);
            }
        }
    }

    @Test
    void shouldFindTheTemperature() throws Exception {
        JsonNode cases = resource("/vectors/metrics.json").path("temperature");
        assertThat(cases.size()).isEqualTo(3);
        for (JsonNode one : cases) {
            JsonNode rows = one.path("probabilities");
            int classes = rows.path(0).size();
            double[] scores = new double[rows.size() * classes];
            int[] labels = new int[rows.size()];
            for (int row = 0; row < labels.length; row++) {
                System.arraycopy(doubles(rows.path(row)), 0, scores, row * classes, classes);
                labels[row] = one.path("labels").path(row).asInt();
            }

            ClassCalibration.Temperature fitted = (ClassCalibration.Temperature)
                    CalibrationFitter.temperature(scores, classes, labels).orElseThrow();

            assertThat(fitted.value()).isCloseTo(one.path("temperature").asDouble(), within(1e-9));
        }
    }

    @Test
    void shouldImputeClipAndScaleNumbers() {
        JsonNode numbers = vectors.path("numbers");
        List<Object[]> train = column(numbers.path("train"));

        assertThat(numbers.path("cases").size()).isEqualTo(80);
        for (JsonNode one : numbers.path("cases")) {
            boolean clip = one.path("shape").asText().contains("clip");
            FeaturePlan plan = new FeaturePlan.Numeric(
                    "x",
                    numberImpute(one.path("impute").asText()),
                    false,
                    clip ? new Bound.Quantile(0.05) : new Bound.None(),
                    clip ? new Bound.Quantile(0.9) : new Bound.None(),
                    one.path("shape").asText().contains("log"),
                    Scale.valueOf(constant(one.path("scale").asText())));
            Preparation fitted =
                    PreparationFitter.fit(List.of(plan), train, null, 1).preparation();

            for (int i = 0; i < numbers.path("fresh").size(); i++) {
                double[] out = new double[1];
                fitted.apply(new Object[] {value(numbers.path("fresh").path(i))}, out);
                JsonNode expected = one.path("expected").path(i);
                assertClose(out[0], expected.isNull() ? Double.NaN : expected.asDouble(), one);
            }
        }
    }

    @Test
    void shouldEncodeCategories() {
        JsonNode categories = vectors.path("categories");
        List<Object[]> train = column(categories.path("train"));

        assertThat(categories.path("cases").size()).isEqualTo(24);
        for (JsonNode one : categories.path("cases")) {
            FeaturePlan plan = new FeaturePlan.Categorical(
                    "c",
                    one.path("impute").asText().equals("most-frequent")
                            ? Statistic.MOST_FREQUENT
                            : new FeaturePlan.Category(one.path("impute").asText()),
                    false,
                    encoding(one));
            boolean target = one.path("encode").asText().equals("target");
            FittedPreparation fitted = PreparationFitter.fit(
                    List.of(plan),
                    train,
                    target ? doubles(one.path("labels")) : null,
                    categories.path("seed").asLong());

            for (int i = 0; i < categories.path("fresh").size(); i++) {
                double[] out = new double[fitted.preparation().width()];
                fitted.preparation()
                        .apply(new Object[] {value(categories.path("fresh").path(i))}, out);
                double[] expected = doubles(one.path("expected").path(i));
                assertThat(out).as("%s", one).hasSameSizeAs(expected);
                for (int j = 0; j < out.length; j++) {
                    assertClose(out[j], expected[j], one);
                }
            }
            for (int i = 0; target && i < train.size(); i++) {
                assertClose(fitted.rows()[i][0], one.path("training").path(i).asDouble(), one);
            }
        }
    }

    @Test
    void shouldHashText() {
        assertThat(vectors.path("hashes").size()).isGreaterThan(10);
        for (JsonNode one : vectors.path("hashes")) {
            assertThat(Murmur3.hash(one.path("text").asText()))
                    .as("%s", one)
                    .isEqualTo(one.path("hash").asInt());
        }
        assertThat(Murmur3.hash("\ud83d")).as("half a pair").isEqualTo(Murmur3.hash("?"));
        assertThat(Murmur3.hash("a\ude00b")).as("half a pair").isEqualTo(Murmur3.hash("a?b"));
    }

    private static Impute numberImpute(String name) {
        return name.equals("-3.5") ? new FeaturePlan.Constant(-3.5) : Statistic.valueOf(constant(name));
    }

    private static String constant(String name) {
        return name.toUpperCase(Locale.ROOT).replace('-', '_');
    }

    private static Encoding encoding(JsonNode one) {
        JsonNode least = one.path("rare");
        Rare rare = least.isInt()
                ? new Rare(least.asInt(), 0)
                : least.isDouble() ? new Rare(0, least.asDouble()) : Rare.NEVER;
        return switch (one.path("encode").asText()) {
            case "one-hot" -> new Encoding.OneHot(rare);
            case "ordinal" -> new Encoding.Ordinal(rare);
            default -> new Encoding.Target(rare, one.path("smooth").asDouble());
        };
    }

    private static void assertClose(double actual, double expected, JsonNode of) {
        if (Double.isNaN(expected)) {
            assertThat(actual).as("%s", of).isNaN();
        } else {
            assertThat(actual).as("%s", of).isCloseTo(expected, within(TOLERANCE * Math.max(1, Math.abs(expected))));
        }
    }

    private static List<Object[]> column(JsonNode array) {
        List<Object[]> rows = new ArrayList<>();
        array.forEach(value -> rows.add(new Object[] {value(value)}));
        return rows;
    }

    private static Object value(JsonNode value) {
        return value.isNull() ? null : value.isNumber() ? (Object) value.asDouble() : value.asText();
    }

    private static double[] doubles(JsonNode array) {
        return StreamSupport.stream(array.spliterator(), false)
                .mapToDouble(JsonNode::asDouble)
                .toArray();
    }
}
