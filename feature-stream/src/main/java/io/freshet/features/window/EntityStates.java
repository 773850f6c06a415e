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
import org.jspecify.annotations.Nullable;

/**
 * The windows of all entities, in a store of bytes: a row for an entity's tiles, one for each chunk of its newest entries.
 * An entry rewrites one chunk; every {@value EntityWindows#CHUNK} entries the tiles are written too. The states used last
 * are kept decoded. Not thread-safe.
 */
public final class EntityStates {

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
    private static final long HEAVIEST = 4_000_000;

    private record Id(Group group, String entity) {}

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
    private final Map<Id, EntityWindows> decoded = new LinkedHashMap<>(16, 0.75f, true);
    private long weight;
    private byte[] cursor = new byte[0];

    /** Opens the states of some groups, which may be declared differently from when they were written. */
    public EntityStates(Store store, List<Group> groups) {
        this.store = store;
        for (Group group : groups) {
            long name = Layout.fingerprint(group.name().getBytes(StandardCharsets.UTF_8));
            this.groups.put(name, group);
            names.put(group, name);
            byte[] key = layoutKey(name, group.layoutFingerprint());
            if (store.get(key) == null) {
                store.put(key, group.layout().toBytes());
            }
        }
    }

    /** The state of an entity; an empty one for an entity that is new. */
    public EntityWindows get(Group group, String entity) {
        Id id = new Id(group, entity);
        EntityWindows state = decoded.get(id);
        if (state == null) {
            state = load(group, entity);
            keep(id, state);
        }
        return state;
    }

    private void keep(Id id, EntityWindows state) {
        decoded.put(id, state);
        weight += state.weight();
        Iterator<EntityWindows> eldest = decoded.values().iterator();
        while (weight > HEAVIEST && decoded.size() > 1) {
            weight -= eldest.next().weight();
            eldest.remove();
        }
    }

    /**
     * Adds an entry to an entity's state and writes what changed.
     *
     * @param state as {@link #get} gave it for this arrival
     * @param earliestRow the earliest event time that a row after it may have
     */
    public void add(Group group, String entity, EntityWindows state, Entry entry, long earliestRow) {
        int before = state.weight();
        boolean opened = state.add(entry, earliestRow, number -> store.delete(key(group, entity, CHUNK, (int) number)));
        weight += state.weight() - before;
        if (opened) {
            store.put(key(group, entity, TILES, 0), tiles(state, group));
        }
        Chunk chunk = state.chunks().getLast();
        store.put(key(group, entity, CHUNK, chunk.number), chunk.bytes.toBytes());
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
            EntityWindows state = new EntityWindows(group, readTiles(from, written, group.layout()), header.next());
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
            for (TileRow tiles : state.tiers()) {
                write(tiles, to);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    /** The settled ones. */
    private static void write(TileRow tiles, DataOutputStream to) throws IOException {
        int settled = 0;
        for (int place = 0; place < tiles.size(); place++) {
            settled += tiles.tile(place).settled == null ? 0 : 1;
        }
        to.writeInt(settled);
        for (int place = 0; place < tiles.size(); place++) {
            @Nullable Partial[] parts = tiles.tile(place).settled;
            if (parts != null) {
                to.writeLong(tiles.number(place));
                for (Partial part : parts) {
                    to.writeBoolean(part != null);
                    if (part != null) {
                        part.write(to);
                    }
                }
            }
        }
    }

    private static List<TileRow> readTiles(DataInputStream from, Layout written, Layout wanted) throws IOException {
        List<TileRow> read = new ArrayList<>();
        for (Tier tier : written.tiers()) {
            TileRow tiles = new TileRow();
            for (int i = from.readInt(); i > 0; i--) {
                long number = from.readLong();
                @Nullable Partial[] parts = new Partial[tier.slots().size()];
                for (int s = 0; s < parts.length; s++) {
                    if (from.readBoolean()) {
                        Partial part = tier.slots().get(s).kind().empty();
                        part.read(from);
                        parts[s] = part;
                    }
                }
                tiles.getOrAdd(number).settled = parts;
            }
            read.add(tiles);
        }
        return written.equals(wanted) ? read : carryOver(read, written, wanted);
    }

    /** What is still declared of tiles that were written under another declaration; what is new starts empty. */
    private static List<TileRow> carryOver(List<TileRow> read, Layout written, Layout wanted) {
        List<TileRow> carried = new ArrayList<>();
        for (Tier tier : wanted.tiers()) {
            TileRow tiles = new TileRow();
            for (int t = 0; t < written.tiers().size(); t++) {
                Tier before = written.tiers().get(t);
                if (before.hop() == tier.hop()) {
                    TileRow from = read.get(t);
                    for (int place = 0; place < from.size(); place++) {
                        @Nullable Partial[] parts = Objects.requireNonNull(from.tile(place).settled);
                        @Nullable Partial[] kept = new Partial[tier.slots().size()];
                        for (int s = 0; s < kept.length; s++) {
                            int at = before.slots().indexOf(placed(tier.slots().get(s), wanted, written));
                            kept[s] = at < 0 ? null : parts[at];
                        }
                        tiles.getOrAdd(from.number(place)).settled = kept;
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

    private List<Entry> entries(byte[] chunk, Group group) throws IOException {
        return EntryBytes.read(
                chunk, layout(group, EntryBytes.layout(chunk)).columns().size());
    }

    private Chunk chunk(byte[] bytes, int number, Group group) throws IOException {
        List<String> written = layout(group, EntryBytes.layout(bytes)).columns();
        List<String> wanted = group.layout().columns();
        Chunk chunk = new Chunk(number, group.layoutFingerprint());
        for (Entry entry : entries(bytes, group)) {
            chunk.add(new Entry(entry.time(), entry.arrival(), arranged(written, wanted, entry.values())));
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
                Group group = groups.get(ByteBuffer.wrap(last).getLong());
                if (group == null) {
                    undeclared.add(last);
                } else if (last[last.length - SUFFIX] == TILES) {
                    String entity =
                            new String(last, Long.BYTES, last.length - Long.BYTES - SUFFIX, StandardCharsets.UTF_8);
                    Header header = header(row.value());
                    if (header.newest() < earliestRow - group.reach()) {
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
            weight -= kept.weight();
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
