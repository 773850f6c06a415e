package io.freshet.trainer.gate;

import io.freshet.trainer.evaluate.Comparison;
import io.freshet.trainer.evaluate.DecisionThreshold;
import io.freshet.trainer.evaluate.Serving;
import io.freshet.trainer.evaluate.SingleFeature;
import io.freshet.trainer.evaluate.Slices.Slice;
import java.util.List;
import java.util.Optional;

/**
 * All that the gate judges by.
 *
 * @param comparison on the whole hold-out
 * @param threshold the challenger's, with what it reached on the rows it was chosen on; empty unless the task is binary
 * @param slices the declared parts of the hold-out
 * @param strongest the feature that alone does best
 * @param serving what the challenger costs
 */
public record Evidence(
        Comparison comparison,
        Optional<DecisionThreshold> threshold,
        List<Slice> slices,
        SingleFeature strongest,
        Serving serving) {
    public Evidence {
        slices = List.copyOf(slices);
    }
}
