package io.freshet.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.freshet.model.Calibration;
import io.freshet.model.LinearScorer;
import io.freshet.model.Link;
import io.freshet.model.Model;
import io.freshet.model.Output;
import io.freshet.model.Preparation;
import io.freshet.model.Step;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class OnnxExportTest {
    private static final Step COUNTRY = new Step.OneHot("country", List.of("", "DE"));

    private static Model model(Step... steps) {
        Preparation preparation = new Preparation(List.of(steps));
        double[] weights = new Random(1).doubles(preparation.width()).toArray();
        return Models.of(
                preparation,
                new LinearScorer(weights, 0.5, Link.LOGISTIC),
                new Output.Binary(new Calibration.None(), 0.25));
    }

    @Test
    void shouldSayWhichModelItIs() throws Exception {
        Model model = model(new Step.Numeric("amount", 0, 0, 1));
        byte[] onnx = OnnxExport.export(model.bundle(), "ab12", "?").bytes();

        try (OnnxRuntimeModel exported = new OnnxRuntimeModel(onnx)) {
            assertThat(exported.properties())
                    .containsExactlyInAnyOrderEntriesOf(Map.of(
                            "freshet.pipeline", "cards",
                            "freshet.version", "7",
                            "freshet.family", "some-family",
                            "freshet.feature-set", "0123456789ab",
                            "freshet.bundle-sha256", "ab12",
                            "freshet.decision-threshold", "0.25",
                            "freshet.missing-text", "?"));
            assertThat(exported.output()).isEqualTo("score");
        }
    }

    @Test
    void shouldNameTheClasses() throws Exception {
        Model model = Models.random(new Random(1), Models.Kind.NETWORK_CLASSES);
        int classes = model.bundle().output().size();

        try (OnnxRuntimeModel exported =
                new OnnxRuntimeModel(OnnxExport.export(model.bundle(), "", "").bytes())) {
            assertThat(exported.output()).isEqualTo("probabilities");
            assertThat(exported.properties())
                    .containsEntry("freshet.class.0", "class 0")
                    .containsEntry("freshet.class." + (classes - 1), "class " + (classes - 1))
                    .doesNotContainKeys("freshet.class." + classes, "freshet.decision-threshold");
        }
    }

    @Test
    void shouldGiveEqualBytesForEqualModels() throws Exception {
        for (long seed = 0; seed < 20; seed++) {
            byte[] one = OnnxExport.export(
                            Models.random(new Random(seed), Models.Kind.LINEAR).bundle(), "", "")
                    .bytes();
            byte[] other = OnnxExport.export(
                            Models.random(new Random(seed), Models.Kind.LINEAR).bundle(), "", "")
                    .bytes();

            assertThat(one).as("seed %d", seed).isEqualTo(other);
        }
    }

    @Test
    void shouldKeepItsOwnNamesApartFromTheFeatures() throws Exception {
        Model model = model(
                new Step.Numeric("score", 1, 2, 3),
                new Step.Numeric("Sub/3", 1, 2, 3),
                new Step.Numeric("IsNaN/2", 1, 2, 3));
        Object[] row = {1.0, null, 3.0};

        try (OnnxRuntimeModel exported =
                new OnnxRuntimeModel(OnnxExport.export(model.bundle(), "", "").bytes())) {
            assertThat(exported.output()).isEqualTo("score_");
            assertThat(exported.score(model, List.<Object[]>of(row), "")[0][0])
                    .isCloseTo(model.score(row), within(1e-12));
        }
    }

    @Test
    void shouldTakeAnotherTextForMissingWhereTheEmptyOneIsACategory() throws Exception {
        Model model = model(COUNTRY);

        assertThatThrownBy(() -> OnnxExport.export(model.bundle(), "", OnnxExport.MISSING_TEXT))
                .isInstanceOf(OnnxExportException.class)
                .hasMessage("feature 'country': '' is one of its categories, so that it cannot stand for a missing one;"
                        + " choose another missing text");
        byte[] onnx = OnnxExport.export(model.bundle(), "", "(none)").bytes();
        try (OnnxRuntimeModel exported = new OnnxRuntimeModel(onnx)) {
            List<Object[]> rows = List.of(new Object[] {""}, new Object[] {"DE"}, new Object[] {null});
            double[][] scores = exported.score(model, rows, "(none)");
            for (int i = 0; i < scores.length; i++) {
                assertThat(scores[i][0]).isCloseTo(model.score(rows.get(i)), within(1e-12));
            }
            assertThat(scores[0][0]).isNotEqualTo(scores[1][0]).isNotEqualTo(scores[2][0]);
        }
    }

    @Test
    void shouldRefuseCategoriesThatAreNoUnicode() {
        Model model = model(new Step.OneHot("country", List.of("\ud800")));

        assertThatThrownBy(() -> OnnxExport.export(model.bundle(), "", ""))
                .isInstanceOf(OnnxExportException.class)
                .hasMessageStartingWith("feature 'country': a category is no Unicode text");
    }

    @Test
    void shouldSayWhetherItNeedsOnnxRuntime() throws Exception {
        Model hashing = model(new Step.Hashed("shop", null, false, 8));

        assertThat(OnnxExport.export(hashing.bundle(), "", "").needsOnnxRuntime())
                .isTrue();
        assertThat(OnnxExport.export(model(COUNTRY).bundle(), "", "?").needsOnnxRuntime())
                .isFalse();
    }
}
