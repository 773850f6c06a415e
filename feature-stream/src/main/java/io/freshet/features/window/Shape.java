package io.freshet.features.window;

import io.freshet.features.window.Layout.Slot;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Where the partial results of some slots stand: those that are doubles side by side in one array, the others in an array of
 * objects, null where nothing was added. Both arrays may hold more than one set of them, each from a base on. Immutable.
 */
final class Shape {
    private final Kind[] kinds;
    private final int[] columns;
    private final int[] places;
    private final int doubles;
    private final int objectCount;
    private final int bytes;

    /** One set of partial results. */
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

    /** Where a slot's partial result stands after the base: among the doubles, or among the objects. */
    int place(int slot) {
        return places[slot];
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
        clear(parts.numbers(), 0);
        return parts;
    }

    /** Empties the doubles of a set. */
    void clear(double[] numbers, int base) {
        for (int slot = 0; slot < kinds.length; slot++) {
            if (kinds[slot].doubles() > 0) {
                Numbers.clear(kinds[slot], numbers, base + places[slot]);
            }
        }
    }

    /** Adds an entry to a set: to each slot of whose column it has a value. */
    void add(Entry entry, double[] numbers, int base, @Nullable Partial[] objects, int objectBase) {
        for (int slot = 0; slot < kinds.length; slot++) {
            Object value = entry.values()[columns[slot]];
            if (value == null) {
                continue;
            }
            if (kinds[slot].doubles() > 0) {
                Numbers.add(kinds[slot], numbers, base + places[slot], entry, value);
            } else {
                object(slot, objects, objectBase).add(entry, value);
            }
        }
    }

    private Partial object(int slot, @Nullable Partial[] objects, int base) {
        Partial object = objects[base + places[slot]];
        if (object == null) {
            object = Partial.empty(kinds[slot]);
            objects[base + places[slot]] = object;
        }
        return object;
    }

    /** A set of its own with the same content. */
    Parts copy(double[] numbers, int base, @Nullable Partial[] objects, int objectBase) {
        Parts copy = new Parts(new double[doubles], new Partial[objectCount]);
        System.arraycopy(numbers, base, copy.numbers(), 0, doubles);
        for (int i = 0; i < objectCount; i++) {
            Partial object = objects[objectBase + i];
            copy.objects()[i] = object == null ? null : object.copy();
        }
        return copy;
    }

    /** Writes a set: for each slot whether there is anything, and what. */
    void write(DataOutputStream to, double[] numbers, int base, @Nullable Partial[] objects, int objectBase)
            throws IOException {
        for (int slot = 0; slot < kinds.length; slot++) {
            Kind kind = kinds[slot];
            if (kind.doubles() > 0) {
                boolean any = !Numbers.isEmpty(kind, numbers, base + places[slot]);
                to.writeBoolean(any);
                if (any) {
                    Numbers.write(kind, numbers, base + places[slot], to);
                }
            } else {
                Partial object = objects[objectBase + places[slot]];
                to.writeBoolean(object != null);
                if (object != null) {
                    object.write(to);
                }
            }
        }
    }

    /** Takes over what {@link #write} wrote; only into an empty set. */
    void read(DataInputStream from, double[] numbers, int base, @Nullable Partial[] objects, int objectBase)
            throws IOException {
        for (int slot = 0; slot < kinds.length; slot++) {
            if (!from.readBoolean()) {
                continue;
            }
            if (kinds[slot].doubles() > 0) {
                Numbers.read(kinds[slot], numbers, base + places[slot], from);
            } else {
                object(slot, objects, objectBase).read(from);
            }
        }
    }
}
