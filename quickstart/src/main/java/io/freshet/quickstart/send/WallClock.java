package io.freshet.quickstart.send;

import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** The passing of wall time, so that tests need not wait for it. */
public interface WallClock {
    /** The machine's. */
    WallClock SYSTEM = new WallClock() {
        @Override
        public long nanoTime() {
            return System.nanoTime();
        }

        @Override
        public void pause(Duration length) throws InterruptedException {
            TimeUnit.NANOSECONDS.sleep(length.toNanos());
        }
    };

    /** As {@link System#nanoTime()}. */
    long nanoTime();

    /** Returns after that long; at once for a length of 0 or less. */
    void pause(Duration length) throws InterruptedException;
}
