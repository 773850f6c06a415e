package io.freshet.features.window;

import io.freshet.features.window.Layout.Slot;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Where the partial results of some slots stand: those that are doubles side by side in one array, the others in an array of
 * objects, null where nothing was added. Sets of them are told by their number from 0. Immutable.
 */
final class Shape {
    private final Kind[] kinds;
    private final int[] columns;
    private final int[] places;
    private final int doubles;
    private final int objectCount;
    private final int bytes;

    /** One or more sets of partial results, one after the other. */
    @SuppressWarnings("ArrayRecordComponent") // Changed in place, never compared.
    record Parts(double[] numbers, @Nullable Partial[] objects) {}

    private Shape(List<Slot> slots) {
        kinds = slots.stream().map(Slot::kind).toArray(Kind[]::new);
        columns = slots.stream().mapToInt(Slot::column).toArray();
        places = new int[kinds.length];
        int numbers = 0;
        int others = 0;
        int more = 0;
        for (int i = 0; i < kinds.length; i++) {
            boolean number = kinds[i].doubles() > 0;
            places[i] = number ? numbers : others;
            numbers += kinds[i].doubles();
            others += number ? 0 : 1;
            more += kinds[i].bytes();
        }
        doubles = numbers;
        objectCount = others;
        bytes = numbers * Double.BYTES + others * Integer.BYTES + more;
    }

    static Shape of(List<Slot> slots) {
        return new Shape(slots);
    }

    Kind kind(int slot) {
        return kinds[slot];
    }

    /** How many doubles a set has. */
    int doubles() {
        return doubles;
    }

    /** How many objects a set has. */
    int objectCount() {
        return objectCount;
    }

    /** About how many bytes of memory a set takes. */
    int bytes() {
        return bytes;
    }

    /** A set with nothing in it. */
    Parts empty() {
        Parts parts = new Parts(new double[doubles], new Partial[objectCount]);
        clear(parts, 0);
        return parts;
    }

    /** Empties the doubles of a set, and drops its objects. */
    void clear(Parts of, int set) {
        clearNumbers(of, set);
        Arrays.fill(of.objects(), set * objectCount, (set + 1) * objectCount, null);
    }

    /** Empties the doubles of a set. */
    void clearNumbers(Parts of, int set) {
        for (int slot = 0; slot < kinds.length; slot++) {
            if (kinds[slot].doubles() > 0) {
                Numbers.clear(kinds[slot], of.numbers(), at(set, slot));
            }
        }
    }

    /** Where a slot's partial result stands: among the doubles, or among the objects. */
    int at(int set, int slot) {
        return set * (kinds[slot].doubles() > 0 ? doubles : objectCount) + places[slot];
    }

    /** Adds an entry to a set: to each slot of whose column it has a value. */
    void add(Entry entry, Parts to, int set) {
        for (int slot = 0; slot < kinds.length; slot++) {
            Object value = entry.values()[columns[slot]];
            if (value == null) {
                continue;
            }
            if (kinds[slot].doubles() > 0) {
                Numbers.add(kinds[slot], to.numbers(), at(set, slot), entry, value);
            } else {
                object(to, set, slot).add(entry, value);
            }
        }
    }

    private Partial object(Parts of, int set, int slot) {
        Partial object = of.objects()[at(set, slot)];
        if (object == null) {
            object = Partial.empty(kinds[slot]);
            of.objects()[at(set, slot)] = object;
        }
        return object;
    }

    /** A set of its own with the same content. */
    Parts copy(Parts of, int set) {
        Parts copy = new Parts(
                Arrays.copyOfRange(of.numbers(), set * doubles, (set + 1) * doubles), new Partial[objectCount]);
        for (int i = 0; i < objectCount; i++) {
            Partial object = of.objects()[set * objectCount + i];
            copy.objects()[i] = object == null ? null : object.copy();
        }
        return copy;
    }

    /** As many sets with more room behind them. */
    Parts grown(Parts of, int room) {
        return new Parts(Arrays.copyOf(of.numbers(), room * doubles), Arrays.copyOf(of.objects(), room * objectCount));
    }

    /** Moves some sets to another place. */
    void move(Parts in, int from, int to, int sets) {
        System.arraycopy(in.numbers(), from * doubles, in.numbers(), to * doubles, sets * doubles);
        System.arraycopy(in.objects(), from * objectCount, in.objects(), to * objectCount, sets * objectCount);
    }

    /** Writes a set: for each slot whether there is anything, and what. */
    void write(DataOutputStream to, Parts from, int set) throws IOException {
        for (int slot = 0; slot < kinds.length; slot++) {
            Kind kind = kinds[slot];
            int at = at(set, slot);
            if (kind.doubles() > 0) {
                boolean any = !Numbers.isEmpty(kind, from.numbers(), at);
                to.writeBoolean(any);
                if (any) {
                    Numbers.write(kind, from.numbers(), at, to);
                }
            } else {
                Partial object = from.objects()[at];
                to.writeBoolean(object != null);
                if (object != null) {
                    object.write(to);
                }
            }
        }
    }

    /** Takes over what {@link #write} wrote; only into an empty set. */
    void read(DataInputStream from, Parts to, int set) throws IOException {
        for (int slot = 0; slot < kinds.length; slot++) {
            if (!from.readBoolean()) {
                continue;
            }
            if (kinds[slot].doubles() > 0) {
                Numbers.read(kinds[slot], to.numbers(), at(set, slot), from);
            } else {
                object(to, set, slot).read(from);
            }
        }
    }
}
