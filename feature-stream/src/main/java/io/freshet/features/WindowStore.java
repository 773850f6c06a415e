package io.freshet.features;

import io.freshet.features.window.EntityStates;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;
import org.jspecify.annotations.Nullable;

/** The windows' bytes in a state store. */
record WindowStore(KeyValueStore<byte[], byte[]> store) implements EntityStates.Store {
    @Override
    public byte @Nullable [] get(byte[] key) {
        return store.get(key);
    }

    @Override
    public void put(byte[] key, byte[] value) {
        store.put(key, value);
    }

    @Override
    public void delete(byte[] key) {
        store.delete(key);
    }

    @Override
    public Rows from(byte[] key) {
        KeyValueIterator<byte[], byte[]> range = store.range(key, null);
        return new Rows() {
            @Override
            public boolean hasNext() {
                return range.hasNext();
            }

            @Override
            public Row next() {
                KeyValue<byte[], byte[]> next = range.next();
                return new Row(next.key, next.value);
            }

            @Override
            public void close() {
                range.close();
            }
        };
    }
}
