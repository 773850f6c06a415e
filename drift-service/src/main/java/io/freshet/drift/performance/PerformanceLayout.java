package io.freshet.drift.performance;

import io.freshet.schemas.pipeline.Pipeline;
import io.freshet.schemas.pipeline.Pipeline.Metric;
import io.freshet.schemas.pipeline.Pipeline.PerformanceSpec;
import io.freshet.schemas.pipeline.Pipeline.Task;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;

/** How the outcomes of a pipeline are added up: by panes of a seventh of the declared window, aligned to the epoch. */
public final class PerformanceLayout {
    /** Panes in a window. */
    static final int WINDOW = 7;

    private final Task task;
    private final Loss loss;
    private final long length;

    public PerformanceLayout(Pipeline pipeline) {
        PerformanceSpec declared = pipeline.drift().performance();
        this.task = pipeline.model().task();
        this.loss = Loss.of(pipeline.model());
        this.length = Math.max(1, declared.window().toMillis() / WINDOW);
    }

    /**
     * How long a prediction, or a label that is there before it, waits for the other: until the pane of its event has been
     * judged.
     */
    public static Duration remembered(Pipeline pipeline) {
        return pipeline.label()
                .await()
                .plus(pipeline.event().lateness())
                .plus(pipeline.drift().performance().window());
    }

    Task task() {
        return task;
    }

    Loss loss() {
        return loss;
    }

    /** Milliseconds in a pane. */
    public long length() {
        return length;
    }

    /** The pane of an event time, counted from the epoch. */
    long number(long time) {
        return Math.floorDiv(time, length);
    }

    /** Start of the pane of an event time. */
    public long start(long time) {
        return number(time) * length;
    }

    /** The metrics that are computed. */
    List<Metric> metrics() {
        return Arrays.stream(Metric.values())
                .filter(metric -> metric.judges(task) && metric != Metric.CALIBRATION_ERROR)
                .filter(metric ->
                        !(task instanceof Task.Multiclass) || metric == Metric.LOG_LOSS || metric == Metric.ACCURACY)
                .toList();
    }

    /** Whether an answer's outputs are those of the task: so many, finite, and probabilities where they are to be. */
    public boolean fits(List<Double> outputs) {
        return switch (task) {
            case Task.Binary _ -> outputs.size() == 1 && probabilities(outputs);
            case Task.Multiclass(List<String> classes) -> outputs.size() == classes.size() && probabilities(outputs);
            case Task.Regression _ -> outputs.size() == 1 && Double.isFinite(outputs.getFirst());
        };
    }

    private static boolean probabilities(List<Double> outputs) {
        return outputs.stream().allMatch(output -> output >= 0 && output <= 1);
    }

    /** Whether a label is one of the task. */
    public boolean fits(double label) {
        return switch (task) {
            case Task.Binary _ -> label == 0 || label == 1;
            case Task.Multiclass(List<String> classes) ->
                label >= 0 && label < classes.size() && label == Math.rint(label);
            case Task.Regression _ -> Double.isFinite(label);
        };
    }

    /** What sums depend on: those of another one mean nothing. */
    String fingerprint() {
        return task.spelled()
                + (task instanceof Task.Multiclass(List<String> classes) ? classes.toString() : "")
                + " "
                + loss
                + " "
                + length;
    }
}
