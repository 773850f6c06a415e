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
import io.freshet.schemas.pipeline.Pipeline.Task;
import io.freshet.schemas.row.Example;
import io.freshet.schemas.row.FeatureRowSchema;
import io.freshet.trainer.CandidateFitter.Candidate;
import io.freshet.trainer.baseline.Baseline;
import io.freshet.trainer.evaluate.Comparison;
import io.freshet.trainer.evaluate.Evaluation;
import io.freshet.trainer.evaluate.Importance;
import io.freshet.trainer.evaluate.MostProbable;
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
import io.freshet.trainer.learn.ForestLearner;
import io.freshet.trainer.learn.Learner;
import io.freshet.trainer.learn.LinearLearner;
import io.freshet.trainer.learn.LogisticLearner;
import io.freshet.trainer.learn.NetworkLearner;
import io.freshet.trainer.rows.Matrix;
import io.freshet.trainer.rows.RawRows;
import io.freshet.trainer.rows.RowCounts;
import io.freshet.trainer.rows.Targets;
import io.freshet.trainer.rows.TimeSplit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongSupplier;
import java.util.stream.IntStream;

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
        return new Training(learners(), nanoClock);
    }

    /** The learner of each family. */
    public static Map<Family, Learner> learners() {
        Map<Family, Learner> learners = new EnumMap<>(Family.class);
        for (Family family : Family.values()) {
            learners.put(
                    family,
                    switch (family) {
                        case LINEAR_REGRESSION -> new LinearLearner();
                        case LOGISTIC_REGRESSION -> new LogisticLearner();
                        case DECISION_TREE -> ForestLearner.decisionTree();
                        case RANDOM_FOREST -> ForestLearner.randomForest();
                        case GRADIENT_BOOSTING -> new BoostingLearner();
                        case NEURAL_NETWORK -> new NetworkLearner();
                    });
        }
        return learners;
    }

    /** Runs a training to its outcome; what is wrong with rows, candidates or bundle is part of the outcome. */
    public TrainingOutcome run(TrainingTask task) {
        TimeSplit split = TimeSplit.of(task.pipeline(), task.examples());
        RawRows features = RawRows.of(task.pipeline(), split.train());
        Account account = new Account(task, split.counts(), features.leftOut());
        Fold fold = new Fold(task.pipeline().model().task(), split.train(), split.holdout(), features, task.seed());
        Optional<TrainingOutcome> unusable = refuseUnusable(fold, split.counts(), account);
        if (unusable.isPresent()) {
            return unusable.get();
        }
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
        Evidence evidence = gather(task, best, model, champion, fold);
        account.best = Optional.of(assess(task, best, model, evidence, fold));
        Verdict verdict = Gate.judge(task.pipeline(), evidence);
        account.rules = verdict.rules();
        return switch (verdict) {
            case Verdict.Refused refused -> new TrainingOutcome.Refused(refused.broken(), account.report());
            case Verdict.Passed passed ->
                new TrainingOutcome.Promoted(
                        best.candidate().family(), best.bundle(), baseline(task, best, fold), account.report());
        };
    }

    private static Optional<TrainingOutcome> refuseUnusable(Fold fold, RowCounts counts, Account account) {
        if (counts.train() < LEAST_TRAIN_ROWS || counts.holdout() < 1) {
            return failed(
                    TrainingOutcome.Reason.TOO_FEW_ROWS,
                    counts.train() + " rows to train on, at least " + LEAST_TRAIN_ROWS + " are needed; "
                            + counts.holdout() + " held out, " + counts.otherFeatureSet()
                            + " of another feature set left out",
                    account);
        }
        Optional<String> monotonous = monotonous(account.task.pipeline().model().task(), fold);
        if (monotonous.isPresent()) {
            return failed(TrainingOutcome.Reason.ONE_CLASS, monotonous.get(), account);
        }
        if (!fold.hasFeatures()) {
            return failed(
                    TrainingOutcome.Reason.NO_USABLE_FEATURE, "no declared feature has values to learn from", account);
        }
        return Optional.empty();
    }

    /** How labels are too much alike to be learned from; empty where they are not. */
    private static Optional<String> monotonous(Task task, Fold fold) {
        Targets train = fold.trainTargets();
        Targets holdout = fold.holdout().targets();
        if (train instanceof Targets.Classes classes && task instanceof Task.Multiclass(List<String> names)) {
            int[] rows = classes.rows();
            List<String> missing = IntStream.range(0, rows.length)
                    .filter(one -> rows[one] == 0)
                    .mapToObj(names::get)
                    .toList();
            if (!missing.isEmpty()) {
                return Optional.of("no training row is of class " + String.join(", ", missing)
                        + "; declare only classes that occur, or train on more rows");
            }
        }
        if (train.telling() > 0 && holdout.telling() > 0) {
            return Optional.empty();
        }
        return Optional.of(
                train instanceof Targets.Binary ofTrain && holdout instanceof Targets.Binary ofHoldout
                        ? ofTrain.positives() + " of " + train.size() + " training rows and " + ofHoldout.positives()
                                + " of " + holdout.size() + " hold-out rows are positive"
                        : "all " + train.size() + " training rows, or all " + holdout.size()
                                + " hold-out rows, have the same label");
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
                .filter(champion -> champion.answers(task.pipeline().model().task()))
                .map(champion -> champion.score(task.pipeline(), fold.test()));
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
        double[] scores = tuning.apply(candidate.scores());
        return new Contender(candidate, tuning, scores, bundle(task, candidate, tuning, scores, fold));
    }

    private Evidence gather(TrainingTask task, Contender best, Model model, Optional<Scored> champion, Fold fold) {
        Scored challenger = best.tuning()
                .threshold()
                .map(threshold -> Scored.deciding(best.scores(), threshold.value()))
                .orElse(Scored.undecided(best.scores()));
        return new Evidence(
                Comparison.of(fold.holdout(), challenger, champion, fold.trainTargets(), task.seed()),
                best.tuning().threshold(),
                Slices.evaluate(task.pipeline(), fold.test(), fold.holdout(), challenger, champion, task.seed()),
                SingleFeature.strongest(
                        fold.featureNames(),
                        fold.rawTrain(),
                        fold.trainTargets(),
                        fold.rawTest(),
                        fold.holdout().targets()),
                Serving.measure(model, best.bundle().length, fold.rawTest(), nanoClock));
    }

    private Assessment assess(TrainingTask task, Contender best, Model model, Evidence evidence, Fold fold) {
        Targets targets = fold.holdout().targets();
        return new Assessment(
                evidence.comparison(),
                evidence.slices(),
                best.tuning().trial(),
                targets instanceof Targets.Binary(boolean[] labels)
                        ? Optional.of(ThresholdCurve.of(best.scores(), labels).thinned(CURVE_POINTS))
                        : Optional.empty(),
                reliability(best.scores(), targets),
                Fold.rolling(task.pipeline(), fold.train(), task.seed()).stream()
                        .map(older -> evaluate(best.candidate().family(), older))
                        .toList(),
                Importance.of(fold.featureNames(), fold.rawTest(), Importance.Loss.of(model, targets), task.seed()));
    }

    private static Optional<Reliability> reliability(double[] scores, Targets targets) {
        return switch (targets) {
            case Targets.Binary(boolean[] labels) ->
                Optional.of(Reliability.equalMass(scores, labels, BinaryMetrics.CALIBRATION_BINS));
            case Targets.Classes classes -> {
                MostProbable of = MostProbable.of(scores, classes.count());
                yield Optional.of(
                        Reliability.equalMass(of.confidence(), of.right(classes), BinaryMetrics.CALIBRATION_BINS));
            }
            case Targets.Numbers numbers -> Optional.empty();
        };
    }

    private FoldResult evaluate(Family family, Fold fold) {
        Map<Metric, Double> metrics = new EnumMap<>(Metric.class);
        String detail = "";
        if (fold.train().size() < LEAST_TRAIN_ROWS || fold.telling() < 1 || !fold.hasFeatures()) {
            detail = "too few rows: " + fold.train().size() + " to train on, " + fold.telling()
                    + " not of the most frequent class or value";
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
                best.family().spelled(),
                best.preparation().features(),
                FeatureRowSchema.of(pipeline).featureSet(),
                best.preparation(),
                best.scorer(),
                tuning.output(),
                golden(scores, tuning.output().size(), fold)));
    }

    /** Hold-out rows evenly spread over its time, with their scores. */
    private static List<GoldenVector> golden(double[] scores, int outputs, Fold fold) {
        int all = scores.length / outputs;
        int rows = Math.min(GOLDEN_ROWS, all);
        List<GoldenVector> golden = new ArrayList<>();
        for (int i = 0; i < rows; i++) {
            int row = (int) ((long) i * all / rows);
            golden.add(new GoldenVector(
                    Arrays.asList(fold.rawTest().get(row)),
                    Arrays.stream(scores, row * outputs, (row + 1) * outputs)
                            .boxed()
                            .toList()));
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
        int outputs = candidate.scorer().outputs();
        int fitted = train.height() * outputs;
        double[] all = new double[fitted];
        if (candidate.libraryScores().isPresent()) {
            System.arraycopy(candidate.libraryScores().get(), 0, all, 0, fitted);
        } else {
            double[] of = new double[outputs];
            for (int i = 0; i < train.height(); i++) {
                candidate.scorer().score(train.row(i), of);
                System.arraycopy(of, 0, all, i * outputs, outputs);
            }
        }
        all = Arrays.copyOf(best.tuning().apply(all), fitted + best.scores().length);
        System.arraycopy(best.scores(), 0, all, fitted, best.scores().length);
        List<Example> rows = new ArrayList<>(fold.train());
        rows.addAll(fold.test());
        double[] served = outputs > 1 ? MostProbable.of(all, outputs).confidence() : all;
        return Baseline.of(task.pipeline(), rows, served);
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
