package io.freshet.drift;

import io.freshet.schemas.message.RunOutcome;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What the drift service takes notice of; times are event times in epoch milliseconds. */
public sealed interface Arrival {

    /** A stream record: one of the many, journalled rather than snapshotted. */
    sealed interface Streamed extends Arrival {
        /** When it happened, event time. */
        long time();
    }

    /**
     * A feature row.
     *
     * @param parts by feature set, of those in force that the row has, one value per feature, in order: Double, String, or
     *     null where it is unknown; not copied
     */
    record Row(long time, Map<String, List<@Nullable Object>> parts) implements Streamed {}

    /**
     * A model's answer.
     *
     * @param time the event time of the row that was scored
     * @param modelVersion the version that answered, at least 1
     */
    record Score(long time, int modelVersion, double score) implements Streamed {}

    /**
     * A labelled example.
     *
     * @param time when the truth became known
     * @param featureSet the feature set that a model can learn from it; empty where that is not in force
     */
    record Labelled(long time, String featureSet) implements Streamed {}

    /**
     * What one partition has seen of a pane since it last told.
     *
     * @param time start of the pane, inclusive
     * @param featureSet what its rows are profiled by
     * @param content not copied, not to be changed
     */
    record PanePart(long time, String featureSet, Pane content) implements Streamed {}

    /**
     * How far a partition has come; its parts of panes came before.
     *
     * @param time the newest row's event time; {@link Panes#NONE} before the first
     * @param partition from 0
     * @param idle whether no row has come for a while
     * @param labels labelled examples since it last told, by the feature set that a model can learn from them
     * @param newestLabel when the newest truth became known; {@link Panes#NONE} before the first
     */
    record Progress(long time, int partition, boolean idle, Map<String, Integer> labels, long newestLabel)
            implements Streamed {
        public Progress {
            labels = Map.copyOf(labels);
        }

        /** The same, with every label counted already. */
        Progress withoutLabels() {
            return new Progress(time, partition, idle, Map.of(), newestLabel);
        }
    }

    /** A registered model with its baseline. */
    record Registered(Reference model) implements Arrival {}

    /** A deployment; version 0 says that no model serves. */
    record Deployed(int championVersion) implements Arrival {}

    /**
     * The answer to a request for training.
     *
     * @param newVersion the version announced; 0 when nothing was promoted
     */
    record Trained(String requestId, RunOutcome outcome, int newVersion) implements Arrival {
        boolean promoted() {
            return outcome == RunOutcome.PROMOTED;
        }
    }

    /** Of no concern here: of another pipeline, or a fallback instead of a model's answer. */
    record Elsewhere() implements Arrival {}

    /** Cannot be used. */
    record Unusable(SkipReason reason) implements Arrival {}
}
