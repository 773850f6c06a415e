package io.freshet.features.window;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.Consumer;

/**
 * The entries that were added to states of entities, in the order of their arrival, for as long as the states in the store
 * may lack them: some of them together in one row, of whichever entities. Not thread-safe.
 */
final class Journal {
    /** What the keys of its rows begin with, where those of a group's begin with the group's name. */
    static final long NAME = -1;

    private static final int BLOCK = 32;

    /**
     * An entry that was added.
     *
     * @param group the group's name
     * @param arrival the entry's arrival
     * @param entry as {@link EntryBytes} has it, alone
     */
    @SuppressWarnings("ArrayRecordComponent") // Bytes that are passed on; lines are not compared.
    record Line(long group, String entity, long arrival, byte[] entry) {}

    /** A row that takes no more lines, and the arrival of its newest. */
    private record Block(long number, long newest) {}

    private final EntityStates.Store store;
    private final Deque<Block> full = new ArrayDeque<>();
    private final ByteArrayOutputStream open = new ByteArrayOutputStream();
    private long number;
    private int lines;
    private int saved;
    private long newest;

    /**
     * Opens what an earlier one wrote.
     *
     * @param lines is told what is there, oldest first
     */
    Journal(EntityStates.Store store, Consumer<Line> lines) {
        this.store = store;
        try (EntityStates.Store.Rows rows = store.from(key(0))) {
            while (rows.hasNext()) {
                EntityStates.Store.Row row = rows.next();
                ByteBuffer from = ByteBuffer.wrap(row.value());
                while (from.hasRemaining()) {
                    Line line = read(from);
                    newest = line.arrival();
                    lines.accept(line);
                }
                number = ByteBuffer.wrap(row.key()).getLong(Long.BYTES);
                full.addLast(new Block(number, newest));
                number++;
            }
        }
    }

    /** Adds a line; {@link #save} writes it. */
    void add(Line line) {
        byte[] entity = line.entity().getBytes(StandardCharsets.UTF_8);
        open.writeBytes(ByteBuffer.allocate(2 * Long.BYTES + 2 * Integer.BYTES + entity.length + line.entry().length)
                .putLong(line.group())
                .putLong(line.arrival())
                .putInt(entity.length)
                .put(entity)
                .putInt(line.entry().length)
                .put(line.entry())
                .array());
        lines++;
        newest = line.arrival();
        if (lines >= BLOCK) {
            save();
            full.addLast(new Block(number, newest));
            open.reset();
            number++;
            lines = 0;
            saved = 0;
        }
    }

    private static Line read(ByteBuffer from) {
        long group = from.getLong();
        long arrival = from.getLong();
        byte[] entity = new byte[from.getInt()];
        from.get(entity);
        byte[] entry = new byte[from.getInt()];
        from.get(entry);
        return new Line(group, new String(entity, StandardCharsets.UTF_8), arrival, entry);
    }

    /** Writes what was added. */
    void save() {
        if (saved < lines) {
            store.put(key(number), open.toByteArray());
            saved = lines;
        }
    }

    /** Drops the rows all of whose lines are older than an arrival. */
    void dropBefore(long arrival) {
        while (!full.isEmpty() && full.getFirst().newest() < arrival) {
            store.delete(key(full.removeFirst().number()));
        }
    }

    private static byte[] key(long number) {
        return ByteBuffer.allocate(2 * Long.BYTES).putLong(NAME).putLong(number).array();
    }
}
