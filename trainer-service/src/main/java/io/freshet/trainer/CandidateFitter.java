package io.freshet.trainer;

import io.freshet.model.Preparation;
import io.freshet.model.Scorer;
import io.freshet.schemas.pipeline.Pipeline.Family;
import io.freshet.trainer.learn.Fitted;
import io.freshet.trainer.learn.Hyperparameter;
import io.freshet.trainer.learn.Learner;
import io.freshet.trainer.learn.LearningException;
import io.freshet.trainer.rows.Matrix;
import io.freshet.trainer.rows.Targets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongSupplier;

/** Fits a choice on the older rows of a fold and scores the newer ones with what would serve. */
final class CandidateFitter {
    /** A portable scorer further than this from its library, in terms of a score above 1, is not the same model. */
    static final double TOLERANCE = 1e-5;

    private static final long NANOS_PER_MILLI = 1_000_000;

    private final Map<Family, Learner> learners;
    private final LongSupplier nanoClock;

    CandidateFitter(Map<Family, Learner> learners, LongSupplier nanoClock) {
        this.learners = Map.copyOf(learners);
        this.nanoClock = nanoClock;
    }

    /**
     * A fitted model.
     *
     * @param scores of the fold's test rows, row by row, each with all outputs of the model; not calibrated
     * @param libraryScores of its training rows and then its test rows, likewise
     * @param train the prepared training rows
     * @param disagreement greatest distance between a test score of the portable scorer and of the library
     * @param learningCurve see {@link Fitted}
     */
    @SuppressWarnings("ArrayRecordComponent") // Never compared; as many as there are rows.
    record Candidate(
            Choice choice,
            Preparation preparation,
            Scorer scorer,
            double[] scores,
            Optional<double[]> libraryScores,
            Matrix train,
            Map<String, String> hyperparameters,
            double disagreement,
            List<Double> learningCurve,
            long fitMillis) {
        Family family() {
            return choice.family();
        }
    }

    /** What of a family's settings may be searched. */
    List<Hyperparameter> hyperparameters(Family family) {
        Learner learner = learners.get(family);
        return learner == null ? List.of() : learner.hyperparameters();
    }

    /** Fits; whatever goes wrong ends this candidate alone. */
    Candidate fit(Choice choice, Fold fold) throws CandidateException {
        long started = nanoClock.getAsLong();
        Family family = choice.family();
        Learner learner = learners.get(family);
        if (learner == null) {
            throw new CandidateException(CandidateResult.Reason.NOT_FITTED, "there is no learner for it");
        }
        Fold.Prepared prepared;
        Fitted fitted;
        try {
            prepared = fold.prepared(family.takesMissing());
            fitted = learner.fit(
                    fold.sample(prepared), prepared.train().then(prepared.test()), choice.settings(), fold.seed());
        } catch (LearningException | RuntimeException | LinkageError e) {
            // LinkageError: the native library cannot be loaded on this machine; the other candidates can do without.
            throw new CandidateException(CandidateResult.Reason.NOT_FITTED, String.valueOf(e.getMessage()));
        }
        long fitMillis = (nanoClock.getAsLong() - started) / NANOS_PER_MILLI;
        double[] scores = score(fitted.scorer(), prepared.test(), fold.trainTargets());
        return new Candidate(
                choice,
                prepared.preparation(),
                fitted.scorer(),
                scores,
                fitted.libraryScores(),
                prepared.train(),
                fitted.hyperparameters(),
                disagreement(
                        scores,
                        fitted.libraryScores(),
                        prepared.train().height() * fold.trainTargets().outputs()),
                fitted.learningCurve(),
                fitMillis);
    }

    private static double[] score(Scorer scorer, Matrix rows, Targets targets) throws CandidateException {
        int outputs = targets.outputs();
        if (scorer.width() != rows.width() || scorer.outputs() != outputs) {
            throw new CandidateException(
                    CandidateResult.Reason.NOT_FITTED,
                    "the scorer takes " + scorer.width() + " columns and gives " + scorer.outputs() + ", not "
                            + rows.width() + " and " + outputs);
        }
        boolean probabilities = !(targets instanceof Targets.Numbers);
        double[] scores = rows.scores(scorer);
        for (double score : scores) {
            if (probabilities ? !(score >= 0 && score <= 1) : !Double.isFinite(score)) {
                throw new CandidateException(
                        probabilities ? CandidateResult.Reason.NOT_A_PROBABILITY : CandidateResult.Reason.NOT_A_NUMBER,
                        "a hold-out row scores " + score);
            }
        }
        return scores;
    }

    /** Greatest distance of two test scores, in terms of a score above 1; the library's begin at {@code offset}. */
    private static double disagreement(double[] scores, Optional<double[]> library, int offset)
            throws CandidateException {
        if (library.isEmpty()) {
            return 0;
        }
        double[] theirs = library.get();
        double greatest = theirs.length == offset + scores.length ? 0 : Double.NaN;
        for (int i = 0; !Double.isNaN(greatest) && i < scores.length; i++) {
            double distance = Math.abs(scores[i] - theirs[offset + i]);
            greatest = Math.max(greatest, distance / Math.max(1, Math.abs(theirs[offset + i])));
        }
        if (!(greatest <= TOLERANCE)) {
            throw new CandidateException(
                    CandidateResult.Reason.PORTABLE_DISAGREES,
                    "portable and library scores differ by up to " + greatest + ", more than " + TOLERANCE);
        }
        return greatest;
    }
}
