package io.freshet.onnx;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import io.freshet.model.FeatureKind;
import io.freshet.model.Model;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** An exported model in ONNX Runtime. */
final class OnnxRuntimeModel implements AutoCloseable {
    private final OrtEnvironment environment = OrtEnvironment.getEnvironment();
    private final OrtSession session;

    OnnxRuntimeModel(byte[] onnx) throws OrtException {
        try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
            options.setIntraOpNumThreads(1);
            this.session = environment.createSession(onnx, options);
        }
    }

    Map<String, String> properties() throws OrtException {
        return session.getMetadata().getCustomMetadata();
    }

    String output() {
        return session.getOutputNames().iterator().next();
    }

    /** Scores of raw rows in the order of the model's features, one or one for each class. */
    double[][] score(Model model, List<Object[]> rows, String missingText) throws OrtException {
        Map<String, OnnxTensor> inputs = new LinkedHashMap<>();
        try {
            for (int i = 0; i < model.bundle().features().size(); i++) {
                int feature = i;
                String name = model.bundle().features().get(i).name();
                if (model.bundle().features().get(i).kind() == FeatureKind.NUMERIC) {
                    double[][] numbers = rows.stream()
                            .map(row -> new double[] {row[feature] == null ? Double.NaN : (Double) row[feature]})
                            .toArray(double[][]::new);
                    inputs.put(name, OnnxTensor.createTensor(environment, numbers));
                } else {
                    String[] texts = rows.stream()
                            .map(row -> row[feature] == null ? missingText : (String) row[feature])
                            .toArray(String[]::new);
                    inputs.put(name, OnnxTensor.createTensor(environment, texts, new long[] {rows.size(), 1}));
                }
            }
            try (OrtSession.Result result = session.run(inputs)) {
                return (double[][]) result.get(0).getValue();
            }
        } finally {
            inputs.values().forEach(OnnxTensor::close);
        }
    }

    @Override
    public void close() throws OrtException {
        session.close();
    }
}
