package io.freshet.onnx;

import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.OperatorSetIdProto;
import ai.onnx.proto.OnnxMl.StringStringEntryProto;
import ai.onnx.proto.OnnxMl.TensorProto.DataType;
import io.freshet.model.ModelBundle;
import io.freshet.model.Output;
import io.freshet.onnx.Graph.Value;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A bundle as an ONNX model of what {@link io.freshet.model.Model#score} does. Each feature is an input of its name and of
 * shape [rows, 1]: a number is float64, NaN where missing, and a text is a string. The output {@code score}, likewise
 * [rows, 1] of float64, is the calibrated probability or the value; of several classes it is {@code probabilities}, [rows,
 * classes], calibrated likewise. A feature of that name puts an underscore behind it. Everything is computed in float64,
 * but trees compare in float32. What the runtime refuses, such as infinite numbers, a graph does not.
 *
 * <p>Properties of the model, all texts: {@code freshet.pipeline}, {@code freshet.version}, {@code freshet.family}, {@code
 * freshet.feature-set}, {@code freshet.bundle-sha256}, {@code freshet.missing-text}; of a binary task {@code
 * freshet.decision-threshold} (a score that reaches it is a positive decision), of several classes the name of each as
 * {@code freshet.class.0} and so on.
 */
public final class OnnxExport {
    /** Stands for a missing text unless another one is named. */
    public static final String MISSING_TEXT = "";

    /** Of 2021; understood since ONNX Runtime 1.12. */
    private static final int IR_VERSION = 8;

    private static final List<OperatorSetIdProto> OPERATORS =
            List.of(operators(Graph.STANDARD, 17), operators(Graph.CLASSICAL, 3), operators(Graph.ONNX_RUNTIME, 1));

    private OnnxExport() {}

    /**
     * An exported model.
     *
     * @param bytes what an {@code .onnx} file holds; not copied
     * @param needsOnnxRuntime whether it has operators that no other runtime knows, which hashed features take
     */
    @SuppressWarnings("ArrayRecordComponent") // Never compared; megabytes.
    public record Exported(byte[] bytes, boolean needsOnnxRuntime) {}

    /**
     * Exports a model.
     *
     * @param sha256 of the bundle's bytes, for the properties
     * @param missingText what stands for a missing text; no category of the model
     * @throws OnnxExportException naming the feature for which no graph can be made, or not with this missing text
     */
    public static Exported export(ModelBundle bundle, String sha256, String missingText) throws OnnxExportException {
        Graph graph = new Graph();
        Value prepared = new PreparationGraph(graph, missingText).prepare(bundle.preparation());
        Value score = new ScorerGraph(graph).score(bundle.scorer(), prepared);
        switch (bundle.output()) {
            case Output.Binary binary ->
                graph.output(
                        "score",
                        new CalibrationGraph(graph).calibrate(binary.calibration(), score),
                        DataType.DOUBLE,
                        1);
            case Output.Regression() -> graph.output("score", score, DataType.DOUBLE, 1);
            case Output.Multiclass several ->
                graph.output(
                        "probabilities",
                        new CalibrationGraph(graph).calibrate(several.calibration(), score),
                        DataType.DOUBLE,
                        several.size());
        }
        ModelProto.Builder model = ModelProto.newBuilder()
                .setIrVersion(IR_VERSION)
                .setProducerName("freshet")
                .setDomain("io.freshet")
                .setModelVersion(bundle.modelVersion())
                .setGraph(graph.build(bundle.pipeline()));
        Set<String> domains = graph.domains();
        OPERATORS.stream().filter(set -> domains.contains(set.getDomain())).forEach(model::addOpsetImport);
        properties(bundle, sha256, missingText)
                .forEach((key, value) -> model.addMetadataProps(StringStringEntryProto.newBuilder()
                        .setKey("freshet." + key)
                        .setValue(value)));
        return new Exported(model.build().toByteArray(), domains.contains(Graph.ONNX_RUNTIME));
    }

    private static OperatorSetIdProto operators(String domain, long version) {
        return OperatorSetIdProto.newBuilder()
                .setDomain(domain)
                .setVersion(version)
                .build();
    }

    private static Map<String, String> properties(ModelBundle bundle, String sha256, String missingText) {
        Map<String, String> properties = new LinkedHashMap<>();
        properties.put("pipeline", bundle.pipeline());
        properties.put("version", Integer.toString(bundle.modelVersion()));
        properties.put("family", bundle.family());
        properties.put("feature-set", bundle.featureSetId());
        properties.put("bundle-sha256", sha256);
        properties.put("missing-text", missingText);
        switch (bundle.output()) {
            case Output.Binary binary -> properties.put("decision-threshold", Double.toString(binary.threshold()));
            case Output.Regression() -> {}
            case Output.Multiclass several -> {
                for (int i = 0; i < several.size(); i++) {
                    properties.put("class." + i, several.classes().get(i));
                }
            }
        }
        return properties;
    }
}
