package io.freshet.trainer.rollout;

import io.freshet.schemas.message.ModelAnswer;
import io.freshet.schemas.message.ModelRole;
import io.freshet.schemas.message.ShadowPrediction;
import io.freshet.schemas.pipeline.Pipeline.Task;
import io.freshet.trainer.rollout.Evidence.Scores;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** Counts what is seen in one step of a challenge. Mutable. */
public final class Tally {
    /** The reason code of a challenger that could not be loaded, by which it fails whatever the champion does. */
    private static final String NOT_LOADED = "NOT_LOADED";

    /** That of a row without the challenger's features, such as one from before the declaration changed; no failure. */
    private static final String OTHER_FEATURE_SET = "OTHER_FEATURE_SET";

    private final Task task;
    private final Sums champion;
    private final Sums challenger;
    private long seen;
    private long answered;
    private long failed;
    private String failure = "";
    private long compared;

    public Tally(Task task) {
        this.task = task;
        int outputs = task instanceof Task.Multiclass(List<String> classes) ? classes.size() : 1;
        this.champion = new Sums(outputs);
        this.challenger = new Sums(outputs);
    }

    /** Counts an event of this step. */
    public void take(ShadowPrediction event) {
        Optional<double[]> theirs = Outputs.of(event.getChampion(), task);
        Optional<double[]> ours = Outputs.of(event.getChallenger(), task);
        if (ours.isEmpty()) {
            String why = event.getChallenger().getFailure();
            boolean failedAlone = theirs.isPresent() && !OTHER_FEATURE_SET.equals(why);
            if (failedAlone || NOT_LOADED.equals(why)) {
                failure = failed++ == 0 ? why == null ? "its answer is of another task" : why : failure;
            }
            return;
        }
        seen++;
        answered += event.getAnswered() == ModelRole.CANARY ? 1 : 0;
        if (theirs.isPresent()) {
            compared++;
            champion.add(theirs.get(), event.getChampion());
            challenger.add(ours.get(), event.getChallenger());
        }
    }

    /** What was seen so far. */
    public Evidence evidence(Labelled labelled) {
        return new Evidence(
                seen, answered, failed, failure, compared, champion.scores(), challenger.scores(), labelled);
    }

    /** The sums of one model's scores. */
    private static final class Sums {
        private final double[] outputs;
        private double squares;
        private long alarms;

        Sums(int outputs) {
            this.outputs = new double[outputs];
        }

        void add(double[] said, ModelAnswer answer) {
            for (int i = 0; i < outputs.length; i++) {
                outputs[i] += said[i];
            }
            squares += said[0] * said[0];
            alarms += Boolean.TRUE.equals(answer.getDecision()) ? 1 : 0;
        }

        Scores scores() {
            return new Scores(Arrays.stream(outputs).boxed().toList(), squares, alarms);
        }
    }
}
