package io.freshet.drift;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.Arrays;

/** How far the rows of each partition have come, and so those of the pipeline. Mutable. */
final class Watermark {
    private final long[] newest;
    private final boolean[] idle;

    Watermark(int partitions) {
        this.newest = new long[partitions];
        this.idle = new boolean[partitions];
        Arrays.fill(newest, Panes.NONE);
    }

    void take(Arrival.Progress progress) {
        int partition = progress.partition();
        newest[partition] = Math.max(newest[partition], progress.time());
        idle[partition] = progress.idle();
    }

    /**
     * The event time that every partition has reached, idle ones left out; the newest of all when all are idle. {@link
     * Panes#NONE} while one that is not idle has no row.
     */
    long reached() {
        long slowest = Long.MAX_VALUE;
        long fastest = Panes.NONE;
        for (int i = 0; i < newest.length; i++) {
            fastest = Math.max(fastest, newest[i]);
            if (!idle[i]) {
                slowest = Math.min(slowest, newest[i]);
            }
        }
        return Math.min(slowest, fastest);
    }

    void write(DataOutputStream out) throws IOException {
        for (int i = 0; i < newest.length; i++) {
            out.writeLong(newest[i]);
            out.writeBoolean(idle[i]);
        }
    }

    void read(DataInputStream in) throws IOException {
        for (int i = 0; i < newest.length; i++) {
            newest[i] = in.readLong();
            idle[i] = in.readBoolean();
        }
    }
}
