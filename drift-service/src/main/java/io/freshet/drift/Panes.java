package io.freshet.drift;

import io.freshet.profiles.NumericProfile;
import io.freshet.profiles.Profile;
import io.freshet.schemas.pipeline.Pipeline;
import io.freshet.schemas.pipeline.Pipeline.Feature;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The panes that a window is made of. A pane closes when the newest row lies the declared lateness past its end; the last
 * seven closed ones are kept. Mutable.
 */
final class Panes {
    private static final int WINDOW = PaneLayout.WINDOW;

    /** No row yet. */
    static final long NONE = Long.MIN_VALUE;

    /**
     * Seven panes, each with rows.
     *
     * @param start inclusive, event time
     * @param end exclusive, event time
     * @param scoreVersion the one model version whose scores all panes hold; 0 when they differ
     * @param scores those scores; empty when the versions differ
     * @param oldest the rows of its first pane, not to be changed
     * @param newest the rows of its last pane, not to be changed
     */
    record Window(
            long start,
            long end,
            Profile rows,
            int scoreVersion,
            NumericProfile scores,
            Profile oldest,
            Profile newest) {}

    private final Pipeline pipeline;
    private final long lateness;
    private final TreeMap<Long, Pane> panes = new TreeMap<>();
    private final Set<Long> changed = new HashSet<>();
    private PaneLayout layout;
    private long newest = NONE;

    Panes(Pipeline pipeline) {
        this.pipeline = pipeline;
        this.lateness = pipeline.event().lateness().toMillis();
        this.layout = new PaneLayout(pipeline, pipeline.features());
    }

    /** Profiles these features from now on; the panes, which hold others, are dropped. */
    void watch(List<Feature> others) {
        layout = new PaneLayout(pipeline, others);
        changed.addAll(panes.keySet());
        panes.clear();
    }

    /** Milliseconds in a pane. */
    long length() {
        return layout.length();
    }

    /** The newest row's event time, or {@link #NONE}. */
    long newest() {
        return newest;
    }

    /** The open and the kept panes, by number since the epoch. */
    SortedMap<Long, Pane> all() {
        return panes;
    }

    /** Takes the numbers of the panes that changed, or were dropped, since the last call. */
    Set<Long> takeChanged() {
        Set<Long> taken = Set.copyOf(changed);
        changed.clear();
        return taken;
    }

    /** Takes up what was kept. */
    void restore(long newestRow) {
        newest = newestRow;
    }

    /** Takes up panes that were kept of the features that are watched. */
    void restore(Map<Long, Pane> kept) {
        panes.putAll(kept);
    }

    /** Moves on to a row's time; returns the panes that closed with it, the oldest first. */
    List<Long> advance(long time) {
        long before = closedThrough();
        newest = Math.max(newest, time);
        long now = closedThrough();
        return now == before
                ? List.of()
                : new ArrayList<>(panes.subMap(before, false, now, true).keySet());
    }

    /** Adds a row that {@link #advance} has been called for; false when its pane has closed. */
    boolean addRow(long time, List<@Nullable Object> values) {
        long pane = layout.number(time);
        if (pane <= closedThrough()) {
            return false;
        }
        layout.add(open(pane), values);
        return true;
    }

    /** Merges a part of the pane that has this time, and leaves the part as it was; false when the pane has closed. */
    boolean merge(long time, Pane part) {
        long pane = layout.number(time);
        if (pane <= closedThrough()) {
            return false;
        }
        open(pane).merge(part);
        return true;
    }

    /** Adds a score; says why when its pane is not open. */
    Optional<SkipReason> addScore(long time, int version, double score) {
        if (aheadOfRows(time)) {
            return Optional.of(SkipReason.AHEAD_OF_ROWS);
        }
        long pane = layout.number(time);
        if (pane <= closedThrough()) {
            return Optional.of(SkipReason.LATE);
        }
        open(pane).addScore(version, score);
        return Optional.empty();
    }

    /** Whether a time is more than a window ahead of the newest row's; always before the first row. */
    static boolean aheadOfRows(PaneLayout layout, long time, long newestRow) {
        return newestRow == NONE || layout.number(time) > layout.number(newestRow) + WINDOW;
    }

    /** Whether a time is more than a window ahead of the newest row's. */
    boolean aheadOfRows(long time) {
        return aheadOfRows(layout, time, newest);
    }

    private Pane open(long number) {
        changed.add(number);
        return panes.computeIfAbsent(number, first -> layout.emptyPane());
    }

    /** The window that ends with this pane; empty unless each of its panes is kept and has rows. */
    Optional<Window> window(long last) {
        Profile rows = layout.emptyProfile();
        NumericProfile scores = new NumericProfile();
        Pane end = panes.get(last);
        Pane begin = panes.get(last - WINDOW + 1);
        if (begin == null || end == null) {
            return Optional.empty();
        }
        int version = end.scoreVersion();
        for (long number = last - WINDOW + 1; number <= last; number++) {
            Pane pane = panes.get(number);
            if (pane == null || pane.rows().rows() == 0) {
                return Optional.empty();
            }
            version = pane.scoreVersion() == version ? version : 0;
            rows.merge(pane.rows());
            scores.merge(pane.scores());
        }
        return Optional.of(new Window(
                (last - WINDOW + 1) * layout.length(),
                (last + 1) * layout.length(),
                rows,
                version,
                version == 0 ? new NumericProfile() : scores,
                begin.rows(),
                end.rows()));
    }

    /** The window that ends with the newest closed pane. */
    Optional<Window> latest() {
        Long last = newest == NONE ? null : panes.floorKey(closedThrough());
        return last == null ? Optional.empty() : window(last);
    }

    /** Drops the panes that no window to come needs. */
    void drop() {
        SortedMap<Long, Pane> old = panes.headMap(closedThrough() - WINDOW + 1, false);
        changed.addAll(old.keySet());
        old.clear();
    }

    /** The newest closed pane's number, whether it has rows or not. */
    private long closedThrough() {
        return newest == NONE ? NONE : layout.number(newest - lateness) - 1;
    }
}
