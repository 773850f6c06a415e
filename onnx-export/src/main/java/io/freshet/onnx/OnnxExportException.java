package io.freshet.onnx;

/** A model that a graph cannot stand for; the message names the feature and says what to do. */
public final class OnnxExportException extends Exception {
    private static final long serialVersionUID = 1L;

    OnnxExportException(String message) {
        super(message);
    }
}
