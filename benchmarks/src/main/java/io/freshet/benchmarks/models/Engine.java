package io.freshet.benchmarks.models;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtSession;
import io.freshet.model.DenseNetworkScorer;
import io.freshet.model.DenseNetworkScorer.Layer;
import io.freshet.model.Model;
import io.freshet.model.Preparation;
import io.freshet.model.Scorer;
import io.freshet.trainer.rows.Matrix;
import java.nio.DoubleBuffer;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import ml.dmlc.xgboost4j.java.Booster;
import ml.dmlc.xgboost4j.java.DMatrix;
import ml.dmlc.xgboost4j.java.XGBoost;
import org.bytedeco.openblas.global.openblas;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.lossfunctions.LossFunctions;

/** Something that scores the same rows with the same model. Each works on one thread. */
@FunctionalInterface
interface Engine {
    /**
     * Scores rows {@code from} to {@code from + into.length}, exclusive.
     *
     * @throws Exception as the library does
     */
    void score(int from, double[] into) throws Exception;

    /** Which engines there are; not every one serves every family. */
    enum Kind {
        /** From raw values to the score: one row as a service asks, many as a training does. */
        FRESHET,
        /** From prepared values, likewise. */
        FRESHET_PREPARED,
        /** XGBoost's {@code predict} on a new DMatrix, from prepared values. */
        XGBOOST_PREDICT,
        /** XGBoost's {@code inplace_predict}, from prepared values. */
        XGBOOST_INPLACE,
        /** Deeplearning4j's {@code output}, from prepared values. */
        DL4J_OUTPUT,
        /** ONNX Runtime, from raw values: the preparation is part of the graph. */
        ONNX_RUNTIME;

        Engine of(ScoredModel scored, Signals signals) throws Exception {
            Model model = scored.model();
            Matrix prepared = Matrix.prepare(model.bundle().preparation(), signals.raw());
            return switch (this) {
                case FRESHET -> freshet(model, signals);
                case FRESHET_PREPARED -> prepared(model.bundle().scorer(), prepared);
                case XGBOOST_PREDICT -> predict(booster(scored), prepared);
                case XGBOOST_INPLACE -> inPlace(booster(scored), prepared);
                case DL4J_OUTPUT ->
                    output(network((DenseNetworkScorer) model.bundle().scorer()), prepared);
                case ONNX_RUNTIME -> onnx(scored.onnx(), model, signals);
            };
        }
    }

    private static Engine freshet(Model model, Signals signals) {
        List<@Nullable Object[]> raw = signals.raw();
        Preparation preparation = model.bundle().preparation();
        return (from, into) -> {
            if (into.length == 1) {
                into[0] = model.score(raw.get(from));
                return;
            }
            double[] scores = Matrix.prepare(preparation, raw.subList(from, from + into.length))
                    .scores(model.bundle().scorer());
            System.arraycopy(scores, 0, into, 0, into.length);
        };
    }

    private static Engine prepared(Scorer scorer, Matrix prepared) {
        double[][] rows =
                IntStream.range(0, prepared.height()).mapToObj(prepared::row).toArray(double[][]::new);
        return (from, into) -> {
            if (into.length == 1) {
                into[0] = scorer.score(rows[from]);
            } else {
                scorer.scores(rows, from, from + into.length, into);
            }
        };
    }

    private static Booster booster(ScoredModel scored) throws Exception {
        Booster booster = XGBoost.loadModel(scored.xgboost().orElseThrow());
        booster.setParam("nthread", 1);
        return booster;
    }

    private static Engine predict(Booster booster, Matrix rows) {
        return (from, into) -> {
            DMatrix matrix = new DMatrix(rows.floats(from, from + into.length), into.length, rows.width(), Float.NaN);
            copy(booster.predict(matrix), into);
            matrix.dispose();
        };
    }

    private static Engine inPlace(Booster booster, Matrix rows) {
        return (from, into) -> copy(
                booster.inplace_predict(rows.floats(from, from + into.length), into.length, rows.width(), Float.NaN),
                into);
    }

    private static void copy(float[][] predicted, double[] into) {
        for (int i = 0; i < into.length; i++) {
            into[i] = predicted[i][0];
        }
    }

    private static Engine output(MultiLayerNetwork network, Matrix rows) {
        return (from, into) -> {
            INDArray inputs =
                    Nd4j.create(rows.floats(from, from + into.length), new long[] {into.length, rows.width()}, 'c');
            INDArray output = network.output(inputs);
            for (int i = 0; i < into.length; i++) {
                into[i] = output.getDouble(i);
            }
            inputs.close();
            output.close();
        };
    }

    /** The same layers in the library. */
    private static MultiLayerNetwork network(DenseNetworkScorer scorer) {
        Nd4j.getEnvironment().setMaxThreads(1);
        Nd4j.getEnvironment().setMaxMasterThreads(1);
        openblas.blas_set_num_threads(1);
        List<Layer> layers = scorer.layers();
        NeuralNetConfiguration.ListBuilder builder = new NeuralNetConfiguration.Builder().list();
        for (int l = 0; l < layers.size(); l++) {
            int inputs = layers.get(l).inputs();
            int outputs = layers.get(l).outputs();
            builder.layer(
                    l + 1 < layers.size()
                            ? new DenseLayer.Builder()
                                    .nIn(inputs)
                                    .nOut(outputs)
                                    .activation(Activation.RELU)
                                    .build()
                            : new OutputLayer.Builder(LossFunctions.LossFunction.XENT)
                                    .nIn(inputs)
                                    .nOut(outputs)
                                    .activation(Activation.SIGMOID)
                                    .build());
        }
        MultiLayerNetwork network = new MultiLayerNetwork(builder.build());
        network.init();
        for (int l = 0; l < layers.size(); l++) {
            Layer layer = layers.get(l);
            INDArray byOutput = Nd4j.create(layer.weights(), new long[] {layer.outputs(), layer.inputs()}, 'c');
            network.getLayer(l).getParam("W").assign(byOutput.transpose());
            network.getLayer(l).getParam("b").assign(Nd4j.create(layer.biases(), new long[] {1, layer.outputs()}, 'c'));
        }
        return network;
    }

    private static Engine onnx(byte[] bytes, Model model, Signals signals) throws Exception {
        OrtEnvironment environment = OrtEnvironment.getEnvironment();
        OrtSession.SessionOptions options = new OrtSession.SessionOptions();
        options.setIntraOpNumThreads(1);
        OrtSession session = environment.createSession(bytes, options);
        List<String> names = model.bundle().features().stream()
                .map(feature -> feature.name())
                .toList();
        return (from, into) -> {
            Map<String, OnnxTensor> inputs = new LinkedHashMap<>();
            for (int column = 0; column < names.size(); column++) {
                double[] values = new double[into.length];
                for (int i = 0; i < values.length; i++) {
                    values[i] = signals.rows()[from + i][column];
                }
                inputs.put(
                        names.get(column),
                        OnnxTensor.createTensor(environment, DoubleBuffer.wrap(values), new long[] {values.length, 1}));
            }
            try (OrtSession.Result result = session.run(inputs)) {
                ((OnnxTensor) result.get(0)).getDoubleBuffer().get(into);
            }
            inputs.values().forEach(OnnxTensor::close);
        };
    }
}
