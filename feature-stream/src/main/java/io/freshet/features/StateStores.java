package io.freshet.features;

import io.freshet.features.window.EntityStates;
import io.freshet.features.window.StateMemory;
import java.util.function.Function;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.state.KeyValueBytesStoreSupplier;
import org.apache.kafka.streams.state.StoreBuilder;
import org.apache.kafka.streams.state.Stores;

/**
 * How a topology keeps its state.
 *
 * @param kept where a store of some name is
 * @param behind how many arrivals the windows' rows may be behind their journal
 * @param memory what windows that are kept decoded may take, of all tasks together
 */
record StateStores(Function<String, KeyValueBytesStoreSupplier> kept, int behind, StateMemory memory) {
    static final StateStores ON_DISK =
            new StateStores(Stores::persistentKeyValueStore, EntityStates.BEHIND, StateMemory.ofHeap());

    /**
     * A store of a name.
     *
     * @param rewritten whether the same keys are written again and again: then only what is there at a commit goes to disk
     *     and to the changelog. Keys that are written once would be held and sorted for nothing.
     */
    StoreBuilder<?> store(String name, boolean rewritten) {
        var store = Stores.keyValueStoreBuilder(kept.apply(name), Serdes.ByteArray(), Serdes.ByteArray());
        return rewritten ? store.withCachingEnabled() : store.withCachingDisabled();
    }
}
