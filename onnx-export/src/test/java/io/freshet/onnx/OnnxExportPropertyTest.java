package io.freshet.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.freshet.model.Model;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Random models of every kind of step, scorer and calibration give the same scores in ONNX Runtime as here. */
class OnnxExportPropertyTest {
    private static final int ROUNDS = 400;
    private static final double TOLERANCE = 1e-9;

    @ParameterizedTest
    @EnumSource(Models.Kind.class)
    void shouldScoreAsTheRuntimeDoes(Models.Kind kind) throws Exception {
        double greatest = 0;
        for (long seed = 0; seed < ROUNDS; seed++) {
            Random random = new Random(seed);
            Model model = Models.random(random, kind);
            List<Object[]> rows = Models.rows(random, model, 1 + random.nextInt(40));
            byte[] onnx = OnnxExport.export(model.bundle(), "", OnnxExport.MISSING_TEXT)
                    .bytes();

            double[][] scores;
            try (OnnxRuntimeModel exported = new OnnxRuntimeModel(onnx)) {
                scores = exported.score(model, rows, OnnxExport.MISSING_TEXT);
            }

            assertThat(scores.length).isEqualTo(rows.size());
            for (int i = 0; i < scores.length; i++) {
                double[] expected = new double[model.bundle().output().size()];
                model.score(rows.get(i), expected);
                assertThat(scores[i]).hasSameSizeAs(expected);
                for (int output = 0; output < expected.length; output++) {
                    double size = Math.max(1, Math.abs(expected[output]));
                    assertThat(scores[i][output])
                            .as("seed %d, row %s of %s", seed, Arrays.toString(rows.get(i)), model.bundle())
                            .isCloseTo(expected[output], within(TOLERANCE * size));
                    greatest = Math.max(greatest, Math.abs(scores[i][output] - expected[output]) / size);
                }
            }
        }
        System.out.printf("%s: seeds 0 to %d, greatest difference %.1e%n", kind, ROUNDS - 1, greatest);
    }
}
