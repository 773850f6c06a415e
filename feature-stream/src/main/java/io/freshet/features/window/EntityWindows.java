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

    /** Entries in the order of their arrival. */
    static final class Chunk {
        final int number;
        final List<Entry> entries = new ArrayList<>(4);
        long oldest = Long.MAX_VALUE;
        long newest = Long.MIN_VALUE;

        Chunk(int number) {
            this.number = number;
        }

        void add(Entry entry) {
            entries.add(entry);
            oldest = Math.min(oldest, entry.time());
            newest = Math.max(newest, entry.time());
        }
    }

    /** The merged tiles of a window but the one that holds the row, kept for rows of the same tiles. */
    private static final class Closed {
        private final Partial[] parts;
        private long first;
        private long last;
        private boolean known;

        Closed(Partial[] parts) {
            this.parts = parts;
        }
    }

    /** What was added since the state was last written to the store. */
    private static final class Unwritten {
        private long since = WRITTEN;
        private int firstChunk;
        private int storedChunks;
        private boolean tiles;
        private final List<Integer> settled = new ArrayList<>(0);
    }

    private static final long WRITTEN = 0;

    private final Group group;
    private final List<TileRow> tiers;
    private final Deque<Chunk> chunks = new ArrayDeque<>();
    private final @Nullable Closed[] closed;
    private final Unwritten unwritten = new Unwritten();
    private int nextChunk;
    private long newest = Long.MIN_VALUE;

    /**
     * @param tiers the settled tiles, by tier and number
     */
    EntityWindows(Group group, List<TileRow> tiers, int nextChunk) {
        this.group = group;
        this.tiers = tiers;
        this.nextChunk = nextChunk;
        unwritten.storedChunks = nextChunk;
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
        unwritten.storedChunks = nextChunk;
        chunk.entries.forEach(this::addToTiles);
    }

    /** The arrival of the newest entry; 0 where there is none. */
    long newestArrival() {
        Chunk open = chunks.peekLast();
        return open == null ? 0 : open.entries.getLast().arrival();
    }

    /** The arrival of the oldest entry that was not written to the store; 0 when all were. */
    long unwrittenSince() {
        return unwritten.since;
    }

    /** Whether more than the newest chunks has to be written: one was opened, and older ones perhaps settled. */
    boolean tilesUnwritten() {
        return unwritten.tiles;
    }

    /** The chunks to be written, oldest first. */
    List<Chunk> unwrittenChunks() {
        return chunks.stream()
                .filter(chunk -> chunk.number >= unwritten.firstChunk)
                .toList();
    }

    /** The numbers of the chunks that were settled and are still in the store. */
    List<Integer> settledChunks() {
        return unwritten.settled;
    }

    /** Takes note that the store has all of it. */
    void written() {
        unwritten.since = WRITTEN;
        unwritten.storedChunks = nextChunk;
        unwritten.tiles = false;
        unwritten.settled.clear();
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
     * Adds an entry, which has arrived after all others.
     *
     * @param earliestRow the earliest event time that a row after it may have
     */
    void add(Entry entry, long earliestRow) {
        Chunk open = chunks.peekLast();
        if (open == null || open.entries.size() >= CHUNK) {
            settle(earliestRow);
            open = new Chunk(nextChunk++);
            chunks.addLast(open);
            unwritten.tiles = true;
        }
        if (unwritten.since == WRITTEN) {
            unwritten.since = entry.arrival();
            unwritten.firstChunk = open.number;
        }
        open.add(entry);
        addToTiles(entry);
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
            forgetMerged(i, number);
        }
    }

    /** Forgets the merged tiles of a tier's windows where a tile from a number on is among them. */
    private void forgetMerged(int tier, long number) {
        for (Frame frame : group.frames()) {
            Closed cached = closed[frame.index()];
            if (cached != null && frame.tier() == tier && number <= cached.last) {
                cached.known = false;
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
    private void settle(long earliestRow) {
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
            if (chunk.number < unwritten.storedChunks) {
                unwritten.settled.add(chunk.number);
            }
        }
        long oldest = Long.MAX_VALUE;
        for (Chunk chunk : chunks) {
            oldest = Math.min(oldest, chunk.oldest);
        }
        for (int i = 0; i < tiers.size(); i++) {
            TileRow tiles = tiers.get(i);
            if (tiles.dropBefore(group.oldestTile(i, earliestRow))) {
                // What was merged with them cannot be told from what was merged without.
                forgetMerged(i, Long.MIN_VALUE);
            }
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
     * @param result takes the result where the row's own tile is part of it
     */
    Partial[] over(Frame frame, long time, long excluded, Partial[] result) {
        Tier tier = group.layout().tiers().get(frame.tier());
        TileRow tiles = tiers.get(frame.tier());
        long last = frame.last(time);
        Partial[] before = closed(frame, tier, tiles, frame.first(time), frame.delayed() ? last : last - 1);
        Tile head = frame.delayed() ? null : tiles.get(last);
        if (head == null) {
            return before;
        }
        for (int i = 0; i < result.length; i++) {
            result[i].clear();
            result[i].merge(before[i]);
        }
        merge(result, newest <= time && excluded == 0 ? head.all() : upTo(tier, head, last, time, excluded), frame);
        return result;
    }

    /** Tiles are merged oldest first, so that what was merged before is gone on with where no tile has left the window. */
    private Partial[] closed(Frame frame, Tier tier, TileRow tiles, long first, long last) {
        Closed cached = closed[frame.index()];
        if (cached == null) {
            cached = new Closed(frame.empty(tier));
            closed[frame.index()] = cached;
        }
        int place = tiles.placeFrom(first);
        if (cached.known && cached.last <= last && tiles.placeFrom(cached.first) == place) {
            place = tiles.placeFrom(cached.last + 1);
        } else {
            for (Partial part : cached.parts) {
                part.clear();
            }
        }
        for (; place < tiles.size() && tiles.number(place) <= last; place++) {
            merge(cached.parts, tiles.tile(place).all(), frame);
        }
        cached.first = first;
        cached.last = last;
        cached.known = true;
        return cached.parts;
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
