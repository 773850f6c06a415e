package io.freshet.features;

import io.freshet.features.Pending.Remembered;
import io.freshet.schemas.pipeline.Pipeline;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;
import org.jspecify.annotations.Nullable;

/**
 * The event ids of the last while and what is known of each, in two stores: by id, and by when they are forgotten. An id is
 * remembered until its horizon has passed, rounded up to a step, so that forgetting is done step by step; the ids of one
 * step stand together in lists of {@value #LIST}. Not thread-safe.
 */
final class EventMemory {
    private static final int LIST = 64;

    private final KeyValueStore<byte[], byte[]> pending;
    private final KeyValueStore<byte[], byte[]> horizons;
    private final Horizon horizon;
    private final long step;
    private final Map<Long, Ids> open = new HashMap<>();
    private long forgottenUpTo;

    /** A list that takes more ids: each is two bytes of length and UTF-8, of at most 3,000 bytes. */
    private static final class Ids {
        private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        private int number;
        private int size;

        Ids(int number) {
            this.number = number;
        }

        void add(byte[] id) {
            if (size == LIST) {
                bytes.reset();
                number++;
                size = 0;
            }
            bytes.write(id.length >> Byte.SIZE);
            bytes.write(id.length);
            bytes.write(id, 0, id.length);
            size++;
        }
    }

    /**
     * @param pending what is known, by id
     * @param horizons lists of ids, by the time at which they are forgotten
     */
    EventMemory(KeyValueStore<byte[], byte[]> pending, KeyValueStore<byte[], byte[]> horizons, Pipeline pipeline) {
        this.pending = pending;
        this.horizons = horizons;
        this.horizon = Horizon.of(pipeline);
        this.step = horizon.step();
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
        long until = horizon.rounded(Math.max(time + horizon.millis(), clock + 1));
        pending.put(key, new Remembered(until, state).toBytes());
        Ids ids = open.computeIfAbsent(until, this::newList);
        ids.add(key);
        horizons.put(listKey(until, ids.number), ids.bytes.toByteArray());
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
                horizons.range(listKey(forgottenUpTo, 0), listKey(reached, Integer.MAX_VALUE))) {
            due.forEachRemaining(passed::add);
        }
        forgottenUpTo = reached;
        open.keySet().removeIf(until -> until <= reached);
        for (KeyValue<byte[], byte[]> each : passed) {
            horizons.delete(each.key);
            long until = ByteBuffer.wrap(each.key).getLong();
            for (ByteBuffer list = ByteBuffer.wrap(each.value); list.hasRemaining(); ) {
                byte[] id = new byte[Short.toUnsignedInt(list.getShort())];
                list.get(id);
                forget(id, until, forgotten);
            }
        }
    }

    private void forget(byte[] id, long until, BiConsumer<String, Pending> forgotten) {
        Remembered remembered = Remembered.fromBytes(pending.get(id));
        // Where an event took the place of its early label, it is remembered for longer.
        if (remembered != null && remembered.until() <= until) {
            pending.delete(id);
            forgotten.accept(new String(id, StandardCharsets.UTF_8), remembered.state());
        }
    }

    /** One after those that were written before this memory was opened. */
    private Ids newList(long until) {
        try (KeyValueIterator<byte[], byte[]> newest =
                horizons.reverseRange(listKey(until, 0), listKey(until, Integer.MAX_VALUE))) {
            return new Ids(newest.hasNext() ? ByteBuffer.wrap(newest.next().key).getInt(Long.BYTES) + 1 : 0);
        }
    }

    /** Sorts by time: big-endian, and no time before 1970 is taken. */
    private static byte[] listKey(long until, int number) {
        return ByteBuffer.allocate(Long.BYTES + Integer.BYTES)
                .putLong(Math.max(0, until))
                .putInt(number)
                .array();
    }

    private static byte[] bytes(String id) {
        return id.getBytes(StandardCharsets.UTF_8);
    }
}
