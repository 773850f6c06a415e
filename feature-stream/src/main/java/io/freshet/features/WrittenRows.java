package io.freshet.features;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;
import org.jspecify.annotations.Nullable;

/**
 * The rows that a late event may still change, in a store, by keys that sort as their events were taken. Not thread-safe.
 */
final class WrittenRows {
    private static final int DROP_EVERY = 32;
    private static final int DROPPED_AT_ONCE = 2 * DROP_EVERY;

    private final KeyValueStore<byte[], byte[]> store;
    private int kept;
    /** Nothing is kept under this key or one before it. */
    private byte[] dropped = {};

    WrittenRows(KeyValueStore<byte[], byte[]> store) {
        this.store = store;
    }

    /** A row; null for one that was written before corrections were declared. */
    @Nullable
    WrittenRow of(byte[] key) {
        byte[] bytes = store.get(key);
        return bytes == null ? null : WrittenRow.fromBytes(bytes);
    }

    /** Puts a corrected row in place of an older one. */
    void replace(byte[] key, WrittenRow row) {
        store.put(key, row.toBytes());
    }

    /**
     * Keeps a row. Now and then, drops some of those before it that no late event can change any more: more than were kept
     * since the last time.
     *
     * @param key after those of the rows that were taken before it
     * @param earliest the earliest time that a late event may have, epoch milliseconds
     */
    void keep(byte[] key, WrittenRow row, long earliest) {
        store.put(key, row.toBytes());
        kept++;
        if (kept % DROP_EVERY == 0) {
            dropBefore(key, earliest);
        }
    }

    private void dropBefore(byte[] key, long earliest) {
        List<byte[]> settled = new ArrayList<>();
        // Not from the beginning: a store that keeps marks of what was deleted would pass all of them again.
        try (KeyValueIterator<byte[], byte[]> oldest = store.range(dropped, key)) {
            while (oldest.hasNext() && settled.size() < DROPPED_AT_ONCE) {
                KeyValue<byte[], byte[]> each = oldest.next();
                if (WrittenRow.time(each.value) >= earliest || Arrays.equals(each.key, key)) {
                    break;
                }
                settled.add(each.key);
            }
        }
        settled.forEach(store::delete);
        if (!settled.isEmpty()) {
            dropped = settled.getLast();
        }
    }
}
