package io.freshet.model;

import java.util.List;

/**
 * A feed-forward network. Weights are float32; sums are taken in double precision, bias first, inputs in order. The
 * activation of the last layer gives the score: SIGMOID for a probability, IDENTITY for regression, SOFTMAX for the
 * probabilities of several classes.
 */
public final class DenseNetworkScorer implements Scorer {
    private final List<Layer> layers;
    private final ThreadLocal<double[][]> scratch;

    /** Activation of a layer, applied to each of its outputs. */
    public enum Activation {
        /** {@code max(0, x)}. */
        RELU,
        /** Hyperbolic tangent. */
        TANH,
        /** {@code 1 / (1 + exp(-x))}. */
        SIGMOID,
        /** {@code x}. */
        IDENTITY,
        /** {@code exp(x) / sum of exp(x)} over all outputs; of the last layer alone, which then has several. */
        SOFTMAX;

        double apply(double x) {
            return switch (this) {
                case RELU -> Math.max(0, x);
                case TANH -> Math.tanh(x);
                case SIGMOID -> Link.sigmoid(x);
                case IDENTITY, SOFTMAX -> x;
            };
        }
    }

    /** A fully connected layer; arrays are copied in and out. */
    public static final class Layer {
        /** Sums that are taken at a time: none waits for another's addition. */
        private static final int LANES = 4;

        private final int inputs;
        private final double[] weights;
        private final double[] biases;
        private final Activation activation;

        /**
         * A layer with {@code biases.length} outputs.
         *
         * @param inputs at least 1
         * @param weights row-major: the weight of input {@code i} for output {@code o} is at {@code o * inputs + i}
         * @param biases one per output, at least one
         * @throws IllegalArgumentException on lengths that do not match or a number that is not finite
         */
        public Layer(int inputs, float[] weights, float[] biases, Activation activation) {
            this.inputs = inputs;
            this.weights = exact(weights);
            this.biases = exact(biases);
            this.activation = activation;
            if (inputs < 1 || biases.length < 1 || (long) inputs * biases.length != weights.length) {
                throw new IllegalArgumentException("layer of " + inputs + " inputs and " + biases.length
                        + " outputs has " + weights.length + " weights");
            }
        }

        /** Number of inputs. */
        public int inputs() {
            return inputs;
        }

        /** Number of outputs. */
        public int outputs() {
            return biases.length;
        }

        /** A copy of the weights, row-major. */
        public float[] weights() {
            return floats(weights);
        }

        /** A copy of the biases. */
        public float[] biases() {
            return floats(biases);
        }

        /** The activation. */
        public Activation activation() {
            return activation;
        }

        private void forward(double[] in, double[] out) {
            int o = 0;
            for (; o + LANES <= biases.length; o += LANES) {
                double a = biases[o];
                double b = biases[o + 1];
                double c = biases[o + 2];
                double d = biases[o + 3];
                int row = o * inputs;
                for (int i = 0; i < inputs; i++, row++) {
                    a += weights[row] * in[i];
                    b += weights[row + inputs] * in[i];
                    c += weights[row + 2 * inputs] * in[i];
                    d += weights[row + 3 * inputs] * in[i];
                }
                out[o] = a;
                out[o + 1] = b;
                out[o + 2] = c;
                out[o + 3] = d;
            }
            for (; o < biases.length; o++) {
                double sum = biases[o];
                for (int i = 0; i < inputs; i++) {
                    sum += weights[o * inputs + i] * in[i];
                }
                out[o] = sum;
            }
            if (activation == Activation.SOFTMAX) {
                Scorer.softmax(out, biases.length);
                return;
            }
            for (int i = 0; i < biases.length; i++) {
                out[i] = activation.apply(out[i]);
            }
        }

        /** In double precision, in which they are needed. */
        private static double[] exact(float[] values) {
            double[] exact = new double[values.length];
            for (int i = 0; i < values.length; i++) {
                exact[i] = values[i];
                if (!Float.isFinite(values[i])) {
                    throw new IllegalArgumentException("weights must be finite");
                }
            }
            return exact;
        }

        private static float[] floats(double[] exact) {
            float[] values = new float[exact.length];
            for (int i = 0; i < values.length; i++) {
                values[i] = (float) exact[i];
            }
            return values;
        }
    }

    /**
     * Chains the layers.
     *
     * @param layers at least one; each takes what the one before gives; the last gives one output, or with SOFTMAX several
     * @throws IllegalArgumentException on widths or activations that do not match
     */
    @SuppressWarnings("ThreadLocalUsage") // Scratch is sized by this network.
    public DenseNetworkScorer(List<Layer> layers) {
        this.layers = List.copyOf(layers);
        if (this.layers.isEmpty()) {
            throw new IllegalArgumentException("no layers");
        }
        int widest = 1;
        for (int i = 0; i < this.layers.size(); i++) {
            Layer layer = this.layers.get(i);
            widest = Math.max(widest, layer.outputs());
            boolean last = i + 1 == this.layers.size();
            if (!last && layer.outputs() != this.layers.get(i + 1).inputs()) {
                throw new IllegalArgumentException("layer " + i + " gives " + layer.outputs() + " outputs where "
                        + this.layers.get(i + 1).inputs() + " are taken");
            }
            boolean softmax = layer.activation() == Activation.SOFTMAX;
            if (last ? softmax != layer.outputs() > 1 : softmax) {
                throw new IllegalArgumentException("layer " + i + " of " + this.layers.size() + " gives "
                        + layer.outputs() + " outputs by " + layer.activation());
            }
        }
        int size = widest;
        this.scratch = ThreadLocal.withInitial(() -> new double[2][size]);
    }

    /** The layers, from the input. */
    public List<Layer> layers() {
        return layers;
    }

    @Override
    public int width() {
        return layers.getFirst().inputs();
    }

    @Override
    public int outputs() {
        return layers.getLast().outputs();
    }

    @Override
    public double score(double[] prepared) {
        if (outputs() > 1) {
            throw new IllegalStateException(outputs() + " classes have no single score");
        }
        return forward(prepared)[0];
    }

    @Override
    public void score(double[] prepared, double[] into) {
        System.arraycopy(forward(prepared), 0, into, 0, outputs());
    }

    @Override
    public void scores(double[][] prepared, int from, int to, double[] into) {
        for (int row = from; row < to; row++) {
            System.arraycopy(forward(prepared[row]), 0, into, (row - from) * outputs(), outputs());
        }
    }

    /** The last layer's outputs, in a scratch array. */
    private double[] forward(double[] prepared) {
        Scorer.checkWidth(width(), prepared);
        double[][] buffers = scratch.get();
        double[] in = prepared;
        for (int i = 0; i < layers.size(); i++) {
            double[] out = buffers[i & 1];
            layers.get(i).forward(in, out);
            in = out;
        }
        return in;
    }
}
