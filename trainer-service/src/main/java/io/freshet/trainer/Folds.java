package io.freshet.trainer;

import io.freshet.schemas.pipeline.Pipeline;
import io.freshet.schemas.pipeline.Pipeline.Task;
import io.freshet.schemas.pipeline.TrainingWindow;
import io.freshet.trainer.TrainingOutcome.Reason;
import io.freshet.trainer.rows.RawRows;
import io.freshet.trainer.rows.RowCounts;
import io.freshet.trainer.rows.Targets;
import io.freshet.trainer.rows.TimeSplit;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** The training rows of each window beside the hold-out, which is the same for all. */
final class Folds {
    static final int LEAST_TRAIN_ROWS = 50;

    private final Map<TrainingWindow, Fold> folds = new LinkedHashMap<>();
    private final List<TimeSplit.Part> usable = new ArrayList<>();
    private final Map<TrainingWindow, String> leftOut;
    private final TrainingWindow longest;
    private @Nullable Unusable ofLongest;

    /** Why rows cannot be learned from. */
    record Unusable(Reason reason, String detail) {}

    private Folds(TimeSplit split) {
        this.leftOut = new LinkedHashMap<>(split.leftOut());
        this.longest = split.longest().window();
    }

    static Folds of(TrainingTask task, TimeSplit split) {
        Folds folds = new Folds(split);
        for (TimeSplit.Part part : split.parts()) {
            Pipeline pipeline = task.pipeline();
            Fold fold = new Fold(
                    pipeline.model().task(),
                    part.window(),
                    part.train(),
                    split.holdout(),
                    RawRows.of(pipeline, part.train()),
                    task.seed());
            folds.folds.put(part.window(), fold);
            Optional<Unusable> unusable = unusable(pipeline.model().task(), fold, part.counts());
            if (unusable.isEmpty()) {
                folds.usable.add(part);
            } else if (part.window().equals(folds.longest)) {
                folds.ofLongest = unusable.get();
            }
            unusable.filter(_ -> split.parts().size() > 1)
                    .ifPresent(why -> folds.leftOut.put(part.window(), why.reason() + ": " + why.detail()));
        }
        return folds;
    }

    /** The windows that can be learned from, in declared order. */
    List<TimeSplit.Part> usable() {
        return Collections.unmodifiableList(usable);
    }

    /** Why not even the longest window can be learned from, when none can be. */
    Unusable whyNone() {
        return Objects.requireNonNull(ofLongest);
    }

    /** The declared windows that are not, with the reason. */
    Map<TrainingWindow, String> leftOut() {
        return leftOut;
    }

    /**
     * A window's rows.
     *
     * @throws CandidateException when there is no such window
     */
    Fold of(TrainingWindow window) throws CandidateException {
        Fold fold = folds.get(window);
        if (fold == null) {
            throw new CandidateException(
                    CandidateResult.Reason.NOT_FITTED,
                    "there is no window '" + window.spelled() + "' in these rows: "
                            + leftOut.getOrDefault(window, "it is not declared"));
        }
        return fold;
    }

    Fold longest() {
        return Objects.requireNonNull(folds.get(longest));
    }

    private static Optional<Unusable> unusable(Task task, Fold fold, RowCounts counts) {
        if (counts.train() < LEAST_TRAIN_ROWS || counts.holdout() < 1) {
            return Optional.of(new Unusable(
                    Reason.TOO_FEW_ROWS,
                    counts.train() + " rows to train on, at least " + LEAST_TRAIN_ROWS + " are needed; "
                            + counts.holdout() + " held out, " + counts.otherFeatureSet()
                            + " of another feature set left out"));
        }
        Optional<String> monotonous = monotonous(task, fold);
        if (monotonous.isPresent()) {
            return Optional.of(new Unusable(Reason.ONE_CLASS, monotonous.get()));
        }
        return fold.hasFeatures()
                ? Optional.empty()
                : Optional.of(new Unusable(Reason.NO_USABLE_FEATURE, "no declared feature has values to learn from"));
    }

    /** How labels are too much alike to be learned from; empty where they are not. */
    private static Optional<String> monotonous(Task task, Fold fold) {
        Targets train = fold.trainTargets();
        Targets holdout = fold.holdout().targets();
        if (train instanceof Targets.Classes classes && task instanceof Task.Multiclass(List<String> names)) {
            int[] rows = classes.rows();
            List<String> missing = IntStream.range(0, rows.length)
                    .filter(one -> rows[one] == 0)
                    .mapToObj(names::get)
                    .toList();
            if (!missing.isEmpty()) {
                return Optional.of("no training row is of class " + String.join(", ", missing)
                        + "; declare only classes that occur, or train on more rows");
            }
        }
        if (train.telling() > 0 && holdout.telling() > 0) {
            return Optional.empty();
        }
        return Optional.of(
                train instanceof Targets.Binary ofTrain && holdout instanceof Targets.Binary ofHoldout
                        ? ofTrain.positives() + " of " + train.size() + " training rows and " + ofHoldout.positives()
                                + " of " + holdout.size() + " hold-out rows are positive"
                        : "all " + train.size() + " training rows, or all " + holdout.size()
                                + " hold-out rows, have the same label");
    }
}
