package io.freshet.trainer.rollout;

import io.freshet.schemas.message.ShadowPrediction;
import io.freshet.schemas.pipeline.Pipeline.Task;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Compares what both models said with the labels that come later. The newest {@value #MOST} events without a label are
 * remembered. Mutable.
 */
public final class LabelledPairs {
    static final int MOST = 50_000;

    private final Task task;
    private final Map<String, Pair> unlabelled = new LinkedHashMap<>();
    private long rows;
    private double mean;
    private double squares;

    public LabelledPairs(Task task) {
        this.task = task;
    }

    @SuppressWarnings("ArrayRecordComponent") // Never compared.
    private record Pair(double[] champion, double[] challenger) {}

    /** Remembers an event that both have scored. */
    public void take(ShadowPrediction event) {
        Optional<double[]> theirs = Outputs.of(event.getChampion(), task);
        Optional<double[]> ours = Outputs.of(event.getChallenger(), task);
        if (theirs.isPresent() && ours.isPresent()) {
            unlabelled.put(event.getEventId(), new Pair(theirs.get(), ours.get()));
            if (unlabelled.size() > MOST) {
                unlabelled.remove(unlabelled.keySet().iterator().next());
            }
        }
    }

    /** A label became known; it counts once, and only for an event that is remembered. */
    public void label(String eventId, double label) {
        Pair pair = unlabelled.remove(eventId);
        if (pair != null) {
            double difference =
                    Outputs.loss(pair.challenger(), label, task) - Outputs.loss(pair.champion(), label, task);
            rows++;
            double before = difference - mean;
            mean += before / rows;
            squares += before * (difference - mean);
        }
    }

    /** The comparison so far. */
    public Labelled labelled() {
        return rows < 2 ? Labelled.NONE : new Labelled(rows, mean, Math.sqrt(squares / (rows - 1) / rows));
    }
}
