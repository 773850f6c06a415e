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

    private final Pipeline pipeline;
    private final long lateness;
    private final List<Series> ofEvents;
    private final List<Series> ofLabels;

    FeatureComputation(Pipeline pipeline) {
        this.pipeline = pipeline;
        this.lateness = pipeline.event().lateness().toMillis();
        this.ofEvents = series(pipeline, Source.EVENT);
        this.ofLabels = series(pipeline, Source.LABEL);
    }

    /** Every series, with its tile length, by name. */
    Map<String, Series> series() {
        Map<String, Series> byName = new LinkedHashMap<>();
        ofEvents.forEach(each -> byName.put(each.name(), each));
        ofLabels.forEach(each -> byName.put(each.name(), each));
        return byName;
    }

    private static List<Series> series(Pipeline pipeline, Source source) {
        Map<String, Series> distinct = new LinkedHashMap<>();
        for (Feature feature : pipeline.features()) {
            if (feature instanceof WindowFeature window && window.source() == source) {
                Series series = Series.of(window);
                distinct.putIfAbsent(series.name(), series);
            }
        }
        return List.copyOf(distinct.values());
    }

    /**
     * The features of an event over what was collected before it, in declared order.
     *
     * @param time the event time, epoch milliseconds
     */
    List<@Nullable Object> row(GenericRecord event, long time, TileStore store) {
        Map<String, @Nullable Object> values = values(event);
        Map<String, Tiles> read = new HashMap<>();
        List<@Nullable Object> row = new ArrayList<>(pipeline.features().size());
        for (Feature feature : pipeline.features()) {
            switch (feature) {
                case ValueFeature value -> row.add(values.get(value.name()));
                case WindowFeature window -> {
                    Series series = Series.of(window);
                    String key = series.key(entity(series, event, values));
                    Tiles tiles = read.computeIfAbsent(key, store::get);
                    row.add(tiles.over(window.function(), time, series.tileMillis()));
                }
            }
        }
        return row;
    }

    /** Collects an event for the rows after it. */
    void collect(GenericRecord event, long time, TileStore store) {
        collect(ofEvents, event, null, time, store);
    }

    /**
     * Collects a label for the rows after it.
     *
     * @param time when the truth became known, epoch milliseconds
     */
    void collect(GenericRecord event, GenericRecord label, long time, TileStore store) {
        collect(ofLabels, event, label, time, store);
    }

    private void collect(
            List<Series> series, GenericRecord event, @Nullable GenericRecord label, long time, TileStore store) {
        if (series.isEmpty()) {
            return;
        }
        Map<String, @Nullable Object> values = values(event);
        Map<String, @Nullable Object> arguments = new HashMap<>();
        for (Series each : series) {
            Object value = arguments.computeIfAbsent(
                    each.argument().source(), source -> each.argument().evaluate(event, label));
            Double number = number(value);
            if (number != null) {
                String key = each.key(entity(each, event, values));
                Tiles tiles = store.get(key);
                tiles.add(time, number, each.tileMillis(), lateness);
                store.put(key, tiles);
            }
        }
    }

    /** The features that are read off the event. */
    private Map<String, @Nullable Object> values(GenericRecord event) {
        Map<String, @Nullable Object> values = new HashMap<>();
        for (Feature feature : pipeline.features()) {
            if (feature instanceof ValueFeature value) {
                values.put(value.name(), plain(value.value(), event));
            }
        }
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
