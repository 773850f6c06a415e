package io.freshet.features;

import io.freshet.features.order.LaneMerge;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;

/** Records that wait for their turn, in a state store. */
record QueueStore(KeyValueStore<byte[], byte[]> store) implements LaneMerge.Store {
    @Override
    public void put(byte[] key, byte[] value) {
        store.put(key, value);
    }

    @Override
    public void delete(byte[] key) {
        store.delete(key);
    }

    @Override
    public List<Map.Entry<byte[], byte[]>> from(byte[] key, int most) {
        List<Map.Entry<byte[], byte[]>> first = new ArrayList<>();
        try (KeyValueIterator<byte[], byte[]> range = store.range(key, null)) {
            while (range.hasNext() && first.size() < most) {
                KeyValue<byte[], byte[]> each = range.next();
                first.add(Map.entry(each.key, each.value));
            }
        }
        return first;
    }
}
