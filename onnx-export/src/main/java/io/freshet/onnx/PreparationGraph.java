package io.freshet.onnx;

import ai.onnx.proto.OnnxMl.TensorProto.DataType;
import io.freshet.model.Preparation;
import io.freshet.model.Step;
import io.freshet.model.Step.OneHot;
import io.freshet.onnx.Graph.Value;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/** The preparation as a part of a graph: an input for each feature, and the prepared columns. */
final class PreparationGraph {
    private static final long NO_COLUMN = OneHot.NO_COLUMN;

    private final Graph graph;
    private final String missingText;

    /**
     * @param missingText what stands for a missing text, as a tensor of texts knows none
     */
    PreparationGraph(Graph graph, String missingText) {
        this.graph = graph;
        this.missingText = missingText;
    }

    /** The prepared columns side by side, float64. */
    Value prepare(Preparation preparation) throws OnnxExportException {
        // All before anything else takes a name.
        List<Value> inputs = preparation.steps().stream()
                .map(step -> graph.input(
                        step.feature(),
                        switch (step.kind()) {
                            case NUMERIC -> DataType.DOUBLE;
                            case CATEGORICAL -> DataType.STRING;
                        }))
                .toList();
        List<Value> columns = new ArrayList<>();
        for (int i = 0; i < inputs.size(); i++) {
            Value raw = inputs.get(i);
            switch (preparation.steps().get(i)) {
                case Step.Numeric numeric -> columns.addAll(number(numeric, raw));
                case OneHot oneHot -> columns.add(oneHot(oneHot, raw));
                case Step.Mapped mapped -> columns.addAll(mapped(mapped, raw));
                case Step.Hashed hashed -> columns.addAll(hashed(hashed, raw));
            }
        }
        return graph.beside(columns);
    }

    private List<Value> number(Step.Numeric step, Value raw) {
        Value missing = graph.apply("IsNaN", raw);
        Value x = Double.isNaN(step.imputed()) ? raw : where(missing, graph.number(step.imputed()), raw);
        // By comparison rather than Clip or Max, which need not let NaN through.
        if (step.low() > Double.NEGATIVE_INFINITY) {
            Value low = graph.number(step.low());
            x = where(graph.apply("Less", x, low), low, x);
        }
        if (step.high() < Double.POSITIVE_INFINITY) {
            Value high = graph.number(step.high());
            x = where(graph.apply("Greater", x, high), high, x);
        }
        if (step.log()) {
            x = signedLog(x);
        }
        if (step.center() != 0) {
            x = graph.apply("Sub", x, graph.number(step.center()));
        }
        if (step.scale() != 1) {
            x = graph.apply("Div", x, graph.number(step.scale()));
        }
        return step.indicator() ? List.of(x, graph.cast(missing, DataType.DOUBLE)) : List.of(x);
    }

    /**
     * {@code sign(x) * ln(1 + |x|)}. ONNX has no log1p; of a small number it is {@code ln(u) * x / (u - 1)} with {@code u = 1
     * + x} as rounded, in which the rounding cancels out (Goldberg, ACM Computing Surveys 23(1), 1991, theorem 4).
     */
    private Value signedLog(Value x) {
        Value size = graph.apply("Abs", x);
        Value one = graph.number(1);
        Value sum = graph.apply("Add", size, one);
        Value added = graph.apply("Sub", sum, one);
        Value corrected = graph.apply("Div", graph.apply("Mul", graph.apply("Log", sum), size), added);
        Value log = where(graph.apply("Equal", added, graph.number(0)), size, corrected);
        return where(graph.apply("Less", x, graph.number(0)), graph.apply("Neg", log), log);
    }

    private Value oneHot(OneHot step, Value texts) throws OnnxExportException {
        Map<String, Long> columns = new LinkedHashMap<>();
        step.categories().forEach(category -> columns.put(category, (long) columns.size()));
        new TreeSet<>(step.rare()).forEach(category -> columns.put(category, (long) step.rareAt()));
        Value hot = numberOf(step.feature(), texts, columns, step.imputed(), step.unseenAt(), step.missingAt());
        return hot(hot, step.width());
    }

    private List<Value> mapped(Step.Mapped step, Value texts) throws OnnxExportException {
        Map<String, Long> places = new TreeMap<>();
        List<Double> values = new ArrayList<>();
        new TreeMap<>(step.values()).forEach((category, value) -> {
            places.put(category, (long) values.size());
            values.add(value);
        });
        int rare = values.size();
        step.rareCategories().forEach(category -> places.put(category, (long) rare));
        values.add(step.rare());
        values.add(step.unseen());
        values.add(step.missing());
        Value place = numberOf(step.feature(), texts, places, step.imputed(), rare + 1, rare + 2);
        Value table = graph.numbers(
                List.of((long) values.size()),
                values.stream().mapToDouble(Double::doubleValue).toArray());
        Value value = graph.apply("Gather", table, place);
        return step.indicator() ? List.of(value, indicator(texts)) : List.of(value);
    }

    /** By the operator that ONNX Runtime adds to the standard, which has no hash. */
    private List<Value> hashed(Step.Hashed step, Value texts) throws OnnxExportException {
        requireEncodable(step.feature(), step.imputed() == null ? List.of() : List.of(step.imputed()));
        Value missing = graph.cast(isMissing(texts), DataType.BOOL);
        Value hash = graph.apply(
                Graph.ONNX_RUNTIME,
                "MurmurHash3",
                List.of(Graph.integer("seed", 0), Graph.integer("positive", 1)),
                step.imputed() == null ? texts : where(missing, graph.text(step.imputed()), texts));
        Value bucket = graph.apply("Mod", graph.cast(hash, DataType.INT64), graph.integers(List.of(), step.buckets()));
        Value found = step.imputed() == null ? where(missing, graph.integers(List.of(), NO_COLUMN), bucket) : bucket;
        Value columns = hot(found, step.buckets());
        return step.indicator() ? List.of(columns, graph.cast(missing, DataType.DOUBLE)) : List.of(columns);
    }

    /** One 0/1 column for each number from 0; none is 1 for another number. */
    private Value hot(Value numbers, int width) {
        Value all = graph.integers(
                List.of(1L, (long) width), LongStream.range(0, width).toArray());
        return graph.cast(graph.apply("Equal", numbers, all), DataType.DOUBLE);
    }

    /**
     * A number for each text.
     *
     * @param known by category
     * @param imputed the category that a missing text counts as; null for none
     * @param unseen the number of a text that is none of these
     * @param missing the number of a missing text, where it counts as no category
     */
    private Value numberOf(
            String feature, Value texts, Map<String, Long> known, @Nullable String imputed, long unseen, long missing)
            throws OnnxExportException {
        requireEncodable(feature, known.keySet());
        Map<String, Long> numbers = new LinkedHashMap<>(known);
        numbers.put(missingText, imputed == null ? missing : known.getOrDefault(imputed, unseen));
        return encode(texts, numbers, unseen);
    }

    private Value isMissing(Value texts) {
        return encode(texts, Map.of(missingText, 1L), 0);
    }

    private Value indicator(Value texts) {
        return graph.cast(isMissing(texts), DataType.DOUBLE);
    }

    private Value encode(Value texts, Map<String, Long> numbers, long others) {
        return graph.apply(
                Graph.CLASSICAL,
                "LabelEncoder",
                List.of(
                        Graph.texts("keys_strings", List.copyOf(numbers.keySet())),
                        Graph.integers("values_int64s", List.copyOf(numbers.values())),
                        Graph.integer("default_int64", others)),
                texts);
    }

    private Value where(Value condition, Value then, Value otherwise) {
        return graph.apply("Where", condition, then, otherwise);
    }

    private void requireEncodable(String feature, Collection<String> categories) throws OnnxExportException {
        for (String category : categories) {
            if (!StandardCharsets.UTF_8.newEncoder().canEncode(category)) {
                throw new OnnxExportException(
                        "feature '" + feature + "': a category is no Unicode text, and ONNX has no other");
            }
            if (category.equals(missingText)) {
                throw new OnnxExportException(
                        "feature '" + feature + "': '" + category
                                + "' is one of its categories, so that it cannot stand for a missing one; choose another missing text");
            }
        }
    }
}
