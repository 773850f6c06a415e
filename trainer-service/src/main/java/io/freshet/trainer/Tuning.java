package io.freshet.trainer;

import io.freshet.model.Calibration;
import io.freshet.model.CalibrationFitter;
import io.freshet.schemas.pipeline.Pipeline;
import io.freshet.schemas.pipeline.Pipeline.Decision;
import io.freshet.schemas.pipeline.Pipeline.Metric;
import io.freshet.schemas.row.Example;
import io.freshet.trainer.CalibrationTrial.Method;
import io.freshet.trainer.evaluate.DecisionThreshold;
import io.freshet.trainer.evaluate.Difference;
import io.freshet.trainer.evaluate.Resamples;
import io.freshet.trainer.evaluate.Scored;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * How the best candidate's scores become probabilities and decisions. Both are fitted on scores of rows that the model
 * which gave them had not seen, and no row of the hold-out: the same family is fitted once more on what was known before
 * the newest {@value #SHARE} of the training part, and scores those rows. The model that serves is the one fitted on the
 * whole training part, so that the freshest rows are learned from (as scikit-learn's CalibratedClassifierCV does with
 * {@code ensemble=False}). The hold-out has the last word: a calibration is kept only where it lowers the log loss there
 * with the declared confidence.
 *
 * <p>Isotonic calibration needs about {@value #LEAST_FOR_ISOTONIC} rows not to follow chance (Niculescu-Mizil and Caruana,
 * ICML 2005), here of the rarer class; below that it is Platt's.
 *
 * @param calibration what serves
 * @param threshold of calibrated scores
 * @param trial what became of the calibration; empty where none could be fitted
 */
record Tuning(Calibration calibration, DecisionThreshold threshold, Optional<CalibrationTrial> trial) {
    private static final double SHARE = 0.2;
    private static final int LEAST_OF_A_CLASS = 50;
    private static final int LEAST_FOR_ISOTONIC = 1_000;

    /** Where there are too few rows to fit on, scores stay as they are and the threshold is that of a probability. */
    static Tuning of(Pipeline pipeline, CandidateFitter fitter, CandidateFitter.Candidate best, Fold fold) {
        List<Example> rows = fold.train();
        Fold inner = Fold.within(
                pipeline, rows, rows.size() - (int) Math.ceil(rows.size() * SHARE), rows.size(), fold.seed());
        if (inner.rarerClass() >= LEAST_OF_A_CLASS && inner.hasFeatures()) {
            try {
                double[] scores = fitter.fit(best.family(), inner).scores();
                return of(pipeline, scores, inner.holdout().labels(), best, fold);
            } catch (CandidateException e) {
                // What serves was fitted all the same.
            }
        }
        Decision decision = pipeline.model().decision();
        double reached = decision instanceof Decision.Costs ? Double.NaN : 0;
        return new Tuning(
                new Calibration.None(), new DecisionThreshold(decision.ofAProbability(), reached), Optional.empty());
    }

    private static Tuning of(
            Pipeline pipeline, double[] scores, boolean[] labels, CandidateFitter.Candidate best, Fold fold) {
        int positives = 0;
        for (boolean label : labels) {
            positives += label ? 1 : 0;
        }
        Method method =
                Math.min(positives, labels.length - positives) >= LEAST_FOR_ISOTONIC ? Method.ISOTONIC : Method.PLATT;
        Optional<Calibration> fitted = method == Method.ISOTONIC
                ? Optional.of(CalibrationFitter.isotonic(scores, labels))
                : CalibrationFitter.platt(scores, labels);
        Optional<CalibrationTrial> trial =
                fitted.map(calibration -> attempt(pipeline, method, calibration, scores.length, best, fold));
        Calibration calibration = trial.isPresent() && trial.get().kept() ? fitted.get() : new Calibration.None();
        DecisionThreshold threshold =
                DecisionThreshold.choose(pipeline.model().decision(), apply(calibration, scores), labels);
        return new Tuning(calibration, threshold, trial);
    }

    private static CalibrationTrial attempt(
            Pipeline pipeline,
            Method method,
            Calibration calibration,
            int rows,
            CandidateFitter.Candidate best,
            Fold fold) {
        Resamples resamples = Resamples.of(
                fold.holdout(),
                List.of(Scored.undecided(apply(calibration, best.scores())), Scored.undecided(best.scores())),
                fold.seed());
        Difference difference = resamples.difference(Metric.LOG_LOSS, 0, 1);
        return new CalibrationTrial(
                method,
                rows,
                resamples.evaluation(1).get(Metric.LOG_LOSS),
                resamples.evaluation(0).get(Metric.LOG_LOSS),
                difference.probabilityBetter(),
                difference.probabilityBetter() >= pipeline.gate().confidence());
    }

    /** Scores as they serve. */
    static double[] apply(Calibration calibration, double[] scores) {
        return Arrays.stream(scores).map(calibration::apply).toArray();
    }
}
