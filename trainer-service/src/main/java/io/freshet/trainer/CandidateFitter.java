package io.freshet.trainer;

import io.freshet.model.Preparation;
import io.freshet.model.Scorer;
import io.freshet.schemas.pipeline.Pipeline.Family;
import io.freshet.trainer.learn.Fitted;
import io.freshet.trainer.learn.Learner;
import io.freshet.trainer.learn.LearningException;
import io.freshet.trainer.rows.Matrix;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongSupplier;

/** Fits a family on the older rows of a fold and scores the newer ones with what would serve. */
final class CandidateFitter {
    /** A portable scorer further than this from its library is not the same model. */
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
     * @param scores of the fold's test rows, probabilities, not calibrated
     * @param libraryScores of its training rows and then its test rows
     * @param train the prepared training rows
     * @param disagreement greatest distance between a test score of the portable scorer and of the library
     */
    @SuppressWarnings("ArrayRecordComponent") // Never compared; as many as there are rows.
    record Candidate(
            Family family,
            Preparation preparation,
            Scorer scorer,
            double[] scores,
            Optional<double[]> libraryScores,
            Matrix train,
            Map<String, String> hyperparameters,
            double disagreement,
            long fitMillis) {}

    /** Fits; whatever goes wrong ends this candidate alone. */
    Candidate fit(Family family, Fold fold) throws CandidateException {
        long started = nanoClock.getAsLong();
        Learner learner = learners.get(family);
        if (learner == null) {
            throw new CandidateException(CandidateResult.Reason.NOT_FITTED, "there is no learner for it");
        }
        Fold.Prepared prepared;
        Fitted fitted;
        try {
            prepared = fold.prepared(learner.keepsMissing());
            fitted = learner.fit(
                    prepared.train(), fold.trainLabels(), prepared.train().then(prepared.test()), fold.seed());
        } catch (LearningException | RuntimeException | LinkageError e) {
            // LinkageError: the native library cannot be loaded on this machine; the other candidates can do without.
            throw new CandidateException(CandidateResult.Reason.NOT_FITTED, String.valueOf(e.getMessage()));
        }
        long fitMillis = (nanoClock.getAsLong() - started) / NANOS_PER_MILLI;
        double[] scores = score(fitted.scorer(), prepared.test());
        return new Candidate(
                family,
                prepared.preparation(),
                fitted.scorer(),
                scores,
                fitted.libraryScores(),
                prepared.train(),
                fitted.hyperparameters(),
                disagreement(scores, fitted.libraryScores(), prepared.train().height()),
                fitMillis);
    }

    private static double[] score(Scorer scorer, Matrix rows) throws CandidateException {
        if (scorer.width() != rows.width()) {
            throw new CandidateException(
                    CandidateResult.Reason.NOT_FITTED,
                    "the scorer takes " + scorer.width() + " columns, not " + rows.width());
        }
        double[] scores = new double[rows.height()];
        for (int i = 0; i < scores.length; i++) {
            scores[i] = scorer.score(rows.row(i));
            if (!(scores[i] >= 0 && scores[i] <= 1)) {
                throw new CandidateException(
                        CandidateResult.Reason.NOT_A_PROBABILITY, "a hold-out row scores " + scores[i]);
            }
        }
        return scores;
    }

    /** Greatest distance on the test rows, whose library scores begin at {@code offset}. */
    private static double disagreement(double[] scores, Optional<double[]> library, int offset)
            throws CandidateException {
        if (library.isEmpty()) {
            return 0;
        }
        double[] theirs = library.get();
        double greatest = theirs.length == offset + scores.length ? 0 : Double.NaN;
        for (int i = 0; !Double.isNaN(greatest) && i < scores.length; i++) {
            greatest = Math.max(greatest, Math.abs(scores[i] - theirs[offset + i]));
        }
        if (!(greatest <= TOLERANCE)) {
            throw new CandidateException(
                    CandidateResult.Reason.PORTABLE_DISAGREES,
                    "portable and library scores differ by up to " + greatest + ", more than " + TOLERANCE);
        }
        return greatest;
    }
}
