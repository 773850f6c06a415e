package io.freshet.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

/** A bundle of format version 2, with every kind of step there was. The file is never written anew. */
class BundleVersion2Test {
    @Test
    void shouldGiveWhatVersion2Gave() throws Exception {
        byte[] bytes;
        try (var in = getClass().getResourceAsStream("/golden/bundle-v2.bin")) {
            bytes = in.readAllBytes();
        }

        Model model = Model.load(bytes, 1 << 20);

        assertThat(model.bundle().output()).isEqualTo(new Output.Binary(new Calibration.None(), 0.5));
        assertScore(model, 2, 12.0, "DE", null, 30.0, "bot");
        assertScore(model, -0.5, null, null, "a", null, null);
        assertScore(model, 0.25, 9.0, "XX", "b", 5.0, "bot");
        assertScore(model, -0.5, 9.0, "LU", "c", 500.0, "bot");
        double[] prepared = new double[model.bundle().preparation().width()];
        model.bundle().preparation().apply(new Object[] {null, "LU", "d", -7.0, null}, prepared);
        assertThat(prepared).containsExactly(Double.NaN, 0, 0, 1, 0, 0.4, 0, -4, 0, 1, 0, 0, 1);
    }

    private static void assertScore(Model model, double margin, Object... raw) {
        assertThat(model.score(raw)).isCloseTo(1 / (1 + Math.exp(-margin)), within(1e-12));
    }
}
