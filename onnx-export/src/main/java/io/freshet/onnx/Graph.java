package io.freshet.onnx;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.AttributeProto.AttributeType;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.TensorShapeProto;
import ai.onnx.proto.OnnxMl.TensorShapeProto.Dimension;
import ai.onnx.proto.OnnxMl.TypeProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import com.google.protobuf.ByteString;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Stream;

/** A graph in the making: each value has a name of its own, and nodes come in the order in which they are computed. */
final class Graph {
    /** ONNX's own operators. */
    static final String STANDARD = "";

    /** ONNX's operators for classical machine learning. */
    static final String CLASSICAL = "ai.onnx.ml";

    /** Operators that ONNX Runtime has beyond the standard. */
    static final String ONNX_RUNTIME = "com.microsoft";

    private static final String ROWS = "rows";

    private final GraphProto.Builder graph = GraphProto.newBuilder();
    private final Set<String> names = new HashSet<>();
    private final Set<String> domains = new HashSet<>();

    /** Anything that is computed or given: a tensor whose first dimension is the rows, or a constant. */
    record Value(String name) {}

    /** A column of the caller's, one element for each row. */
    Value input(String name, TensorProto.DataType type) {
        Value value = named(name);
        graph.addInput(columns(value, type, 1));
        return value;
    }

    /** Columns for the caller, so many; a name that is taken already gets underscores behind it. */
    void output(String name, Value value, TensorProto.DataType type, int columns) {
        String free = name;
        while (names.contains(free)) {
            free += "_";
        }
        Value output = named(free);
        graph.addNode(node(STANDARD, "Identity", output, List.of(), value));
        graph.addOutput(columns(output, type, columns));
    }

    private static ValueInfoProto columns(Value value, TensorProto.DataType type, int columns) {
        TensorShapeProto shape = TensorShapeProto.newBuilder()
                .addDim(Dimension.newBuilder().setDimParam(ROWS))
                .addDim(Dimension.newBuilder().setDimValue(columns))
                .build();
        return ValueInfoProto.newBuilder()
                .setName(value.name())
                .setType(TypeProto.newBuilder()
                        .setTensorType(TypeProto.Tensor.newBuilder()
                                .setElemType(type.getNumber())
                                .setShape(shape)))
                .build();
    }

    /** A constant, the same for all rows and columns. */
    Value number(double value) {
        return numbers(List.of(), value);
    }

    /** A constant of float64 in row-major order. */
    Value numbers(List<Long> shape, double... values) {
        return constant(
                shape,
                TensorProto.DataType.DOUBLE,
                tensor -> Arrays.stream(values).forEach(tensor::addDoubleData));
    }

    /** A constant of int64 in row-major order. */
    Value integers(List<Long> shape, long... values) {
        return constant(
                shape,
                TensorProto.DataType.INT64,
                tensor -> Arrays.stream(values).forEach(tensor::addInt64Data));
    }

    /** A constant text. */
    Value text(String text) {
        return constant(
                List.of(), TensorProto.DataType.STRING, tensor -> tensor.addStringData(ByteString.copyFromUtf8(text)));
    }

    private Value constant(List<Long> shape, TensorProto.DataType type, Consumer<TensorProto.Builder> fill) {
        Value value = unnamed("constant");
        TensorProto.Builder tensor = TensorProto.newBuilder()
                .setName(value.name())
                .setDataType(type.getNumber())
                .addAllDims(shape);
        fill.accept(tensor);
        graph.addInitializer(tensor);
        return value;
    }

    /** What one of ONNX's own operators makes of its inputs. */
    Value apply(String operator, Value... inputs) {
        return apply(STANDARD, operator, List.of(), inputs);
    }

    /** What an operator makes of its inputs. */
    Value apply(String domain, String operator, List<AttributeProto> attributes, Value... inputs) {
        Value value = unnamed(operator);
        graph.addNode(node(domain, operator, value, attributes, inputs));
        return value;
    }

    private NodeProto node(
            String domain, String operator, Value output, List<AttributeProto> attributes, Value... inputs) {
        domains.add(domain);
        return NodeProto.newBuilder()
                .setName(output.name())
                .setDomain(domain)
                .setOpType(operator)
                .addAllAttribute(attributes)
                .addAllInput(Stream.of(inputs).map(Value::name).toList())
                .addOutput(output.name())
                .build();
    }

    /** The same numbers in another type. */
    Value cast(Value value, TensorProto.DataType type) {
        return apply(STANDARD, "Cast", List.of(integer("to", type.getNumber())), value);
    }

    /** Columns side by side. */
    Value beside(List<Value> columns) {
        return columns.size() == 1
                ? columns.getFirst()
                : apply(STANDARD, "Concat", List.of(integer("axis", 1)), columns.toArray(Value[]::new));
    }

    /**
     * {@code values * weights + biases}. Gemm, as ONNX Runtime takes a constant factor beside a MatMul into it as float32 (its
     * MatMulScaleFusion).
     */
    Value affine(Value values, Value weights, Value biases) {
        return apply("Gemm", values, weights, biases);
    }

    /** The sum of each row, a column. */
    Value sumOfRow(Value values) {
        return apply("ReduceSum", values, integers(List.of(1L), 1));
    }

    /**
     * {@code 1 / (1 + exp(-x))} that neither overflows nor loses small results, for which ONNX's Sigmoid makes no promise.
     */
    Value sigmoid(Value x) {
        Value one = number(1);
        Value e = apply("Exp", apply("Neg", apply("Abs", x)));
        Value sum = apply("Add", one, e);
        return apply("Where", apply("GreaterOrEqual", x, number(0)), apply("Div", one, sum), apply("Div", e, sum));
    }

    /** {@code exp(x) / sum of exp(x)} over each row, without overflow. */
    Value softmax(Value x) {
        Value greatest = apply(STANDARD, "ReduceMax", List.of(integers("axes", List.of(1L))), x);
        Value e = apply("Exp", apply("Sub", x, greatest));
        return apply("Div", e, sumOfRow(e));
    }

    /** The domains of the operators that are used. */
    Set<String> domains() {
        return Set.copyOf(domains);
    }

    GraphProto build(String name) {
        return graph.setName(name).build();
    }

    private Value unnamed(String operator) {
        int number = names.size();
        String name = operator + "/" + number;
        while (names.contains(name)) {
            name = operator + "/" + ++number;
        }
        return named(name);
    }

    private Value named(String name) {
        if (!names.add(name)) {
            throw new IllegalArgumentException("two values are called '" + name + "'");
        }
        return new Value(name);
    }

    static AttributeProto integer(String name, long value) {
        return attribute(name, AttributeType.INT).setI(value).build();
    }

    static AttributeProto integers(String name, List<Long> values) {
        return attribute(name, AttributeType.INTS).addAllInts(values).build();
    }

    static AttributeProto floats(String name, List<Float> values) {
        return attribute(name, AttributeType.FLOATS).addAllFloats(values).build();
    }

    static AttributeProto text(String name, String value) {
        return attribute(name, AttributeType.STRING)
                .setS(ByteString.copyFromUtf8(value))
                .build();
    }

    static AttributeProto texts(String name, List<String> values) {
        List<ByteString> bytes = new ArrayList<>(values.size());
        values.forEach(value -> bytes.add(ByteString.copyFromUtf8(value)));
        return attribute(name, AttributeType.STRINGS).addAllStrings(bytes).build();
    }

    private static AttributeProto.Builder attribute(String name, AttributeType type) {
        return AttributeProto.newBuilder().setName(name).setType(type);
    }
}
