package io.freshet.quickstart.send;

import java.time.Duration;

/** Time that passes only by pausing. */
public final class VirtualClock implements WallClock {
    private long now;
    private int pauses;

    @Override
    public synchronized long nanoTime() {
        return now;
    }

    @Override
    public synchronized void pause(Duration length) {
        now += Math.max(0, length.toNanos());
        pauses++;
    }

    public synchronized Duration elapsed() {
        return Duration.ofNanos(now);
    }

    public synchronized int pauses() {
        return pauses;
    }
}
