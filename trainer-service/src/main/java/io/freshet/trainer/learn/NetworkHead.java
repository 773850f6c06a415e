package io.freshet.trainer.learn;

import io.freshet.model.DenseNetworkScorer.Activation;
import io.freshet.trainer.rows.Targets;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.nd4j.linalg.lossfunctions.LossFunctions;

/**
 * The last layer of a network. Numbers are learned standardised.
 *
 * @param outputs of the last layer
 * @param center what a learned 0 stands for
 * @param scale what a learned 1 is more than that
 * @param weights of a row of each class; none where all rows count alike
 */
@SuppressWarnings("ArrayRecordComponent") // Never compared.
record NetworkHead(Targets targets, int outputs, double center, double scale, double[] weights) {
    private static final double LEAST_PROBABILITY = 1e-7;
    private static final double[] EQUAL = {};

    /** @param power of the classes' weights, from 0 to 1 */
    static NetworkHead of(Targets targets, double power) {
        return switch (targets) {
            case Targets.Binary binary -> {
                int positives = binary.positives();
                yield new NetworkHead(binary, 1, 0, 1, weights(power, binary.size() - positives, positives));
            }
            case Targets.Classes classes ->
                new NetworkHead(classes, classes.count(), 0, 1, weights(power, classes.rows()));
            case Targets.Numbers numbers -> new NetworkHead(numbers, 1, numbers.mean(), numbers.deviation(), EQUAL);
        };
    }

    /** By class, of mean 1 over the rows, so that the steps are as long as without. */
    private static double[] weights(double power, int... rows) {
        if (power == 0) {
            return EQUAL;
        }
        double[] weights = new double[rows.length];
        double all = 0;
        double sum = 0;
        for (int one = 0; one < rows.length; one++) {
            weights[one] = rows[one] == 0 ? 1 : Math.pow(rows[one], -power);
            all += rows[one];
            sum += rows[one] * weights[one];
        }
        for (int one = 0; one < rows.length; one++) {
            weights[one] *= all / sum;
        }
        return weights;
    }

    boolean weighted() {
        return weights.length > 0;
    }

    OutputLayer layer(int inputs) {
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
        return layer.nIn(inputs).nOut(outputs).build();
    }

    Activation activation() {
        return switch (targets) {
            case Targets.Binary binary -> Activation.SIGMOID;
            case Targets.Classes classes -> Activation.SOFTMAX;
            case Targets.Numbers numbers -> Activation.IDENTITY;
        };
    }

    /** Writes what the network is to give a row. */
    void write(int row, float[] into, int at) {
        switch (targets) {
            case Targets.Binary(boolean[] positive) -> into[at] = positive[row] ? 1 : 0;
            case Targets.Classes(int[] classes, int count) -> into[at + classes[row]] = 1;
            case Targets.Numbers(double[] values) -> into[at] = (float) ((values[row] - center) / scale);
        }
    }

    /** What a row counts for. */
    double weight(int row) {
        if (!weighted()) {
            return 1;
        }
        return switch (targets) {
            case Targets.Binary(boolean[] positive) -> weights[positive[row] ? 1 : 0];
            case Targets.Classes(int[] classes, int count) -> weights[classes[row]];
            case Targets.Numbers numbers -> 1;
        };
    }

    /** The loss of what the network gave a row, before its weight. */
    double loss(int row, float[] output, int at) {
        return switch (targets) {
            case Targets.Binary(boolean[] positive) -> surprise(positive[row] ? output[at] : 1 - output[at]);
            case Targets.Classes(int[] classes, int count) -> surprise(output[at + classes[row]]);
            case Targets.Numbers(double[] values) -> {
                double error = output[at] - (values[row] - center) / scale;
                yield error * error;
            }
        };
    }

    private static double surprise(double probability) {
        return -Math.log(Math.max(LEAST_PROBABILITY, probability));
    }

    /** What the classes' weights add to the margin that an output learns. */
    double excess(int output) {
        if (!weighted()) {
            return 0;
        }
        return targets instanceof Targets.Binary ? Math.log(weights[1] / weights[0]) : Math.log(weights[output]);
    }
}
