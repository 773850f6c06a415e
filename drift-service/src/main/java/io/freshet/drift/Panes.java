package io.freshet.drift;

import io.freshet.profiles.Profile;
import io.freshet.schemas.row.FeatureRow;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;

/** Profiles of the parts that windows are made of: seven to a window, aligned to the epoch. */
final class Panes {
    /** Panes of a window. */
    static final int PER_WINDOW = 7;

    private final Detector detector;
    private final long paneMillis;
    private final long lateness;
    private final TreeMap<Long, Profile> profiles = new TreeMap<>();
    private long firstOpen = Long.MIN_VALUE;
    private long newest = Long.MIN_VALUE;

    /** A window that is complete. */
    record Window(long start, long end, List<Profile> panes) {}

    Panes(Detector detector, long windowMillis, long lateness) {
        this.detector = detector;
        this.paneMillis = Math.max(1, windowMillis / PER_WINDOW);
        this.lateness = lateness;
    }

    /** The pane that a time lies in. */
    long paneOf(long time) {
        return Math.floorDiv(time, paneMillis);
    }

    /**
     * Adds a row.
     *
     * @return whether it was taken; false when its pane is closed
     */
    boolean add(FeatureRow row) {
        long time = row.eventTime().toEpochMilli();
        long pane = paneOf(time);
        if (pane < firstOpen) {
            return false;
        }
        if (firstOpen == Long.MIN_VALUE) {
            // Rows may still come that are older than the first one by the lateness.
            firstOpen = paneOf(time - lateness);
        }
        newest = Math.max(newest, time);
        profiles.computeIfAbsent(pane, number -> detector.empty()).add(detector.named(row));
        return true;
    }

    /** Puts back what was kept of a pane. */
    void restore(long pane, Profile profile) {
        profiles.put(pane, profile);
    }

    /** Puts back how far it had come. */
    void restore(long firstOpenPane, long newestTime) {
        firstOpen = firstOpenPane;
        newest = newestTime;
    }

    /** Whether a pane is complete by now, so that {@link #close()} has something to do. */
    boolean due() {
        return newest != Long.MIN_VALUE && (firstOpen + 1) * paneMillis + lateness <= newest;
    }

    /**
     * Closes the oldest open pane.
     *
     * @return the window that ends with it, if every one of its panes has rows
     */
    Optional<Window> close() {
        long closed = firstOpen++;
        profiles.headMap(closed - PER_WINDOW + 1).clear();
        List<Profile> panes = new ArrayList<>();
        for (long pane = closed - PER_WINDOW + 1; pane <= closed; pane++) {
            Profile profile = profiles.get(pane);
            if (profile == null) {
                // A long gap is closed in one step: nothing lies between it and the next row.
                skipGap();
                return Optional.empty();
            }
            panes.add(profile);
        }
        return Optional.of(new Window((closed - PER_WINDOW + 1) * paneMillis, (closed + 1) * paneMillis, panes));
    }

    private void skipGap() {
        Long next = profiles.ceilingKey(firstOpen);
        if (next != null) {
            firstOpen = Math.max(firstOpen, Math.min(next, paneOf(newest - lateness)));
        }
    }

    long firstOpen() {
        return firstOpen;
    }

    long newest() {
        return newest;
    }

    /** What has to be kept of the parts that a window may still be made of. */
    TreeMap<Long, Profile> profiles() {
        return profiles;
    }
}
