package io.freshet.onnx;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.TensorProto.DataType;
import io.freshet.model.ClassScorer;
import io.freshet.model.DenseNetworkScorer;
import io.freshet.model.LinearScorer;
import io.freshet.model.Link;
import io.freshet.model.Scorer;
import io.freshet.model.TreeEnsembleScorer;
import io.freshet.onnx.Graph.Value;
import java.util.ArrayList;
import java.util.List;

/** A scorer as a part of a graph: from prepared columns to a column for each output, float64 as the runtime computes. */
final class ScorerGraph {
    private final Graph graph;

    ScorerGraph(Graph graph) {
        this.graph = graph;
    }

    /** The scores, not calibrated. */
    Value score(Scorer scorer, Value prepared) {
        return switch (scorer) {
            case LinearScorer linear -> linear(linear, prepared);
            case TreeEnsembleScorer trees -> trees(trees, prepared);
            case DenseNetworkScorer network -> network(network, prepared);
            case ClassScorer classes -> classes(classes, prepared);
        };
    }

    private Value linear(LinearScorer scorer, Value prepared) {
        Value weights = graph.numbers(List.of((long) scorer.width(), 1L), scorer.weights());
        return link(scorer.link(), graph.affine(prepared, weights, graph.number(scorer.bias())));
    }

    private Value link(Link link, Value margin) {
        return switch (link) {
            case IDENTITY -> margin;
            case LOGISTIC -> graph.sigmoid(margin);
            case CLIPPED -> graph.apply("Min", graph.apply("Max", margin, graph.number(0)), graph.number(1));
        };
    }

    private Value classes(ClassScorer scorer, Value prepared) {
        Value numbers = graph.beside(
                scorer.scorers().stream().map(each -> score(each, prepared)).toList());
        return switch (scorer.combination()) {
            case SOFTMAX -> graph.softmax(numbers);
            case SHARES -> {
                Value sum = graph.sumOfRow(numbers);
                Value equal = graph.number(1.0 / scorer.outputs());
                yield graph.apply(
                        "Where", graph.apply("Greater", sum, graph.number(0)), graph.apply("Div", numbers, sum), equal);
            }
        };
    }

    /**
     * Each tree has an output of its own, so that the sum can be taken in float64 as the runtime does; the operator would
     * take it in float32.
     */
    private Value trees(TreeEnsembleScorer scorer, Value prepared) {
        Value base = graph.number(scorer.baseMargin());
        if (scorer.trees() == 0) {
            Value missing = graph.sumOfRow(graph.cast(graph.apply("IsNaN", prepared), DataType.DOUBLE));
            return link(scorer.link(), graph.apply("Add", graph.apply("Mul", missing, graph.number(0)), base));
        }
        Nodes nodes = new Nodes();
        for (int tree = 0; tree < scorer.trees(); tree++) {
            nodes.add(tree, scorer.nodes(tree));
        }
        Value leaves = graph.apply(
                Graph.CLASSICAL,
                "TreeEnsembleRegressor",
                nodes.attributes(scorer.trees()),
                graph.cast(prepared, DataType.FLOAT));
        Value sum = graph.sumOfRow(graph.cast(leaves, DataType.DOUBLE));
        return link(scorer.link(), graph.apply("Add", sum, base));
    }

    /** The nodes of all trees, one entry for each in every list. */
    private static final class Nodes {
        private final List<Long> trees = new ArrayList<>();
        private final List<Long> ids = new ArrayList<>();
        private final List<Long> features = new ArrayList<>();
        private final List<String> modes = new ArrayList<>();
        private final List<Float> thresholds = new ArrayList<>();
        private final List<Long> left = new ArrayList<>();
        private final List<Long> right = new ArrayList<>();
        private final List<Long> missingLeft = new ArrayList<>();
        private final List<Long> leafTrees = new ArrayList<>();
        private final List<Long> leafIds = new ArrayList<>();
        private final List<Float> leaves = new ArrayList<>();

        void add(long tree, List<TreeEnsembleScorer.Node> nodes) {
            for (int id = 0; id < nodes.size(); id++) {
                TreeEnsembleScorer.Node node = nodes.get(id);
                boolean leaf = node.left() == TreeEnsembleScorer.LEAF;
                trees.add(tree);
                ids.add((long) id);
                features.add(leaf ? 0L : node.feature());
                modes.add(leaf ? "LEAF" : "BRANCH_LT");
                thresholds.add(leaf ? 0f : node.threshold());
                left.add(leaf ? 0L : node.left());
                right.add(leaf ? 0L : node.right());
                missingLeft.add(!leaf && node.defaultLeft() ? 1L : 0L);
                if (leaf) {
                    leafTrees.add(tree);
                    leafIds.add((long) id);
                    leaves.add(node.leaf());
                }
            }
        }

        List<AttributeProto> attributes(int count) {
            return List.of(
                    Graph.integer("n_targets", count),
                    Graph.integers("nodes_treeids", trees),
                    Graph.integers("nodes_nodeids", ids),
                    Graph.integers("nodes_featureids", features),
                    Graph.texts("nodes_modes", modes),
                    Graph.floats("nodes_values", thresholds),
                    Graph.integers("nodes_truenodeids", left),
                    Graph.integers("nodes_falsenodeids", right),
                    Graph.integers("nodes_missing_value_tracks_true", missingLeft),
                    Graph.integers("target_treeids", leafTrees),
                    Graph.integers("target_nodeids", leafIds),
                    Graph.integers("target_ids", leafTrees),
                    Graph.floats("target_weights", leaves),
                    Graph.text("post_transform", "NONE"),
                    Graph.text("aggregate_function", "SUM"));
        }
    }

    private Value network(DenseNetworkScorer scorer, Value prepared) {
        Value values = prepared;
        for (DenseNetworkScorer.Layer layer : scorer.layers()) {
            Value weights = graph.numbers(
                    List.of((long) layer.inputs(), (long) layer.outputs()),
                    transposed(layer.weights(), layer.inputs(), layer.outputs()));
            Value biases = graph.numbers(List.of(1L, (long) layer.outputs()), widened(layer.biases()));
            values = activate(layer.activation(), graph.affine(values, weights, biases));
        }
        return values;
    }

    private Value activate(DenseNetworkScorer.Activation activation, Value sums) {
        return switch (activation) {
            case RELU -> graph.apply("Relu", sums);
            case TANH -> graph.apply("Tanh", sums);
            case SIGMOID -> graph.sigmoid(sums);
            case IDENTITY -> sums;
            case SOFTMAX -> graph.softmax(sums);
        };
    }

    private static double[] transposed(float[] weights, int inputs, int outputs) {
        double[] transposed = new double[weights.length];
        for (int o = 0; o < outputs; o++) {
            for (int i = 0; i < inputs; i++) {
                transposed[i * outputs + o] = weights[o * inputs + i];
            }
        }
        return transposed;
    }

    private static double[] widened(float[] values) {
        double[] widened = new double[values.length];
        for (int i = 0; i < values.length; i++) {
            widened[i] = values[i];
        }
        return widened;
    }
}
