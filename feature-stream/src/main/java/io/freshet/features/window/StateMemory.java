package io.freshet.features.window;

import java.util.concurrent.atomic.AtomicLong;

/** How much memory the states that are kept decoded may take, those of all tasks that share it together. Thread-safe. */
public final class StateMemory {
    private static final int SHARE = 4;

    private final long most;
    private final AtomicLong taken = new AtomicLong();

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

    /** Takes note that states take more, or less. */
    void take(long bytes) {
        taken.addAndGet(bytes);
    }

    /** Whether they take more than they may. */
    boolean isFull() {
        return taken.get() > most;
    }

    /** About how many bytes they take. */
    public long taken() {
        return taken.get();
    }
}
