package io.freshet.drift;

import io.freshet.profiles.NumericProfile;
import io.freshet.profiles.Profile;
import io.freshet.schemas.pipeline.Pipeline;
import io.freshet.schemas.pipeline.Pipeline.Feature;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The panes that a window is made of: a seventh of the declared window each, whole milliseconds, aligned to the epoch. A
 * pane closes when the newest row lies the declared lateness past its end; the last seven closed ones are kept. Mutable.
 */
final class Panes {
    /** Panes in a window. */
    static final int WINDOW = 7;

    /** No row yet. */
    static final long NONE = Long.MIN_VALUE;

    /**
     * Seven panes, each with rows.
     *
     * @param start inclusive, event time
     * @param end exclusive, event time
     * @param scoreVersion the one model version whose scores all panes hold; 0 when they differ
     * @param scores those scores; empty when the versions differ
     */
    record Window(long start, long end, Profile rows, int scoreVersion, NumericProfile scores) {}

    private List<Feature> features;
    private Profile empty;
    private final long length;
    private final long lateness;
    private final TreeMap<Long, Pane> panes = new TreeMap<>();
    private final Set<Long> changed = new HashSet<>();
    private final Map<String, @Nullable Object> named = new HashMap<>();
    private long newest = NONE;

    Panes(Pipeline pipeline) {
        this.length = Math.max(1, pipeline.drift().window().toMillis() / WINDOW);
        this.lateness = pipeline.event().lateness().toMillis();
        this.features = pipeline.features();
        this.empty = profileOf(features);
    }

    private static Profile profileOf(List<Feature> features) {
        Profile.Builder builder = Profile.builder();
        for (Feature feature : features) {
            if (feature.categorical()) {
                builder.categorical(feature.name());
            } else {
                builder.numeric(feature.name());
            }
        }
        return builder.build();
    }

    /** Profiles these features from now on; the panes, which hold others, are dropped. */
    void watch(List<Feature> others) {
        features = others;
        empty = profileOf(others);
        named.clear();
        changed.addAll(panes.keySet());
        panes.clear();
    }

    /** Milliseconds in a pane. */
    long length() {
        return length;
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
        long pane = Math.floorDiv(time, length);
        if (pane <= closedThrough()) {
            return false;
        }
        for (int i = 0; i < features.size(); i++) {
            named.put(features.get(i).name(), values.get(i));
        }
        open(pane).rows().add(named);
        return true;
    }

    /** Adds a score; says why when its pane is not open. */
    Optional<SkipReason> addScore(long time, int version, double score) {
        long pane = Math.floorDiv(time, length);
        if (newest == NONE || pane > Math.floorDiv(newest, length) + WINDOW) {
            return Optional.of(SkipReason.AHEAD_OF_ROWS);
        }
        if (pane <= closedThrough()) {
            return Optional.of(SkipReason.LATE);
        }
        open(pane).addScore(version, score);
        return Optional.empty();
    }

    private Pane open(long number) {
        changed.add(number);
        return panes.computeIfAbsent(number, first -> new Pane(empty.copy()));
    }

    /** The window that ends with this pane; empty unless each of its panes is kept and has rows. */
    Optional<Window> window(long last) {
        Profile rows = empty.copy();
        NumericProfile scores = new NumericProfile();
        Pane end = panes.get(last);
        int version = end == null ? 0 : end.scoreVersion();
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
                (last - WINDOW + 1) * length,
                (last + 1) * length,
                rows,
                version,
                version == 0 ? new NumericProfile() : scores));
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
        return newest == NONE ? NONE : Math.floorDiv(newest - lateness, length) - 1;
    }
}
