package io.freshet.features;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Random;
import java.util.Set;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.processor.api.MockProcessorContext;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.Stores;
import org.junit.jupiter.api.Test;

class EventMemoryTest {
    private static final long START = 1_700_000_000_000L;
    private static final long HORIZON = Duration.ofMinutes(130).toMillis();

    private final MockProcessorContext<byte[], byte[]> context = new MockProcessorContext<>(new Properties() {
        {
            put(StreamsConfig.APPLICATION_ID_CONFIG, "memory");
            put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, "none:1");
        }
    });
    private final KeyValueStore<byte[], byte[]> pending = store("pending");
    private final KeyValueStore<byte[], byte[]> horizons = store("horizons");

    /** Random ids, some of them again, against a map; the memory is opened again now and then. */
    @Test
    void shouldForgetEveryIdWhenItsHorizonHasPassedAndNoneBefore() {
        long seed = Long.getLong("seed", new Random().nextLong());
        Random random = new Random(seed);
        Map<String, Long> times = new HashMap<>();
        EventMemory memory = open();
        long clock = START;
        for (int i = 0; i < 20_000; i++) {
            clock += random.nextInt(3_000);
            long time = clock - random.nextInt(600_000);
            String id = "é" + random.nextInt(10_000);
            memory.remember(id, new Pending.Done(), time, clock);
            times.put(id, time);
            Set<String> forgotten = new HashSet<>();
            memory.forget(
                    clock,
                    (each, state) -> assertThat(forgotten.add(each))
                            .as("%s forgotten twice, seed %d", each, seed)
                            .isTrue());
            for (String each : forgotten) {
                assertThat(times.remove(each)).as("seed %d", seed).isLessThanOrEqualTo(clock - HORIZON);
                assertThat(memory.of(each)).isNull();
            }
            if (random.nextInt(500) == 0) {
                memory = open();
            }
        }
        long now = clock;
        assertThat(times.values()).as("seed %d", seed).allMatch(time -> time > now - HORIZON - HORIZON / 24);
        for (String each : times.keySet()) {
            assertThat(memory.of(each)).isEqualTo(new Pending.Done());
        }

        memory.forget(clock + 2 * HORIZON, (each, state) -> times.remove(each));
        assertThat(times).isEmpty();
        assertThat(keys(pending)).isZero();
        assertThat(keys(horizons)).isZero();
    }

    @Test
    void shouldKeepTheIdsOfOneStepTogether() {
        EventMemory memory = open();
        for (int i = 0; i < 1_000; i++) {
            memory.remember("id" + i, new Pending.Done(), START, START);
        }

        assertThat(keys(pending)).isEqualTo(1_000);
        assertThat(keys(horizons)).isEqualTo(16);
    }

    private EventMemory open() {
        return new EventMemory(pending, horizons, Streams.pipeline("n: { count: event, over: 1h }"));
    }

    private static int keys(KeyValueStore<byte[], byte[]> store) {
        List<byte[]> keys = new ArrayList<>();
        try (var all = store.all()) {
            all.forEachRemaining(each -> keys.add(each.key));
        }
        return keys.size();
    }

    private KeyValueStore<byte[], byte[]> store(String name) {
        KeyValueStore<byte[], byte[]> store = Stores.keyValueStoreBuilder(
                        Stores.inMemoryKeyValueStore(name), Serdes.ByteArray(), Serdes.ByteArray())
                .withLoggingDisabled()
                .build();
        store.init(context.getStateStoreContext(), store);
        return store;
    }
}
