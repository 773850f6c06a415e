package io.freshet.features;

import io.freshet.features.Pending.Remembered;
import io.freshet.schemas.pipeline.Pipeline;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;
import org.jspecify.annotations.Nullable;

/**
 * The event ids of the last while and what is known of each, in two stores: by id, and by when they are forgotten. An id is
 * remembered until its horizon has passed, rounded up to a step, so that forgetting is done step by step. Not thread-safe.
 */
final class EventMemory {
    private static final int HORIZON_STEPS = 24;

    private final KeyValueStore<byte[], byte[]> pending;
    private final KeyValueStore<byte[], byte[]> horizons;
    private final long horizon;
    private final long step;
    private long forgottenUpTo;

    /**
     * @param pending what is known, by id
     * @param horizons the ids, by the time at which they are forgotten
     */
    EventMemory(KeyValueStore<byte[], byte[]> pending, KeyValueStore<byte[], byte[]> horizons, Pipeline pipeline) {
        this.pending = pending;
        this.horizons = horizons;
        this.horizon = Math.max(
                pipeline.label().await().plus(pipeline.event().lateness()).toMillis(),
                pipeline.event().duplicatesWithin().toMillis());
        this.step = Math.max(1, horizon / HORIZON_STEPS);
    }

    /** What is known of an id; null for one that was never seen or is forgotten. */
    @Nullable
    Pending of(String id) {
        Remembered remembered = Remembered.fromBytes(pending.get(bytes(id)));
        return remembered == null ? null : remembered.state();
    }

    /**
     * Remembers an id for a whole horizon, in place of what was known of it.
     *
     * @param time the record's own time, epoch milliseconds
     * @param clock the newest time of any record taken before it, epoch milliseconds
     */
    void remember(String id, Pending state, long time, long clock) {
        byte[] key = bytes(id);
        long until = Math.ceilDiv(Math.max(time + horizon, clock + 1), step) * step;
        pending.put(key, new Remembered(until, state).toBytes());
        horizons.put(horizonKey(until, key), key);
    }

    /**
     * Changes what is known of an id; for how long it is remembered stays.
     *
     * @throws IllegalStateException for an id of which nothing is known
     */
    void replace(String id, Pending state) {
        byte[] key = bytes(id);
        Remembered before = Remembered.fromBytes(pending.get(key));
        if (before == null) {
            throw new IllegalStateException("nothing is known of the id");
        }
        pending.put(key, new Remembered(before.until(), state).toBytes());
    }

    /** Forgets an id before its time. */
    void drop(String id) {
        pending.delete(bytes(id));
    }

    /**
     * Forgets the ids whose horizon has passed.
     *
     * @param clock the newest time of any record taken, epoch milliseconds
     * @param forgotten is told the ids and what was known of each
     */
    void forget(long clock, BiConsumer<String, Pending> forgotten) {
        long reached = Math.floorDiv(clock, step) * step;
        if (reached <= forgottenUpTo) {
            return;
        }
        List<KeyValue<byte[], byte[]>> passed = new ArrayList<>();
        try (KeyValueIterator<byte[], byte[]> due =
                horizons.range(horizonKey(forgottenUpTo, new byte[0]), horizonKey(reached + 1, new byte[0]))) {
            due.forEachRemaining(passed::add);
        }
        forgottenUpTo = reached;
        for (KeyValue<byte[], byte[]> each : passed) {
            horizons.delete(each.key);
            Remembered remembered = Remembered.fromBytes(pending.get(each.value));
            if (remembered == null
                    || remembered.until() > ByteBuffer.wrap(each.key).getLong()) {
                // An event took the place of its early label, and is remembered for longer.
                continue;
            }
            pending.delete(each.value);
            forgotten.accept(new String(each.value, StandardCharsets.UTF_8), remembered.state());
        }
    }

    /** Sorts by time: big-endian, and no time before 1970 is taken. */
    private static byte[] horizonKey(long time, byte[] id) {
        return ByteBuffer.allocate(Long.BYTES + id.length)
                .putLong(Math.max(0, time))
                .put(id)
                .array();
    }

    private static byte[] bytes(String id) {
        return id.getBytes(StandardCharsets.UTF_8);
    }
}
