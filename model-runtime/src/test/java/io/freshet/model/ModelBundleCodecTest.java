package io.freshet.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.assertj.core.api.Assertions.within;

import io.freshet.model.InvalidBundleException.Reason;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.apache.avro.generic.GenericRecord;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class ModelBundleCodecTest {
    private static final int CAP = 1 << 20;

    private static void assertRefused(byte[] bytes, int cap, Reason reason) {
        InvalidBundleException e =
                catchThrowableOfType(InvalidBundleException.class, () -> ModelBundleCodec.decode(bytes, cap));
        assertThat(e).isNotNull();
        assertThat(e.reason()).isEqualTo(reason);
    }

    @Test
    void shouldReadGoldenFile() throws Exception {
        byte[] bytes;
        try (var in = getClass().getResourceAsStream("/golden/bundle-v5.bin")) {
            bytes = in.readAllBytes();
        }
        assertThat(ModelBundleCodec.encode(GoldenBundle.bundle())).isEqualTo(bytes);
        Model model = Model.load(bytes, CAP);
        assertScore(model, 2, 12.0, "DE", null, 30.0, "bot");
        assertScore(model, -0.5, null, null, "a", null, null);
        assertScore(model, 0.25, 9.0, "XX", "b", 5.0, "bot");
        assertScore(model, -0.5, 9.0, "LU", "c", 500.0, "bot");
        double[] prepared = new double[model.bundle().preparation().width()];
        model.bundle().preparation().apply(new Object[] {null, "LU", "d", -7.0, null}, prepared);
        assertThat(prepared).containsExactly(Double.NaN, 0, 0, 1, 0, 0.4, 0, -4, 0, 1, 0, 0, 1);
        Output.Binary output = (Output.Binary) model.bundle().output();
        assertThat(output.decide(0.5)).isTrue();
        assertThat(output.decide(0.4999)).isFalse();
        assertThatThrownBy(() -> model.score(new Object[] {"x", "DE", "a", 1.0, "bot"}))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("amount");
        assertThatThrownBy(() -> model.score(new Object[2])).isInstanceOf(IllegalArgumentException.class);
    }

    private static void assertScore(Model model, double margin, Object... raw) {
        assertThat(model.score(raw)).isCloseTo(1 / (1 + Math.exp(-(0.5 * margin - 0.25))), within(1e-12));
    }

    @Test
    void shouldReadGoldenFileOfClasses() throws Exception {
        byte[] bytes;
        try (var in = getClass().getResourceAsStream("/golden/bundle-v5-classes.bin")) {
            bytes = in.readAllBytes();
        }
        assertThat(ModelBundleCodec.encode(GoldenBundle.ofClasses())).isEqualTo(bytes);
        Model model = Model.load(bytes, CAP);
        double[] scores = new double[3];
        model.score(new Object[] {2.0}, scores);
        assertThat(scores[0]).isCloseTo(1 / 30.0, within(1e-12));
        assertThat(scores[1]).isCloseTo(4 / 30.0, within(1e-12));
        assertThat(scores[2]).isCloseTo(25 / 30.0, within(1e-12));
        assertThat(model.bundle().output())
                .isEqualTo(new Output.Multiclass(List.of("ham", "spam", "other"), new ClassCalibration.Temperature(2)));
        assertThatThrownBy(() -> model.score(new Object[] {2.0})).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void shouldRoundTripOtherScorersAndCalibrations() throws Exception {
        Preparation preparation = new Preparation(List.of(
                new Step.Numeric("amount", 0, 2, 5),
                new Step.OneHot("country", List.of("DE")),
                new Step.OneHot("shop", List.of())));
        List<@Nullable Object> raw = Arrays.asList(12.0, "DE", null);
        Output regression = new Output.Regression();
        Scorer linear = new LinearScorer(new double[] {1, 2, 3, 4}, 0, Link.IDENTITY);
        Scorer dense = new DenseNetworkScorer(List.of(new DenseNetworkScorer.Layer(
                4, new float[] {1, 2, 3, 4}, new float[1], DenseNetworkScorer.Activation.RELU)));
        Output level = new Output.Binary(new Calibration.Isotonic(new double[] {0.5}, new double[] {0.25}), 0);
        Output classes = new Output.Multiclass(List.of("a", "b"));
        Scorer shares = new ClassScorer(List.of(stump(1), stump(3)), ClassScorer.Combination.SHARES);
        Scorer network = new DenseNetworkScorer(List.of(new DenseNetworkScorer.Layer(
                4, new float[8], new float[] {1, 1}, DenseNetworkScorer.Activation.SOFTMAX)));
        for (ModelBundle bundle : List.of(
                GoldenBundle.with(preparation, linear, regression, raw, List.of(8.0)),
                GoldenBundle.with(preparation, dense, regression, raw, List.of(8.0)),
                GoldenBundle.with(preparation, dense, level, raw, List.of(0.25)),
                GoldenBundle.with(preparation, shares, classes, raw, List.of(0.25, 0.75)),
                GoldenBundle.with(preparation, network, classes, raw, List.of(0.5, 0.5)))) {
            byte[] bytes = ModelBundleCodec.encode(bundle);
            ModelBundle decoded = ModelBundleCodec.decode(bytes, CAP);
            assertThat(decoded.preparation()).isEqualTo(preparation);
            assertThat(ModelBundleCodec.encode(decoded)).isEqualTo(bytes);
        }
    }

    /** A tree of one leaf over four columns. */
    private static Scorer stump(float leaf) {
        return TreeEnsembleScorer.builder(4)
                .addTree(new int[1], new float[1], new int[] {-1}, new int[] {-1}, new boolean[1], new float[] {leaf / 4
                })
                .build(0, Link.CLIPPED);
    }

    @Test
    void shouldRefuseOutputsThatAreNotTheScorers() {
        ModelBundle good = GoldenBundle.ofClasses();
        GenericRecord body = ModelBundleCodec.body(good);
        ((GenericRecord) body.get("output")).put("classes", List.of("ham", "spam"));
        assertRefused(ModelBundleCodec.frame(body), CAP, Reason.INCONSISTENT);
        GenericRecord twice = ModelBundleCodec.body(good);
        ((GenericRecord) twice.get("output")).put("classes", List.of("ham", "spam", "ham"));
        assertRefused(ModelBundleCodec.frame(twice), CAP, Reason.INCONSISTENT);
        GenericRecord frozen = ModelBundleCodec.body(good);
        ((GenericRecord) ((GenericRecord) frozen.get("output")).get("calibration")).put("temperature", 0.0);
        assertRefused(ModelBundleCodec.frame(frozen), CAP, Reason.INCONSISTENT);
        GenericRecord shares = ModelBundleCodec.body(good);
        GenericRecord scorer = (GenericRecord) shares.get("scorer");
        scorer.put(
                "combination",
                new org.apache.avro.generic.GenericData.EnumSymbol(
                        scorer.getSchema().getField("combination").schema(), "SHARES"));
        assertRefused(ModelBundleCodec.frame(shares), CAP, Reason.INCONSISTENT);
    }

    @Test
    void shouldRefuseEveryFlippedBit() {
        long seed = 42;
        Random random = new Random(seed);
        byte[] bytes = ModelBundleCodec.encode(GoldenBundle.bundle());
        for (int i = 0; i < 200; i++) {
            int bit = random.nextInt(bytes.length * 8);
            byte[] flipped = bytes.clone();
            flipped[bit / 8] ^= (byte) (1 << (bit % 8));
            assertThatThrownBy(() -> ModelBundleCodec.decode(flipped, CAP))
                    .as("seed %d, bit %d", seed, bit)
                    .isInstanceOf(InvalidBundleException.class);
        }
    }

    @Test
    void shouldSurviveHostileBodiesWithValidHash() {
        long seed = 7;
        Random random = new Random(seed);
        byte[] bytes = ModelBundleCodec.encode(GoldenBundle.bundle());
        byte[] body = Arrays.copyOfRange(bytes, ModelBundleCodec.HEADER_BYTES, bytes.length);
        for (int i = 0; i < 5000; i++) {
            byte[] changed = body.clone();
            for (int k = 0; k <= random.nextInt(3); k++) {
                changed[random.nextInt(changed.length)] = (byte) random.nextInt(256);
            }
            Throwable thrown = null;
            try {
                ModelBundleCodec.decode(ModelBundleCodec.frame(changed), CAP);
            } catch (Throwable t) {
                thrown = t;
            }
            if (thrown != null) {
                assertThat(thrown).as("seed %d, round %d", seed, i).isInstanceOf(InvalidBundleException.class);
            }
        }
        byte[] bomb = {(byte) 0xfe, (byte) 0xff, (byte) 0xff, (byte) 0xff, 0x0f};
        assertRefused(ModelBundleCodec.frame(bomb), CAP, Reason.CORRUPT);
        assertRefused(ModelBundleCodec.frame(Arrays.copyOf(body, body.length + 1)), CAP, Reason.CORRUPT);
    }

    @Test
    void shouldRefuseStepsThatDoNotHoldTogether() {
        assertRefusedStep(1, "rareAt", 5);
        assertRefusedStep(1, "missingAt", 4);
        assertRefusedStep(1, "categories", List.of("FR", "DE"));
        assertRefusedStep(1, "rare", List.of("DE"));
        assertRefusedStep(1, "rare", List.of("LU", "LU"));
        assertRefusedStep(2, "categories", List.of("a"));
        assertRefusedStep(2, "categories", List.of("a", "a"));
        assertRefusedStep(2, "rareCategories", List.of("a"));
        assertRefusedStep(2, "rareCategories", List.of("c", "c"));
        assertRefusedStep(2, "missing", Double.NaN);
        assertRefusedStep(3, "scale", 0.0);
        assertRefusedStep(3, "center", Double.NaN);
        assertRefusedStep(3, "imputed", Double.NEGATIVE_INFINITY);
        assertRefusedStep(3, "low", 101.0);
        assertRefusedStep(3, "high", Double.NaN);
        assertRefusedStep(4, "buckets", 1);
        assertRefusedStep(4, "buckets", Integer.MAX_VALUE);
    }

    private static void assertRefusedStep(int step, String field, Object value) {
        GenericRecord body = ModelBundleCodec.body(GoldenBundle.bundle());
        GenericRecord changed = (GenericRecord) ((List<?>) body.get("steps")).get(step);
        changed.put(field, value);
        assertRefused(ModelBundleCodec.frame(body), CAP, Reason.INCONSISTENT);
    }

    @Test
    void shouldRefuseACalibrationThatTurnsTheOrderAround() {
        GenericRecord body = ModelBundleCodec.body(GoldenBundle.bundle());
        ((GenericRecord) ((GenericRecord) body.get("output")).get("calibration")).put("slope", -1.0);
        assertRefused(ModelBundleCodec.frame(body), CAP, Reason.INCONSISTENT);
    }

    @Test
    void shouldGiveReasonForRefusal() {
        byte[] bytes = ModelBundleCodec.encode(GoldenBundle.bundle());
        assertRefused(bytes, bytes.length - 1, Reason.TOO_LARGE);
        assertRefused(new byte[100], CAP, Reason.NOT_A_BUNDLE);
        assertRefused(Arrays.copyOf(bytes, 20), CAP, Reason.NOT_A_BUNDLE);
        byte[] newer = bytes.clone();
        newer[8] = 6;
        assertRefused(newer, CAP, Reason.UNSUPPORTED_VERSION);
        byte[] none = bytes.clone();
        none[8] = 0;
        assertRefused(none, CAP, Reason.UNSUPPORTED_VERSION);
        byte[] otherVersion = bytes.clone();
        otherVersion[8] = 1;
        assertRefused(otherVersion, CAP, Reason.CORRUPT);
        assertRefused(Arrays.copyOf(bytes, bytes.length - 1), CAP, Reason.CORRUPT);
        GenericRecord inconsistent = ModelBundleCodec.body(GoldenBundle.bundle());
        inconsistent.put("modelVersion", 0);
        assertRefused(ModelBundleCodec.frame(inconsistent), CAP, Reason.INCONSISTENT);
        ModelBundle good = GoldenBundle.bundle();
        ModelBundle wrong = GoldenBundle.with(
                good.preparation(),
                good.scorer(),
                good.output(),
                good.golden().getFirst().raw(),
                List.of(0.8));
        assertRefused(ModelBundleCodec.frame(ModelBundleCodec.body(wrong)), CAP, Reason.GOLDEN_MISMATCH);
        assertThatThrownBy(() -> ModelBundleCodec.encode(wrong)).isInstanceOf(IllegalArgumentException.class);
    }
}
