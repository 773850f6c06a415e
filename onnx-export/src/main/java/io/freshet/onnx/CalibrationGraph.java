package io.freshet.onnx;

import ai.onnx.proto.OnnxMl.TensorProto.DataType;
import io.freshet.model.Calibration;
import io.freshet.model.ClassCalibration;
import io.freshet.onnx.Graph.Value;
import java.util.List;

/** A calibration as a part of a graph: from a column of scores for each output to as many of probabilities. */
final class CalibrationGraph {
    private final Graph graph;

    CalibrationGraph(Graph graph) {
        this.graph = graph;
    }

    Value calibrate(Calibration calibration, Value scores) {
        return switch (calibration) {
            case Calibration.None() -> scores;
            case Calibration.Platt platt -> platt(platt, scores);
            case Calibration.Isotonic isotonic -> isotonic(isotonic, scores);
        };
    }

    Value calibrate(ClassCalibration calibration, Value probabilities) {
        return switch (calibration) {
            case ClassCalibration.None() -> probabilities;
            case ClassCalibration.Temperature(double temperature) -> {
                Value least = graph.number(ClassCalibration.Temperature.LEAST);
                Value logarithms = graph.apply("Log", graph.apply("Max", probabilities, least));
                yield graph.softmax(graph.apply("Div", logarithms, graph.number(temperature)));
            }
        };
    }

    private Value platt(Calibration.Platt calibration, Value scores) {
        Value least = graph.number(Calibration.Platt.CLIP);
        Value most = graph.number(1 - Calibration.Platt.CLIP);
        Value p = graph.apply("Min", graph.apply("Max", scores, least), most);
        Value odds =
                graph.apply("Sub", graph.apply("Log", p), graph.apply("Log", graph.apply("Sub", graph.number(1), p)));
        return graph.sigmoid(graph.apply(
                "Add",
                graph.apply("Mul", odds, graph.number(calibration.slope())),
                graph.number(calibration.intercept())));
    }

    /**
     * How many points lie at or below a score says which piece of the line it is on: the level one before all points is
     * piece 0, the level one behind them the last. The pieces are tables.
     */
    private Value isotonic(Calibration.Isotonic calibration, Value scores) {
        double[] x = calibration.scores();
        double[] y = calibration.probabilities();
        int points = x.length;
        double[] start = new double[points + 1];
        double[] from = new double[points + 1];
        double[] to = new double[points + 1];
        double[] slope = new double[points + 1];
        for (int piece = 0; piece <= points; piece++) {
            int left = Math.max(0, piece - 1);
            int right = Math.min(points - 1, piece);
            start[piece] = x[left];
            from[piece] = y[left];
            to[piece] = y[right];
            slope[piece] = left == right ? 0 : (y[right] - y[left]) / (x[right] - x[left]);
        }
        Value below = graph.apply("LessOrEqual", graph.numbers(List.of(1L, (long) points), x), scores);
        Value piece = graph.sumOfRow(graph.cast(below, DataType.INT64));
        Value into = graph.apply("Sub", scores, table(start, piece));
        Value line = graph.apply("Add", table(from, piece), graph.apply("Mul", table(slope, piece), into));
        return graph.apply("Min", table(to, piece), line);
    }

    private Value table(double[] values, Value places) {
        return graph.apply("Gather", graph.numbers(List.of((long) values.length), values), places);
    }
}
