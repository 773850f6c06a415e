package io.freshet.trainer;

import io.freshet.model.GoldenVector;
import io.freshet.model.InvalidBundleException;
import io.freshet.model.Model;
import io.freshet.model.ModelBundle;
import io.freshet.model.ModelBundleCodec;
import io.freshet.model.metrics.BinaryMetrics;
import io.freshet.model.metrics.Reliability;
import io.freshet.model.metrics.ThresholdCurve;
import io.freshet.schemas.pipeline.Pipeline;
import io.freshet.schemas.pipeline.Pipeline.Family;
import io.freshet.schemas.pipeline.Pipeline.Metric;
import io.freshet.schemas.row.Example;
import io.freshet.schemas.row.FeatureRowSchema;
import io.freshet.trainer.CandidateFitter.Candidate;
import io.freshet.trainer.baseline.Baseline;
import io.freshet.trainer.evaluate.Comparison;
import io.freshet.trainer.evaluate.Evaluation;
import io.freshet.trainer.evaluate.Resamples;
import io.freshet.trainer.evaluate.Scored;
import io.freshet.trainer.evaluate.Serving;
import io.freshet.trainer.evaluate.SingleFeature;
import io.freshet.trainer.evaluate.Slices;
import io.freshet.trainer.gate.Evidence;
import io.freshet.trainer.gate.Gate;
import io.freshet.trainer.gate.Rule;
import io.freshet.trainer.gate.Verdict;
import io.freshet.trainer.learn.BoostingLearner;
import io.freshet.trainer.learn.Learner;
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

/**
 * A training from rows to verdict: split by time, fit each declared candidate on the older rows, evaluate all on the
 * newest, calibrate the best and choose its threshold, bundle it, put it before the gate. What was evaluated is what serves.
 *
 * <p>Equal tasks give equal outcomes on one machine, but for the times and the baseline, whose sketches are not seeded.
 * Safe to reuse; the libraries work on one thread, and trainings should not run at the same time.
 */
public final class Training {
    private static final int LEAST_TRAIN_ROWS = 50;
    private static final int GOLDEN_ROWS = 20;
    private static final int CURVE_POINTS = 100;
    private static final long NANOS_PER_MILLI = 1_000_000;

    private final CandidateFitter fitter;
    private final LongSupplier nanoClock;

    /**
     * With given learners.
     *
     * @param learners by family; a declared family without one is a failed candidate
     * @param nanoClock for durations, as {@link System#nanoTime()}
     */
    public Training(Map<Family, Learner> learners, LongSupplier nanoClock) {
        this.fitter = new CandidateFitter(learners, nanoClock);
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
        Fold fold = new Fold(split.train(), split.holdout(), features, task.seed());
        Optional<Scored> champion = scoreChampion(task, fold, account);
        List<Candidate> fitted = fitAndEvaluate(task, fold, account);
        if (fitted.isEmpty()) {
            return new TrainingOutcome.Failed(
                    TrainingOutcome.Reason.NO_CANDIDATE, "every declared candidate failed", account.report());
        }
        Contender best = contend(task, fitted.getFirst(), fold);
        Model model;
        try {
            model = Model.load(best.bundle(), best.bundle().length);
        } catch (InvalidBundleException e) {
            return new TrainingOutcome.Failed(
                    TrainingOutcome.Reason.UNLOADABLE_BUNDLE, String.valueOf(e.getMessage()), account.report());
        }
        Evidence evidence = gather(task, best, model, champion, split.counts().trainPositiveShare(), fold);
        account.best = Optional.of(assess(task, best, evidence, fold));
        Verdict verdict = Gate.judge(task.pipeline(), evidence);
        account.rules = verdict.rules();
        return switch (verdict) {
            case Verdict.Refused refused -> new TrainingOutcome.Refused(refused.broken(), account.report());
            case Verdict.Passed passed ->
                new TrainingOutcome.Promoted(
                        best.candidate().family(), best.bundle(), baseline(task, best, fold), account.report());
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
    private List<Candidate> fitAndEvaluate(TrainingTask task, Fold fold, Account account) {
        List<Ranked> ranked = new ArrayList<>();
        List<CandidateResult> failed = new ArrayList<>();
        for (Family family : task.pipeline().model().candidates()) {
            long started = nanoClock.getAsLong();
            try {
                Candidate candidate = fitter.fit(family, fold);
                ranked.add(new Ranked(candidate, evaluate(candidate, fold)));
            } catch (CandidateException e) {
                long fitMillis = (nanoClock.getAsLong() - started) / NANOS_PER_MILLI;
                failed.add(new CandidateResult.Failed(family, e.reason(), e.detail(), fitMillis));
            }
        }
        Metric metric = task.pipeline().model().optimize();
        Comparator<Ranked> byMetric =
                Comparator.comparingDouble(one -> one.evaluation().get(metric));
        ranked.sort(metric.isLoss() ? byMetric : byMetric.reversed());
        ranked.forEach(one -> account.candidates.add(one.result()));
        account.candidates.addAll(failed);
        return ranked.stream().map(Ranked::candidate).toList();
    }

    /** A candidate with how well it does on the hold-out. */
    private record Ranked(Candidate candidate, Evaluation evaluation) {
        CandidateResult result() {
            return new CandidateResult.Evaluated(
                    candidate.family(),
                    evaluation,
                    candidate.hyperparameters(),
                    candidate.disagreement(),
                    candidate.fitMillis());
        }
    }

    private static Evaluation evaluate(Candidate candidate, Fold fold) {
        return Resamples.of(fold.holdout(), List.of(Scored.undecided(candidate.scores())), fold.seed())
                .evaluation(0);
    }

    private static Optional<Scored> scoreChampion(TrainingTask task, Fold fold, Account account) {
        Optional<Scored> scored = task.champion()
                .map(champion -> Scored.deciding(
                        champion.score(task.pipeline(), fold.test()),
                        champion.model().bundle().decisionThreshold()));
        account.champion = scored.map(champion ->
                Resamples.of(fold.holdout(), List.of(champion), fold.seed()).evaluation(0));
        return scored;
    }

    /**
     * The best candidate as it would serve.
     *
     * @param scores of the hold-out, calibrated
     * @param bundle not copied
     */
    @SuppressWarnings("ArrayRecordComponent") // Never compared; as many as there are rows, or megabytes.
    private record Contender(Candidate candidate, Tuning tuning, double[] scores, byte[] bundle) {}

    private Contender contend(TrainingTask task, Candidate candidate, Fold fold) {
        Tuning tuning = Tuning.of(task.pipeline(), fitter, candidate, fold);
        double[] scores = Tuning.apply(tuning.calibration(), candidate.scores());
        return new Contender(candidate, tuning, scores, bundle(task, candidate, tuning, scores, fold));
    }

    private Evidence gather(
            TrainingTask task, Contender best, Model model, Optional<Scored> champion, double baseRate, Fold fold) {
        Scored challenger =
                Scored.deciding(best.scores(), best.tuning().threshold().value());
        return new Evidence(
                Comparison.of(fold.holdout(), challenger, champion, baseRate, task.seed()),
                best.tuning().threshold(),
                Slices.evaluate(task.pipeline(), fold.test(), fold.holdout(), challenger, champion, task.seed()),
                SingleFeature.strongest(
                        fold.featureNames(),
                        fold.rawTrain(),
                        fold.trainLabels(),
                        fold.rawTest(),
                        fold.holdout().labels()),
                Serving.measure(model, best.bundle().length, fold.rawTest(), nanoClock));
    }

    private Assessment assess(TrainingTask task, Contender best, Evidence evidence, Fold fold) {
        boolean[] labels = fold.holdout().labels();
        return new Assessment(
                evidence.comparison(),
                evidence.slices(),
                best.tuning().trial(),
                ThresholdCurve.of(best.scores(), labels).thinned(CURVE_POINTS),
                Reliability.equalMass(best.scores(), labels, BinaryMetrics.CALIBRATION_BINS),
                Fold.rolling(task.pipeline(), fold.train(), task.seed()).stream()
                        .map(older -> evaluate(best.candidate().family(), older))
                        .toList());
    }

    private FoldResult evaluate(Family family, Fold fold) {
        Map<Metric, Double> metrics = new EnumMap<>(Metric.class);
        String detail = "";
        if (fold.train().size() < LEAST_TRAIN_ROWS || fold.rarerClass() < 1 || !fold.hasFeatures()) {
            detail = "too few rows: " + fold.train().size() + " to train on, " + fold.rarerClass()
                    + " of the rarer class";
        } else {
            try {
                evaluate(fitter.fit(family, fold), fold)
                        .estimates()
                        .forEach((metric, estimate) -> metrics.put(metric, estimate.value()));
            } catch (CandidateException e) {
                detail = e.reason() + ": " + e.detail();
            }
        }
        return new FoldResult(
                fold.test().getFirst().row().eventTime(),
                fold.test().getLast().row().eventTime(),
                fold.train().size(),
                fold.test().size(),
                metrics,
                detail);
    }

    private static byte[] bundle(TrainingTask task, Candidate best, Tuning tuning, double[] scores, Fold fold) {
        Pipeline pipeline = task.pipeline();
        return ModelBundleCodec.encode(new ModelBundle(
                ModelBundle.FORMAT_VERSION,
                pipeline.name(),
                task.newVersion(),
                CandidateResult.name(best.family()),
                best.preparation().features(),
                FeatureRowSchema.of(pipeline).featureSet(),
                best.preparation(),
                best.scorer(),
                tuning.calibration(),
                tuning.threshold().value(),
                golden(scores, fold)));
    }

    /** Hold-out rows evenly spread over its time, with their scores. */
    private static List<GoldenVector> golden(double[] scores, Fold fold) {
        int rows = Math.min(GOLDEN_ROWS, scores.length);
        List<GoldenVector> golden = new ArrayList<>();
        for (int i = 0; i < rows; i++) {
            int row = (int) ((long) i * scores.length / rows);
            golden.add(new GoldenVector(Arrays.asList(fold.rawTest().get(row)), scores[row]));
        }
        return golden;
    }

    /**
     * Of all rows, the training rows as they were learned from, so that their scores are like those of new rows; a library
     * scores them in bulk, faster than one by one and within the tolerance.
     */
    private static Baseline baseline(TrainingTask task, Contender best, Fold fold) {
        Candidate candidate = best.candidate();
        Matrix train = candidate.train();
        double[] all = new double[train.height() + best.scores().length];
        for (int i = 0; i < train.height(); i++) {
            double score = candidate.libraryScores().isPresent()
                    ? candidate.libraryScores().get()[i]
                    : candidate.scorer().score(train.row(i));
            all[i] = best.tuning().calibration().apply(score);
        }
        System.arraycopy(best.scores(), 0, all, train.height(), best.scores().length);
        List<Example> rows = new ArrayList<>(fold.train());
        rows.addAll(fold.test());
        return Baseline.of(task.pipeline(), rows, all);
    }

    /** What the report is made of, as far as the training got. */
    private static final class Account {
        private final TrainingTask task;
        private final RowCounts counts;
        private final List<String> leftOut;
        private final List<CandidateResult> candidates = new ArrayList<>();
        private Optional<Evaluation> champion = Optional.empty();
        private Optional<Assessment> best = Optional.empty();
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
                    champion,
                    best,
                    rules);
        }
    }
}
