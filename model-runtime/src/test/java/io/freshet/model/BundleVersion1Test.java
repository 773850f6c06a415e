package io.freshet.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.stream.StreamSupport;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Bundles of format version 1 with what the code that wrote them made of some raw vectors: every step and every scorer
 * there was. These files are never written anew.
 */
class BundleVersion1Test {
    private static final int CAP = 1 << 20;

    @ParameterizedTest
    @ValueSource(strings = {"bundle-v1.bin", "bundle-v1-linear.bin", "bundle-v1-network.bin"})
    void shouldGiveWhatVersion1Gave(String file) throws Exception {
        JsonNode rows =
                new ObjectMapper().readTree(resource("bundle-v1-outputs.json")).path(file);
        Model model = Model.load(resource(file), CAP);
        Preparation preparation = model.bundle().preparation();

        assertThat(rows.size()).isGreaterThanOrEqualTo(4);
        for (JsonNode row : rows) {
            Object[] raw = values(row.path("raw"));
            double[] prepared = new double[preparation.width()];
            preparation.apply(raw, prepared);

            assertThat(prepared).as("%s", row).containsExactly(numbers(row.path("prepared")));
            assertThat(model.score(raw))
                    .as("%s", row)
                    .isCloseTo(row.path("score").asDouble(), within(1e-15));
        }
    }

    private static Object[] values(JsonNode array) {
        return StreamSupport.stream(array.spliterator(), false)
                .map(value -> value.isNull() ? null : value.isNumber() ? (Object) value.asDouble() : value.asText())
                .toArray();
    }

    private static double[] numbers(JsonNode array) {
        return StreamSupport.stream(array.spliterator(), false)
                .mapToDouble(value -> value.isNull() ? Double.NaN : value.asDouble())
                .toArray();
    }

    private static byte[] resource(String name) throws Exception {
        try (var in = BundleVersion1Test.class.getResourceAsStream("/golden/" + name)) {
            return in.readAllBytes();
        }
    }
}
