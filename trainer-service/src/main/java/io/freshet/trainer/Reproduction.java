package io.freshet.trainer;

import io.freshet.model.InvalidBundleException;
import io.freshet.model.Model;
import io.freshet.model.ModelBundleCodec;
import io.freshet.schemas.pipeline.Pipeline.Family;
import io.freshet.schemas.row.Example;
import io.freshet.trainer.rows.TimeSplit;
import java.util.List;

/**
 * A registered model trained again from what it was trained on, and compared with what came out the first time.
 *
 * <p>Only the model itself is fitted, with the window and the settings that it was recorded with: no candidate's fit depends
 * on another's, and none on the champion, which only the gate looks at. The clock stands still, so that no rule of the gate depends on the speed of the machine.
 */
public sealed interface Reproduction {
    /** Native libraries may round differently on another processor; no score may be further off than this. */
    double TOLERANCE = 1e-6;

    /** Whether the model came out again. */
    boolean reproduced();

    /** What came of it in one sentence. */
    String detail();

    /**
     * Another model came out, or the same.
     *
     * @param fingerprint of the bundle that came out, see {@link ModelBundleCodec#fingerprint}
     * @param identical whether every bit of the two bundles is the same
     * @param exact whether it has to be: the family is fitted in pure Java
     * @param greatestDifference between the two models' scores of a hold-out row; as a share of scores beyond 1 and -1
     * @param holdoutRows how many rows that was looked at on
     */
    record Compared(String fingerprint, boolean identical, boolean exact, double greatestDifference, int holdoutRows)
            implements Reproduction {
        @Override
        public boolean reproduced() {
            return identical || (!exact && greatestDifference <= TOLERANCE);
        }

        @Override
        public String detail() {
            if (identical) {
                return "the bundle is the same, bit by bit";
            }
            return "the bundles differ, and scores on the hold-out by " + greatestDifference + " at most; "
                    + (exact ? "the same bundle was to come out" : "up to " + TOLERANCE + " is allowed");
        }
    }

    /**
     * No model came out.
     *
     * @param detail why, in one sentence
     */
    record NoModel(String detail) implements Reproduction {
        @Override
        public boolean reproduced() {
            return false;
        }
    }

    /**
     * Trains again.
     *
     * @param task as it was: declaration, examples in the order of the log, champion, version, seed and drift
     * @param choice the registered model's family, window and settings
     * @param registered the registered model
     * @param fingerprint of its bundle, as registered
     */
    static Reproduction of(TrainingTask task, Choice choice, Model registered, String fingerprint) {
        TrainingOutcome outcome = Training.ofEveryFamily(() -> 0).run(task.again(choice));
        return switch (outcome) {
            case TrainingOutcome.Promoted promoted ->
                compare(task, promoted.bundle(), choice.family(), registered, fingerprint);
            case TrainingOutcome.Refused refused ->
                new NoModel("the model that came out did not pass the gate: " + String.join(", ", refused.broken()));
            case TrainingOutcome.Failed failed ->
                new NoModel("the training failed: " + failed.reason() + ": " + failed.detail());
        };
    }

    private static Reproduction compare(
            TrainingTask task, byte[] bundle, Family family, Model registered, String fingerprint) {
        Model again;
        try {
            again = Model.load(bundle, bundle.length);
        } catch (InvalidBundleException e) {
            return new NoModel("the bundle that came out cannot be loaded: " + e.getMessage());
        }
        List<Example> holdout =
                TimeSplit.of(task.pipeline(), task.examples(), task.since()).holdout();
        double[] before = new Champion(task.newVersion(), registered)
                .score(task.pipeline(), holdout)
                .scores();
        double[] now = new Champion(task.newVersion(), again)
                .score(task.pipeline(), holdout)
                .scores();
        double greatest = 0;
        for (int i = 0; i < before.length; i++) {
            greatest = Math.max(greatest, Math.abs(before[i] - now[i]) / Math.max(1, Math.abs(before[i])));
        }
        String made = ModelBundleCodec.fingerprint(bundle);
        return new Compared(made, made.equals(fingerprint), exact(family), greatest, holdout.size());
    }

    private static boolean exact(Family family) {
        return switch (family) {
            case LINEAR_REGRESSION, LOGISTIC_REGRESSION -> true;
            case DECISION_TREE, RANDOM_FOREST, GRADIENT_BOOSTING, NEURAL_NETWORK -> false;
        };
    }
}
