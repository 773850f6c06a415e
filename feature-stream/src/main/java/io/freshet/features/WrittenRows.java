package io.freshet.features;

import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;
import org.jspecify.annotations.Nullable;

/** The rows that a late event may still change, in a store, by their event's place among all arrivals. */
record WrittenRows(KeyValueStore<byte[], byte[]> store) {
    private static final int SETTLED_AT_ONCE = 2;

    /** A row; null for one that was written before corrections were declared. */
    @Nullable
    WrittenRow of(long arrival) {
        byte[] bytes = store.get(WrittenRow.key(arrival));
        return bytes == null ? null : WrittenRow.fromBytes(bytes);
    }

    /** Puts a corrected row in place of an older one. */
    void replace(long arrival, WrittenRow row) {
        store.put(WrittenRow.key(arrival), row.toBytes());
    }

    /**
     * Keeps a row, and drops up to two of those before it that no late event can change any more.
     *
     * @param arrival greater than that of every row before it
     * @param earliest the earliest time that a late event may have, epoch milliseconds
     */
    void keep(long arrival, WrittenRow row, long earliest) {
        store.put(WrittenRow.key(arrival), row.toBytes());
        List<byte[]> settled = new ArrayList<>();
        try (KeyValueIterator<byte[], byte[]> oldest = store.range(WrittenRow.key(0), WrittenRow.key(arrival - 1))) {
            while (oldest.hasNext() && settled.size() < SETTLED_AT_ONCE) {
                KeyValue<byte[], byte[]> each = oldest.next();
                if (WrittenRow.fromBytes(each.value).time() >= earliest) {
                    break;
                }
                settled.add(each.key);
            }
        }
        settled.forEach(store::delete);
    }
}
