package io.freshet.features;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;

/** The tiles in a state store: written through with each change, the ones used last kept decoded. */
final class TileState implements FeatureComputation.TileStore {
    private static final int KEPT_DECODED = 50_000;

    private final KeyValueStore<byte[], byte[]> store;
    private final Map<String, Series> series;
    private final long lateness;
    private final Map<String, Tiles> decoded = new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Tiles> eldest) {
            return size() > KEPT_DECODED;
        }
    };

    TileState(KeyValueStore<byte[], byte[]> store, Map<String, Series> series, long lateness) {
        this.store = store;
        this.series = series;
        this.lateness = lateness;
    }

    @Override
    public Tiles get(String key) {
        return decoded.computeIfAbsent(key, absent -> Tiles.fromBytes(store.get(bytes(absent))));
    }

    @Override
    public void put(String key, Tiles tiles) {
        decoded.put(key, tiles);
        store.put(bytes(key), tiles.toBytes());
    }

    Duration longestWindow() {
        return Duration.ofMillis(
                series.values().stream().mapToLong(Series::over).max().orElseThrow());
    }

    /**
     * Drops entities that no window can reach any more, and series that are no longer declared.
     *
     * @param newestEvent the newest event time, epoch milliseconds
     */
    void expire(long newestEvent) {
        List<byte[]> idle = new ArrayList<>();
        try (KeyValueIterator<byte[], byte[]> all = store.all()) {
            while (all.hasNext()) {
                KeyValue<byte[], byte[]> entry = all.next();
                String key = new String(entry.key, StandardCharsets.UTF_8);
                Series of = series.get(key.substring(0, Math.max(0, key.indexOf(Series.SEPARATOR))));
                if (of == null
                        || Tiles.fromBytes(entry.value).newestEnd(of.tile())
                                < newestEvent - of.over() - lateness - of.tile()) {
                    idle.add(entry.key);
                    decoded.remove(key);
                }
            }
        }
        idle.forEach(store::delete);
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
