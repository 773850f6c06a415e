package io.freshet.trainer;

import io.freshet.schemas.pipeline.TrainingWindow;
import io.freshet.trainer.evaluate.Evaluation;
import io.freshet.trainer.gate.Rule;
import io.freshet.trainer.rows.RowCounts;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The account of a training, whatever its outcome.
 *
 * @param seed as given
 * @param counts where the examples went: those of the best candidate's window, or of the longest when none was fitted
 * @param leftOutFeatures declared features that were not learned from
 * @param leftOutWindows declared windows that were not tried, with the reason
 * @param trials what was tried to find each candidate's window and settings; empty where nothing was to choose
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
        Map<TrainingWindow, String> leftOutWindows,
        List<Trial> trials,
        List<CandidateResult> candidates,
        int championVersion,
        Optional<Evaluation> champion,
        Optional<Assessment> best,
        List<Rule> rules) {
    public TrainingReport {
        leftOutFeatures = List.copyOf(leftOutFeatures);
        leftOutWindows = Collections.unmodifiableMap(new LinkedHashMap<>(leftOutWindows));
        trials = List.copyOf(trials);
        candidates = List.copyOf(candidates);
        rules = List.copyOf(rules);
    }
}
