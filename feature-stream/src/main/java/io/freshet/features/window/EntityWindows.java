package io.freshet.features.window;

import io.freshet.features.window.Group.Frame;
import io.freshet.features.window.Layout.Slot;
import io.freshet.features.window.Layout.Tier;
import io.freshet.features.window.TileRow.Tile;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * What one entity has done, as one group of features needs it.
 *
 * <p>Tiles hold partial results of the entries that fell into them, added in the order of their arrival. Entries that a
 * row which may still come could lie before are kept one by one as well, in chunks: a row that comes out of order sees
 * exactly what is not after it. When no such row may come any more, their chunk is settled: what remains of them are the
 * tiles. Not thread-safe.
 */
public final class EntityWindows {
    /** Entries of a chunk: what is written with each entry is bounded by it. */
    static final int CHUNK = 32;

    /** Entries in the order of their arrival, and the same as they are kept. */
    static final class Chunk {
        final int number;
        final List<Entry> entries = new ArrayList<>(4);
        final EntryBytes bytes;
        long oldest = Long.MAX_VALUE;
        long newest = Long.MIN_VALUE;

        /**
         * @param layout the fingerprint of the layout that its entries follow
         */
        Chunk(int number, long layout) {
            this.number = number;
            this.bytes = new EntryBytes(layout);
        }

        void add(Entry entry) {
            entries.add(entry);
            bytes.append(entry);
            oldest = Math.min(oldest, entry.time());
            newest = Math.max(newest, entry.time());
        }
    }

    /** The merged tiles of a window but the one that holds the row. */
    private record Closed(long first, long last, Partial[] parts) {}

    private final Group group;
    private final List<TileRow> tiers;
    private final Deque<Chunk> chunks = new ArrayDeque<>();
    private final @Nullable Closed[] closed;
    private int nextChunk;
    private long newest = Long.MIN_VALUE;

    /**
     * @param tiers the settled tiles, by tier and number
     */
    EntityWindows(Group group, List<TileRow> tiers, int nextChunk) {
        this.group = group;
        this.tiers = tiers;
        this.nextChunk = nextChunk;
        this.closed = new Closed[group.frames().size()];
        for (int i = 0; i < tiers.size(); i++) {
            TileRow tiles = tiers.get(i);
            if (tiles.size() > 0) {
                long hop = group.layout().tiers().get(i).hop();
                newest = Math.max(newest, (tiles.number(tiles.size() - 1) + 1) * hop);
            }
        }
    }

    static EntityWindows empty(Group group) {
        List<TileRow> tiers = new ArrayList<>();
        group.layout().tiers().forEach(tier -> tiers.add(new TileRow()));
        return new EntityWindows(group, tiers, 0);
    }

    /** Takes a chunk that was kept; in the order of their numbers. */
    void restore(Chunk chunk) {
        chunks.addLast(chunk);
        nextChunk = chunk.number + 1;
        chunk.entries.forEach(this::addToTiles);
    }

    /** The newest time that anything in it may have; beyond the group's reach after that it is of no use. */
    long newest() {
        return newest;
    }

    Deque<Chunk> chunks() {
        return chunks;
    }

    int nextChunk() {
        return nextChunk;
    }

    List<TileRow> tiers() {
        return tiers;
    }

    /** A measure of the memory it takes: tiles' partial results and entries. */
    int weight() {
        int weight = 4;
        for (int i = 0; i < tiers.size(); i++) {
            weight += tiers.get(i).size()
                    * (4 + group.layout().tiers().get(i).slots().size());
        }
        return weight + chunks.size() * CHUNK / 2;
    }

    /**
     * Adds an entry, which has arrived after all others. True when it opened a chunk.
     *
     * @param earliestRow the earliest event time that a row after it may have
     * @param dropped is told the numbers of the chunks that were settled
     */
    boolean add(Entry entry, long earliestRow, LongConsumer dropped) {
        Chunk open = chunks.peekLast();
        boolean opens = open == null || open.entries.size() >= CHUNK;
        if (open == null || opens) {
            settle(earliestRow, dropped);
            open = new Chunk(nextChunk++, group.layoutFingerprint());
            chunks.addLast(open);
        }
        open.add(entry);
        addToTiles(entry);
        return opens;
    }

    private void addToTiles(Entry entry) {
        newest = Math.max(newest, entry.time());
        for (int i = 0; i < tiers.size(); i++) {
            Tier tier = group.layout().tiers().get(i);
            long number = Math.floorDiv(entry.time(), tier.hop());
            Tile tile = tiers.get(i).getOrAdd(number);
            if (tile.live == null) {
                tile.live = copyOf(tile.settled, tier);
            }
            add(entry, tier, tile.live);
            for (Frame frame : group.frames()) {
                Closed cached = closed[frame.index()];
                if (cached != null && frame.tier() == i && number <= cached.last()) {
                    closed[frame.index()] = null;
                }
            }
        }
    }

    private static void add(Entry entry, Tier tier, @Nullable Partial[] parts) {
        for (int s = 0; s < parts.length; s++) {
            Slot slot = tier.slots().get(s);
            Object value = entry.values()[slot.column()];
            if (value != null) {
                Partial part = parts[s];
                if (part == null) {
                    part = slot.kind().empty();
                    parts[s] = part;
                }
                part.add(entry, value);
            }
        }
    }

    private static @Nullable Partial[] copyOf(@Nullable Partial @Nullable [] parts, Tier tier) {
        @Nullable Partial[] copy = new Partial[tier.slots().size()];
        if (parts != null) {
            for (int i = 0; i < copy.length; i++) {
                Partial part = parts[i];
                copy[i] = part == null ? null : part.copy();
            }
        }
        return copy;
    }

    /** Turns the chunks that lie wholly before any row to come into tiles, and drops the tiles that none can reach. */
    private void settle(long earliestRow, LongConsumer dropped) {
        while (!chunks.isEmpty() && chunks.getFirst().newest < earliestRow) {
            Chunk chunk = chunks.removeFirst();
            for (Entry entry : chunk.entries) {
                for (int i = 0; i < tiers.size(); i++) {
                    Tier tier = group.layout().tiers().get(i);
                    Tile tile = tiers.get(i).getOrAdd(Math.floorDiv(entry.time(), tier.hop()));
                    if (tile.settled == null) {
                        tile.settled = new Partial[tier.slots().size()];
                    }
                    add(entry, tier, tile.settled);
                }
            }
            dropped.accept(chunk.number);
        }
        long oldest = Long.MAX_VALUE;
        for (Chunk chunk : chunks) {
            oldest = Math.min(oldest, chunk.oldest);
        }
        for (int i = 0; i < tiers.size(); i++) {
            TileRow tiles = tiers.get(i);
            tiles.dropBefore(group.oldestTile(i, earliestRow));
            int kept = tiles.placeFrom(
                    Math.floorDiv(oldest, group.layout().tiers().get(i).hop()));
            for (int place = 0; place < kept; place++) {
                tiles.tile(place).live = null;
            }
        }
    }

    /**
     * The partial results of a window, one for each of the frame's slots; only to be read.
     *
     * @param time the row's event time
     * @param excluded the arrival of an entry of that time that is left out; 0 for none
     */
    Partial[] over(Frame frame, long time, long excluded) {
        Tier tier = group.layout().tiers().get(frame.tier());
        TileRow tiles = tiers.get(frame.tier());
        long last = frame.last(time);
        Partial[] before = closed(frame, tier, tiles, frame.first(time), frame.delayed() ? last : last - 1);
        Tile head = frame.delayed() ? null : tiles.get(last);
        if (head == null) {
            return before;
        }
        Partial[] result = fresh(frame, tier);
        mergeAll(result, before);
        merge(result, newest <= time && excluded == 0 ? head.all() : upTo(tier, head, last, time, excluded), frame);
        return result;
    }

    private Partial[] closed(Frame frame, Tier tier, TileRow tiles, long first, long last) {
        Closed cached = closed[frame.index()];
        if (cached != null && cached.first() == first && cached.last() == last) {
            return cached.parts();
        }
        Partial[] parts = fresh(frame, tier);
        for (int place = tiles.placeFrom(first); place < tiles.size() && tiles.number(place) <= last; place++) {
            merge(parts, tiles.tile(place).all(), frame);
        }
        closed[frame.index()] = new Closed(first, last, parts);
        return parts;
    }

    /** A tile without what is after a time, and without one entry; added in the order of arrival. */
    private @Nullable Partial[] upTo(Tier tier, Tile tile, long number, long time, long excluded) {
        @Nullable Partial[] parts = copyOf(tile.settled, tier);
        for (Chunk chunk : chunks) {
            if (chunk.oldest > time || chunk.newest < number * tier.hop()) {
                continue;
            }
            for (Entry entry : chunk.entries) {
                if (entry.time() <= time
                        && entry.arrival() != excluded
                        && Math.floorDiv(entry.time(), tier.hop()) == number) {
                    add(entry, tier, parts);
                }
            }
        }
        return parts;
    }

    private static Partial[] fresh(Frame frame, Tier tier) {
        Partial[] parts = new Partial[frame.slots().length];
        for (int i = 0; i < parts.length; i++) {
            parts[i] = tier.slots().get(frame.slots()[i]).kind().empty();
        }
        return parts;
    }

    private static void mergeAll(Partial[] into, Partial[] from) {
        for (int i = 0; i < into.length; i++) {
            into[i].merge(from[i]);
        }
    }

    private static void merge(Partial[] into, @Nullable Partial @Nullable [] tile, Frame frame) {
        if (tile == null) {
            return;
        }
        for (int i = 0; i < into.length; i++) {
            Partial part = tile[frame.slots()[i]];
            if (part != null) {
                into[i].merge(part);
            }
        }
    }

    /**
     * The rows that an entry, which comes out of order, would have changed: those of the same entity at its time or after
     * it whose windows it lies in and gives something to.
     *
     * @param rows is told their arrivals
     */
    public void changedBy(Entry late, LongConsumer rows) {
        for (Chunk chunk : chunks) {
            if (chunk.newest < late.time()) {
                continue;
            }
            for (Entry row : chunk.entries) {
                if (row.time() >= late.time() && group.gives(late, row.time())) {
                    rows.accept(row.arrival());
                }
            }
        }
    }
}
