package io.freshet.features.window;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** The tiles of one length, by their number, in order. Most are added at the end. Not thread-safe. */
final class TileRow {

    /** What fell into one stretch of time: of settled entries alone and, while entries of it are kept one by one, of all. */
    static final class Tile {
        @Nullable
        Partial @Nullable [] settled;

        @Nullable
        Partial @Nullable [] live;

        @Nullable
        Partial @Nullable [] all() {
            return live == null ? settled : live;
        }
    }

    private long[] numbers = new long[4];
    private Tile[] tiles = new Tile[4];
    private int size;

    int size() {
        return size;
    }

    long number(int place) {
        return numbers[place];
    }

    Tile tile(int place) {
        return tiles[place];
    }

    /** The place of the first tile of a number or a greater one; {@link #size} when there is none. */
    int placeFrom(long number) {
        if (size == 0 || numbers[size - 1] < number) {
            return size;
        }
        if (numbers[size - 1] == number) {
            return size - 1;
        }
        int found = Arrays.binarySearch(numbers, 0, size, number);
        return found < 0 ? -found - 1 : found;
    }

    @Nullable
    Tile get(long number) {
        int place = placeFrom(number);
        return place < size && numbers[place] == number ? tiles[place] : null;
    }

    Tile getOrAdd(long number) {
        int place = placeFrom(number);
        if (place < size && numbers[place] == number) {
            return tiles[place];
        }
        if (size == numbers.length) {
            numbers = Arrays.copyOf(numbers, 2 * size);
            tiles = Arrays.copyOf(tiles, 2 * size);
        }
        System.arraycopy(numbers, place, numbers, place + 1, size - place);
        System.arraycopy(tiles, place, tiles, place + 1, size - place);
        numbers[place] = number;
        tiles[place] = new Tile();
        size++;
        return tiles[place];
    }

    /** Drops the tiles before a number. True where there were some. */
    boolean dropBefore(long number) {
        int dropped = placeFrom(number);
        if (dropped > 0) {
            System.arraycopy(numbers, dropped, numbers, 0, size - dropped);
            System.arraycopy(tiles, dropped, tiles, 0, size - dropped);
            Arrays.fill(tiles, size - dropped, size, null);
            size -= dropped;
        }
        return dropped > 0;
    }
}
