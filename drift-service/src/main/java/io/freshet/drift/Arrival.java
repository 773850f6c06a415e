package io.freshet.drift;

import io.freshet.drift.performance.Answer;
import io.freshet.drift.performance.Outcomes;
import io.freshet.drift.performance.Promise;
import io.freshet.schemas.message.RunOutcome;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What the drift service takes notice of; times are event times in epoch milliseconds. */
public sealed interface Arrival {

    /** A stream record: one of the many, journalled rather than snapshotted. */
    sealed interface Streamed extends Arrival {
        /** When it happened, event time. */
        long time();
    }

    /** One half of an answer whose label is known; for {@link LabelMatcher} alone. */
    sealed interface ToMatch extends Arrival {
        /** When it came to be known, event time. */
        long time();
    }

    /**
     * The champion's answer for an event.
     *
     * @param score the same as a score
     */
    record Answered(String eventId, Score score, Answer answer) implements ToMatch {
        @Override
        public long time() {
            return score.time();
        }
    }

    /**
     * The truth about an event.
     *
     * @param eventTime when the event happened
     * @param label 1 for a positive, 0 for a negative; of several classes the position; of a regression the value
     * @param labelled the same as a labelled example
     */
    record Known(String eventId, long eventTime, double label, Labelled labelled) implements ToMatch {
        @Override
        public long time() {
            return labelled.time();
        }
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
     * An answer whose label is known.
     *
     * @param time the event time of the row that was scored
     * @param label as {@link Known} has it
     */
    record Realised(long time, Answer answer, double label) implements Streamed {}

    /**
     * What a model's answers in one partition turned out to be worth since it last told.
     *
     * @param time start of the stretch of event time that they are of, inclusive
     * @param content not copied, not to be changed
     */
    record OutcomesPart(long time, int modelVersion, Outcomes content) implements Streamed {}

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

    /**
     * A deployment. Who challenges the champion is of no concern: only the champion's scores are compared with its baseline.
     *
     * @param championVersion 0 where no model serves
     * @param endedChallenge the newest version whose challenge ended without its serving; 0 where there is none
     */
    record Deployed(int championVersion, int endedChallenge) implements Arrival {}

    /**
     * The answer to a request for training.
     *
     * @param newVersion the version announced; 0 when nothing was promoted
     * @param promise what that version did on its hold-out; empty where nobody says
     */
    record Trained(String requestId, RunOutcome outcome, int newVersion, Optional<Promise> promise) implements Arrival {
        /** Of a run that promises nothing. */
        Trained(String requestId, RunOutcome outcome, int newVersion) {
            this(requestId, outcome, newVersion, Optional.empty());
        }

        boolean promoted() {
            return outcome == RunOutcome.PROMOTED;
        }

        /** Whether a version was announced that says what it did on its hold-out. */
        boolean promised() {
            return newVersion > 0 && promise.isPresent();
        }
    }

    /** Of no concern here: of another pipeline, not the champion's, or a fallback instead of a model's answer. */
    record Elsewhere() implements Arrival {}

    /** Cannot be used. */
    record Unusable(SkipReason reason) implements Arrival {}
}
