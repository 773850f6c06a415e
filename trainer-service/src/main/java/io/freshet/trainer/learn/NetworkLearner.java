package io.freshet.trainer.learn;

import io.freshet.model.DenseNetworkScorer;
import io.freshet.model.DenseNetworkScorer.Activation;
import io.freshet.model.DenseNetworkScorer.Layer;
import io.freshet.trainer.rows.Matrix;
import io.freshet.trainer.rows.Targets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.bytedeco.openblas.global.openblas;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.nn.weights.WeightInit;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.lossfunctions.LossFunctions;

/**
 * A feed-forward network of two hidden ReLU layers by Deeplearning4j, cross-entropy loss or the squared error of numbers,
 * Adam (Kingma and Ba, ICLR 2015). It takes about {@value #STEPS} gradient steps whatever the number of rows, on at most the newest {@value
 * #MOST_ROWS} of them, shuffled once by the seed; that bounds the time.
 *
 * <p>One thread: the layers are too small to share out.
 */
public final class NetworkLearner implements Learner {
    static final int MOST_ROWS = 100_000;
    static final int STEPS = 800;
    private static final int[] HIDDEN = {32, 16};
    private static final double LEARNING_RATE = 3e-3;
    private static final double L2 = 1e-5;
    private static final int LEAST_BATCH = 32;
    private static final int MOST_BATCH = 512;
    private static final int SCORED_AT_ONCE = 8_192;

    @Override
    public Fitted fit(Matrix train, Targets targets, Matrix scored, long seed) throws LearningException {
        Nd4j.getEnvironment().setMaxThreads(1);
        Nd4j.getEnvironment().setMaxMasterThreads(1);
        openblas.blas_set_num_threads(1);
        Nd4j.getMemoryManager().togglePeriodicGc(false);
        Head head = Head.of(targets);
        int[] order = newestShuffled(train.height(), seed);
        int batch = Math.clamp(order.length / 16, LEAST_BATCH, MOST_BATCH);
        List<DataSet> batches = batches(train, head, order, batch);
        int epochs = Math.max(1, Math.ceilDiv(STEPS, batches.size()));
        try (Closing closing = new Closing(batches)) {
            MultiLayerNetwork network = new MultiLayerNetwork(configuration(train.width(), head, seed));
            network.init();
            closing.add(network.params());
            for (int epoch = 0; epoch < epochs; epoch++) {
                for (DataSet minibatch : batches) {
                    network.fit(minibatch);
                }
            }
            return new Fitted(
                    export(network, head),
                    Optional.of(predict(network, head, scored)),
                    Map.of(
                            "hidden", "32,16",
                            "learningRate", Double.toString(LEARNING_RATE),
                            "l2", Double.toString(L2),
                            "batch", Integer.toString(batch),
                            "epochs", Integer.toString(epochs),
                            "rows", Integer.toString(order.length)));
        }
    }

    /**
     * The last layer. Numbers are learned standardised, and the weights take them back to the label's unit.
     *
     * @param outputs of the last layer
     * @param center what a learned 0 stands for
     * @param scale what a learned 1 is more than that
     */
    private record Head(Targets targets, int outputs, double center, double scale) {
        static Head of(Targets targets) {
            return switch (targets) {
                case Targets.Binary binary -> new Head(binary, 1, 0, 1);
                case Targets.Classes classes -> new Head(classes, classes.count(), 0, 1);
                case Targets.Numbers numbers -> new Head(numbers, 1, numbers.mean(), numbers.deviation());
            };
        }

        OutputLayer layer() {
            OutputLayer.Builder layer = switch (targets) {
                case Targets.Binary binary ->
                    new OutputLayer.Builder(LossFunctions.LossFunction.XENT)
                            .activation(org.nd4j.linalg.activations.Activation.SIGMOID);
                case Targets.Classes classes ->
                    new OutputLayer.Builder(LossFunctions.LossFunction.MCXENT)
                            .activation(org.nd4j.linalg.activations.Activation.SOFTMAX);
                case Targets.Numbers numbers ->
                    new OutputLayer.Builder(LossFunctions.LossFunction.MSE)
                            .activation(org.nd4j.linalg.activations.Activation.IDENTITY);
            };
            return layer.nIn(HIDDEN[1]).nOut(outputs).build();
        }

        Activation activation() {
            return switch (targets) {
                case Targets.Binary binary -> Activation.SIGMOID;
                case Targets.Classes classes -> Activation.SOFTMAX;
                case Targets.Numbers numbers -> Activation.IDENTITY;
            };
        }

        /** What the network is to give a row. */
        void write(int row, float[] into, int at) {
            switch (targets) {
                case Targets.Binary(boolean[] positive) -> into[at] = positive[row] ? 1 : 0;
                case Targets.Classes(int[] classes, int count) -> into[at + classes[row]] = 1;
                case Targets.Numbers(double[] values) -> into[at] = (float) ((values[row] - center) / scale);
            }
        }
    }

    private static MultiLayerConfiguration configuration(int width, Head head, long seed) {
        return new NeuralNetConfiguration.Builder()
                .seed(seed)
                .weightInit(WeightInit.RELU)
                .updater(new Adam(LEARNING_RATE))
                .l2(L2)
                .list()
                .layer(dense(width, HIDDEN[0]))
                .layer(dense(HIDDEN[0], HIDDEN[1]))
                .layer(head.layer())
                .build();
    }

    private static DenseLayer dense(int inputs, int outputs) {
        return new DenseLayer.Builder()
                .nIn(inputs)
                .nOut(outputs)
                .activation(org.nd4j.linalg.activations.Activation.RELU)
                .build();
    }

    /** Indices of the newest rows in an order given by the seed (Fisher and Yates). */
    private static int[] newestShuffled(int rows, long seed) {
        int[] order = new int[Math.min(rows, MOST_ROWS)];
        for (int i = 0; i < order.length; i++) {
            order[i] = rows - order.length + i;
        }
        Random random = new Random(seed);
        for (int i = order.length - 1; i > 0; i--) {
            int j = random.nextInt(i + 1);
            int swapped = order[i];
            order[i] = order[j];
            order[j] = swapped;
        }
        return order;
    }

    private static List<DataSet> batches(Matrix train, Head head, int[] order, int batch) {
        List<DataSet> batches = new ArrayList<>();
        for (int from = 0; from < order.length; from += batch) {
            int size = Math.min(batch, order.length - from);
            float[] inputs = new float[size * train.width()];
            float[] outputs = new float[size * head.outputs()];
            for (int i = 0; i < size; i++) {
                double[] row = train.row(order[from + i]);
                for (int j = 0; j < row.length; j++) {
                    inputs[i * row.length + j] = (float) row[j];
                }
                head.write(order[from + i], outputs, i * head.outputs());
            }
            batches.add(new DataSet(array(inputs, size, train.width()), array(outputs, size, head.outputs())));
        }
        return batches;
    }

    private static INDArray array(float[] values, int rows, int columns) {
        return Nd4j.create(values, new long[] {rows, columns}, 'c');
    }

    /** Deeplearning4j keeps a layer's weights as [inputs, outputs]; the scorer takes them by output. */
    private static DenseNetworkScorer export(MultiLayerNetwork network, Head head) throws LearningException {
        List<Layer> layers = new ArrayList<>();
        int count = network.getnLayers();
        for (int l = 0; l < count; l++) {
            INDArray weights = network.getLayer(l).getParam("W");
            int inputs = (int) weights.size(0);
            float[] byOutput = weights.transpose().dup('c').data().asFloat();
            float[] biases = network.getLayer(l).getParam("b").dup('c').data().asFloat();
            boolean last = l + 1 == count;
            if (last) {
                for (int i = 0; i < byOutput.length; i++) {
                    byOutput[i] = (float) (byOutput[i] * head.scale());
                }
                for (int i = 0; i < biases.length; i++) {
                    biases[i] = (float) (biases[i] * head.scale() + head.center());
                }
            }
            try {
                layers.add(new Layer(inputs, byOutput, biases, last ? head.activation() : Activation.RELU));
            } catch (IllegalArgumentException e) {
                throw new LearningException("the network diverged", e);
            }
        }
        return new DenseNetworkScorer(layers);
    }

    private static double[] predict(MultiLayerNetwork network, Head head, Matrix rows) {
        int outputs = head.outputs();
        double[] scores = new double[rows.height() * outputs];
        for (int from = 0; from < rows.height(); from += SCORED_AT_ONCE) {
            int to = Math.min(rows.height(), from + SCORED_AT_ONCE);
            INDArray inputs = array(rows.floats(from, to), to - from, rows.width());
            float[] output = network.output(inputs).dup('c').data().asFloat();
            for (int i = 0; i < output.length; i++) {
                scores[from * outputs + i] = output[i] * head.scale() + head.center();
            }
            inputs.close();
        }
        return scores;
    }

    /** Frees memory outside the heap, which no collector does in time. */
    private static final class Closing implements AutoCloseable {
        private final List<INDArray> arrays = new ArrayList<>();

        Closing(List<DataSet> batches) {
            batches.forEach(batch -> {
                add(batch.getFeatures());
                add(batch.getLabels());
            });
        }

        void add(INDArray array) {
            arrays.add(array);
        }

        @Override
        public void close() {
            arrays.stream().filter(INDArray::closeable).forEach(INDArray::close);
        }
    }
}
