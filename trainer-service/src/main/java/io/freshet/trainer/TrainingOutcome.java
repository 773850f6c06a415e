package io.freshet.trainer;

import io.freshet.schemas.pipeline.Pipeline.Family;
import io.freshet.trainer.baseline.Baseline;
import java.util.List;

/** How a training ended. */
public sealed interface TrainingOutcome {
    /** The account of it. */
    TrainingReport report();

    /**
     * The best candidate passed the gate.
     *
     * @param choice what it is
     * @param bundle the encoded model bundle, checked to load; not copied
     * @param baseline what live windows are to be compared with
     */
    @SuppressWarnings("ArrayRecordComponent") // Megabytes that go to one place; outcomes are not compared.
    record Promoted(Choice choice, byte[] bundle, Baseline baseline, TrainingReport report) implements TrainingOutcome {
        /** Its family. */
        public Family family() {
            return choice.family();
        }
    }

    /**
     * The best candidate did not pass the gate; the champion stays.
     *
     * @param broken names of the rules that did not hold, at least one
     */
    record Refused(List<String> broken, TrainingReport report) implements TrainingOutcome {
        public Refused {
            broken = List.copyOf(broken);
        }
    }

    /**
     * There was nothing to put before the gate, or nothing that can be loaded came through it.
     *
     * @param detail the reason in words
     */
    record Failed(Reason reason, String detail, TrainingReport report) implements TrainingOutcome {}

    /** Why a training failed. */
    enum Reason {
        /** The training part or the hold-out is too small. */
        TOO_FEW_ROWS,
        /** The labels of the training part or of the hold-out are all the same, or a class has none to learn from. */
        ONE_CLASS,
        /** No declared feature has values to learn from. */
        NO_USABLE_FEATURE,
        /** Every candidate failed; the report says why. */
        NO_CANDIDATE,
        /** The model cannot be read back from its bundle. */
        UNLOADABLE_BUNDLE
    }
}
