package io.freshet.model;

import io.freshet.model.InvalidBundleException.Reason;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericDatumReader;
import org.apache.avro.generic.GenericDatumWriter;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.io.BinaryDecoder;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.DecoderFactory;
import org.apache.avro.io.EncoderFactory;
import org.jspecify.annotations.Nullable;

/**
 * The portable form of a {@link ModelBundle}: the 8 bytes {@code FRESHET\0}, one byte of format version, the 32 bytes of
 * the body's SHA-256, and the body in Avro binary by {@code ModelBundleBody.avsc}. Equal bundles give equal bytes.
 *
 * <p>Earlier versions are read as well, each by its {@code ModelBundleBody-v*.avsc}. Before version 5 several classes are not
 * calibrated, before version 4 all models are binary, before version 3 there is no calibration; in version 1 an unseen
 * category and a missing one are the same, and nothing is clipped, logarithmic, rare or hashed.
 */
public final class ModelBundleCodec {
    private static final byte[] MAGIC = "FRESHET\0".getBytes(StandardCharsets.US_ASCII);
    private static final int HASH_BYTES = 32;
    static final int HEADER_BYTES = MAGIC.length + 1 + HASH_BYTES;
    static final Schema SCHEMA = schema("ModelBundleBody.avsc");
    private static final Schema SCHEMA_V4 = schema("ModelBundleBody-v4.avsc");
    private static final Schema SCHEMA_V3 = schema("ModelBundleBody-v3.avsc");
    private static final Schema SCHEMA_V2 = schema("ModelBundleBody-v2.avsc");
    private static final Schema SCHEMA_V1 = schema("ModelBundleBody-v1.avsc");

    private ModelBundleCodec() {}

    /**
     * The bytes of a bundle.
     *
     * @throws IllegalArgumentException where the scorer does not give the golden scores, so that nobody could load it
     */
    public static byte[] encode(ModelBundle bundle) {
        int mismatch = new Model(bundle).firstGoldenMismatch();
        if (mismatch >= 0) {
            throw new IllegalArgumentException("golden vector " + mismatch + " is not reproduced");
        }
        return frame(body(bundle));
    }

    /** SHA-256 of a bundle's bytes, lower-case hexadecimal. */
    public static String fingerprint(byte[] bundle) {
        return HexFormat.of().formatHex(sha256(bundle, 0));
    }

    /** The bytes of a body with its header, without any check. */
    static byte[] frame(GenericRecord body) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try {
            BinaryEncoder encoder = EncoderFactory.get().binaryEncoder(bytes, null);
            new GenericDatumWriter<GenericRecord>(SCHEMA).write(body, encoder);
            encoder.flush();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return frame(bytes.toByteArray());
    }

    /** The bytes of an encoded body with its header. */
    static byte[] frame(byte[] body) {
        return ByteBuffer.allocate(HEADER_BYTES + body.length)
                .put(MAGIC)
                .put((byte) ModelBundle.FORMAT_VERSION)
                .put(sha256(body, 0))
                .put(body)
                .array();
    }

    /**
     * The bundle in the bytes, its hash checked before the body is read and its golden vectors before it is returned.
     * Memory used is in proportion to the length of the bytes, whatever they claim.
     *
     * @param maxBytes largest accepted length of {@code bytes}
     * @throws InvalidBundleException on anything that is not a usable bundle, with its reason
     */
    public static ModelBundle decode(byte[] bytes, int maxBytes) throws InvalidBundleException {
        if (bytes.length > maxBytes) {
            throw refuse(Reason.TOO_LARGE, bytes.length + " bytes where " + maxBytes + " are allowed", null);
        }
        if (bytes.length < HEADER_BYTES || !Arrays.equals(bytes, 0, MAGIC.length, MAGIC, 0, MAGIC.length)) {
            throw refuse(Reason.NOT_A_BUNDLE, "no bundle header", null);
        }
        int version = Byte.toUnsignedInt(bytes[MAGIC.length]);
        if (version < 1 || version > ModelBundle.FORMAT_VERSION) {
            throw refuse(
                    Reason.UNSUPPORTED_VERSION,
                    "format version " + version + ", this code reads 1 to " + ModelBundle.FORMAT_VERSION,
                    null);
        }
        byte[] expected = Arrays.copyOfRange(bytes, MAGIC.length + 1, HEADER_BYTES);
        if (!MessageDigest.isEqual(expected, sha256(bytes, HEADER_BYTES))) {
            throw refuse(Reason.CORRUPT, "the body's hash does not match", null);
        }
        Schema schema = switch (version) {
            case 1 -> SCHEMA_V1;
            case 2 -> SCHEMA_V2;
            case 3 -> SCHEMA_V3;
            case 4 -> SCHEMA_V4;
            default -> SCHEMA;
        };
        GenericRecord body = read(schema, bytes);
        ModelBundle bundle;
        int mismatch;
        try {
            bundle = bundle(body);
            mismatch = new Model(bundle).firstGoldenMismatch();
        } catch (ArithmeticException e) {
            throw refuse(Reason.GOLDEN_MISMATCH, "a golden score is not finite", e);
        } catch (RuntimeException e) {
            throw refuse(Reason.INCONSISTENT, String.valueOf(e.getMessage()), e);
        }
        if (mismatch >= 0) {
            throw refuse(Reason.GOLDEN_MISMATCH, "golden vector " + mismatch + " is not reproduced", null);
        }
        return bundle;
    }

    private static GenericRecord read(Schema schema, byte[] bytes) throws InvalidBundleException {
        try {
            BodyShape.check(schema, bytes, HEADER_BYTES);
            BinaryDecoder decoder =
                    DecoderFactory.get().binaryDecoder(bytes, HEADER_BYTES, bytes.length - HEADER_BYTES, null);
            GenericRecord body = new GenericDatumReader<GenericRecord>(schema).read(null, decoder);
            if (!decoder.isEnd()) {
                throw refuse(Reason.CORRUPT, "bytes after the body", null);
            }
            return body;
        } catch (IOException | RuntimeException e) {
            throw refuse(Reason.CORRUPT, "the body cannot be read", e);
        }
    }

    /** The Avro form of a bundle. */
    static GenericRecord body(ModelBundle bundle) {
        GenericRecord body = new GenericData.Record(SCHEMA);
        body.put("pipeline", bundle.pipeline());
        body.put("modelVersion", bundle.modelVersion());
        body.put("family", bundle.family());
        Schema featureSchema = SCHEMA.getField("features").schema().getElementType();
        List<GenericRecord> features = new ArrayList<>();
        for (Feature feature : bundle.features()) {
            GenericRecord out = new GenericData.Record(featureSchema);
            out.put("name", feature.name());
            out.put("kind", symbol(featureSchema, "kind", feature.kind()));
            features.add(out);
        }
        body.put("features", features);
        body.put("featureSetId", bundle.featureSetId());
        body.put(
                "steps",
                bundle.preparation().steps().stream()
                        .map(ModelBundleCodec::step)
                        .toList());
        body.put("scorer", scorer(bundle.scorer()));
        body.put("output", output(bundle.output()));
        Schema goldenSchema = SCHEMA.getField("golden").schema().getElementType();
        List<GenericRecord> golden = new ArrayList<>();
        for (GoldenVector vector : bundle.golden()) {
            GenericRecord out = new GenericData.Record(goldenSchema);
            out.put("raw", vector.raw());
            out.put("scores", vector.scores());
            golden.add(out);
        }
        body.put("golden", golden);
        return body;
    }

    private static GenericRecord step(Step step) {
        List<Schema> branches =
                SCHEMA.getField("steps").schema().getElementType().getTypes();
        switch (step) {
            case Step.Numeric numeric -> {
                GenericRecord out = new GenericData.Record(branches.get(0));
                out.put("imputed", numeric.imputed());
                out.put("indicator", numeric.indicator());
                out.put("low", numeric.low());
                out.put("high", numeric.high());
                out.put("log", numeric.log());
                out.put("center", numeric.center());
                out.put("scale", numeric.scale());
                return out;
            }
            case Step.OneHot oneHot -> {
                GenericRecord out = new GenericData.Record(branches.get(1));
                out.put("imputed", oneHot.imputed());
                out.put("categories", oneHot.categories());
                out.put("rare", oneHot.rare().stream().sorted().toList());
                out.put("rareAt", oneHot.rareAt());
                out.put("unseenAt", oneHot.unseenAt());
                out.put("missingAt", oneHot.missingAt());
                return out;
            }
            case Step.Mapped mapped -> {
                TreeMap<String, Double> sorted = new TreeMap<>(mapped.values());
                GenericRecord out = new GenericData.Record(branches.get(2));
                out.put("encode", symbol(branches.get(2), "encode", mapped.encode()));
                out.put("imputed", mapped.imputed());
                out.put("indicator", mapped.indicator());
                out.put("categories", List.copyOf(sorted.keySet()));
                out.put(
                        "values",
                        pack(sorted.values().stream().mapToDouble(v -> v).toArray()));
                out.put(
                        "rareCategories",
                        mapped.rareCategories().stream().sorted().toList());
                out.put("rare", mapped.rare());
                out.put("unseen", mapped.unseen());
                out.put("missing", mapped.missing());
                return out;
            }
            case Step.Hashed hashed -> {
                GenericRecord out = new GenericData.Record(branches.get(3));
                out.put("imputed", hashed.imputed());
                out.put("indicator", hashed.indicator());
                out.put("buckets", hashed.buckets());
                return out;
            }
        }
    }

    private static GenericRecord scorer(Scorer scorer) {
        List<Schema> branches = SCHEMA.getField("scorer").schema().getTypes();
        switch (scorer) {
            case LinearScorer linear -> {
                GenericRecord out = new GenericData.Record(branches.get(0));
                out.put("weights", pack(linear.weights()));
                out.put("bias", linear.bias());
                out.put("link", symbol(branches.get(0), "link", linear.link()));
                return out;
            }
            case TreeEnsembleScorer trees -> {
                GenericRecord out = new GenericData.Record(branches.get(1));
                out.put("width", trees.width());
                out.put("baseMargin", trees.baseMargin());
                out.put("link", symbol(branches.get(1), "link", trees.link()));
                out.put("roots", pack(trees.roots));
                out.put("features", pack(trees.features));
                out.put("thresholds", pack(trees.thresholds));
                out.put("left", pack(trees.left));
                out.put("right", pack(trees.right));
                byte[] defaults = new byte[trees.defaultLeft.length];
                for (int i = 0; i < defaults.length; i++) {
                    defaults[i] = (byte) (trees.defaultLeft[i] ? 1 : 0);
                }
                out.put("defaultLeft", ByteBuffer.wrap(defaults));
                out.put("leaves", pack(trees.leaves));
                return out;
            }
            case DenseNetworkScorer network -> {
                GenericRecord out = new GenericData.Record(branches.get(2));
                Schema layerSchema = branches.get(2).getField("layers").schema().getElementType();
                List<GenericRecord> layers = new ArrayList<>();
                for (DenseNetworkScorer.Layer layer : network.layers()) {
                    GenericRecord one = new GenericData.Record(layerSchema);
                    one.put("inputs", layer.inputs());
                    one.put("weights", pack(layer.weights()));
                    one.put("biases", pack(layer.biases()));
                    one.put("activation", symbol(layerSchema, "activation", layer.activation()));
                    layers.add(one);
                }
                out.put("layers", layers);
                return out;
            }
            case ClassScorer classes -> {
                GenericRecord out = new GenericData.Record(branches.get(3));
                out.put("combination", symbol(branches.get(3), "combination", classes.combination()));
                out.put(
                        "scorers",
                        classes.scorers().stream().map(ModelBundleCodec::scorer).toList());
                return out;
            }
        }
    }

    private static GenericRecord output(Output output) {
        List<Schema> branches = SCHEMA.getField("output").schema().getTypes();
        switch (output) {
            case Output.Binary binary -> {
                GenericRecord out = new GenericData.Record(branches.get(0));
                out.put("calibration", calibration(binary.calibration(), branches.get(0)));
                out.put("threshold", binary.threshold());
                return out;
            }
            case Output.Multiclass multiclass -> {
                GenericRecord out = new GenericData.Record(branches.get(1));
                out.put("classes", multiclass.classes());
                out.put("calibration", calibration(multiclass.calibration(), branches.get(1)));
                return out;
            }
            case Output.Regression regression -> {
                return new GenericData.Record(branches.get(2));
            }
        }
    }

    private static @Nullable GenericRecord calibration(Calibration calibration, Schema binary) {
        List<Schema> branches = binary.getField("calibration").schema().getTypes();
        switch (calibration) {
            case Calibration.None none -> {
                return null;
            }
            case Calibration.Platt platt -> {
                GenericRecord out = new GenericData.Record(branches.get(1));
                out.put("slope", platt.slope());
                out.put("intercept", platt.intercept());
                return out;
            }
            case Calibration.Isotonic isotonic -> {
                GenericRecord out = new GenericData.Record(branches.get(2));
                out.put("scores", pack(isotonic.scores()));
                out.put("probabilities", pack(isotonic.probabilities()));
                return out;
            }
        }
    }

    private static @Nullable GenericRecord calibration(ClassCalibration calibration, Schema multiclass) {
        List<Schema> branches = multiclass.getField("calibration").schema().getTypes();
        switch (calibration) {
            case ClassCalibration.None none -> {
                return null;
            }
            case ClassCalibration.Temperature temperature -> {
                GenericRecord out = new GenericData.Record(branches.get(1));
                out.put("temperature", temperature.value());
                return out;
            }
        }
    }

    private static ModelBundle bundle(GenericRecord body) {
        List<Feature> features = new ArrayList<>();
        for (GenericRecord feature : records(body, "features")) {
            features.add(new Feature(text(feature, "name"), FeatureKind.valueOf(text(feature, "kind"))));
        }
        List<GenericRecord> stepRecords = records(body, "steps");
        if (stepRecords.size() != features.size()) {
            throw new IllegalArgumentException(features.size() + " features but " + stepRecords.size() + " steps");
        }
        boolean version1 = body.getSchema().equals(SCHEMA_V1);
        List<Step> steps = new ArrayList<>();
        for (int i = 0; i < stepRecords.size(); i++) {
            steps.add(step(features.get(i).name(), stepRecords.get(i), version1));
        }
        List<GoldenVector> golden = new ArrayList<>();
        for (GenericRecord vector : records(body, "golden")) {
            List<@Nullable Object> raw = new ArrayList<>();
            for (Object value : (List<?>) vector.get("raw")) {
                raw.add(value instanceof CharSequence chars ? chars.toString() : value);
            }
            golden.add(new GoldenVector(raw, scores(vector)));
        }
        return new ModelBundle(
                ModelBundle.FORMAT_VERSION,
                text(body, "pipeline"),
                (Integer) body.get("modelVersion"),
                text(body, "family"),
                features,
                text(body, "featureSetId"),
                new Preparation(steps),
                scorer((GenericRecord) body.get("scorer")),
                output(body),
                golden);
    }

    private static List<Double> scores(GenericRecord vector) {
        return vector.hasField("scores")
                ? ((List<?>) vector.get("scores"))
                        .stream().map(Double.class::cast).toList()
                : List.of(number(vector, "score"));
    }

    private static Output output(GenericRecord body) {
        if (!body.hasField("output")) {
            Calibration calibration = body.hasField("calibration")
                    ? calibration((GenericRecord) body.get("calibration"))
                    : new Calibration.None();
            return new Output.Binary(calibration, number(body, "decisionThreshold"));
        }
        GenericRecord output = (GenericRecord) body.get("output");
        return switch (output.getSchema().getName()) {
            case "Binary" ->
                new Output.Binary(calibration((GenericRecord) output.get("calibration")), number(output, "threshold"));
            case "Multiclass" -> new Output.Multiclass(texts(output, "classes"), classCalibration(output));
            default -> new Output.Regression();
        };
    }

    private static Step step(String feature, GenericRecord in, boolean version1) {
        return switch (in.getSchema().getName()) {
            case "Numeric" ->
                version1
                        ? new Step.Numeric(feature, number(in, "imputed"), number(in, "mean"), number(in, "sd"))
                        : new Step.Numeric(
                                feature,
                                number(in, "imputed"),
                                (Boolean) in.get("indicator"),
                                number(in, "low"),
                                number(in, "high"),
                                (Boolean) in.get("log"),
                                number(in, "center"),
                                number(in, "scale"));
            case "OneHot" ->
                version1
                        ? new Step.OneHot(feature, texts(in, "categories"))
                        : new Step.OneHot(
                                feature,
                                textOrNull(in, "imputed"),
                                texts(in, "categories"),
                                distinct(feature, texts(in, "rare")),
                                (Integer) in.get("rareAt"),
                                (Integer) in.get("unseenAt"),
                                (Integer) in.get("missingAt"));
            case "Mapped" -> {
                Step.Mapped.Encode encode = Step.Mapped.Encode.valueOf(text(in, "encode"));
                Map<String, Double> values = mapping(feature, texts(in, "categories"), doubles(in, "values"));
                yield version1
                        ? new Step.Mapped(feature, encode, values, number(in, "unseen"))
                        : new Step.Mapped(
                                feature,
                                encode,
                                textOrNull(in, "imputed"),
                                (Boolean) in.get("indicator"),
                                values,
                                distinct(feature, texts(in, "rareCategories")),
                                number(in, "rare"),
                                number(in, "unseen"),
                                number(in, "missing"));
            }
            default ->
                new Step.Hashed(
                        feature, textOrNull(in, "imputed"), (Boolean) in.get("indicator"), (Integer) in.get("buckets"));
        };
    }

    private static Map<String, Double> mapping(String feature, List<String> categories, double[] values) {
        if (categories.size() != values.length) {
            throw new IllegalArgumentException("feature '" + feature + "': categories and values differ");
        }
        Map<String, Double> mapping = new HashMap<>();
        for (int i = 0; i < values.length; i++) {
            if (mapping.put(categories.get(i), values[i]) != null) {
                throw new IllegalArgumentException("feature '" + feature + "': a category is given twice");
            }
        }
        return mapping;
    }

    private static Set<String> distinct(String feature, List<String> categories) {
        Set<String> distinct = new HashSet<>(categories);
        if (distinct.size() != categories.size()) {
            throw new IllegalArgumentException("feature '" + feature + "': a rare category is given twice");
        }
        return distinct;
    }

    private static Scorer scorer(GenericRecord in) {
        switch (in.getSchema().getName()) {
            case "Linear" -> {
                return new LinearScorer(
                        doubles(in, "weights"), (Double) in.get("bias"), Link.valueOf(text(in, "link")));
            }
            case "TreeEnsemble" -> {
                ByteBuffer flags = ((ByteBuffer) in.get("defaultLeft")).duplicate();
                boolean[] defaultLeft = new boolean[flags.remaining()];
                for (int i = 0; i < defaultLeft.length; i++) {
                    byte flag = flags.get();
                    if (flag != 0 && flag != 1) {
                        throw new IllegalArgumentException("default side must be 0 or 1");
                    }
                    defaultLeft[i] = flag == 1;
                }
                return new TreeEnsembleScorer(
                        (Integer) in.get("width"),
                        (Double) in.get("baseMargin"),
                        Link.valueOf(text(in, "link")),
                        ints(in, "roots"),
                        ints(in, "features"),
                        floats(in, "thresholds"),
                        ints(in, "left"),
                        ints(in, "right"),
                        defaultLeft,
                        floats(in, "leaves"));
            }
            case "PerClass" -> {
                return new ClassScorer(
                        records(in, "scorers").stream()
                                .map(ModelBundleCodec::scorer)
                                .toList(),
                        ClassScorer.Combination.valueOf(text(in, "combination")));
            }
            default -> {
                List<DenseNetworkScorer.Layer> layers = new ArrayList<>();
                for (GenericRecord layer : records(in, "layers")) {
                    layers.add(new DenseNetworkScorer.Layer(
                            (Integer) layer.get("inputs"),
                            floats(layer, "weights"),
                            floats(layer, "biases"),
                            DenseNetworkScorer.Activation.valueOf(text(layer, "activation"))));
                }
                return new DenseNetworkScorer(layers);
            }
        }
    }

    private static Calibration calibration(@Nullable GenericRecord in) {
        if (in == null) {
            return new Calibration.None();
        }
        return in.getSchema().getName().equals("Platt")
                ? new Calibration.Platt(number(in, "slope"), number(in, "intercept"))
                : new Calibration.Isotonic(doubles(in, "scores"), doubles(in, "probabilities"));
    }

    private static ClassCalibration classCalibration(GenericRecord multiclass) {
        return multiclass.hasField("calibration") && multiclass.get("calibration") instanceof GenericRecord in
                ? new ClassCalibration.Temperature(number(in, "temperature"))
                : new ClassCalibration.None();
    }

    private static GenericData.EnumSymbol symbol(Schema schema, String field, Enum<?> value) {
        return new GenericData.EnumSymbol(schema.getField(field).schema(), value.name());
    }

    private static String text(GenericRecord in, String field) {
        return in.get(field).toString();
    }

    private static @Nullable String textOrNull(GenericRecord in, String field) {
        Object value = in.get(field);
        return value == null ? null : value.toString();
    }

    private static double number(GenericRecord in, String field) {
        return (Double) in.get(field);
    }

    private static List<String> texts(GenericRecord in, String field) {
        return ((List<?>) in.get(field)).stream().map(Object::toString).toList();
    }

    private static List<GenericRecord> records(GenericRecord in, String field) {
        return ((List<?>) in.get(field)).stream().map(GenericRecord.class::cast).toList();
    }

    private static ByteBuffer pack(double[] values) {
        ByteBuffer out = buffer(values.length, Double.BYTES);
        for (double value : values) {
            out.putDouble(value);
        }
        return out.flip();
    }

    private static ByteBuffer pack(float[] values) {
        ByteBuffer out = buffer(values.length, Float.BYTES);
        for (float value : values) {
            out.putFloat(value);
        }
        return out.flip();
    }

    private static ByteBuffer pack(int[] values) {
        ByteBuffer out = buffer(values.length, Integer.BYTES);
        for (int value : values) {
            out.putInt(value);
        }
        return out.flip();
    }

    private static ByteBuffer buffer(int count, int size) {
        return ByteBuffer.allocate(Math.multiplyExact(count, size)).order(ByteOrder.LITTLE_ENDIAN);
    }

    private static double[] doubles(GenericRecord in, String field) {
        ByteBuffer bytes = bytes(in, field, Double.BYTES);
        double[] values = new double[bytes.remaining() / Double.BYTES];
        bytes.asDoubleBuffer().get(values);
        return values;
    }

    private static float[] floats(GenericRecord in, String field) {
        ByteBuffer bytes = bytes(in, field, Float.BYTES);
        float[] values = new float[bytes.remaining() / Float.BYTES];
        bytes.asFloatBuffer().get(values);
        return values;
    }

    private static int[] ints(GenericRecord in, String field) {
        ByteBuffer bytes = bytes(in, field, Integer.BYTES);
        int[] values = new int[bytes.remaining() / Integer.BYTES];
        bytes.asIntBuffer().get(values);
        return values;
    }

    private static ByteBuffer bytes(GenericRecord in, String field, int size) {
        ByteBuffer bytes = ((ByteBuffer) in.get(field)).duplicate().order(ByteOrder.LITTLE_ENDIAN);
        if (bytes.remaining() % size != 0) {
            throw new IllegalArgumentException(field + " is not a whole number of values");
        }
        return bytes;
    }

    private static InvalidBundleException refuse(Reason reason, String message, @Nullable Throwable cause) {
        return new InvalidBundleException(reason, message, cause);
    }

    private static byte[] sha256(byte[] bytes, int offset) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            digest.update(bytes, offset, bytes.length - offset);
            return digest.digest();
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    private static Schema schema(String file) {
        try (InputStream in = ModelBundleCodec.class.getResourceAsStream(file)) {
            if (in == null) {
                throw new IllegalStateException(file + " is not on the class path");
            }
            return new Schema.Parser().parse(in);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
