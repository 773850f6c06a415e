package io.freshet.trainer;

import io.freshet.trainer.evaluate.Evaluation;
import io.freshet.trainer.gate.Rule;
import io.freshet.trainer.rows.RowCounts;
import java.util.List;
import java.util.Optional;

/**
 * The account of a training, whatever its outcome.
 *
 * @param seed as given
 * @param counts where the examples went
 * @param leftOutFeatures declared features that were not learned from
 * @param candidates every declared candidate: the evaluated ones, the best first, then the failed ones; empty when none
 *     was tried
 * @param championVersion the champion that had to be beaten; 0 when there was none
 * @param champion the champion on the same hold-out rows; empty when there was none
 * @param best what is known about the best candidate; empty when none was fitted
 * @param rules every rule of the gate; empty when it was not reached
 */
public record TrainingReport(
        long seed,
        RowCounts counts,
        List<String> leftOutFeatures,
        List<CandidateResult> candidates,
        int championVersion,
        Optional<Evaluation> champion,
        Optional<Assessment> best,
        List<Rule> rules) {
    public TrainingReport {
        leftOutFeatures = List.copyOf(leftOutFeatures);
        candidates = List.copyOf(candidates);
        rules = List.copyOf(rules);
    }
}
