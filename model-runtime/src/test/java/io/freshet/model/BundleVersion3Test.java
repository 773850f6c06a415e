package io.freshet.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

/** A bundle of format version 3, with a calibration. The file is never written anew. */
class BundleVersion3Test {
    @Test
    void shouldGiveWhatVersion3Gave() throws Exception {
        byte[] bytes;
        try (var in = getClass().getResourceAsStream("/golden/bundle-v3.bin")) {
            bytes = in.readAllBytes();
        }

        Model model = Model.load(bytes, 1 << 20);

        assertThat(model.bundle().output()).isEqualTo(new Output.Binary(new Calibration.Platt(0.5, -0.25), 0.5));
        assertScore(model, 2, 12.0, "DE", null, 30.0, "bot");
        assertScore(model, -0.5, null, null, "a", null, null);
        assertScore(model, -0.5, 9.0, "LU", "c", 500.0, "bot");
    }

    private static void assertScore(Model model, double margin, Object... raw) {
        assertThat(model.score(raw)).isCloseTo(1 / (1 + Math.exp(-(0.5 * margin - 0.25))), within(1e-12));
    }
}
