package io.freshet.features;

import io.freshet.features.window.EntityStates;
import io.freshet.features.window.EntityWindows;
import io.freshet.features.window.Entry;
import io.freshet.features.window.Group;
import io.freshet.schemas.message.RecordKind;
import io.freshet.schemas.pipeline.Pipeline;
import io.freshet.schemas.pipeline.Pipeline.Feature;
import io.freshet.schemas.pipeline.Pipeline.Source;
import io.freshet.schemas.pipeline.Pipeline.ValueFeature;
import io.freshet.schemas.pipeline.Pipeline.WindowFeature;
import io.freshet.schemas.row.FeatureRow;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Stream;
import org.apache.avro.generic.GenericRecord;
import org.jspecify.annotations.Nullable;

/**
 * Computes the declared features of an event, and those of a superseded declaration beside them, each by its own
 * definition, and collects events and labels for those after it. Windows that look at the same records of the same entity
 * share one state, whichever declaration they are of. The state is the caller's.
 *
 * <p>In a row that is being filled in, the superseded features come after the declared ones.
 */
final class FeatureComputation {

    /**
     * An event's features.
     *
     * @param values in declared order
     * @param others as {@link #others} gives them
     * @param changed the arrivals of the rows that this event, coming late, would have changed
     */
    record Computed(List<@Nullable Object> values, List<FeatureRow.Part> others, Set<Long> changed) {}

    /** A value feature and its place in the row. */
    private record Placed(ValueFeature feature, int position) {

        /** Tells it from other parts of an entity, also across changes of the declaration; no field is called so. */
        String part() {
            return "(" + feature.value().source() + ")";
        }
    }

    /** A declaration's features at their places in the row. */
    private static final class Placement {
        private final Map<String, Integer> positions = new HashMap<>();
        private final List<Placed> ofTheEvent = new ArrayList<>();
        private final List<Placed> ofFeatures = new ArrayList<>();
        /** With what makes up their entities told apart by what it is rather than by its name. */
        private final Map<Integer, WindowFeature> windows = new LinkedHashMap<>();

        Placement(Pipeline pipeline, int from) {
            Map<String, String> parts = new HashMap<>();
            for (Feature feature : pipeline.features()) {
                int position = from + positions.size();
                positions.put(feature.name(), position);
                switch (feature) {
                    case ValueFeature value
                    when value.value().features().isEmpty() -> {
                        Placed placed = new Placed(value, position);
                        ofTheEvent.add(placed);
                        parts.put(value.name(), placed.part());
                    }
                    case ValueFeature value -> ofFeatures.add(new Placed(value, position));
                    case WindowFeature window ->
                        windows.put(
                                position,
                                new WindowFeature(
                                        window.name(),
                                        window.aggregate(),
                                        window.source(),
                                        window.by().stream()
                                                .map(part -> parts.getOrDefault(part, part))
                                                .toList(),
                                        window.window()));
                }
            }
        }
    }

    private static final int LONGEST_KEPT_TEXT = 1_000;

    private final Pipeline pipeline;
    private final Optional<Superseded> superseded;
    private final int declared;
    private final int width;
    private final List<Placement> placements;
    private final Map<String, Integer> partsAt = new HashMap<>();
    private final List<Placed> ofTheEvent;
    private final List<Placed> ofEntities;
    private final List<Group> groups;
    /** The different columns of all groups, and the places among them of each group's. */
    private final List<Group.Column> columns = new ArrayList<>();

    private final List<int[]> columnsOfGroups = new ArrayList<>();

    FeatureComputation(Pipeline pipeline, Optional<Superseded> superseded) {
        this.pipeline = pipeline;
        this.superseded = superseded;
        this.declared = pipeline.features().size();
        this.placements = Stream.concat(
                        Stream.of(new Placement(pipeline, 0)),
                        superseded.stream().map(before -> new Placement(before.pipeline(), declared)))
                .toList();
        this.width = placements.stream()
                .mapToInt(placement -> placement.positions.size())
                .sum();
        this.ofTheEvent = placements.stream()
                .flatMap(placement -> placement.ofTheEvent.stream())
                .toList();
        ofTheEvent.forEach(placed -> partsAt.putIfAbsent(placed.part(), placed.position()));
        Map<Integer, WindowFeature> windows = new LinkedHashMap<>();
        placements.forEach(placement -> windows.putAll(placement.windows));
        this.groups = Group.of(windows);
        for (Group group : groups) {
            columnsOfGroups.add(group.columns().stream().mapToInt(this::placeOf).toArray());
        }
        this.ofEntities = ofTheEvent.stream()
                .filter(placed -> groups.stream().anyMatch(group -> group.by().contains(placed.part())))
                .toList();
    }

    /** A row with nothing filled in. */
    @Nullable
    Object[] emptyRow() {
        return new Object[width];
    }

    /** Whether a group collects this kind of record. */
    boolean isOver(int group, RecordKind kind) {
        return groups.get(group).source() == (kind == RecordKind.EVENT ? Source.EVENT : Source.LABEL);
    }

    private int placeOf(Group.Column column) {
        for (int i = 0; i < columns.size(); i++) {
            if (columns.get(i).key().equals(column.key())) {
                return i;
            }
        }
        columns.add(column);
        return columns.size() - 1;
    }

    /** The windowed features, by source and entity. */
    List<Group> groups() {
        return groups;
    }

    /**
     * The features that are looked up at one and the same entity.
     *
     * @param by what makes up the entity
     * @param groups its groups: over events, over labels or both
     * @param definitions of their features, by their positions in the row
     */
    record Stage(List<String> by, List<Integer> groups, SortedMap<Integer, Long> definitions) {}

    /** All groups by entity, in the order in which entities are first declared. */
    List<Stage> stages() {
        Map<List<String>, List<Integer>> together = new LinkedHashMap<>();
        for (int g = 0; g < groups.size(); g++) {
            together.computeIfAbsent(groups.get(g).by(), by -> new ArrayList<>())
                    .add(g);
        }
        List<Stage> stages = new ArrayList<>();
        together.forEach((by, members) -> {
            SortedMap<Integer, Long> definitions = new TreeMap<>();
            members.forEach(g -> definitions.putAll(groups.get(g).definitions()));
            stages.add(new Stage(by, members, definitions));
        });
        return stages;
    }

    /**
     * What is known of a record before any window is looked at.
     *
     * @param row the features of the event alone at their places, the others still to be filled in
     * @param entities per group, the entity
     * @param arguments per group, what its columns take from the record; null for groups over the other kind of record
     */
    @SuppressWarnings("ArrayRecordComponent") // Handed on and filled in, never compared.
    record Taken(@Nullable Object[] row, List<String> entities, List<@Nullable Object @Nullable []> arguments) {}

    /** Looks at an event, or at a label together with its event. */
    Taken take(GenericRecord event, @Nullable GenericRecord label) {
        @Nullable Object[] row = emptyRow();
        read(label == null ? ofTheEvent : ofEntities, event, row);
        Source source = label == null ? Source.EVENT : Source.LABEL;
        Arguments arguments = new Arguments(event, label);
        List<String> entities = new ArrayList<>(groups.size());
        List<@Nullable Object @Nullable []> taken = new ArrayList<>(groups.size());
        for (int g = 0; g < groups.size(); g++) {
            entities.add(entity(groups.get(g), event, row));
            taken.add(groups.get(g).source() == source ? arguments.of(g) : null);
        }
        return new Taken(row, entities, taken);
    }

    /**
     * Takes an event past one group: fills in the group's features over what was collected before it, then collects it.
     *
     * @param arguments as {@link Taken} has them
     * @param time the event time, epoch milliseconds
     * @param arrival the event's place among all arrivals
     * @param earliestRow the earliest event time that a row after it may have
     * @param changed takes the arrivals of the rows that this event, coming late, would have changed; null when it is not
     *     late
     */
    void pass(
            int group,
            String entity,
            @Nullable Object @Nullable [] arguments,
            long time,
            long arrival,
            long earliestRow,
            EntityStates states,
            @Nullable Object[] row,
            @Nullable Set<Long> changed) {
        Group passed = groups.get(group);
        EntityWindows state = states.get(passed, entity);
        states.read(passed, state, time, false, 0, row);
        if (arguments == null) {
            return;
        }
        Entry entry = new Entry(time, arrival, arguments);
        if (changed != null) {
            state.changedBy(entry, changed::add);
        }
        states.add(passed, entity, state, entry, earliestRow);
        if (passed.includesSelf()) {
            states.read(passed, state, time, true, 0, row);
        }
    }

    /** The declared features once all groups have filled in theirs, in order. */
    List<@Nullable Object> complete(GenericRecord event, @Nullable Object[] row) {
        readOfFeatures(event, row);
        return values(row);
    }

    /** A complete row's superseded features; empty when there are none, or none that a model still needs. */
    @SuppressWarnings(
            "NullAway") // Values may be null; the annotation of a record's component is not seen across modules.
    List<FeatureRow.Part> others(@Nullable Object[] row) {
        return superseded.filter(Superseded::needed).stream()
                .map(before -> {
                    Map<String, @Nullable Object> values = new HashMap<>();
                    List<String> names = before.rows().names();
                    for (int i = 0; i < names.size(); i++) {
                        values.put(names.get(i), row[declared + i]);
                    }
                    return new FeatureRow.Part(before.rows().featureSet(), values);
                })
                .toList();
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
        Taken taken = take(event, null);
        Set<Long> changed = late ? new TreeSet<>() : null;
        for (int g = 0; g < groups.size(); g++) {
            pass(
                    g,
                    taken.entities().get(g),
                    taken.arguments().get(g),
                    time,
                    arrival,
                    earliestRow,
                    states,
                    taken.row(),
                    changed);
        }
        return new Computed(complete(event, taken.row()), others(taken.row()), changed == null ? Set.of() : changed);
    }

    /**
     * A row as it would be now: its windows over events computed again, with all events that have arrived by now, and what
     * follows from them; windows over labels stay as they were.
     *
     * @param before the row's declared features
     * @param arrival the event's place among all arrivals
     */
    List<@Nullable Object> correct(
            GenericRecord event, long time, long arrival, List<@Nullable Object> before, EntityStates states) {
        @Nullable Object[] row = written(event, before);
        for (int g = 0; g < groups.size(); g++) {
            if (groups.get(g).source() == Source.EVENT) {
                correct(g, entity(groups.get(g), event, row), time, arrival, states, row);
            }
        }
        return complete(event, row);
    }

    /** A row that was written, with what its entities are told by. */
    private @Nullable Object[] written(GenericRecord event, List<@Nullable Object> before) {
        @Nullable Object[] row = emptyRow();
        read(ofTheEvent, event, row);
        for (int i = 0; i < declared; i++) {
            row[i] = before.get(i);
        }
        return row;
    }

    /**
     * Fills in the features of one group over events as they would be now.
     *
     * @param arrival the place of the row's event among all arrivals
     */
    void correct(int group, String entity, long time, long arrival, EntityStates states, @Nullable Object[] row) {
        EntityWindows state = states.get(groups.get(group), entity);
        states.read(groups.get(group), state, time, false, arrival, row);
        states.read(groups.get(group), state, time, true, 0, row);
    }

    /**
     * A row with some windows changed, and what follows from them.
     *
     * @param before the row's declared features
     * @param values by the definitions of windows
     */
    List<@Nullable Object> corrected(
            GenericRecord event, List<@Nullable Object> before, Map<Long, @Nullable Object> values) {
        @Nullable Object[] row = written(event, before);
        for (Group group : groups) {
            group.definitions().forEach((place, definition) -> {
                if (values.containsKey(definition)) {
                    row[place] = values.get(definition);
                }
            });
        }
        return complete(event, row);
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
        Taken taken = take(event, label);
        for (int g = 0; g < groups.size(); g++) {
            @Nullable Object[] arguments = taken.arguments().get(g);
            if (arguments != null) {
                collect(g, taken.entities().get(g), arguments, time, arrival, earliestRow, states);
            }
        }
    }

    /** Collects a label for one group. */
    void collect(
            int group,
            String entity,
            @Nullable Object[] arguments,
            long time,
            long arrival,
            long earliestRow,
            EntityStates states) {
        Group collecting = groups.get(group);
        states.add(
                collecting, entity, states.get(collecting, entity), new Entry(time, arrival, arguments), earliestRow);
    }

    /** What the groups' columns take from one record; each different column is evaluated once. */
    private final class Arguments {
        private final GenericRecord event;
        private final @Nullable GenericRecord label;
        private final @Nullable Object[] values = new Object[columns.size()];
        private final boolean[] known = new boolean[columns.size()];

        Arguments(GenericRecord event, @Nullable GenericRecord label) {
            this.event = event;
            this.label = label;
        }

        @Nullable
        Object[] of(int group) {
            int[] wanted = columnsOfGroups.get(group);
            @Nullable Object[] taken = new Object[wanted.length];
            for (int i = 0; i < wanted.length; i++) {
                int column = wanted[i];
                if (!known[column]) {
                    values[column] = evaluate(columns.get(column));
                    known[column] = true;
                }
                taken[i] = values[column];
            }
            return taken;
        }

        private @Nullable Object evaluate(Group.Column column) {
            boolean holds = column.where().isEmpty()
                    || Boolean.TRUE.equals(column.where().get().evaluate(event, label));
            return holds ? bounded(plain(column.argument().evaluate(event, label))) : null;
        }
    }

    private static void read(List<Placed> features, GenericRecord event, @Nullable Object[] row) {
        for (Placed placed : features) {
            row[placed.position()] = plain(placed.feature().value().evaluate(event, null));
        }
    }

    /** Those computed from other features, in declared order: one may use another that is declared above it. */
    private void readOfFeatures(GenericRecord event, @Nullable Object[] row) {
        for (Placement placement : placements) {
            Function<String, @Nullable Object> byName = name -> row[placement.positions.getOrDefault(name, -1)];
            for (Placed placed : placement.ofFeatures) {
                row[placed.position()] = plain(placed.feature().value().evaluate(event, null, byName));
            }
        }
    }

    private static @Nullable Object plain(@Nullable Object value) {
        return value instanceof Boolean truth ? (Object) (truth ? 1.0 : 0.0) : value;
    }

    /** Windows keep texts: one that is longer is cut, between characters. */
    private static @Nullable Object bounded(@Nullable Object value) {
        if (!(value instanceof String text) || text.length() <= LONGEST_KEPT_TEXT) {
            return value;
        }
        int end = Character.isHighSurrogate(text.charAt(LONGEST_KEPT_TEXT - 1))
                ? LONGEST_KEPT_TEXT - 1
                : LONGEST_KEPT_TEXT;
        return text.substring(0, end);
    }

    private String entity(Group group, GenericRecord event, @Nullable Object[] row) {
        StringBuilder entity = new StringBuilder();
        for (String part : group.by()) {
            Integer position = partsAt.get(part);
            String text = String.valueOf(position == null ? event.get(part) : row[position]);
            entity.append(text.length()).append(':').append(text);
        }
        return entity.toString();
    }

    private List<@Nullable Object> values(@Nullable Object[] row) {
        List<@Nullable Object> values = new ArrayList<>(declared);
        for (int i = 0; i < declared; i++) {
            values.add(row[i]);
        }
        return values;
    }
}
