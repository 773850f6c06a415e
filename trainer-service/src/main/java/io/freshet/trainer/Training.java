package io.freshet.trainer;

import io.freshet.model.FittedPreparation;
import io.freshet.model.GoldenVector;
import io.freshet.model.InvalidBundleException;
import io.freshet.model.Model;
import io.freshet.model.ModelBundle;
import io.freshet.model.ModelBundleCodec;
import io.freshet.model.Preparation;
import io.freshet.model.PreparationFitter;
import io.freshet.model.Scorer;
import io.freshet.schemas.pipeline.Pipeline;
import io.freshet.schemas.pipeline.Pipeline.Family;
import io.freshet.schemas.pipeline.Pipeline.Metric;
import io.freshet.schemas.row.Example;
import io.freshet.schemas.row.FeatureRowSchema;
import io.freshet.trainer.baseline.Baseline;
import io.freshet.trainer.gate.DecisionThreshold;
import io.freshet.trainer.gate.Gate;
import io.freshet.trainer.gate.HoldOut;
import io.freshet.trainer.gate.Metrics;
import io.freshet.trainer.gate.Rule;
import io.freshet.trainer.gate.Verdict;
import io.freshet.trainer.learn.BoostingLearner;
import io.freshet.trainer.learn.Fitted;
import io.freshet.trainer.learn.Learner;
import io.freshet.trainer.learn.LearningException;
import io.freshet.trainer.learn.LogisticLearner;
import io.freshet.trainer.learn.NetworkLearner;
import io.freshet.trainer.rows.Matrix;
import io.freshet.trainer.rows.RawRows;
import io.freshet.trainer.rows.RowCounts;
import io.freshet.trainer.rows.TimeSplit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * A training from rows to verdict: split by time, fit each declared candidate on the older rows, evaluate all on the
 * newest, put the best before the gate, bundle it. The model that was evaluated is the one that serves.
 *
 * <p>Equal tasks give equal outcomes on one machine, but for the times and the baseline, whose sketches are not seeded.
 * Safe to reuse; the libraries work on one thread, and trainings should not run at the same time.
 */
public final class Training {
    /** A portable scorer further than this from its library is not the same model. */
    static final double TOLERANCE = 1e-5;

    private static final int LEAST_TRAIN_ROWS = 50;
    private static final int GOLDEN_ROWS = 20;

    private final Map<Family, Learner> learners;
    private final LongSupplier nanoClock;

    /**
     * With given learners.
     *
     * @param learners by family; a declared family without one is a failed candidate
     * @param nanoClock for durations, as {@link System#nanoTime()}
     */
    public Training(Map<Family, Learner> learners, LongSupplier nanoClock) {
        this.learners = Map.copyOf(learners);
        this.nanoClock = nanoClock;
    }

    /** With a learner for every family. */
    public static Training ofEveryFamily(LongSupplier nanoClock) {
        Map<Family, Learner> learners = new EnumMap<>(Family.class);
        for (Family family : Family.values()) {
            learners.put(
                    family,
                    switch (family) {
                        case LOGISTIC_REGRESSION -> new LogisticLearner();
                        case GRADIENT_BOOSTING -> new BoostingLearner();
                        case NEURAL_NETWORK -> new NetworkLearner();
                    });
        }
        return new Training(learners, nanoClock);
    }

    /** Runs a training to its outcome; what is wrong with rows, candidates or bundle is part of the outcome. */
    public TrainingOutcome run(TrainingTask task) {
        TimeSplit split = TimeSplit.of(task.pipeline(), task.examples());
        RawRows features = RawRows.of(task.pipeline(), split.train());
        Account account = new Account(task, split.counts(), features.leftOut());
        Optional<TrainingOutcome> unusable = refuseUnusable(split, features, account);
        if (unusable.isPresent()) {
            return unusable.get();
        }
        Data data = new Data(task, split, features);
        List<Candidate> fitted = fitAndEvaluate(data, account);
        double @Nullable [] champion = scoreChampion(data, account);
        if (fitted.isEmpty()) {
            return new TrainingOutcome.Failed(
                    TrainingOutcome.Reason.NO_CANDIDATE, "every declared candidate failed", account.report());
        }
        Candidate best = fitted.getFirst();
        Verdict verdict = Gate.judge(
                task.pipeline(),
                data.holdout(),
                best.scores(),
                Optional.ofNullable(champion),
                split.counts().trainPositiveShare(),
                task.seed());
        account.rules = verdict.rules();
        return switch (verdict) {
            case Verdict.Refused refused -> new TrainingOutcome.Refused(refused.broken(), account.report());
            case Verdict.Passed passed -> bundle(best, data, account);
        };
    }

    private static Optional<TrainingOutcome> refuseUnusable(TimeSplit split, RawRows features, Account account) {
        RowCounts counts = split.counts();
        if (counts.train() < LEAST_TRAIN_ROWS || counts.holdout() < 1) {
            return failed(
                    TrainingOutcome.Reason.TOO_FEW_ROWS,
                    counts.train() + " rows to train on, at least " + LEAST_TRAIN_ROWS + " are needed; "
                            + counts.holdout() + " held out, " + counts.otherFeatureSet()
                            + " of another feature set left out",
                    account);
        }
        if (oneClass(counts.trainPositives(), counts.train())
                || oneClass(counts.holdoutPositives(), counts.holdout())) {
            return failed(
                    TrainingOutcome.Reason.ONE_CLASS,
                    counts.trainPositives() + " of " + counts.train() + " training rows and "
                            + counts.holdoutPositives() + " of " + counts.holdout() + " hold-out rows are positive",
                    account);
        }
        if (features.isEmpty()) {
            return failed(
                    TrainingOutcome.Reason.NO_USABLE_FEATURE, "no declared feature has values to learn from", account);
        }
        return Optional.empty();
    }

    private static boolean oneClass(int positives, int rows) {
        return positives == 0 || positives == rows;
    }

    private static Optional<TrainingOutcome> failed(TrainingOutcome.Reason reason, String detail, Account account) {
        return Optional.of(new TrainingOutcome.Failed(reason, detail, account.report()));
    }

    /** The candidates that could be evaluated, the best by the declared metric first, ties in declared order. */
    private List<Candidate> fitAndEvaluate(Data data, Account account) {
        List<Candidate> fitted = new ArrayList<>();
        List<CandidateResult> failed = new ArrayList<>();
        for (Family family : data.task.pipeline().model().candidates()) {
            long started = nanoClock.getAsLong();
            try {
                fitted.add(fitAndEvaluate(family, data, started));
            } catch (CandidateException e) {
                failed.add(new CandidateResult.Failed(family, e.reason, e.detail, millisSince(started)));
            }
        }
        Metric metric = data.task.pipeline().model().optimize();
        Comparator<Candidate> byMetric = Comparator.comparingDouble(
                candidate -> candidate.result().metrics().get(metric));
        fitted.sort(metric == Metric.LOG_LOSS ? byMetric : byMetric.reversed());
        fitted.forEach(candidate -> account.candidates.add(candidate.result()));
        account.candidates.addAll(failed);
        return fitted;
    }

    private Candidate fitAndEvaluate(Family family, Data data, long started) throws CandidateException {
        Learner learner = learners.get(family);
        if (learner == null) {
            throw new CandidateException(CandidateResult.Reason.NOT_FITTED, "there is no learner for it");
        }
        Prepared prepared;
        Fitted fitted;
        try {
            prepared = data.prepared(learner.keepsMissing());
            fitted = learner.fit(
                    prepared.train(), data.trainLabels, prepared.train().then(prepared.holdout()), data.task.seed());
        } catch (LearningException | RuntimeException | LinkageError e) {
            // LinkageError: the native library cannot be loaded on this machine; the other candidates can do without.
            throw new CandidateException(CandidateResult.Reason.NOT_FITTED, String.valueOf(e.getMessage()));
        }
        long fitMillis = millisSince(started);
        double[] scores = score(fitted.scorer(), prepared.holdout());
        double disagreement =
                disagreement(scores, fitted.libraryScores(), prepared.train().height());
        Pipeline.ModelSpec spec = data.task.pipeline().model();
        boolean[] labels = data.holdout().labels();
        double threshold = DecisionThreshold.cheapest(scores, labels, spec.missedCost(), spec.falseAlarmCost());
        return new Candidate(
                prepared.preparation(),
                fitted.scorer(),
                scores,
                fitted.libraryScores(),
                prepared.train(),
                new CandidateResult.Evaluated(
                        family,
                        Metrics.of(scores, labels),
                        threshold,
                        fitted.hyperparameters(),
                        disagreement,
                        fitMillis));
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

    /** Greatest distance on the hold-out, whose library scores begin at {@code offset}. */
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

    private static double @Nullable [] scoreChampion(Data data, Account account) {
        if (data.task.champion().isEmpty()) {
            return null;
        }
        double[] scores = data.task.champion().get().score(data.task.pipeline(), data.split.holdout());
        account.championMetrics = Optional.of(Metrics.of(scores, data.holdout().labels()));
        return scores;
    }

    private static TrainingOutcome bundle(Candidate best, Data data, Account account) {
        Pipeline pipeline = data.task.pipeline();
        ModelBundle bundle = new ModelBundle(
                ModelBundle.FORMAT_VERSION,
                pipeline.name(),
                data.task.newVersion(),
                CandidateResult.name(best.result().family()),
                best.preparation().features(),
                FeatureRowSchema.of(pipeline).featureSet(),
                best.preparation(),
                best.scorer(),
                best.result().decisionThreshold(),
                golden(best, data));
        byte[] bytes = ModelBundleCodec.encode(bundle);
        try {
            Model.load(bytes, bytes.length);
        } catch (InvalidBundleException e) {
            return new TrainingOutcome.Failed(
                    TrainingOutcome.Reason.UNLOADABLE_BUNDLE, String.valueOf(e.getMessage()), account.report());
        }
        return new TrainingOutcome.Promoted(best.result().family(), bytes, baseline(best, data), account.report());
    }

    /** Hold-out rows evenly spread over its time, with their scores. */
    private static List<GoldenVector> golden(Candidate best, Data data) {
        int rows = Math.min(GOLDEN_ROWS, data.rawHoldout.size());
        List<GoldenVector> golden = new ArrayList<>();
        for (int i = 0; i < rows; i++) {
            int row = (int) ((long) i * data.rawHoldout.size() / rows);
            golden.add(new GoldenVector(Arrays.asList(data.rawHoldout.get(row)), best.scores()[row]));
        }
        return golden;
    }

    /**
     * Of all rows, the training rows as they were learned from, so that their scores are like those of new rows; a library
     * scores them in bulk, faster than one by one and within the tolerance.
     */
    private static Baseline baseline(Candidate best, Data data) {
        Matrix train = best.train();
        double[] scores = new double[train.height() + best.scores().length];
        for (int i = 0; i < train.height(); i++) {
            scores[i] = best.libraryScores().isPresent()
                    ? best.libraryScores().get()[i]
                    : best.scorer().score(train.row(i));
        }
        System.arraycopy(best.scores(), 0, scores, train.height(), best.scores().length);
        List<Example> rows = new ArrayList<>(data.split.train());
        rows.addAll(data.split.holdout());
        return Baseline.of(data.task.pipeline(), rows, scores);
    }

    private long millisSince(long started) {
        return (nanoClock.getAsLong() - started) / 1_000_000;
    }

    /** A fitted candidate with its hold-out scores. */
    @SuppressWarnings("ArrayRecordComponent") // Never compared; as many as there are rows.
    private record Candidate(
            Preparation preparation,
            Scorer scorer,
            double[] scores,
            Optional<double[]> libraryScores,
            Matrix train,
            CandidateResult.Evaluated result) {}

    /** Both parts after one preparation, which was fitted on the training part; no training row holds its own label. */
    private record Prepared(Preparation preparation, Matrix train, Matrix holdout) {}

    /** The rows of a task, each form of them made once. */
    private static final class Data {
        private final TrainingTask task;
        private final TimeSplit split;
        private final RawRows features;
        private final boolean[] trainLabels;
        private final HoldOut holdout;
        private final List<@Nullable Object[]> rawTrain;
        private final List<@Nullable Object[]> rawHoldout;
        private @Nullable Prepared missingKept;
        private @Nullable Prepared imputed;

        Data(TrainingTask task, TimeSplit split, RawRows features) {
            this.task = task;
            this.split = split;
            this.features = features;
            this.trainLabels = TimeSplit.labels(split.train());
            this.holdout = HoldOut.of(
                    TimeSplit.labels(split.holdout()),
                    split.holdout().stream()
                            .mapToLong(example -> example.row().eventTime().toEpochMilli())
                            .toArray());
            this.rawTrain = features.of(split.train());
            this.rawHoldout = features.of(split.holdout());
        }

        HoldOut holdout() {
            return holdout;
        }

        Prepared prepared(boolean keepMissing) {
            Prepared known = keepMissing ? missingKept : imputed;
            if (known != null) {
                return known;
            }
            double[] numbers = new double[trainLabels.length];
            for (int i = 0; i < numbers.length; i++) {
                numbers[i] = trainLabels[i] ? 1 : 0;
            }
            FittedPreparation fitted =
                    PreparationFitter.fit(features.plans(keepMissing), rawTrain, numbers, task.seed());
            Preparation preparation = fitted.preparation();
            Prepared made = new Prepared(
                    preparation,
                    Matrix.of(fitted.rows(), preparation.width()),
                    Matrix.prepare(preparation, rawHoldout));
            if (keepMissing) {
                missingKept = made;
            } else {
                imputed = made;
            }
            return made;
        }
    }

    /** What the report is made of, as far as the training got. */
    private static final class Account {
        private final TrainingTask task;
        private final RowCounts counts;
        private final List<String> leftOut;
        private final List<CandidateResult> candidates = new ArrayList<>();
        private Optional<Metrics> championMetrics = Optional.empty();
        private List<Rule> rules = List.of();

        Account(TrainingTask task, RowCounts counts, List<String> leftOut) {
            this.task = task;
            this.counts = counts;
            this.leftOut = leftOut;
        }

        TrainingReport report() {
            return new TrainingReport(
                    task.seed(),
                    counts,
                    leftOut,
                    candidates,
                    task.champion().map(Champion::version).orElse(0),
                    championMetrics,
                    rules);
        }
    }

    /** Ends one candidate and no other. */
    private static final class CandidateException extends Exception {
        private static final long serialVersionUID = 1L;
        private final CandidateResult.Reason reason;
        private final String detail;

        CandidateException(CandidateResult.Reason reason, String detail) {
            super(detail);
            this.reason = reason;
            this.detail = detail;
        }
    }
}
