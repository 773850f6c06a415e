package io.freshet.drift;

import io.freshet.drift.performance.Outcomes;
import io.freshet.drift.performance.PerformanceLayout;
import io.freshet.schemas.pipeline.Pipeline;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * One partition of a pipeline of several, without Kafka and without a clock: profiles rows and scores by pane and feature
 * set, adds up what answers turned out to be worth, counts labels, and tells what has come since it last told. It judges nothing and closes nothing: what is late, and
 * which feature set counts, is known only where the partitions come together. Mutable, and not safe for concurrent use.
 */
final class PartitionMonitor {
    private final int partition;
    private final Map<String, PaneLayout> layouts = new LinkedHashMap<>();
    private final TreeMap<Long, Map<String, Pane>> panes = new TreeMap<>();
    private final TreeMap<Long, TreeMap<Integer, Outcomes>> outcomes = new TreeMap<>();
    private final PaneLayout layout;
    private final PerformanceLayout performance;
    private long newestRow = Panes.NONE;
    private long newestLabel = Panes.NONE;
    private final Map<String, Integer> labels = new HashMap<>();

    PartitionMonitor(FeatureSets sets, int partition) {
        Pipeline pipeline = sets.declared();
        this.partition = partition;
        this.layout = new PaneLayout(pipeline, pipeline.features());
        this.performance = new PerformanceLayout(pipeline);
        sets.all().forEach(set -> layouts.put(set, new PaneLayout(pipeline, sets.features(set))));
    }

    /** The newest row's event time, or {@link Panes#NONE}. */
    long newestRow() {
        return newestRow;
    }

    /** When the newest truth became known, or {@link Panes#NONE}. */
    long newestLabel() {
        return newestLabel;
    }

    /** Takes up where another has told everything. */
    void restore(long row, long label) {
        newestRow = row;
        newestLabel = label;
    }

    /** Takes a row, a score, a label or an answer with its label; says why when it is left out. */
    Optional<SkipReason> apply(Arrival.Streamed arrival) {
        switch (arrival) {
            case Arrival.Row row -> {
                if (Collections.disjoint(row.parts().keySet(), layouts.keySet())) {
                    return Optional.of(SkipReason.OTHER_FEATURE_SET);
                }
                newestRow = Math.max(newestRow, row.time());
                Map<String, Pane> bySet = panes(row.time());
                layouts.forEach((set, of) -> {
                    List<@Nullable Object> values = row.parts().get(set);
                    if (values != null) {
                        of.add(Objects.requireNonNull(bySet.get(set)), values);
                    }
                });
            }
            case Arrival.Score score -> {
                if (Panes.aheadOfRows(layout, score.time(), newestRow)) {
                    return Optional.of(SkipReason.AHEAD_OF_ROWS);
                }
                panes(score.time()).values().forEach(pane -> pane.addScore(score.modelVersion(), score.score()));
                outcomes(score.time(), score.modelVersion()).predicted();
            }
            case Arrival.Labelled labelled -> {
                newestLabel = Math.max(newestLabel, labelled.time());
                labels.merge(labelled.featureSet(), 1, Integer::sum);
            }
            case Arrival.Realised realised -> {
                if (!performance.fits(realised.answer().outputs()) || !performance.fits(realised.label())) {
                    return Optional.of(SkipReason.OTHER_TASK);
                }
                outcomes(realised.time(), realised.answer().modelVersion())
                        .add(performance, realised.answer(), realised.label());
            }
            case Arrival.PanePart _, Arrival.OutcomesPart _, Arrival.Progress _ ->
                throw new IllegalArgumentException("told by a partition, not to one: " + arrival);
        }
        return Optional.empty();
    }

    private Outcomes outcomes(long time, int version) {
        return outcomes.computeIfAbsent(performance.start(time), first -> new TreeMap<>())
                .computeIfAbsent(version, first -> new Outcomes());
    }

    private Map<String, Pane> panes(long time) {
        return panes.computeIfAbsent(layout.number(time), first -> {
            Map<String, Pane> bySet = new LinkedHashMap<>();
            layouts.forEach((set, of) -> bySet.put(set, of.emptyPane()));
            return bySet;
        });
    }

    /** Tells what has come since it last told, the oldest pane first and the progress last, and forgets it. */
    List<Arrival.Streamed> tell(boolean idle) {
        List<Arrival.Streamed> told = new ArrayList<>();
        panes.forEach((number, bySet) ->
                bySet.forEach((set, pane) -> told.add(new Arrival.PanePart(number * layout.length(), set, pane))));
        outcomes.forEach((start, byVersion) ->
                byVersion.forEach((version, content) -> told.add(new Arrival.OutcomesPart(start, version, content))));
        told.add(new Arrival.Progress(newestRow, partition, idle, labels, newestLabel));
        panes.clear();
        outcomes.clear();
        labels.clear();
        return told;
    }
}
