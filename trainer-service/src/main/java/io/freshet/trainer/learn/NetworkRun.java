package io.freshet.trainer.learn;

import io.freshet.trainer.rows.Matrix;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;

/**
 * A network on its way through mini-batches of rows, which are drawn once by the seed and come in another order each time
 * round. Holds memory outside the heap, which no collector frees in time: close it.
 */
final class NetworkRun implements AutoCloseable {
    private static final int SCORED_AT_ONCE = 8_192;

    private final MultiLayerNetwork network;
    private final List<DataSet> batches;
    private final int[] order;
    private final SplittableRandom random;
    private int at;

    /**
     * @param from first of the rows to learn from
     * @param to the row after the last, greater than {@code from}
     * @param batch rows of a mini-batch, at least 1
     */
    NetworkRun(
            MultiLayerConfiguration configuration,
            NetworkHead head,
            Sample sample,
            int from,
            int to,
            int batch,
            long seed) {
        this.random = new SplittableRandom(seed);
        this.batches = batches(sample, head, range(from, to), batch);
        this.order = range(0, batches.size());
        this.network = new MultiLayerNetwork(configuration);
        network.init();
    }

    MultiLayerNetwork network() {
        return network;
    }

    /** How many mini-batches there are. */
    int batches() {
        return batches.size();
    }

    /** Takes gradient steps, one for each mini-batch. */
    void step(int steps) {
        for (int step = 0; step < steps; step++) {
            if (at % order.length == 0) {
                shuffle(order);
            }
            network.fit(batches.get(order[at++ % order.length]));
        }
    }

    /** What the network gives rows {@code from} (inclusive) to {@code to} (exclusive), all outputs of one after another. */
    float[] output(Matrix rows, int from, int to, int outputs) {
        float[] output = new float[(to - from) * outputs];
        for (int first = from; first < to; first += SCORED_AT_ONCE) {
            int end = Math.min(to, first + SCORED_AT_ONCE);
            try (INDArray inputs = array(rows.floats(first, end), end - first, rows.width());
                    INDArray given = network.output(inputs)) {
                float[] some = given.dup('c').data().asFloat();
                System.arraycopy(some, 0, output, (first - from) * outputs, some.length);
            }
        }
        return output;
    }

    @Override
    public void close() {
        network.close();
        for (DataSet batch : batches) {
            batch.getFeatures().close();
            batch.getLabels().close();
            INDArray weights = batch.getLabelsMaskArray();
            if (weights != null) {
                weights.close();
            }
        }
    }

    private static int[] range(int from, int to) {
        int[] range = new int[to - from];
        for (int i = 0; i < range.length; i++) {
            range[i] = from + i;
        }
        return range;
    }

    /** By Fisher and Yates. */
    private void shuffle(int[] order) {
        for (int i = order.length - 1; i > 0; i--) {
            int j = random.nextInt(i + 1);
            int swapped = order[i];
            order[i] = order[j];
            order[j] = swapped;
        }
    }

    private List<DataSet> batches(Sample sample, NetworkHead head, int[] drawn, int batch) {
        Matrix rows = sample.rows();
        boolean weighted = sample.weighted() || head.weighted();
        shuffle(drawn);
        List<DataSet> batches = new ArrayList<>();
        for (int from = 0; from < drawn.length; from += batch) {
            int size = Math.min(batch, drawn.length - from);
            float[] inputs = new float[size * rows.width()];
            float[] outputs = new float[size * head.outputs()];
            float[] weights = new float[size];
            for (int i = 0; i < size; i++) {
                int row = drawn[from + i];
                double[] values = rows.row(row);
                for (int j = 0; j < values.length; j++) {
                    inputs[i * values.length + j] = (float) values[j];
                }
                head.write(row, outputs, i * head.outputs());
                weights[i] = (float) (sample.weights()[row] * head.weight(row));
            }
            DataSet made = new DataSet(array(inputs, size, rows.width()), array(outputs, size, head.outputs()));
            if (weighted) {
                made.setLabelsMaskArray(array(weights, size, 1));
            }
            batches.add(made);
        }
        return batches;
    }

    private static INDArray array(float[] values, int rows, int columns) {
        return Nd4j.create(values, new long[] {rows, columns}, 'c');
    }
}
