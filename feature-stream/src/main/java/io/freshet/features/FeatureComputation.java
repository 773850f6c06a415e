package io.freshet.features;

import io.freshet.features.window.EntityStates;
import io.freshet.features.window.EntityWindows;
import io.freshet.features.window.Entry;
import io.freshet.features.window.Group;
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
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import org.apache.avro.generic.GenericRecord;
import org.jspecify.annotations.Nullable;

/**
 * Computes the declared features of an event, and collects events and labels for those after it. The state is the caller's.
 */
final class FeatureComputation {

    /**
     * An event's features.
     *
     * @param values in declared order
     * @param changed the arrivals of the rows that this event, coming late, would have changed
     */
    record Computed(List<@Nullable Object> values, Set<Long> changed) {}

    /** A value feature and its place in the row. */
    private record Placed(ValueFeature feature, int position) {}

    private final Pipeline pipeline;
    private final int width;
    private final Map<String, Integer> positions = new HashMap<>();
    private final Map<String, Integer> ofTheEventAt = new HashMap<>();
    private final List<Placed> ofTheEvent = new ArrayList<>();
    private final List<Placed> ofFeatures = new ArrayList<>();
    private final List<Placed> ofEntities;
    private final List<Group> groups;

    FeatureComputation(Pipeline pipeline) {
        this.pipeline = pipeline;
        this.width = pipeline.features().size();
        Map<Integer, WindowFeature> windows = new LinkedHashMap<>();
        for (Feature feature : pipeline.features()) {
            int position = positions.size();
            positions.put(feature.name(), position);
            switch (feature) {
                case ValueFeature value
                when value.value().features().isEmpty() -> {
                    ofTheEvent.add(new Placed(value, position));
                    ofTheEventAt.put(value.name(), position);
                }
                case ValueFeature value -> ofFeatures.add(new Placed(value, position));
                case WindowFeature window -> windows.put(position, window);
            }
        }
        this.groups = Group.of(windows);
        this.ofEntities = ofTheEvent.stream()
                .filter(placed -> groups.stream()
                        .anyMatch(group -> group.by().contains(placed.feature().name())))
                .toList();
    }

    /** The windowed features, by source and entity. */
    List<Group> groups() {
        return groups;
    }

    /**
     * The features of an event over what was collected before it; then collects the event for the rows after it.
     *
     * @param time the event time, epoch milliseconds
     * @param arrival the event's place among all arrivals
     * @param late whether events of a later time have arrived before it
     * @param earliestRow the earliest event time that a row after it may have
     */
    Computed rowThenCollect(
            GenericRecord event, long time, long arrival, boolean late, long earliestRow, EntityStates states) {
        @Nullable Object[] row = new Object[width];
        read(ofTheEvent, event, row);
        Set<Long> changed = late ? new TreeSet<>() : Set.of();
        Map<Group.Column, @Nullable Object> arguments = new HashMap<>();
        for (Group group : groups) {
            String entity = entity(group, event, row);
            EntityWindows state = states.get(group, entity);
            group.read(state, time, false, 0, row);
            if (group.source() == Source.EVENT) {
                Entry entry = entry(group, event, null, time, arrival, arguments);
                if (late) {
                    state.changedBy(entry, changed::add);
                }
                states.add(group, entity, entry, earliestRow);
                if (group.includesSelf()) {
                    group.read(states.get(group, entity), time, true, 0, row);
                }
            }
        }
        readOfFeatures(event, row);
        return new Computed(values(row), changed);
    }

    /**
     * A row as it would be now: its windows over events computed again, with all events that have arrived by now, and what
     * follows from them; windows over labels stay as they were.
     *
     * @param before the row's features
     * @param arrival the event's place among all arrivals
     */
    List<@Nullable Object> correct(
            GenericRecord event, long time, long arrival, List<@Nullable Object> before, EntityStates states) {
        @Nullable Object[] row = before.toArray();
        for (Group group : groups) {
            if (group.source() == Source.EVENT) {
                EntityWindows state = states.get(group, entity(group, event, row));
                group.read(state, time, false, arrival, row);
                group.read(state, time, true, 0, row);
            }
        }
        readOfFeatures(event, row);
        return values(row);
    }

    /**
     * Collects a label for the rows after it.
     *
     * @param time when the truth became known, epoch milliseconds
     * @param arrival the label's place among all arrivals
     * @param earliestRow the earliest event time that a row after it may have
     */
    void collect(
            GenericRecord event, GenericRecord label, long time, long arrival, long earliestRow, EntityStates states) {
        @Nullable Object[] row = new Object[width];
        read(ofEntities, event, row);
        Map<Group.Column, @Nullable Object> arguments = new HashMap<>();
        for (Group group : groups) {
            if (group.source() == Source.LABEL) {
                states.add(
                        group,
                        entity(group, event, row),
                        entry(group, event, label, time, arrival, arguments),
                        earliestRow);
            }
        }
    }

    private static Entry entry(
            Group group,
            GenericRecord event,
            @Nullable GenericRecord label,
            long time,
            long arrival,
            Map<Group.Column, @Nullable Object> known) {
        @Nullable Object[] values = new Object[group.columns().size()];
        for (int i = 0; i < values.length; i++) {
            Group.Column column = group.columns().get(i);
            if (!known.containsKey(column)) {
                boolean holds = column.where()
                        .map(condition -> Boolean.TRUE.equals(condition.evaluate(event, label)))
                        .orElse(true);
                known.put(column, holds ? plain(column.argument().evaluate(event, label)) : null);
            }
            values[i] = known.get(column);
        }
        return new Entry(time, arrival, values);
    }

    private static void read(List<Placed> features, GenericRecord event, @Nullable Object[] row) {
        for (Placed placed : features) {
            row[placed.position()] = plain(placed.feature().value().evaluate(event, null));
        }
    }

    /** Those computed from other features, in declared order: one may use another that is declared above it. */
    private void readOfFeatures(GenericRecord event, @Nullable Object[] row) {
        Function<String, @Nullable Object> byName = name -> row[positions.getOrDefault(name, -1)];
        for (Placed placed : ofFeatures) {
            row[placed.position()] = plain(placed.feature().value().evaluate(event, null, byName));
        }
    }

    private static @Nullable Object plain(@Nullable Object value) {
        return value instanceof Boolean truth ? (Object) (truth ? 1.0 : 0.0) : value;
    }

    private String entity(Group group, GenericRecord event, @Nullable Object[] row) {
        StringBuilder entity = new StringBuilder();
        for (String part : group.by()) {
            Integer position = ofTheEventAt.get(part);
            String text = String.valueOf(position == null ? event.get(part) : row[position]);
            entity.append(text.length()).append(':').append(text);
        }
        return entity.toString();
    }

    private static List<@Nullable Object> values(@Nullable Object[] row) {
        List<@Nullable Object> values = new ArrayList<>(row.length);
        for (Object value : row) {
            values.add(value);
        }
        return values;
    }

    /** Whether the label is positive; null when its value does not exist. */
    @Nullable
    Boolean positive(GenericRecord event, GenericRecord label) {
        return pipeline.label().value().evaluate(event, label) instanceof Boolean truth ? truth : null;
    }
}
