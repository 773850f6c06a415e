package io.freshet.features;

import io.freshet.schemas.pipeline.Expression;
import io.freshet.schemas.pipeline.Pipeline;
import io.freshet.schemas.pipeline.Pipeline.Feature;
import io.freshet.schemas.pipeline.Pipeline.Source;
import io.freshet.schemas.pipeline.Pipeline.ValueFeature;
import io.freshet.schemas.pipeline.Pipeline.WindowFeature;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.avro.generic.GenericRecord;
import org.jspecify.annotations.Nullable;

/**
 * Computes the declared features of an event, and collects events and labels for those after it. The state is the caller's.
 */
final class FeatureComputation {

    /** Where the collected tiles are kept, by key. */
    interface TileStore {
        Tiles get(String key);

        void put(String key, Tiles tiles);
    }

    /** A declared feature and, if it looks at a window, the place of its series among all. */
    private record Planned(Feature feature, int series) {}

    private final Pipeline pipeline;
    private final List<Planned> plan;
    private final List<Series> series;
    private final List<ValueFeature> values;
    private final List<ValueFeature> valuesOfEntities;

    FeatureComputation(Pipeline pipeline) {
        this.pipeline = pipeline;
        Map<String, Series> distinct = new LinkedHashMap<>();
        List<Planned> planned = new ArrayList<>();
        List<ValueFeature> read = new ArrayList<>();
        for (Feature feature : pipeline.features()) {
            switch (feature) {
                case ValueFeature value -> {
                    read.add(value);
                    planned.add(new Planned(value, -1));
                }
                case WindowFeature window -> {
                    Series of = Series.of(window);
                    distinct.putIfAbsent(of.name(), of);
                    planned.add(
                            new Planned(window, List.copyOf(distinct.keySet()).indexOf(of.name())));
                }
            }
        }
        this.plan = List.copyOf(planned);
        this.series = List.copyOf(distinct.values());
        this.values = List.copyOf(read);
        this.valuesOfEntities = read.stream()
                .filter(value -> series.stream().anyMatch(each -> each.by().contains(value.name())))
                .toList();
    }

    /** Every series, by name. */
    Map<String, Series> series() {
        Map<String, Series> byName = new LinkedHashMap<>();
        series.forEach(each -> byName.put(each.name(), each));
        return byName;
    }

    /**
     * The features of an event over what was collected before it, in declared order; then collects the event for the rows
     * after it.
     *
     * @param time the event time, epoch milliseconds
     * @param earliestRow the earliest event time that a row after it may have
     */
    List<@Nullable Object> rowThenCollect(GenericRecord event, long time, long earliestRow, TileStore store) {
        Map<String, @Nullable Object> read = read(values, event);
        String[] keys = new String[series.size()];
        List<@Nullable Object> row = new ArrayList<>(plan.size());
        for (Planned planned : plan) {
            switch (planned.feature()) {
                case ValueFeature value -> row.add(read.get(value.name()));
                case WindowFeature window -> {
                    Series of = series.get(planned.series());
                    String key = keys[planned.series()];
                    if (key == null) {
                        key = of.key(entity(of, event, read));
                        keys[planned.series()] = key;
                    }
                    row.add(store.get(key).over(window.function(), time, of.tile(), of.over()));
                }
            }
        }
        collect(Source.EVENT, event, null, read, time, earliestRow, store);
        return row;
    }

    /**
     * Collects a label for the rows after it.
     *
     * @param time when the truth became known, epoch milliseconds
     * @param earliestRow the earliest event time that a row after it may have
     */
    void collect(GenericRecord event, GenericRecord label, long time, long earliestRow, TileStore store) {
        collect(Source.LABEL, event, label, read(valuesOfEntities, event), time, earliestRow, store);
    }

    private void collect(
            Source source,
            GenericRecord event,
            @Nullable GenericRecord label,
            Map<String, @Nullable Object> read,
            long time,
            long earliestRow,
            TileStore store) {
        Map<String, @Nullable Double> arguments = new HashMap<>();
        for (Series each : series) {
            if (each.source() != source) {
                continue;
            }
            String argument = each.argument().source();
            if (!arguments.containsKey(argument)) {
                arguments.put(argument, number(each.argument().evaluate(event, label)));
            }
            Double number = arguments.get(argument);
            if (number != null) {
                String key = each.key(entity(each, event, read));
                Tiles tiles = store.get(key);
                tiles.add(time, number, each.tile(), each.over(), earliestRow);
                store.put(key, tiles);
            }
        }
    }

    private static Map<String, @Nullable Object> read(List<ValueFeature> features, GenericRecord event) {
        Map<String, @Nullable Object> values = new HashMap<>();
        features.forEach(feature -> values.put(feature.name(), plain(feature.value(), event)));
        return values;
    }

    private static @Nullable Object plain(Expression expression, GenericRecord event) {
        Object value = expression.evaluate(event, null);
        return expression.kind() == Expression.Kind.TEXT ? value : number(value);
    }

    private static @Nullable Double number(@Nullable Object value) {
        return switch (value) {
            case Boolean truth -> truth ? 1.0 : 0.0;
            case Double number -> number;
            case null, default -> null;
        };
    }

    private static List<String> entity(Series series, GenericRecord event, Map<String, @Nullable Object> values) {
        List<String> entity = new ArrayList<>(series.by().size());
        for (String part : series.by()) {
            Object value = values.containsKey(part) ? values.get(part) : event.get(part);
            entity.add(String.valueOf(value));
        }
        return entity;
    }

    /** Whether the label is positive; null when its value does not exist. */
    @Nullable
    Boolean positive(GenericRecord event, GenericRecord label) {
        return pipeline.label().value().evaluate(event, label) instanceof Boolean truth ? truth : null;
    }
}
