package io.freshet.features;

import io.freshet.schemas.pipeline.Pipeline.Function;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What one series of one entity has seen, in tiles: a window of length {@code over} that ends at time t is made of the 24
 * tiles up to the one that holds t, so it is at most one tile shorter than {@code over} and is never longer. Tiles that no
 * window can reach any more are dropped. Only tiles that hold something are kept. Not thread-safe.
 */
final class Tiles {
    /** Tiles of a window. */
    static final int PER_WINDOW = 24;

    private static final long SHORTEST_TILE = 1_000;
    private static final int TILE_BYTES = Long.BYTES + Integer.BYTES + 3 * Double.BYTES;

    /** What fell into one tile. */
    record Tile(int count, double sum, double min, double max) {
        Tile with(double value) {
            return new Tile(count + 1, sum + value, Math.min(min, value), Math.max(max, value));
        }

        Tile and(Tile other) {
            return new Tile(count + other.count, sum + other.sum, Math.min(min, other.min), Math.max(max, other.max));
        }
    }

    private static final Tile EMPTY = new Tile(0, 0, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY);

    private final TreeMap<Long, Tile> tiles;

    private Tiles(TreeMap<Long, Tile> tiles) {
        this.tiles = tiles;
    }

    /** A tile's length in milliseconds, at least a second. */
    static long tileMillis(Duration over) {
        return Math.max(SHORTEST_TILE, over.toMillis() / PER_WINDOW);
    }

    /** Reads what {@link #toBytes()} wrote; nothing for null. */
    static Tiles fromBytes(byte @Nullable [] bytes) {
        TreeMap<Long, Tile> tiles = new TreeMap<>();
        if (bytes != null) {
            ByteBuffer buffer = ByteBuffer.wrap(bytes);
            while (buffer.hasRemaining()) {
                long index = buffer.getLong();
                tiles.put(index, new Tile(buffer.getInt(), buffer.getDouble(), buffer.getDouble(), buffer.getDouble()));
            }
        }
        return new Tiles(tiles);
    }

    byte[] toBytes() {
        ByteBuffer buffer = ByteBuffer.allocate(tiles.size() * TILE_BYTES);
        tiles.forEach((index, tile) -> buffer.putLong(index)
                .putInt(tile.count())
                .putDouble(tile.sum())
                .putDouble(tile.min())
                .putDouble(tile.max()));
        return buffer.array();
    }

    /**
     * Adds a value.
     *
     * @param time the value's own time, epoch milliseconds
     * @param tile a tile's length
     * @param over the window's length
     * @param earliestEnd the earliest time at which a window may still end
     */
    void add(long time, double value, long tile, long over, long earliestEnd) {
        tiles.merge(Math.floorDiv(time, tile), EMPTY.with(value), Tile::and);
        tiles.headMap(first(earliestEnd, tile, over)).clear();
    }

    /** The oldest tile of the window that ends at a time: the first that lies wholly within it. */
    private static long first(long end, long tile, long over) {
        return Math.floorDiv(end - over, tile) + 1;
    }

    /**
     * A function over the window that ends at a time.
     *
     * @return null where there is nothing to average or compare, or the sum is beyond the largest number
     */
    @Nullable
    Double over(Function function, long end, long tile, long over) {
        Tile all = EMPTY;
        for (Tile each : tiles.subMap(first(end, tile, over), true, Math.floorDiv(end, tile), true)
                .values()) {
            all = all.and(each);
        }
        return switch (function) {
            case COUNT -> (double) all.count();
            case SUM -> finite(all.sum());
            case MEAN -> all.count() == 0 ? null : finite(all.sum() / all.count());
            case MIN -> all.count() == 0 ? null : (Double) all.min();
            case MAX -> all.count() == 0 ? null : (Double) all.max();
        };
    }

    private static @Nullable Double finite(double value) {
        return Double.isFinite(value) ? (Double) value : null;
    }

    /** The end of the newest tile, epoch milliseconds. */
    long newestEnd(long tile) {
        return tiles.isEmpty() ? Long.MIN_VALUE : (tiles.lastKey() + 1) * tile;
    }
}
