package io.freshet.trainer.evaluate;

import io.freshet.schemas.pipeline.Expression;
import io.freshet.schemas.pipeline.Pipeline;
import io.freshet.schemas.pipeline.Pipeline.Feature;
import io.freshet.schemas.row.Example;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericRecord;
import org.jspecify.annotations.Nullable;

/** Evaluates models on the declared parts of a hold-out. */
public final class Slices {
    /** Of a text's values, so many of the most frequent ones are slices. */
    static final int MOST_VALUES = 20;

    private static final GenericRecord NO_EVENT =
            new GenericData.Record(Schema.createRecord("NoEvent", "", "io.freshet", false, List.of()));

    private Slices() {}

    /**
     * One part.
     *
     * @param name as declared, with the value where it is one of a text's: {@code name=value}
     */
    public record Slice(String name, Evaluation challenger, Optional<Evaluation> champion) {}

    /**
     * The parts that have rows, in declared order, values by falling number of rows.
     *
     * @param examples the hold-out's rows
     * @param seed of the resamples
     */
    public static List<Slice> evaluate(
            Pipeline pipeline,
            List<Example> examples,
            HoldOut holdout,
            Scored challenger,
            Optional<Scored> champion,
            long seed) {
        List<Slice> slices = new ArrayList<>();
        rows(pipeline, examples).forEach((name, rows) -> {
            List<Scored> models = new ArrayList<>();
            int outputs = holdout.targets().outputs();
            models.add(challenger.of(rows, outputs));
            champion.ifPresent(other -> models.add(other.of(rows, outputs)));
            Resamples resamples = Resamples.of(holdout.of(rows), models, seed);
            slices.add(new Slice(
                    name,
                    resamples.evaluation(0),
                    champion.isPresent() ? Optional.of(resamples.evaluation(1)) : Optional.empty()));
        });
        return List.copyOf(slices);
    }

    /** The rows of each part, by its name. */
    static Map<String, int[]> rows(Pipeline pipeline, List<Example> examples) {
        Map<String, Integer> positions = new HashMap<>();
        for (Feature feature : pipeline.features()) {
            positions.put(feature.name(), positions.size());
        }
        Map<String, int[]> slices = new LinkedHashMap<>();
        pipeline.evaluation().slices().forEach((name, expression) -> {
            Map<Object, List<Integer>> byValue = new LinkedHashMap<>();
            for (int row = 0; row < examples.size(); row++) {
                List<@Nullable Object> values = examples.get(row).row().values();
                Object value = expression.evaluate(NO_EVENT, null, feature -> known(values, positions.get(feature)));
                if (value != null && !value.equals(false)) {
                    byValue.computeIfAbsent(value, first -> new ArrayList<>()).add(row);
                }
            }
            byValue.entrySet().stream()
                    .sorted(Comparator.comparingInt((Map.Entry<Object, List<Integer>> of) ->
                            -of.getValue().size()))
                    .limit(MOST_VALUES)
                    .forEach(of -> slices.put(
                            expression.kind() == Expression.Kind.TEXT ? name + "=" + of.getKey() : name,
                            of.getValue().stream().mapToInt(row -> row).toArray()));
        });
        return slices;
    }

    private static @Nullable Object known(List<@Nullable Object> values, @Nullable Integer position) {
        Object value = position == null ? null : values.get(position);
        return value instanceof Double number && number.isNaN() ? null : value;
    }
}
