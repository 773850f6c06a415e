package io.freshet.features.order;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Merges lanes, each of which brings records in the order of their positions, into that one order. A record is given out
 * when every other lane has promised to bring nothing before it.
 *
 * <p>A lane that reads history is waited for however long it takes, so that replaying a log gives the same order whatever
 * the speed of its partitions. One that has caught up with the present is waited for no longer than a patience: when it has
 * brought nothing for that long it is taken to be idle, and no record waits longer for it. What it brings later is given
 * out when it comes. A lane that has fallen silent altogether may be down, and is waited for.
 *
 * <p>Not thread-safe. Times of the clock are in milliseconds from any origin and do not go back.
 */
public final class LaneMerge {

    /** Keeps records until they are given out; sorted by key. */
    public interface Store {
        void put(byte[] key, byte[] value);

        void delete(byte[] key);

        /** The first records whose keys are not before a given one. */
        List<Map.Entry<byte[], byte[]>> from(byte[] key, int most);
    }

    /**
     * A record and its place.
     *
     * @param position where it belongs; before the last one given out, if its lane was not waited for
     */
    @SuppressWarnings("ArrayRecordComponent") // Handed on, never compared.
    public record Next(Position position, byte[] record) {}

    /** A record in memory, since when it has been queued, and whether the store has it. */
    private static final class Queued {
        final byte[] record;
        final long since;
        boolean stored;

        Queued(byte[] record, long since, boolean stored) {
            this.record = record;
            this.since = since;
            this.stored = stored;
        }
    }

    /** What is known of a lane; nothing until it is heard of. */
    private static final class Lane {
        Position reached = Position.START;
        boolean heard;
        boolean caughtUp;
        long lastHeard;
        long lastRecord;
        boolean everBrought;
    }

    /** Lanes say something at least every second. */
    static final Duration DOWN_AFTER = Duration.ofSeconds(5);

    private static final int IN_MEMORY = 10_000;

    private final Lane[] lanes;
    private final long patience;
    private final Store store;
    private final int inMemory;
    private final NavigableMap<Position, Queued> near = new TreeMap<>();
    private final List<Position> unsaved = new ArrayList<>();
    private boolean moreInStore;
    private Position line = Position.START;

    /**
     * Takes up what the store holds.
     *
     * @param lanes how many there are
     * @param patience how long is waited for a lane that has caught up
     * @param now the clock
     */
    public LaneMerge(int lanes, Duration patience, Store store, long now) {
        this(lanes, patience, store, IN_MEMORY, now);
    }

    LaneMerge(int lanes, Duration patience, Store store, int inMemory, long now) {
        this.lanes = new Lane[lanes];
        for (int i = 0; i < lanes; i++) {
            this.lanes[i] = new Lane();
        }
        this.patience = patience.toMillis();
        this.store = store;
        this.inMemory = inMemory;
        load(new byte[0], now);
    }

    private void load(byte[] from, long now) {
        List<Map.Entry<byte[], byte[]>> first = store.from(from, inMemory);
        first.forEach(entry ->
                near.put(Position.read(ByteBuffer.wrap(entry.getKey())), new Queued(entry.getValue(), now, true)));
        moreInStore = first.size() == inMemory;
    }

    /**
     * Takes a record; what is not given out at once has to be {@linkplain #save saved}. Positions are never used twice.
     *
     * @param lane the lane that brought it, which need not be the position's
     * @param caughtUp whether the lane has caught up with the present
     * @param now the clock
     */
    public void add(int lane, Position position, byte[] record, boolean caughtUp, long now) {
        hear(lane, position, caughtUp, now);
        lanes[lane].lastRecord = now;
        lanes[lane].everBrought = true;
        if (moreInStore && position.compareTo(near.lastKey()) > 0) {
            store.put(position.toBytes(), record);
            return;
        }
        near.put(position, new Queued(record, now, false));
        unsaved.add(position);
        if (near.size() > inMemory) {
            save();
            near.pollLastEntry();
            moreInStore = true;
        }
    }

    /** Puts into the store what was added and not given out since; before anything is committed. */
    public void save() {
        for (Position position : unsaved) {
            Queued queued = near.get(position);
            if (queued != null) {
                store.put(position.toBytes(), queued.record);
                queued.stored = true;
            }
        }
        unsaved.clear();
    }

    /**
     * Takes a promise.
     *
     * @param upTo nothing before this comes by the lane any more, unless it was idle and wakes up
     */
    public void hear(int lane, Position upTo, boolean caughtUp, long now) {
        Lane heard = lanes[lane];
        heard.reached = heard.reached.or(upTo);
        heard.caughtUp = caughtUp;
        heard.heard = true;
        heard.lastHeard = now;
    }

    /** The record whose turn it is, if it has come; it is no longer kept. */
    public Optional<Next> poll(long now) {
        Map.Entry<Position, Queued> head = near.firstEntry();
        if (head == null || !due(head.getKey(), head.getValue().since, now)) {
            return Optional.empty();
        }
        near.remove(head.getKey());
        byte[] key = head.getKey().toBytes();
        if (head.getValue().stored) {
            store.delete(key);
        }
        line = line.or(head.getKey());
        if (near.isEmpty() && moreInStore) {
            load(key, now);
        }
        return Optional.of(new Next(head.getKey(), head.getValue().record));
    }

    private boolean due(Position position, long since, long now) {
        for (Lane lane : lanes) {
            if (lane.reached.compareTo(position) < 0
                    && waitedFor(lane, now)
                    && !(live(lane, now) && now - since >= patience)) {
                return false;
            }
        }
        return true;
    }

    private boolean waitedFor(Lane lane, long now) {
        boolean idle = live(lane, now) && (!lane.everBrought || now - lane.lastRecord >= patience);
        return !idle;
    }

    private static boolean live(Lane lane, long now) {
        return lane.heard && lane.caughtUp && now - lane.lastHeard < DOWN_AFTER.toMillis();
    }

    /** What may be promised in turn: nothing before this is given out any more, unless an idle lane wakes up. */
    public Position line(long now) {
        Position least = near.isEmpty() ? null : near.firstKey();
        for (Lane lane : lanes) {
            if (waitedFor(lane, now) && (least == null || lane.reached.compareTo(least) < 0)) {
                least = lane.reached;
            }
        }
        line = least == null ? line : line.or(least);
        return line;
    }

    /** Whether all lanes have caught up and nothing is queued. */
    public boolean caughtUp(long now) {
        if (!near.isEmpty()) {
            return false;
        }
        for (Lane lane : lanes) {
            if (!live(lane, now)) {
                return false;
            }
        }
        return true;
    }
}
