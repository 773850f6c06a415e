package io.freshet.trainer.learn;

import io.freshet.model.DenseNetworkScorer;
import io.freshet.model.DenseNetworkScorer.Activation;
import io.freshet.model.DenseNetworkScorer.Layer;
import io.freshet.trainer.rows.Matrix;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.bytedeco.openblas.global.openblas;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.nn.weights.WeightInit;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Adam;

/**
 * A feed-forward network of two hidden ReLU layers by Deeplearning4j, cross-entropy loss or the squared error of numbers,
 * Adam (Kingma and Ba, ICLR 2015), in mini-batches. It learns from at most the newest {@value #MOST_ROWS} rows. How many
 * gradient steps it takes is where the loss on the newest {@value #TUNING_SHARE} of them stops falling (early stopping:
 * Prechelt, in Neural Networks: Tricks of the Trade, 1998), at most {@value #MOST_STEPS} and
 * {@value #MOST_EPOCHS} rounds, of few rows {@value #STEPS_FOR_FEW_ROWS} steps; the model is then fitted on all of
 * them with that many, so that the freshest rows are learned from. That bounds the time whatever the number of rows.
 *
 * <p>Classes can be weighed against each other. Weights multiply the odds that a network learns, which is taken out of its
 * biases again (King and Zeng, Political Analysis 9(2), 2001), so that probabilities mean what they say.
 *
 * <p>One thread: the layers are too small to share out.
 */
public final class NetworkLearner implements Learner {
    static final int MOST_ROWS = 100_000;
    static final double TUNING_SHARE = 0.15;
    static final int MOST_STEPS = 3_000;
    static final int MOST_EPOCHS = 100;
    static final int STEPS_FOR_FEW_ROWS = 600;
    private static final int STEPS_BETWEEN_LOOKS = 100;
    private static final int PATIENCE = 5;
    private static final int[] HIDDEN = {32, 16};

    /**
     * Class weights go from 0, where all rows count alike, to 1, where all classes do: a row's weight is the share that its
     * class would have among equally frequent ones by the share that it has, to this power.
     */
    private static final List<Hyperparameter> HYPERPARAMETERS = List.of(
            Hyperparameter.ratio("learningRate", 3e-4, 3e-2, 3e-3),
            Hyperparameter.ratio("l2", 1e-7, 1e-2, 1e-5),
            Hyperparameter.linear("classWeights", 0, 1, 0));

    private static final int LEAST_BATCH = 32;
    private static final int MOST_BATCH = 256;
    private static final int BATCHES = 64;
    private static final String MOST_PHYSICAL_BYTES = "org.bytedeco.javacpp.maxPhysicalBytes";

    static {
        // Or JavaCPP asks the system how large the process is at every allocation, which is half of a step's time. What
        // it allocates itself stays limited, by maxBytes.
        if (System.getProperty(MOST_PHYSICAL_BYTES) == null) {
            System.setProperty(MOST_PHYSICAL_BYTES, "0");
        }
    }

    private final int mostSteps;

    /** As described above. */
    public NetworkLearner() {
        this(MOST_STEPS);
    }

    /** One that takes fewer steps at most. */
    NetworkLearner(int mostSteps) {
        this.mostSteps = mostSteps;
    }

    @Override
    public List<Hyperparameter> hyperparameters() {
        return HYPERPARAMETERS;
    }

    @Override
    public Fitted fit(Sample train, Matrix scored, Settings settings, long seed) throws LearningException {
        useOneThread();
        NetworkHead head = NetworkHead.of(train.targets(), settings.get("classWeights"));
        int height = train.rows().height();
        int first = Math.max(0, height - MOST_ROWS);
        int rows = height - first;
        int batch = Math.clamp(rows / BATCHES, LEAST_BATCH, MOST_BATCH);
        MultiLayerConfiguration configuration = configuration(train.rows().width(), head, settings, seed);
        int steps = steps(configuration, train, head, first, batch, seed);
        try (NetworkRun run = new NetworkRun(configuration.clone(), head, train, first, height, batch, seed)) {
            run.step(steps);
            toUnitAndOdds(run.network(), head);
            return new Fitted(
                    export(run.network(), head),
                    Optional.of(predict(run, head, scored)),
                    Map.of(
                            "hidden", "32,16",
                            "learningRate", Double.toString(settings.get("learningRate")),
                            "l2", Double.toString(settings.get("l2")),
                            "batch", Integer.toString(batch),
                            "steps", Integer.toString(steps),
                            "epochs", Integer.toString(Math.ceilDiv(steps, run.batches())),
                            "classWeights", Double.toString(settings.get("classWeights")),
                            "rows", Integer.toString(rows)));
        }
    }

    private static void useOneThread() {
        Nd4j.getEnvironment().setMaxThreads(1);
        Nd4j.getEnvironment().setMaxMasterThreads(1);
        openblas.blas_set_num_threads(1);
        Nd4j.getMemoryManager().togglePeriodicGc(false);
    }

    /** After how many steps the loss on the newest rows was least. */
    private int steps(
            MultiLayerConfiguration configuration, Sample train, NetworkHead head, int first, int batch, long seed) {
        int height = train.rows().height();
        int older = height - (int) Math.ceil((height - first) * TUNING_SHARE);
        int best = STEPS_BETWEEN_LOOKS;
        if (older <= first) {
            return best;
        }
        try (NetworkRun run = new NetworkRun(configuration.clone(), head, train, first, older, batch, seed)) {
            int most =
                    Math.clamp((long) MOST_EPOCHS * run.batches(), Math.min(STEPS_FOR_FEW_ROWS, mostSteps), mostSteps);
            double least = Double.POSITIVE_INFINITY;
            for (int steps = STEPS_BETWEEN_LOOKS;
                    steps <= most && steps - best <= PATIENCE * STEPS_BETWEEN_LOOKS;
                    steps += STEPS_BETWEEN_LOOKS) {
                run.step(STEPS_BETWEEN_LOOKS);
                double loss = loss(run, head, train, older);
                if (loss < least) {
                    least = loss;
                    best = steps;
                }
            }
            return best;
        }
    }

    private static double loss(NetworkRun run, NetworkHead head, Sample sample, int from) {
        int height = sample.rows().height();
        float[] output = run.output(sample.rows(), from, height, head.outputs());
        double loss = 0;
        for (int row = from; row < height; row++) {
            double weight = sample.weights()[row] * head.weight(row);
            loss += weight * head.loss(row, output, (row - from) * head.outputs());
        }
        return loss / (height - from);
    }

    private static MultiLayerConfiguration configuration(int width, NetworkHead head, Settings settings, long seed) {
        return new NeuralNetConfiguration.Builder()
                .seed(seed)
                .weightInit(WeightInit.XAVIER_UNIFORM)
                .updater(new Adam(settings.get("learningRate")))
                .l2(settings.get("l2"))
                .list()
                .layer(dense(width, HIDDEN[0]))
                .layer(dense(HIDDEN[0], HIDDEN[1]))
                .layer(head.layer(HIDDEN[1]))
                .build();
    }

    private static DenseLayer dense(int inputs, int outputs) {
        return new DenseLayer.Builder()
                .nIn(inputs)
                .nOut(outputs)
                .activation(org.nd4j.linalg.activations.Activation.RELU)
                .build();
    }

    /** Takes the last layer to the label's unit, and to the odds of rows that weigh the same. */
    private static void toUnitAndOdds(MultiLayerNetwork network, NetworkHead head) {
        int last = network.getnLayers() - 1;
        network.getLayer(last).getParam("W").muli(head.scale());
        INDArray biases = network.getLayer(last).getParam("b").muli(head.scale());
        for (int output = 0; output < head.outputs(); output++) {
            biases.putScalar(output, biases.getDouble(output) + head.center() - head.excess(output));
        }
    }

    /** Deeplearning4j keeps a layer's weights as [inputs, outputs]; the scorer takes them by output. */
    private static DenseNetworkScorer export(MultiLayerNetwork network, NetworkHead head) throws LearningException {
        List<Layer> layers = new ArrayList<>();
        int count = network.getnLayers();
        for (int l = 0; l < count; l++) {
            INDArray weights = network.getLayer(l).getParam("W");
            int inputs = (int) weights.size(0);
            float[] byOutput = weights.transpose().dup('c').data().asFloat();
            float[] biases = network.getLayer(l).getParam("b").dup('c').data().asFloat();
            try {
                layers.add(new Layer(inputs, byOutput, biases, l + 1 == count ? head.activation() : Activation.RELU));
            } catch (IllegalArgumentException e) {
                throw new LearningException("the network diverged", e);
            }
        }
        return new DenseNetworkScorer(layers);
    }

    private static double[] predict(NetworkRun run, NetworkHead head, Matrix rows) {
        float[] output = run.output(rows, 0, rows.height(), head.outputs());
        double[] scores = new double[output.length];
        for (int i = 0; i < scores.length; i++) {
            scores[i] = output[i];
        }
        return scores;
    }
}
