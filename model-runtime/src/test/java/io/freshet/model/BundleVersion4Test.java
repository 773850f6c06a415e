package io.freshet.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import org.junit.jupiter.api.Test;

/** Bundles of format version 4, the first with several classes. The files are never written anew. */
class BundleVersion4Test {
    @Test
    void shouldGiveWhatVersion4Gave() throws Exception {
        Model model = load("bundle-v4.bin");

        assertThat(model.bundle().output()).isEqualTo(new Output.Binary(new Calibration.Platt(0.5, -0.25), 0.5));
        assertScore(model, 2, 12.0, "DE", null, 30.0, "bot");
        assertScore(model, -0.5, null, null, "a", null, null);
        assertScore(model, -0.5, 9.0, "LU", "c", 500.0, "bot");
    }

    @Test
    void shouldGiveTheClassesOfVersion4() throws Exception {
        Model model = load("bundle-v4-classes.bin");

        double[] scores = new double[3];
        model.score(new Object[] {2.0}, scores);

        assertThat(model.bundle().output())
                .isEqualTo(new Output.Multiclass(List.of("ham", "spam", "other"), new ClassCalibration.None()));
        assertThat(scores).containsExactly(new double[] {1 / 30.0, 4 / 30.0, 25 / 30.0}, within(1e-12));
    }

    private static Model load(String file) throws Exception {
        try (var in = BundleVersion4Test.class.getResourceAsStream("/golden/" + file)) {
            return Model.load(in.readAllBytes(), 1 << 20);
        }
    }

    private static void assertScore(Model model, double margin, Object... raw) {
        assertThat(model.score(raw)).isCloseTo(1 / (1 + Math.exp(-(0.5 * margin - 0.25))), within(1e-12));
    }
}
