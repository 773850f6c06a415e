package io.freshet.trainer;

import io.freshet.model.FittedPreparation;
import io.freshet.model.Preparation;
import io.freshet.model.PreparationFitter;
import io.freshet.schemas.pipeline.Pipeline;
import io.freshet.schemas.pipeline.Pipeline.Task;
import io.freshet.schemas.pipeline.TrainingWindow;
import io.freshet.schemas.row.Example;
import io.freshet.trainer.evaluate.HoldOut;
import io.freshet.trainer.learn.Sample;
import io.freshet.trainer.rows.Matrix;
import io.freshet.trainer.rows.RawRows;
import io.freshet.trainer.rows.RowWeights;
import io.freshet.trainer.rows.Targets;
import io.freshet.trainer.rows.TimeSplit;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Rows to fit on and later rows to evaluate on, each form of them made once. Safe for use by several threads. */
final class Fold {
    private final Task task;
    private final TrainingWindow window;
    private final List<Example> train;
    private final List<Example> test;
    private final RawRows features;
    private final Targets trainTargets;
    private final double[] weights;
    private final HoldOut holdout;
    private final List<@Nullable Object[]> rawTrain;
    private final List<@Nullable Object[]> rawTest;
    private final long seed;
    private @Nullable Prepared missingKept;
    private @Nullable Prepared imputed;

    /** Both parts after one preparation, which was fitted on the training part; no training row holds its own label. */
    record Prepared(Preparation preparation, Matrix train, Matrix test) {}

    /**
     * @param task what is learned
     * @param window by which the training rows were chosen, which says how much each counts
     * @param train in event-time order, with what was known before the first test row
     * @param test in event-time order
     * @param features decided on the training part
     */
    Fold(Task task, TrainingWindow window, List<Example> train, List<Example> test, RawRows features, long seed) {
        this.task = task;
        this.window = window;
        this.train = train;
        this.test = test;
        this.features = features;
        this.seed = seed;
        this.trainTargets = Targets.of(task, train);
        this.weights = RowWeights.of(window, train);
        this.holdout = HoldOut.of(
                Targets.of(task, test),
                test.stream()
                        .mapToLong(example -> example.row().eventTime().toEpochMilli())
                        .toArray());
        this.rawTrain = features.of(train);
        this.rawTest = features.of(test);
    }

    /**
     * A part of the rows to evaluate on, and those that were known before it to fit on.
     *
     * @param examples in event-time order
     * @param from first row of the part
     * @param to the row after the last, greater than {@code from}
     */
    static Fold within(Pipeline pipeline, TrainingWindow window, List<Example> examples, int from, int to, long seed) {
        List<Example> test = examples.subList(from, to);
        List<Example> train = TimeSplit.knownBefore(examples.subList(0, from), test);
        return new Fold(pipeline.model().task(), window, train, test, RawRows.of(pipeline, train), seed);
    }

    /**
     * As many folds as declared, in time order: the rows are cut into one part more, and each but the first is evaluated on.
     */
    static List<Fold> rolling(Pipeline pipeline, TrainingWindow window, List<Example> examples, long seed) {
        int folds = pipeline.training().rolling();
        List<Fold> rolling = new ArrayList<>();
        for (int fold = 1; fold <= folds; fold++) {
            int from = (int) ((long) examples.size() * fold / (folds + 1));
            int to = (int) ((long) examples.size() * (fold + 1) / (folds + 1));
            if (from < to) {
                rolling.add(within(pipeline, window, examples, from, to, seed));
            }
        }
        return rolling;
    }

    /** This fold with some of its training rows, evenly spread over their time. */
    Fold thinned(Pipeline pipeline, int rows) {
        List<Example> some = new ArrayList<>(rows);
        for (int i = 0; i < rows; i++) {
            some.add(train.get((int) ((long) i * train.size() / rows)));
        }
        return new Fold(task, window, some, test, RawRows.of(pipeline, some), seed);
    }

    TrainingWindow window() {
        return window;
    }

    List<Example> train() {
        return train;
    }

    List<Example> test() {
        return test;
    }

    Targets trainTargets() {
        return trainTargets;
    }

    HoldOut holdout() {
        return holdout;
    }

    List<@Nullable Object[]> rawTrain() {
        return rawTrain;
    }

    List<@Nullable Object[]> rawTest() {
        return rawTest;
    }

    long seed() {
        return seed;
    }

    /** {@link Targets#telling} of the part that has fewer. */
    int telling() {
        return Math.min(trainTargets.telling(), holdout.targets().telling());
    }

    boolean hasFeatures() {
        return !features.isEmpty();
    }

    /** Declared features that are not learned from. */
    List<String> leftOut() {
        return features.leftOut();
    }

    /** The features that are learned from, in the order of the raw rows. */
    List<String> featureNames() {
        return features.names();
    }

    /** The training rows after a preparation, with their labels and weights. */
    Sample sample(Prepared prepared) {
        return new Sample(prepared.train(), trainTargets, weights);
    }

    synchronized Prepared prepared(boolean keepMissing) {
        Prepared known = keepMissing ? missingKept : imputed;
        if (known != null) {
            return known;
        }
        FittedPreparation fitted =
                PreparationFitter.fit(features.plans(keepMissing), rawTrain, trainTargets.numbers(), seed);
        Preparation preparation = fitted.preparation();
        Prepared made = new Prepared(
                preparation, Matrix.of(fitted.rows(), preparation.width()), Matrix.prepare(preparation, rawTest));
        if (keepMissing) {
            missingKept = made;
        } else {
            imputed = made;
        }
        return made;
    }
}
