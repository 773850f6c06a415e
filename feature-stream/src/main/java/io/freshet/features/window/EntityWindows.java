package io.freshet.features.window;

import io.freshet.features.window.Group.Frame;
import io.freshet.features.window.Shape.Parts;
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
        private byte @Nullable [] stored;
        private int storedEntries;

        Chunk(int number) {
            this.number = number;
        }

        void add(Entry entry) {
            entries.add(entry);
            oldest = Math.min(oldest, entry.time());
            newest = Math.max(newest, entry.time());
        }

        /** Takes note that the store has all of it so far. */
        void isStored(byte[] bytes) {
            stored = bytes;
            storedEntries = entries.size();
        }

        /** Its entries as the store has them from now on; those that it has are not encoded again. */
        byte[] store(Group group) {
            EntryBytes bytes = stored == null
                    ? new EntryBytes(group.layoutFingerprint())
                    : new EntryBytes(stored, entries.get(storedEntries - 1));
            for (Entry entry : entries.subList(storedEntries, entries.size())) {
                bytes.append(entry);
            }
            byte[] all = bytes.toBytes();
            isStored(all);
            return all;
        }
    }

    /** The merged tiles of a window but the one that holds the row, kept for rows of the same tiles. */
    private static final class Closed {
        private final Parts parts;
        private long first;
        private long last;
        private boolean known;

        Closed(Parts parts) {
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
    // Memory: objects and what they refer to, texts aside; within a third of what heaps of 40,000 entities take.
    private static final int BYTES = 600;
    private static final int TILES_BYTES = 220;
    private static final int ENTRY_BYTES = 100;
    private static final int COLUMN_BYTES = 24;

    private final Group group;
    private final List<Tiles> tiers;
    private final Deque<Chunk> chunks = new ArrayDeque<>();
    private final @Nullable Closed[] closed;
    private final Unwritten unwritten = new Unwritten();
    private int nextChunk;
    private int entries;
    private long newest = Long.MIN_VALUE;

    /**
     * @param tiers the settled tiles, by tier and number
     */
    EntityWindows(Group group, List<Tiles> tiers, int nextChunk) {
        this.group = group;
        this.tiers = tiers;
        this.nextChunk = nextChunk;
        unwritten.storedChunks = nextChunk;
        this.closed = new Closed[group.frames().size()];
        for (int i = 0; i < tiers.size(); i++) {
            Tiles tiles = tiers.get(i);
            if (tiles.size() > 0) {
                long hop = group.hop(i);
                newest = Math.max(newest, (tiles.number(tiles.size() - 1) + 1) * hop);
            }
        }
    }

    static EntityWindows empty(Group group) {
        return new EntityWindows(group, group.shapes().stream().map(Tiles::new).toList(), 0);
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

    List<Tiles> tiers() {
        return tiers;
    }

    /** About how many bytes of memory it takes. */
    int bytes() {
        int bytes = BYTES + entries * (ENTRY_BYTES + group.columns().size() * COLUMN_BYTES) + group.resultBytes();
        for (Tiles tiles : tiers) {
            bytes += TILES_BYTES + tiles.bytes();
        }
        return bytes;
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
        entries++;
        newest = Math.max(newest, entry.time());
        for (int i = 0; i < tiers.size(); i++) {
            long number = Math.floorDiv(entry.time(), group.hop(i));
            tiers.get(i).add(number, entry);
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

    /** Turns the chunks that lie wholly before any row to come into tiles, and drops the tiles that none can reach. */
    private void settle(long earliestRow) {
        while (!chunks.isEmpty() && chunks.getFirst().newest < earliestRow) {
            Chunk chunk = chunks.removeFirst();
            entries -= chunk.entries.size();
            for (int i = 0; i < tiers.size(); i++) {
                for (Entry entry : chunk.entries) {
                    tiers.get(i).settle(Math.floorDiv(entry.time(), group.hop(i)), entry);
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
            Tiles tiles = tiers.get(i);
            if (tiles.dropBefore(group.oldestTile(i, earliestRow))) {
                // What was merged with them cannot be told from what was merged without.
                forgetMerged(i, Long.MIN_VALUE);
            }
            tiles.settleBefore(Math.floorDiv(oldest, group.hop(i)));
        }
    }

    /**
     * The partial results of a window, one for each of the frame's slots; only to be read.
     *
     * @param time the row's event time
     * @param excluded the arrival of an entry of that time that is left out; 0 for none
     * @param result takes the result where the row's own tile is part of it
     */
    Parts over(Frame frame, long time, long excluded, Parts result) {
        Tiles tiles = tiers.get(frame.tier());
        long last = frame.last(time);
        Parts before = closed(frame, tiles, frame.first(time), frame.delayed() ? last : last - 1);
        int head = frame.delayed() ? -1 : tiles.placeOf(last);
        if (head < 0) {
            return before;
        }
        frame.copy(before, result);
        if (newest <= time && excluded == 0) {
            frame.merge(result, tiles.shape(), tiles.all(), head, head + 1);
        } else {
            frame.merge(result, tiles.shape(), upTo(tiles, head, group.hop(frame.tier()), time, excluded), 0, 1);
        }
        return result;
    }

    /** Tiles are merged oldest first, so that what was merged before is gone on with where no tile has left the window. */
    private Parts closed(Frame frame, Tiles tiles, long first, long last) {
        Closed cached = closed[frame.index()];
        if (cached == null) {
            cached = new Closed(frame.empty());
            closed[frame.index()] = cached;
        }
        int place;
        if (cached.known
                && cached.last <= last
                && (cached.first == first || tiles.placeFrom(cached.first) == tiles.placeFrom(first))) {
            place = tiles.placeFrom(cached.last + 1);
        } else {
            place = tiles.placeFrom(first);
            frame.clear(cached.parts);
        }
        frame.merge(cached.parts, tiles.shape(), tiles.all(), place, tiles.placeFrom(last + 1));
        cached.first = first;
        cached.last = last;
        cached.known = true;
        return cached.parts;
    }

    /** A tile without what is after a time, and without one entry; added in the order of arrival. */
    private Parts upTo(Tiles tiles, int place, long hop, long time, long excluded) {
        Parts parts = tiles.settledOf(place);
        long number = tiles.number(place);
        for (Chunk chunk : chunks) {
            if (chunk.oldest > time || chunk.newest < number * hop) {
                continue;
            }
            for (Entry entry : chunk.entries) {
                if (entry.time() <= time && entry.arrival() != excluded && Math.floorDiv(entry.time(), hop) == number) {
                    tiles.shape().add(entry, parts, 0);
                }
            }
        }
        return parts;
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
