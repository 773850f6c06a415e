package io.freshet.features.window;

import io.freshet.features.window.Shape.Parts;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The tiles of one length, by their number, in order; most are added at the end. A tile holds the partial results of all
 * entries that fell into one stretch of time, added in the order of their arrival, and apart from them, while some of the
 * entries are kept one by one, those of the settled entries alone. Not thread-safe.
 */
final class Tiles {
    private static final int FEW = 2;
    private static final Parts NONE = new Parts(new double[0], new Partial[0]);

    private final Shape shape;
    private long[] numbers = new long[FEW];
    /** Of all entries, a set for each tile. */
    private Parts all;
    /** Of the settled entries alone, {@link #NONE} where none is settled; null where all are. */
    private @Nullable Parts[] settled = new Parts[FEW];

    private int size;

    Tiles(Shape shape) {
        this.shape = shape;
        all = shape.grown(NONE, FEW);
    }

    Shape shape() {
        return shape;
    }

    int size() {
        return size;
    }

    long number(int place) {
        return numbers[place];
    }

    /** The partial results of all entries, a set for each tile. */
    Parts all() {
        return all;
    }

    /** About how many bytes of memory they take. */
    int bytes() {
        return numbers.length * (Long.BYTES + Integer.BYTES + shape.doubles() * Double.BYTES)
                + size * (shape.bytes() - shape.doubles() * Double.BYTES);
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

    /** The place of a tile; -1 where there is none. */
    int placeOf(long number) {
        int place = placeFrom(number);
        return place < size && numbers[place] == number ? place : -1;
    }

    /** The place of a tile, which is added, empty and settled, where there is none. */
    private int placeFor(long number) {
        int place = placeFrom(number);
        if (place < size && numbers[place] == number) {
            return place;
        }
        if (size == numbers.length) {
            int room = size + Math.max(FEW, size / 2);
            numbers = Arrays.copyOf(numbers, room);
            all = shape.grown(all, room);
            settled = Arrays.copyOf(settled, room);
        }
        move(place, place + 1);
        numbers[place] = number;
        shape.clear(all, place);
        settled[place] = null;
        size++;
        return place;
    }

    /** Moves the tiles from a place on to another place. */
    private void move(int from, int to) {
        int moved = size - from;
        System.arraycopy(numbers, from, numbers, to, moved);
        shape.move(all, from, to, moved);
        System.arraycopy(settled, from, settled, to, moved);
    }

    /** Adds an entry that is kept by itself as well. */
    void add(long number, Entry entry) {
        int before = size;
        int place = placeFor(number);
        if (settled[place] == null) {
            settled[place] = size > before ? NONE : shape.copy(all, place);
        }
        shape.add(entry, all, place);
    }

    /** Takes an entry that was added among the settled ones; in the order of arrival. */
    void settle(long number, Entry entry) {
        int place = placeOf(number);
        if (place < 0) {
            return; // Dropped: no row can reach it any more.
        }
        Parts parts = settled[place];
        if (parts == null) {
            return;
        }
        if (parts == NONE) {
            parts = shape.empty();
            settled[place] = parts;
        }
        shape.add(entry, parts, 0);
    }

    /** Takes note that all entries of the tiles before a number are settled. */
    void settleBefore(long number) {
        Arrays.fill(settled, 0, placeFrom(number), null);
    }

    /** A copy of what is settled of a tile. */
    Parts settledOf(int place) {
        Parts parts = settled[place];
        if (parts == null) {
            return shape.copy(all, place);
        }
        return parts == NONE ? shape.empty() : shape.copy(parts, 0);
    }

    /** Drops the tiles before a number. True where there were some. */
    boolean dropBefore(long number) {
        int dropped = placeFrom(number);
        if (dropped > 0) {
            move(dropped, 0);
            for (int place = size - dropped; place < size; place++) {
                shape.clear(all, place);
                settled[place] = null;
            }
            size -= dropped;
        }
        return dropped > 0;
    }

    /** Writes the tiles of which anything is settled, without what is not. */
    void write(DataOutputStream to) throws IOException {
        int written = 0;
        for (int place = 0; place < size; place++) {
            written += settled[place] == NONE ? 0 : 1;
        }
        to.writeInt(written);
        for (int place = 0; place < size; place++) {
            Parts parts = settled[place];
            if (parts == NONE) {
                continue;
            }
            to.writeLong(numbers[place]);
            if (parts == null) {
                shape.write(to, all, place);
            } else {
                shape.write(to, parts, 0);
            }
        }
    }

    /** Reads what {@link #write} wrote. */
    static Tiles read(Shape shape, DataInputStream from) throws IOException {
        Tiles tiles = new Tiles(shape);
        for (int i = from.readInt(); i > 0; i--) {
            int place = tiles.placeFor(from.readLong());
            shape.read(from, tiles.all, place);
        }
        return tiles;
    }

    /**
     * Takes over one slot of tiles of the same length, all of them settled and of no use any more.
     *
     * @param slot of these tiles
     * @param theirs of the others
     */
    void take(Tiles others, int slot, int theirs) {
        for (int i = 0; i < others.size; i++) {
            int place = placeFor(others.numbers[i]);
            int from = others.shape.at(i, theirs);
            int to = shape.at(place, slot);
            int doubles = shape.kind(slot).doubles();
            if (doubles > 0) {
                System.arraycopy(others.all.numbers(), from, all.numbers(), to, doubles);
            } else {
                all.objects()[to] = others.all.objects()[from];
            }
        }
    }
}
