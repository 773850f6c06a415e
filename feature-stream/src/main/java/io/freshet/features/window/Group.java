package io.freshet.features.window;

import io.freshet.features.window.Shape.Parts;
import io.freshet.schemas.pipeline.Expression;
import io.freshet.schemas.pipeline.Pipeline.Function;
import io.freshet.schemas.pipeline.Pipeline.Source;
import io.freshet.schemas.pipeline.Pipeline.Window;
import io.freshet.schemas.pipeline.Pipeline.WindowFeature;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The windowed features that look at the same records of the same entity, and what has to be kept for them: they share
 * one state per entity. Immutable.
 */
public final class Group {

    /** What is taken from a record: an argument, where a condition holds. */
    public record Column(Expression argument, Optional<Expression> where) {
        /** Tells columns apart, also across changes of the declaration. */
        public String key() {
            return argument.source()
                    + where.map(condition -> " where " + condition.source()).orElse("");
        }
    }

    /**
     * A window as it is looked at: which tier's tiles, and which of their slots. All times are in milliseconds.
     *
     * @param index its place among the group's frames
     */
    record Frame(int index, int tier, long over, long hop, long delay, int[] slots, Shape shape) {
        static Frame of(int index, int tier, Window window, int[] slots, List<Layout.Slot> ofTier) {
            return new Frame(
                    index,
                    tier,
                    window.over().toMillis(),
                    window.hop().toMillis(),
                    window.delay().toMillis(),
                    slots,
                    Shape.of(Arrays.stream(slots).mapToObj(ofTier::get).toList()));
        }

        boolean delayed() {
            return delay > 0;
        }

        /** Partial results with nothing in them, one for each slot of the frame. */
        Parts empty() {
            Parts parts = shape.empty();
            for (int i = 0; i < slots.length; i++) {
                if (shape.kind(i).doubles() == 0) {
                    parts.objects()[shape.at(0, i)] = Partial.empty(shape.kind(i));
                }
            }
            return parts;
        }

        /** Empties what {@link #empty} gave. */
        void clear(Parts parts) {
            shape.clearNumbers(parts, 0);
            for (Partial object : parts.objects()) {
                Objects.requireNonNull(object).clear();
            }
        }

        /** Makes some of what {@link #empty} gave like another. */
        void copy(Parts from, Parts to) {
            System.arraycopy(from.numbers(), 0, to.numbers(), 0, shape.doubles());
            for (int i = 0; i < shape.objectCount(); i++) {
                Partial object = Objects.requireNonNull(to.objects()[i]);
                object.clear();
                object.merge(Objects.requireNonNull(from.objects()[i]));
            }
        }

        /** Adds some sets of partial results of the tier's slots, from one up to another. */
        void merge(Parts into, Shape tier, Parts sets, int from, int to) {
            for (int i = 0; i < slots.length && from < to; i++) {
                Kind kind = shape.kind(i);
                int sum = shape.at(0, i);
                if (kind.doubles() > 0) {
                    int first = tier.at(from, slots[i]);
                    Numbers.merge(kind, into.numbers(), sum, sets.numbers(), first, tier.doubles(), to - from);
                } else {
                    for (int set = from; set < to; set++) {
                        Partial object = sets.objects()[tier.at(set, slots[i])];
                        if (object != null) {
                            Objects.requireNonNull(into.objects()[sum]).merge(object);
                        }
                    }
                }
            }
        }

        /** A function's value, read off the partial result of a slot. */
        @Nullable
        Object result(Parts of, int slot, Function function, double level, long end) {
            Kind kind = shape.kind(slot);
            return kind.doubles() > 0
                    ? Numbers.result(kind, of.numbers(), shape.at(0, slot), function, over / 1e3)
                    : Objects.requireNonNull(of.objects()[shape.at(0, slot)]).result(function, level, end);
        }

        /** The oldest tile of the window of a row at a time. */
        long first(long time) {
            return delayed() ? Math.floorDiv(time - delay, hop) - over / hop : Math.floorDiv(time - over, hop) + 1;
        }

        /** The newest tile; without a delay, the one that holds the row's time. */
        long last(long time) {
            return delayed() ? Math.floorDiv(time - delay, hop) - 1 : Math.floorDiv(time, hop);
        }

        /** Whether a record lies in the window of a row. */
        boolean holds(long record, long row) {
            long tile = Math.floorDiv(record, hop);
            return tile >= first(row) && tile <= last(row) && (delayed() || record <= row);
        }
    }

    /** Where a feature's value is read: the place of its frame, and of its partial result in that frame's slots. */
    private record Reading(WindowFeature feature, int position, int frame, int partial) {
        boolean includesSelf() {
            return feature.window().includeSelf();
        }

        Function function() {
            return feature.aggregate().function();
        }

        double level() {
            return feature.aggregate().level();
        }
    }

    private static final int RESULT_BYTES = 90;

    private final Source source;
    private final List<String> by;
    private final List<Column> columns;
    private final Layout layout;
    private final long layoutFingerprint;
    private final List<Shape> shapes;
    private final long[] hops;
    private final List<Frame> frames;
    private final int resultBytes;
    private final List<Reading> readings;
    private final Map<Integer, Long> definitions;
    private final boolean includesSelf;

    private Group(
            Source source,
            List<String> by,
            List<Column> columns,
            Layout layout,
            List<Frame> frames,
            List<Reading> readings) {
        this.source = source;
        this.by = by;
        this.columns = columns;
        this.layout = layout;
        this.layoutFingerprint = layout.fingerprint();
        this.shapes =
                layout.tiers().stream().map(tier -> Shape.of(tier.slots())).toList();
        this.hops = layout.tiers().stream().mapToLong(Layout.Tier::hop).toArray();
        this.frames = frames;
        this.resultBytes = frames.stream()
                .mapToInt(frame -> RESULT_BYTES + frame.shape().bytes())
                .sum();
        this.readings = readings;
        this.includesSelf = readings.stream().anyMatch(Reading::includesSelf);
        this.definitions = readings.stream()
                .collect(Collectors.toUnmodifiableMap(Reading::position, reading -> definition(reading.feature())));
    }

    /**
     * The groups of some features.
     *
     * @param features by their place in the row
     */
    public static List<Group> of(Map<Integer, WindowFeature> features) {
        Map<String, Map<Integer, WindowFeature>> together = new LinkedHashMap<>();
        features.forEach((position, feature) -> together.computeIfAbsent(
                        feature.source() + " by " + feature.by(), key -> new LinkedHashMap<>())
                .put(position, feature));
        return together.values().stream().map(Group::group).toList();
    }

    private static Group group(Map<Integer, WindowFeature> features) {
        List<Column> columns = new ArrayList<>();
        List<String> keys = new ArrayList<>();
        List<Long> hops = new ArrayList<>();
        List<List<Layout.Slot>> slots = new ArrayList<>();
        List<Window> windows = new ArrayList<>();
        List<List<Integer>> used = new ArrayList<>();
        List<Reading> readings = new ArrayList<>();
        features.forEach((position, feature) -> {
            Column column = new Column(
                    feature.aggregate().argument(), feature.aggregate().where());
            int columnAt = placeOf(keys, column.key());
            if (columnAt == columns.size()) {
                columns.add(column);
            }
            int tier = placeOf(hops, feature.window().hop().toMillis());
            if (tier == slots.size()) {
                slots.add(new ArrayList<>());
            }
            int slot = placeOf(
                    slots.get(tier),
                    new Layout.Slot(columnAt, Kind.of(feature.aggregate().function())));
            int frame = placeOf(
                    windows,
                    new Window(
                            feature.window().over(),
                            feature.window().hop(),
                            feature.window().delay(),
                            false));
            if (frame == used.size()) {
                used.add(new ArrayList<>());
            }
            readings.add(new Reading(feature, position, frame, placeOf(used.get(frame), slot)));
        });
        List<Layout.Tier> tiers = new ArrayList<>();
        for (int i = 0; i < hops.size(); i++) {
            tiers.add(new Layout.Tier(hops.get(i), slots.get(i)));
        }
        List<Frame> frames = new ArrayList<>();
        for (int i = 0; i < windows.size(); i++) {
            frames.add(Frame.of(
                    i,
                    hops.indexOf(windows.get(i).hop().toMillis()),
                    windows.get(i),
                    used.get(i).stream().mapToInt(Integer::intValue).toArray(),
                    slots.get(hops.indexOf(windows.get(i).hop().toMillis()))));
        }
        WindowFeature any = features.values().iterator().next();
        return new Group(
                any.source(),
                any.by(),
                List.copyOf(columns),
                new Layout(keys, tiers),
                List.copyOf(frames),
                List.copyOf(readings));
    }

    /** The place of an element, which is appended where it is new. */
    private static <T> int placeOf(List<T> among, T element) {
        int at = among.indexOf(element);
        if (at < 0) {
            among.add(element);
            return among.size() - 1;
        }
        return at;
    }

    /** Whether events or labels are looked at. */
    public Source source() {
        return source;
    }

    /** The event fields, or value features, that make up the entity. */
    public List<String> by() {
        return by;
    }

    /** For each place, what the value there is, whatever its feature is called; equal for equal definitions. */
    public Map<Integer, Long> definitions() {
        return definitions;
    }

    private static long definition(WindowFeature feature) {
        Column column =
                new Column(feature.aggregate().argument(), feature.aggregate().where());
        String text = String.join(
                "\n",
                feature.source().name(),
                String.join(",", feature.by()),
                feature.aggregate().function().name(),
                String.valueOf(feature.aggregate().level()),
                column.key(),
                feature.window().toString());
        return Layout.fingerprint(text.getBytes(StandardCharsets.UTF_8));
    }

    /** What is taken from each record, in the order of an entry's values. */
    public List<Column> columns() {
        return columns;
    }

    /** Tells the group apart, also across changes of the declaration. */
    String name() {
        return source + " by " + String.join(",", by);
    }

    Layout layout() {
        return layout;
    }

    /** Tells in which order arguments are given. */
    public long layoutFingerprint() {
        return layoutFingerprint;
    }

    /** How each tier's tiles hold their partial results. */
    List<Shape> shapes() {
        return shapes;
    }

    /** The length of a tier's tiles, milliseconds. */
    long hop(int tier) {
        return hops[tier];
    }

    /** About how many bytes of memory a result of each of its windows takes. */
    int resultBytes() {
        return resultBytes;
    }

    List<Frame> frames() {
        return frames;
    }

    /** How far before a row its oldest window may reach, milliseconds. */
    long reach() {
        return frames.stream()
                .mapToLong(frame -> frame.over() + frame.delay() + frame.hop())
                .max()
                .orElse(0);
    }

    /** The oldest tile of a tier that a row at a time, or a later one, may look at. */
    long oldestTile(int tier, long time) {
        return frames.stream()
                .filter(frame -> frame.tier() == tier)
                .mapToLong(frame -> frame.first(time))
                .min()
                .orElse(Long.MAX_VALUE);
    }

    /** Reads features off entities' states, with results that are used again for each row. Not thread-safe. */
    final class Reader {
        private final Parts[] room;
        private final @Nullable Parts[] results;

        private Reader() {
            room = frames.stream().map(Frame::empty).toArray(Parts[]::new);
            results = new Parts[room.length];
        }

        /**
         * Fills in a row's features.
         *
         * @param time the row's event time, epoch milliseconds
         * @param withSelf which features: those whose window includes the row's own event, or the others
         * @param excluded the arrival of an entry that the features that do not include it must not see; 0 for none
         * @param row filled at the features' places
         */
        void read(EntityWindows state, long time, boolean withSelf, long excluded, @Nullable Object[] row) {
            Arrays.fill(results, null);
            for (Reading reading : readings) {
                if (reading.includesSelf() != withSelf) {
                    continue;
                }
                Frame frame = frames.get(reading.frame());
                Parts result = results[frame.index()];
                if (result == null) {
                    result = state.over(frame, time, withSelf ? 0 : excluded, room[frame.index()]);
                    results[frame.index()] = result;
                }
                row[reading.position()] =
                        frame.result(result, reading.partial(), reading.function(), reading.level(), time);
            }
        }
    }

    Reader reader() {
        return new Reader();
    }

    /** Whether any feature's window includes the row's own event. */
    public boolean includesSelf() {
        return includesSelf;
    }

    /** Whether an entry gives anything to the row of another. */
    boolean gives(Entry entry, long row) {
        for (Frame frame : frames) {
            if (frame.holds(entry.time(), row)
                    && Arrays.stream(frame.slots())
                            .anyMatch(slot -> entry.values()[
                                            layout.tiers()
                                                    .get(frame.tier())
                                                    .slots()
                                                    .get(slot)
                                                    .column()]
                                    != null)) {
                return true;
            }
        }
        return false;
    }
}
