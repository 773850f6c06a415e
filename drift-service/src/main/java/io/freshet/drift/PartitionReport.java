package io.freshet.drift;

import io.freshet.drift.performance.Outcomes;
import io.freshet.drift.performance.PerformanceLayout;
import io.freshet.schemas.message.OutcomesPart;
import io.freshet.schemas.message.PanePart;
import io.freshet.schemas.message.PartitionProfile;
import io.freshet.schemas.message.PartitionProgress;
import io.freshet.schemas.pipeline.Pipeline;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What a partition tells, as messages. */
final class PartitionReport {
    private final Pipeline pipeline;
    private final Map<String, PaneLayout> layouts = new HashMap<>();
    private final long paneLength;
    private final long outcomesLength;

    PartitionReport(FeatureSets sets) {
        this.pipeline = sets.declared();
        this.paneLength = new PaneLayout(pipeline, pipeline.features()).length();
        this.outcomesLength = new PerformanceLayout(pipeline).length();
        sets.all().forEach(set -> layouts.put(set, new PaneLayout(pipeline, sets.features(set))));
    }

    /**
     * Makes a message.
     *
     * @throws IllegalArgumentException for an arrival that no partition tells
     */
    PartitionProfile write(int partition, Arrival.Streamed told, Instant at) {
        PartitionProfile.Builder record = PartitionProfile.newBuilder()
                .setPipeline(pipeline.name())
                .setPartition(partition)
                .setProfiledAt(at);
        return switch (told) {
            case Arrival.PanePart(long start, String featureSet, Pane content) ->
                record.setPane(PanePart.newBuilder()
                                .setStart(Instant.ofEpochMilli(start))
                                .setEnd(Instant.ofEpochMilli(start + paneLength))
                                .setFeatureSet(featureSet)
                                .setRows(content.rows().rows())
                                .setContent(ByteBuffer.wrap(content.toBytes()))
                                .build())
                        .build();
            case Arrival.Progress progress ->
                record.setProgress(progress(progress)).build();
            case Arrival.OutcomesPart(long start, int version, Outcomes content) ->
                record.setOutcomes(OutcomesPart.newBuilder()
                                .setStart(Instant.ofEpochMilli(start))
                                .setEnd(Instant.ofEpochMilli(start + outcomesLength))
                                .setModelVersion(version)
                                .setPredictions(content.predictions())
                                .setLabelled(content.rows())
                                .setContent(ByteBuffer.wrap(content.toBytes()))
                                .build())
                        .build();
            case Arrival.Row _, Arrival.Score _, Arrival.Labelled _, Arrival.Realised _ ->
                throw new IllegalArgumentException("no partition tells " + told);
        };
    }

    private static PartitionProgress progress(Arrival.Progress told) {
        PartitionProgress.Builder progress =
                PartitionProgress.newBuilder().setIdle(told.idle()).setLabels(told.labels());
        if (told.time() != Panes.NONE) {
            progress.setNewestRow(Instant.ofEpochMilli(told.time()));
        }
        if (told.newestLabel() != Panes.NONE) {
            progress.setNewestLabel(Instant.ofEpochMilli(told.newestLabel()));
        }
        return progress.build();
    }

    /** Reads a message; what does not fit the pipeline as it is declared now is unusable. */
    Arrival read(PartitionProfile record) {
        if (!record.getPipeline().equals(pipeline.name())) {
            return new Arrival.Elsewhere();
        }
        PartitionProgress progress = record.getProgress();
        PanePart pane = record.getPane();
        if (record.getPartition() < 0 || record.getPartition() >= pipeline.partitions()) {
            return new Arrival.Unusable(SkipReason.SCHEMA_MISMATCH);
        }
        OutcomesPart outcomes = record.getOutcomes();
        if (pane != null) {
            return read(pane);
        }
        if (outcomes != null) {
            return read(outcomes);
        }
        return progress == null || progress.getLabels().values().stream().anyMatch(labels -> labels < 0)
                ? new Arrival.Unusable(SkipReason.SCHEMA_MISMATCH)
                : new Arrival.Progress(
                        millis(progress.getNewestRow()),
                        record.getPartition(),
                        progress.getIdle(),
                        progress.getLabels(),
                        millis(progress.getNewestLabel()));
    }

    private Arrival read(PanePart part) {
        PaneLayout layout = layouts.get(part.getFeatureSet());
        long start = part.getStart().toEpochMilli();
        if (layout == null
                || Math.floorMod(start, paneLength) != 0
                || part.getEnd().toEpochMilli() - start != paneLength) {
            return new Arrival.Unusable(SkipReason.LAYOUT_CHANGED);
        }
        try {
            Pane pane = Pane.fromBytes(bytes(part.getContent()));
            return layout.fits(pane)
                    ? new Arrival.PanePart(start, part.getFeatureSet(), pane)
                    : new Arrival.Unusable(SkipReason.SCHEMA_MISMATCH);
        } catch (IllegalArgumentException e) {
            return new Arrival.Unusable(SkipReason.UNDECODABLE);
        }
    }

    private Arrival read(OutcomesPart part) {
        long start = part.getStart().toEpochMilli();
        if (Math.floorMod(start, outcomesLength) != 0 || part.getEnd().toEpochMilli() - start != outcomesLength) {
            return new Arrival.Unusable(SkipReason.LAYOUT_CHANGED);
        }
        if (part.getModelVersion() < 1) {
            return new Arrival.Unusable(SkipReason.SCHEMA_MISMATCH);
        }
        try {
            return new Arrival.OutcomesPart(
                    start, part.getModelVersion(), Outcomes.fromBytes(bytes(part.getContent())));
        } catch (IllegalArgumentException e) {
            return new Arrival.Unusable(SkipReason.UNDECODABLE);
        }
    }

    private static byte[] bytes(ByteBuffer content) {
        byte[] bytes = new byte[content.remaining()];
        content.duplicate().get(bytes);
        return bytes;
    }

    private static long millis(@Nullable Instant time) {
        return time == null ? Panes.NONE : time.toEpochMilli();
    }
}
