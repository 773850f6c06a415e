package io.freshet.trainer;

import io.freshet.model.Calibration;
import io.freshet.model.CalibrationFitter;
import io.freshet.model.ClassCalibration;
import io.freshet.model.Output;
import io.freshet.schemas.pipeline.Pipeline;
import io.freshet.schemas.pipeline.Pipeline.Decision;
import io.freshet.schemas.pipeline.Pipeline.Metric;
import io.freshet.schemas.pipeline.Pipeline.Task;
import io.freshet.schemas.row.Example;
import io.freshet.trainer.CalibrationTrial.Method;
import io.freshet.trainer.evaluate.DecisionThreshold;
import io.freshet.trainer.evaluate.Difference;
import io.freshet.trainer.evaluate.Resamples;
import io.freshet.trainer.evaluate.Scored;
import io.freshet.trainer.rows.Targets;
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
 * ICML 2005), here of the rarer class; below that it is Platt's. Several classes are calibrated by a temperature, which
 * leaves the decisions and the order of the classes as they were when this candidate was found the best.
 *
 * <p>Only binary models have a threshold, and numbers are not calibrated.
 *
 * @param output what the scores mean as they serve
 * @param threshold of calibrated scores; empty unless the task is binary
 * @param trial what became of the calibration; empty where none could be fitted
 */
record Tuning(Output output, Optional<DecisionThreshold> threshold, Optional<CalibrationTrial> trial) {
    private static final double SHARE = 0.2;
    private static final int LEAST_OF_A_CLASS = 50;
    private static final int LEAST_FOR_ISOTONIC = 1_000;

    /** Scores of rows that the model had not seen, row by row. */
    @SuppressWarnings("ArrayRecordComponent") // Never compared; as many as there are rows.
    record Scores(double[] values, Targets targets) {}

    /**
     * The newest rows of the training part with scores of a model fitted on those before; empty where there are too few, or
     * nothing is tuned. Needs no candidate, so that it can go on while that is fitted.
     */
    static Optional<Scores> newest(Pipeline pipeline, CandidateFitter fitter, Choice choice, Fold fold) {
        if (pipeline.model().task() instanceof Task.Regression) {
            return Optional.empty();
        }
        List<Example> rows = fold.train();
        Fold inner = Fold.within(
                pipeline,
                fold.window(),
                rows,
                rows.size() - (int) Math.ceil(rows.size() * SHARE),
                rows.size(),
                fold.seed());
        if (inner.telling() >= LEAST_OF_A_CLASS && inner.hasFeatures()) {
            try {
                return Optional.of(new Scores(
                        fitter.fit(choice, inner).scores(), inner.holdout().targets()));
            } catch (CandidateException e) {
                // What serves may be fitted all the same.
            }
        }
        return Optional.empty();
    }

    /**
     * Where there are too few rows to fit on, scores stay as they are and the threshold is that of a probability.
     *
     * @param newest of the same choice as the candidate
     */
    static Tuning of(Pipeline pipeline, Optional<Scores> newest, CandidateFitter.Candidate best, Fold fold) {
        return switch (pipeline.model().task()) {
            case Task.Binary(Decision decision) -> binary(pipeline, decision, newest, best, fold);
            case Task.Multiclass(List<String> classes) -> multiclass(pipeline, classes, newest, best, fold);
            case Task.Regression regression -> new Tuning(new Output.Regression(), Optional.empty(), Optional.empty());
        };
    }

    private static Tuning multiclass(
            Pipeline pipeline,
            List<String> classes,
            Optional<Scores> newest,
            CandidateFitter.Candidate best,
            Fold fold) {
        if (newest.isPresent() && newest.get().targets() instanceof Targets.Classes labels) {
            Optional<ClassCalibration> fitted =
                    CalibrationFitter.temperature(newest.get().values(), classes.size(), labels.classes());
            if (fitted.isPresent()) {
                Output.Multiclass output = new Output.Multiclass(classes, fitted.get());
                CalibrationTrial trial =
                        attempt(pipeline, Method.TEMPERATURE, apply(output, best.scores()), labels.size(), best, fold);
                return new Tuning(
                        trial.kept() ? output : new Output.Multiclass(classes), Optional.empty(), Optional.of(trial));
            }
        }
        return new Tuning(new Output.Multiclass(classes), Optional.empty(), Optional.empty());
    }

    private static Tuning binary(
            Pipeline pipeline, Decision decision, Optional<Scores> newest, CandidateFitter.Candidate best, Fold fold) {
        if (newest.isPresent() && newest.get().targets() instanceof Targets.Binary labels) {
            return binary(pipeline, decision, newest.get().values(), labels, best, fold);
        }
        double reached = decision instanceof Decision.Costs ? Double.NaN : 0;
        return binary(
                new Calibration.None(), new DecisionThreshold(decision.ofAProbability(), reached), Optional.empty());
    }

    private static Tuning binary(
            Calibration calibration, DecisionThreshold threshold, Optional<CalibrationTrial> trial) {
        return new Tuning(new Output.Binary(calibration, threshold.value()), Optional.of(threshold), trial);
    }

    private static Tuning binary(
            Pipeline pipeline,
            Decision decision,
            double[] scores,
            Targets.Binary newest,
            CandidateFitter.Candidate best,
            Fold fold) {
        boolean[] labels = newest.positive();
        Method method = newest.telling() >= LEAST_FOR_ISOTONIC ? Method.ISOTONIC : Method.PLATT;
        Optional<Calibration> fitted = method == Method.ISOTONIC
                ? Optional.of(CalibrationFitter.isotonic(scores, labels))
                : CalibrationFitter.platt(scores, labels);
        Optional<CalibrationTrial> trial = fitted.map(
                calibration -> attempt(pipeline, method, apply(calibration, best.scores()), scores.length, best, fold));
        Calibration calibration = trial.isPresent() && trial.get().kept() ? fitted.get() : new Calibration.None();
        return binary(calibration, DecisionThreshold.choose(decision, apply(calibration, scores), labels), trial);
    }

    /** @param calibrated the best candidate's scores of the hold-out */
    private static CalibrationTrial attempt(
            Pipeline pipeline,
            Method method,
            double[] calibrated,
            int rows,
            CandidateFitter.Candidate best,
            Fold fold) {
        Resamples resamples = Resamples.ofLosses(
                fold.holdout(), List.of(Scored.undecided(calibrated), Scored.undecided(best.scores())), fold.seed());
        Difference difference = resamples.difference(Metric.LOG_LOSS, 0, 1);
        return new CalibrationTrial(
                method,
                rows,
                resamples.evaluation(1).get(Metric.LOG_LOSS),
                resamples.evaluation(0).get(Metric.LOG_LOSS),
                difference.probabilityBetter(),
                difference.probabilityBetter() >= pipeline.gate().confidence());
    }

    /** Scores as they serve, row by row. */
    double[] apply(double[] scores) {
        return switch (output) {
            case Output.Binary binary -> apply(binary.calibration(), scores);
            case Output.Multiclass multiclass -> apply(multiclass, scores);
            case Output.Regression regression -> scores;
        };
    }

    private static double[] apply(Output.Multiclass output, double[] scores) {
        int classes = output.size();
        double[] calibrated = new double[scores.length];
        double[] row = new double[classes];
        for (int from = 0; from < scores.length; from += classes) {
            System.arraycopy(scores, from, row, 0, classes);
            output.calibration().apply(row, classes);
            System.arraycopy(row, 0, calibrated, from, classes);
        }
        return calibrated;
    }

    private static double[] apply(Calibration calibration, double[] scores) {
        return Arrays.stream(scores).map(calibration::apply).toArray();
    }
}
