package io.freshet.features.window;

import io.freshet.features.window.EntityWindows.Chunk;
import io.freshet.features.window.Layout.Slot;
import io.freshet.features.window.Layout.Tier;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;

/**
 * The windows of all entities, in a store of bytes: a row for an entity's tiles, one for each chunk of its newest entries.
 * The states used last are kept decoded. What is added is written to a journal at once, and to the entity's own rows some
 * arrivals later, or when its state is no longer kept decoded: an entity of which much arrives is written once for many
 * entries. Not thread-safe.
 */
public final class EntityStates implements AutoCloseable {

    /** Where the bytes are. */
    public interface Store {
        byte @Nullable [] get(byte[] key);

        void put(byte[] key, byte[] value);

        void delete(byte[] key);

        /** Rows from a key on, in order of their keys; to be closed. */
        Rows from(byte[] key);

        /** A key and its value. */
        @SuppressWarnings("ArrayRecordComponent") // Bytes that are passed on; rows are not compared.
        record Row(byte[] key, byte[] value) {}

        /** Rows of the store. */
        interface Rows extends Iterator<Row>, AutoCloseable {
            @Override
            void close();
        }
    }

    private static final byte FORMAT = 2;
    private static final byte TILES = 1;
    private static final byte CHUNK = 2;
    private static final byte LAYOUT = 3;
    private static final int SUFFIX = 1 + Integer.BYTES;

    /** How many arrivals an entity's rows may be behind, unless something else is asked for. */
    public static final int BEHIND = 32_768;

    private record Id(Group group, String entity) {
        // Groups are the same only where they are one; asked for several times for each record.
        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof Id id && id.group == group && id.entity.equals(entity);
        }

        @Override
        public int hashCode() {
            return 31 * System.identityHashCode(group) + entity.hashCode();
        }
    }

    /**
     * What a tiles row begins with.
     *
     * @param layout the fingerprint of the tiles' layout
     * @param first the number of the oldest chunk
     * @param next the number after that of the newest
     * @param newest the newest time of anything, when the newest chunk was opened
     */
    private record Header(long layout, int first, int next, long newest) {
        static Header read(DataInputStream from) throws IOException {
            int format = from.readByte();
            if (format != FORMAT) {
                throw new IOException(
                        "windows are kept in format " + format + ", which this version does not read, but " + FORMAT
                                + ": reset the pipeline's state and process its events again");
            }
            return new Header(from.readLong(), from.readInt(), from.readInt(), from.readLong());
        }

        void write(DataOutputStream to) throws IOException {
            to.writeByte(FORMAT);
            to.writeLong(layout);
            to.writeInt(first);
            to.writeInt(next);
            to.writeLong(newest);
        }
    }

    private final Store store;
    private final Map<Long, Group> groups = new HashMap<>();
    private final Map<Group, Long> names = new HashMap<>();
    private final Map<Group, Group.Reader> readers = new HashMap<>();
    private final Map<Id, EntityWindows> decoded = new LinkedHashMap<>(16, 0.75f, true);
    /** Entities whose rows lack something, and the arrival since which they do; oldest first. */
    private final SequencedMap<Id, Long> behind = new LinkedHashMap<>();
    /** What stands in the journal of entities that were not looked at since it was opened. */
    private final Map<Id, List<Journal.Line>> left = new HashMap<>();

    private final int furthestBehind;
    private final Journal journal;
    private final StateMemory.Share memory;
    private byte[] cursor = new byte[0];

    /**
     * Opens the states of some groups, which may be declared differently from when they were written.
     *
     * @param furthestBehind how many arrivals an entity's rows may be behind, at least 0
     * @param memory what decoded states may take
     */
    public EntityStates(Store store, List<Group> groups, int furthestBehind, StateMemory memory) {
        this.store = store;
        this.memory = memory.share();
        this.furthestBehind = furthestBehind;
        for (Group group : groups) {
            readers.put(group, group.reader());
            long name = Layout.fingerprint(group.name().getBytes(StandardCharsets.UTF_8));
            this.groups.put(name, group);
            names.put(group, name);
            byte[] key = layoutKey(name, group.layoutFingerprint());
            if (store.get(key) == null) {
                store.put(key, group.layout().toBytes());
            }
        }
        journal = new Journal(store, line -> {
            Group group = this.groups.get(line.group());
            if (group != null) {
                Id id = new Id(group, line.entity());
                left.computeIfAbsent(id, none -> new ArrayList<>(1)).add(line);
                behind.putIfAbsent(id, line.arrival());
            }
        });
    }

    /** The state of an entity; an empty one for an entity that is new. */
    public EntityWindows get(Group group, String entity) {
        Id id = new Id(group, entity);
        EntityWindows state = decoded.get(id);
        if (state == null) {
            state = load(group, entity);
            List<Journal.Line> lines = left.remove(id);
            if (lines != null) {
                takeUp(lines, group, state);
            }
            keep(id, state);
        }
        return state;
    }

    private void keep(Id id, EntityWindows state) {
        decoded.put(id, state);
        memory.take(state.bytes());
        Iterator<Map.Entry<Id, EntityWindows>> eldest = decoded.entrySet().iterator();
        while (memory.isExceeded() && decoded.size() > 1) {
            Map.Entry<Id, EntityWindows> each = eldest.next();
            memory.take(-each.getValue().bytes());
            write(each.getKey(), each.getValue());
            behind.remove(each.getKey());
            eldest.remove();
        }
    }

    /** Gives its memory back; of no use after that. */
    @Override
    public void close() {
        decoded.clear();
        memory.close();
    }

    /** Adds what the journal has of an entity and its rows lack. */
    private void takeUp(List<Journal.Line> lines, Group group, EntityWindows state) {
        try {
            for (Journal.Line line : lines) {
                if (line.arrival() > state.newestArrival()) {
                    for (Entry entry : entries(line.entry(), group)) {
                        state.add(entry, 0);
                    }
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Reads features off an entity's state.
     *
     * @param time the row's event time, epoch milliseconds
     * @param withSelf which features: those whose window includes the row's own event, or the others
     * @param excluded the arrival of an entry that the features that do not include it must not see; 0 for none
     * @param row filled at the features' places
     */
    public void read(
            Group group, EntityWindows state, long time, boolean withSelf, long excluded, @Nullable Object[] row) {
        Objects.requireNonNull(readers.get(group)).read(state, time, withSelf, excluded, row);
    }

    /**
     * Adds an entry to an entity's state; {@link #save} writes what changed.
     *
     * @param state as {@link #get} gave it for this arrival
     * @param earliestRow the earliest event time that a row after it may have
     */
    public void add(Group group, String entity, EntityWindows state, Entry entry, long earliestRow) {
        if (state.unwrittenSince() == 0) {
            behind.putIfAbsent(new Id(group, entity), entry.arrival());
        }
        int before = state.bytes();
        state.add(entry, earliestRow);
        memory.take(state.bytes() - before);
        journal.add(new Journal.Line(
                Objects.requireNonNull(names.get(group)), entity, entry.arrival(), EntryBytes.of(entry, group)));
    }

    /**
     * Writes what was added; to be called before the work that it is part of is committed.
     *
     * @param arrivals the number of arrivals so far
     */
    public void save(long arrivals) {
        journal.save();
        while (!behind.isEmpty() && behind.firstEntry().getValue() <= arrivals - furthestBehind) {
            Id id = behind.firstEntry().getKey();
            write(id, get(id.group(), id.entity()));
            behind.remove(id);
        }
        journal.dropBefore(
                behind.isEmpty() ? Long.MAX_VALUE : behind.firstEntry().getValue());
    }

    /** Brings an entity's rows up to date. */
    private void write(Id id, EntityWindows state) {
        if (state.unwrittenSince() == 0) {
            return;
        }
        Group group = id.group();
        for (int settled : state.settledChunks()) {
            store.delete(key(group, id.entity(), CHUNK, settled));
        }
        if (state.tilesUnwritten()) {
            store.put(key(group, id.entity(), TILES, 0), tiles(state, group));
        }
        for (Chunk chunk : state.unwrittenChunks()) {
            store.put(key(group, id.entity(), CHUNK, chunk.number), chunk.store(group));
        }
        state.written();
    }

    /**
     * Arguments in the order of a group's columns, where they were taken under another declaration; what that did not have is
     * null.
     *
     * @param layout the fingerprint of the layout that they follow
     * @throws IllegalStateException for a layout that this state has not seen
     */
    public @Nullable Object[] arranged(Group group, long layout, @Nullable Object[] arguments) {
        if (layout == group.layoutFingerprint()) {
            return arguments;
        }
        try {
            return arranged(layout(group, layout).columns(), group.layout().columns(), arguments);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private static @Nullable Object[] arranged(List<String> written, List<String> wanted, @Nullable Object[] values) {
        @Nullable Object[] arranged = new Object[wanted.size()];
        for (int c = 0; c < arranged.length; c++) {
            int at = written.indexOf(wanted.get(c));
            arranged[c] = at < 0 ? null : values[at];
        }
        return arranged;
    }

    private EntityWindows load(Group group, String entity) {
        byte[] bytes = store.get(key(group, entity, TILES, 0));
        if (bytes == null) {
            return EntityWindows.empty(group);
        }
        try (DataInputStream from = new DataInputStream(new ByteArrayInputStream(bytes))) {
            Header header = Header.read(from);
            Layout written = layout(group, header.layout());
            EntityWindows state = new EntityWindows(group, readTiles(from, written, group), header.next());
            for (int number = header.first(); number < header.next(); number++) {
                byte[] chunk = store.get(key(group, entity, CHUNK, number));
                if (chunk != null) {
                    state.restore(chunk(chunk, number, group));
                }
            }
            return state;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Layout layout(Group group, long fingerprint) throws IOException {
        if (group.layoutFingerprint() == fingerprint) {
            return group.layout();
        }
        byte[] bytes = store.get(layoutKey(Objects.requireNonNull(names.get(group)), fingerprint));
        if (bytes == null) {
            throw new IOException("the layout of windows " + group.name() + " is missing");
        }
        return Layout.fromBytes(bytes);
    }

    private byte[] tiles(EntityWindows state, Group group) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (DataOutputStream to = new DataOutputStream(bytes)) {
            new Header(group.layoutFingerprint(), state.chunks().getFirst().number, state.nextChunk(), state.newest())
                    .write(to);
            for (Tiles tiles : state.tiers()) {
                tiles.write(to);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    private static List<Tiles> readTiles(DataInputStream from, Layout written, Group group) throws IOException {
        boolean same = written.equals(group.layout());
        List<Tiles> read = new ArrayList<>();
        for (int t = 0; t < written.tiers().size(); t++) {
            read.add(Tiles.read(
                    same
                            ? group.shapes().get(t)
                            : Shape.of(written.tiers().get(t).slots()),
                    from));
        }
        return same ? read : carryOver(read, written, group);
    }

    /** What is still declared of tiles that were written under another declaration; what is new starts empty. */
    private static List<Tiles> carryOver(List<Tiles> read, Layout written, Group group) {
        List<Tiles> carried = new ArrayList<>();
        for (int t = 0; t < group.shapes().size(); t++) {
            Tier tier = group.layout().tiers().get(t);
            Tiles tiles = new Tiles(group.shapes().get(t));
            for (int w = 0; w < written.tiers().size(); w++) {
                Tier before = written.tiers().get(w);
                if (before.hop() == tier.hop()) {
                    for (int s = 0; s < tier.slots().size(); s++) {
                        int at = before.slots().indexOf(placed(tier.slots().get(s), group.layout(), written));
                        if (at >= 0) {
                            tiles.take(read.get(w), s, at);
                        }
                    }
                }
            }
            carried.add(tiles);
        }
        return carried;
    }

    /** A slot as another layout numbers its column. */
    private static Slot placed(Slot slot, Layout in, Layout other) {
        return new Slot(other.columns().indexOf(in.columns().get(slot.column())), slot.kind());
    }

    /** Entries with the values that are wanted now. */
    private List<Entry> entries(byte[] bytes, Group group) throws IOException {
        List<String> written = layout(group, EntryBytes.layout(bytes)).columns();
        List<String> wanted = group.layout().columns();
        return EntryBytes.read(bytes, written.size()).stream()
                .map(entry -> new Entry(entry.time(), entry.arrival(), arranged(written, wanted, entry.values())))
                .toList();
    }

    private Chunk chunk(byte[] bytes, int number, Group group) throws IOException {
        Chunk chunk = new Chunk(number);
        entries(bytes, group).forEach(chunk::add);
        if (EntryBytes.layout(bytes) == group.layoutFingerprint()) {
            chunk.isStored(bytes);
        }
        return chunk;
    }

    /**
     * Drops entities that no row can look at any more, and groups that are no longer declared; looks at a stretch of the
     * store at a time.
     *
     * @param earliestRow the earliest event time that a row may still have
     * @param most how many rows of the store are looked at
     */
    public void expire(long earliestRow, int most) {
        int looked = 0;
        byte[] last = cursor;
        List<byte[]> undeclared = new ArrayList<>();
        List<Idle> idle = new ArrayList<>();
        try (Store.Rows all = store.from(cursor)) {
            for (; all.hasNext() && looked < most; looked++) {
                Store.Row row = all.next();
                last = row.key();
                long name = ByteBuffer.wrap(last).getLong();
                if (name == Journal.NAME) {
                    // Nothing comes after the journal.
                    break;
                }
                Group group = groups.get(name);
                if (group == null) {
                    undeclared.add(last);
                } else if (last[last.length - SUFFIX] == TILES) {
                    String entity =
                            new String(last, Long.BYTES, last.length - Long.BYTES - SUFFIX, StandardCharsets.UTF_8);
                    Header header = header(row.value());
                    if (header.newest() < earliestRow - group.reach() && !behind.containsKey(new Id(group, entity))) {
                        idle.add(new Idle(group, entity, header));
                    }
                }
            }
        }
        cursor = looked < most ? new byte[0] : last;
        undeclared.forEach(store::delete);
        for (Idle each : idle) {
            if (newest(each) < earliestRow - each.group().reach()) {
                drop(each);
            }
        }
    }

    /** An entity of which nothing was heard for long when its newest chunk was opened. */
    private record Idle(Group group, String entity, Header header) {}

    private static Header header(byte[] tiles) {
        try (DataInputStream from = new DataInputStream(new ByteArrayInputStream(tiles))) {
            return Header.read(from);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The newest time of anything of an entity: what came after its tiles were written stands in its newest chunk. */
    private long newest(Idle of) {
        byte[] chunk = store.get(key(of.group(), of.entity(), CHUNK, of.header().next() - 1));
        if (chunk == null) {
            return of.header().newest();
        }
        try {
            return entries(chunk, of.group()).stream()
                    .mapToLong(Entry::time)
                    .reduce(of.header().newest(), Math::max);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void drop(Idle entity) {
        Group group = entity.group();
        String name = entity.entity();
        EntityWindows kept = decoded.remove(new Id(group, name));
        if (kept != null) {
            memory.take(-kept.bytes());
        }
        for (int chunk = entity.header().first(); chunk < entity.header().next(); chunk++) {
            store.delete(key(group, name, CHUNK, chunk));
        }
        store.delete(key(group, name, TILES, 0));
    }

    private byte[] key(Group group, String entity, byte kind, int number) {
        byte[] text = entity.getBytes(StandardCharsets.UTF_8);
        return ByteBuffer.allocate(Long.BYTES + text.length + SUFFIX)
                .putLong(Objects.requireNonNull(names.get(group)))
                .put(text)
                .put(kind)
                .putInt(number)
                .array();
    }

    private static byte[] layoutKey(long group, long layout) {
        return ByteBuffer.allocate(2 * Long.BYTES + SUFFIX)
                .putLong(group)
                .putLong(layout)
                .put(LAYOUT)
                .putInt(0)
                .array();
    }
}
