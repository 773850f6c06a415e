package io.freshet.features;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;

/** The tiles in a state store, written through with each change. */
final class TileState implements FeatureComputation.TileStore {
    private static final char SEPARATOR = '\u001f';

    private final KeyValueStore<byte[], byte[]> store;
    private final Map<String, Series> series;
    private final long lateness;

    TileState(KeyValueStore<byte[], byte[]> store, Map<String, Series> series, long lateness) {
        this.store = store;
        this.series = series;
        this.lateness = lateness;
    }

    @Override
    public Tiles get(String key) {
        return Tiles.fromBytes(store.get(bytes(key)));
    }

    @Override
    public void put(String key, Tiles tiles) {
        store.put(bytes(key), tiles.toBytes());
    }

    Duration longestWindow() {
        return series.values().stream()
                .map(Series::over)
                .max(Duration::compareTo)
                .orElseThrow();
    }

    /** Drops entities that no window can reach any more, and series that are no longer declared. */
    void expire(long now) {
        List<byte[]> idle = new ArrayList<>();
        try (KeyValueIterator<byte[], byte[]> all = store.all()) {
            all.forEachRemaining(entry -> {
                String key = new String(entry.key, StandardCharsets.UTF_8);
                Series of = series.get(key.substring(0, Math.max(0, key.indexOf(SEPARATOR))));
                if (of == null
                        || Tiles.fromBytes(entry.value).newestEnd(of.tileMillis())
                                < now - of.over().toMillis() - lateness - of.tileMillis()) {
                    idle.add(entry.key);
                }
            });
        }
        idle.forEach(store::delete);
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
