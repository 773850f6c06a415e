package io.freshet.trainer.tracking;

import io.freshet.model.ModelBundle;
import io.freshet.onnx.OnnxExport;
import io.freshet.onnx.OnnxExportException;
import io.freshet.schemas.message.ModelRegistered;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * The files of a model version: the bundle as it is, and where a graph can be made of it, the ONNX model with the {@code
 * MLmodel} file by which MLflow's own {@code mlflow.onnx.load_model} and {@code mlflow.pyfunc.load_model} read it.
 *
 * @param contents by name
 * @param withoutOnnx why there is no ONNX model; empty where there is one
 */
record ModelFiles(Map<String, byte[]> contents, Optional<String> withoutOnnx) {
    /** The directory of a run's artifacts that they are put into. */
    static final String DIRECTORY = "model";

    private static final String ONNX = "model.onnx";

    static ModelFiles of(ModelRegistered model, byte[] bytes, ModelBundle bundle, String mlflowRun) {
        Map<String, byte[]> contents = new LinkedHashMap<>();
        contents.put("bundle.freshet", bytes);
        try {
            byte[] onnx = OnnxExport.export(bundle, model.getSha256(), OnnxExport.MISSING_TEXT)
                    .bytes();
            contents.put(ONNX, onnx);
            contents.put("MLmodel", description(model, mlflowRun).getBytes(StandardCharsets.UTF_8));
            return new ModelFiles(contents, Optional.empty());
        } catch (OnnxExportException e) {
            return new ModelFiles(contents, Optional.of(String.valueOf(e.getMessage())));
        }
    }

    /** MLflow's model format (its documentation, "MLflow Models"), YAML. */
    private static String description(ModelRegistered model, String mlflowRun) {
        return """
                artifact_path: %s
                flavors:
                  onnx:
                    code: null
                    data: %s
                    providers:
                    - CPUExecutionProvider
                  python_function:
                    data: %s
                    loader_module: mlflow.onnx
                model_size_bytes: %d
                run_id: %s
                utc_time_created: '%s'
                """.formatted(DIRECTORY, ONNX, ONNX, model.getSizeBytes(), mlflowRun, model.getRegisteredAt());
    }
}
