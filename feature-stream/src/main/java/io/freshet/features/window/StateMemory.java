package io.freshet.features.window;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * How much memory the states that are kept decoded may take, those of all tasks that share it together. When it is full,
 * tasks that have more than an even share make room; one that has less may always grow to its share, so that together they
 * take less than twice as much. Thread-safe.
 */
public final class StateMemory {
    private static final int SHARE = 4;

    private final long most;
    private final AtomicLong taken = new AtomicLong();
    private final AtomicInteger tasks = new AtomicInteger();

    /**
     * @param most about how many bytes
     */
    public StateMemory(long most) {
        this.most = most;
    }

    /** A quarter of the largest heap. */
    public static StateMemory ofHeap() {
        return new StateMemory(Runtime.getRuntime().maxMemory() / SHARE);
    }

    /** What one task has of it. Not thread-safe. */
    final class Share implements AutoCloseable {
        private long own;

        private Share() {}

        /** Takes note that its states take more, or less. */
        void take(long bytes) {
            own += bytes;
            taken.addAndGet(bytes);
        }

        /** Whether it has to make room. */
        boolean isExceeded() {
            return taken.get() > most && own > most / tasks.get();
        }

        /** Gives back what it has; of no use after that. */
        @Override
        public void close() {
            take(-own);
            tasks.decrementAndGet();
        }
    }

    /** For one more task. */
    Share share() {
        tasks.incrementAndGet();
        return new Share();
    }

    /** About how many bytes are taken. */
    public long taken() {
        return taken.get();
    }
}
