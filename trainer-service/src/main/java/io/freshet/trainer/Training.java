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
import io.freshet.trainer.TrainingProgress.Phase;
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
import io.freshet.trainer.rows.Targets;
import io.freshet.trainer.rows.TimeSplit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.Future;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/**
 * A training from rows to verdict: split by time, find each family's window and settings, fit each on the older rows,
 * evaluate all on the newest, calibrate the best and choose its threshold, bundle it, put it before the gate. What was
 * evaluated is what serves.
 *
 * <p>Equal tasks give equal outcomes on one machine, but for the times, the baseline, whose sketches are not seeded, and what
 * a search comes to that ends with its budget. Safe to reuse; fits go on side by side on all processors, each on one thread,
 * and trainings should not run at the same time.
 */
public final class Training {
    private static final int GOLDEN_ROWS = 20;
    private static final int CURVE_POINTS = 100;
    private static final long NANOS_PER_MILLI = 1_000_000;

    private final CandidateFitter fitter;
    private final LongSupplier nanoClock;

    /**
     * With given learners.
     *
     * @param learners by family; a declared family without one is a failed candidate
     * @param nanoClock for durations and the budget, as {@link System#nanoTime()}
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
        return run(task, progress -> {});
    }

    /**
     * Runs a training to its outcome.
     *
     * @param told how far it has come, after each fit, from several threads, one at a time
     * @throws CancellationException when the thread is interrupted
     */
    public TrainingOutcome run(TrainingTask task, Consumer<TrainingProgress> told) {
        Progress progress = new Progress(task.pipeline().model().optimize(), nanoClock, told);
        TimeSplit split = TimeSplit.of(task.pipeline(), task.examples(), task.since());
        Folds folds = Folds.of(task, split);
        Account account = new Account(task, split, folds);
        if (folds.usable().isEmpty()) {
            Folds.Unusable unusable = folds.whyNone();
            return new TrainingOutcome.Failed(unusable.reason(), unusable.detail(), account.report());
        }
        try (Workers workers = new Workers()) {
            List<Choice> choices = choose(task, folds, workers, progress, account);
            Optional<Aside> early =
                    choices.size() == 1 ? early(task, choices.getFirst(), folds, workers) : Optional.empty();
            List<Ranked> fitted = fitAndEvaluate(task, choices, folds, workers, progress, account);
            return judge(task, fitted, early, workers, progress, account);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CancellationException("the training was interrupted");
        }
    }

    /** What each family is to be fitted as. */
    private List<Choice> choose(TrainingTask task, Folds folds, Workers workers, Progress progress, Account account)
            throws InterruptedException {
        return switch (task.plan()) {
            case Plan.Again(Choice choice) -> List.of(choice);
            case Plan.Compete(Optional<Choice> from) -> {
                Search.Found found = Search.of(
                        task,
                        folds.usable(),
                        Search.start(fitter, task.pipeline().model().candidates(), from),
                        fitter,
                        workers,
                        nanoClock,
                        progress.began(),
                        trial -> progress.tell(Phase.SEARCHING, trial.choice().family(), trial.value()));
                account.trials = found.trials();
                yield found.choices();
            }
        };
    }

    /** What judging the best candidate takes and does not wait for its fit: begun early where there is only one to be. */
    private record Aside(Future<Optional<Tuning.Scores>> newest, Future<SingleFeature> strongest) {}

    private Optional<Aside> early(TrainingTask task, Choice choice, Folds folds, Workers workers) {
        try {
            return Optional.of(aside(task, choice, folds.of(choice.window()), workers));
        } catch (CandidateException e) {
            return Optional.empty(); // Told of when it is to be fitted.
        }
    }

    private Aside aside(TrainingTask task, Choice choice, Fold fold, Workers workers) {
        return new Aside(
                workers.start(() -> Tuning.newest(task.pipeline(), fitter, choice, fold)),
                workers.start(() -> SingleFeature.strongest(
                        fold.featureNames(),
                        fold.rawTrain(),
                        fold.trainTargets(),
                        fold.rawTest(),
                        fold.holdout().targets())));
    }

    private TrainingOutcome judge(
            TrainingTask task,
            List<Ranked> fitted,
            Optional<Aside> early,
            Workers workers,
            Progress progress,
            Account account)
            throws InterruptedException {
        if (fitted.isEmpty()) {
            return new TrainingOutcome.Failed(
                    TrainingOutcome.Reason.NO_CANDIDATE, "every declared candidate failed", account.report());
        }
        Fold fold = fitted.getFirst().fold();
        Candidate candidate = fitted.getFirst().candidate();
        account.fold = fold;
        progress.judging();
        Aside aside = early.orElseGet(() -> aside(task, candidate.choice(), fold, workers));
        Optional<Scored> champion = scoreChampion(task, fold);
        Contender best = contend(task, candidate, Workers.result(aside.newest()), fold);
        Model model;
        try {
            model = Model.load(best.bundle(), best.bundle().length);
        } catch (InvalidBundleException e) {
            return new TrainingOutcome.Failed(
                    TrainingOutcome.Reason.UNLOADABLE_BUNDLE, String.valueOf(e.getMessage()), account.report());
        }
        SingleFeature strongest = Workers.result(aside.strongest());
        // Measured while nothing else goes on.
        Serving serving = Serving.measure(model, best.bundle().length, fold.rawTest(), nanoClock);
        Future<Baseline> baseline = workers.start(() -> baseline(task, best, fold));
        Future<Map<String, Double>> importance = workers.start(() -> Importance.of(
                fold.featureNames(),
                fold.rawTest(),
                Importance.Loss.of(model, fold.holdout().targets()),
                task.seed()));
        Evidence evidence = gather(task, best, strongest, serving, champion, fold);
        account.champion = evidence.comparison().champion();
        List<FoldResult> rolling =
                workers.compute(Fold.rolling(task.pipeline(), fold.window(), fold.train(), task.seed()).stream()
                        .<Callable<FoldResult>>map(older -> () -> evaluate(candidate.choice(), older))
                        .toList());
        account.best = Optional.of(assess(best, evidence, rolling, Workers.result(importance), fold));
        Verdict verdict = Gate.judge(task.pipeline(), evidence);
        account.rules = verdict.rules();
        return switch (verdict) {
            case Verdict.Refused refused -> new TrainingOutcome.Refused(refused.broken(), account.report());
            case Verdict.Passed passed ->
                new TrainingOutcome.Promoted(
                        candidate.choice(), best.bundle(), Workers.result(baseline), account.report());
        };
    }

    /** The candidates that could be evaluated, the best by the declared metric first, ties in declared order. */
    private List<Ranked> fitAndEvaluate(
            TrainingTask task, List<Choice> choices, Folds folds, Workers workers, Progress progress, Account account)
            throws InterruptedException {
        Metric metric = task.pipeline().model().optimize();
        List<Ranked> ranked = new ArrayList<>();
        List<CandidateResult> failed = new ArrayList<>();
        for (Fit fit : workers.compute(choices.stream()
                .<Callable<Fit>>map(choice -> () -> {
                    Fit fit = fitAndEvaluate(choice, folds);
                    progress.tell(
                            Phase.FITTING,
                            choice.family(),
                            fit instanceof Ranked one ? one.evaluation().get(metric) : Double.NaN);
                    return fit;
                })
                .toList())) {
            switch (fit) {
                case Ranked one -> ranked.add(one);
                case Unfit(CandidateResult.Failed result) -> failed.add(result);
            }
        }
        ranked.sort(metric.bestFirst(one -> one.evaluation().get(metric)));
        ranked.forEach(one -> account.candidates.add(one.result()));
        account.candidates.addAll(failed);
        return ranked;
    }

    private Fit fitAndEvaluate(Choice choice, Folds folds) {
        long started = nanoClock.getAsLong();
        try {
            Fold fold = folds.of(choice.window());
            Candidate candidate = fitter.fit(choice, fold);
            return new Ranked(fold, candidate, evaluate(candidate, fold));
        } catch (CandidateException e) {
            long fitMillis = (nanoClock.getAsLong() - started) / NANOS_PER_MILLI;
            return new Unfit(new CandidateResult.Failed(choice, e.reason(), e.detail(), fitMillis));
        }
    }

    /** How fitting a candidate ended. */
    private sealed interface Fit {}

    private record Unfit(CandidateResult.Failed result) implements Fit {}

    /** A candidate with how well it does on the hold-out. */
    private record Ranked(Fold fold, Candidate candidate, Evaluation evaluation) implements Fit {
        CandidateResult result() {
            return new CandidateResult.Evaluated(
                    candidate.choice(),
                    evaluation,
                    candidate.hyperparameters(),
                    candidate.disagreement(),
                    candidate.learningCurve(),
                    candidate.fitMillis());
        }
    }

    private static Evaluation evaluate(Candidate candidate, Fold fold) {
        return Resamples.of(fold.holdout(), List.of(Scored.undecided(candidate.scores())), fold.seed())
                .evaluation(0);
    }

    private static Optional<Scored> scoreChampion(TrainingTask task, Fold fold) {
        return task.champion()
                .filter(champion -> champion.answers(task.pipeline().model().task()))
                .map(champion -> champion.score(task.pipeline(), fold.test()));
    }

    /**
     * The best candidate as it would serve.
     *
     * @param scores of the hold-out, calibrated
     * @param bundle not copied
     */
    @SuppressWarnings("ArrayRecordComponent") // Never compared; as many as there are rows, or megabytes.
    private record Contender(Candidate candidate, Tuning tuning, double[] scores, byte[] bundle) {}

    private static Contender contend(
            TrainingTask task, Candidate candidate, Optional<Tuning.Scores> newest, Fold fold) {
        Tuning tuning = Tuning.of(task.pipeline(), newest, candidate, fold);
        double[] scores = tuning.apply(candidate.scores());
        return new Contender(candidate, tuning, scores, bundle(task, candidate, tuning, scores, fold));
    }

    private static Evidence gather(
            TrainingTask task,
            Contender best,
            SingleFeature strongest,
            Serving serving,
            Optional<Scored> champion,
            Fold fold) {
        Scored challenger = best.tuning()
                .threshold()
                .map(threshold -> Scored.deciding(best.scores(), threshold.value()))
                .orElse(Scored.undecided(best.scores()));
        return new Evidence(
                Comparison.of(fold.holdout(), challenger, champion, fold.trainTargets(), task.seed()),
                best.tuning().threshold(),
                Slices.evaluate(task.pipeline(), fold.test(), fold.holdout(), challenger, champion, task.seed()),
                strongest,
                serving);
    }

    private static Assessment assess(
            Contender best, Evidence evidence, List<FoldResult> rolling, Map<String, Double> importance, Fold fold) {
        Targets targets = fold.holdout().targets();
        return new Assessment(
                evidence.comparison(),
                evidence.slices(),
                best.tuning().trial(),
                targets instanceof Targets.Binary(boolean[] labels)
                        ? Optional.of(ThresholdCurve.of(best.scores(), labels).thinned(CURVE_POINTS))
                        : Optional.empty(),
                reliability(best.scores(), targets),
                rolling,
                importance);
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

    private FoldResult evaluate(Choice choice, Fold fold) {
        Map<Metric, Double> metrics = new EnumMap<>(Metric.class);
        String detail = "";
        if (fold.train().size() < Folds.LEAST_TRAIN_ROWS || fold.telling() < 1 || !fold.hasFeatures()) {
            detail = "too few rows: " + fold.train().size() + " to train on, " + fold.telling()
                    + " not of the most frequent class or value";
        } else {
            try {
                evaluate(fitter.fit(choice, fold), fold)
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
        double[] all = candidate
                .libraryScores()
                .map(scores -> Arrays.copyOf(scores, fitted))
                .orElseGet(() -> train.scores(candidate.scorer()));
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
        private final TimeSplit split;
        private final Folds folds;
        private final List<CandidateResult> candidates = new ArrayList<>();
        private List<Trial> trials = List.of();
        private Fold fold;
        private Optional<Evaluation> champion = Optional.empty();
        private Optional<Assessment> best = Optional.empty();
        private List<Rule> rules = List.of();

        Account(TrainingTask task, TimeSplit split, Folds folds) {
            this.task = task;
            this.split = split;
            this.folds = folds;
            this.fold = folds.longest();
        }

        TrainingReport report() {
            return new TrainingReport(
                    task.seed(),
                    split.part(fold.window()).orElseGet(split::longest).counts(),
                    fold.leftOut(),
                    folds.leftOut(),
                    trials,
                    candidates,
                    task.champion().map(Champion::version).orElse(0),
                    champion,
                    best,
                    rules);
        }
    }
}
