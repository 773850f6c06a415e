package io.freshet.trainer;

import io.freshet.schemas.pipeline.Pipeline;
import io.freshet.schemas.pipeline.Pipeline.Family;
import io.freshet.schemas.pipeline.TrainingWindow;
import io.freshet.schemas.row.Example;
import io.freshet.trainer.evaluate.Resamples;
import io.freshet.trainer.evaluate.Scored;
import io.freshet.trainer.learn.Hyperparameter;
import io.freshet.trainer.learn.Settings;
import io.freshet.trainer.rows.TimeSplit;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/**
 * Looks for each family's window and settings. Every choice is fitted on the older part of its window's training rows and
 * judged by the declared metric on the newest rows, the same for all; the hold-out is not looked at, so that what is
 * measured there afterwards is not the luck of the best of many.
 *
 * <p>Each window is tried with the settings to start from, and the best is kept. Then, while the budget lasts, settings are
 * drawn, half of them anywhere (Bergstra and Bengio, JMLR 13, 2012) and half close to the best so far, and go through
 * successive halving (Jamieson and Talwalkar, AISTATS 2016): nine on a ninth of the rows, the best three of them on a third,
 * and the best of those on all.
 */
final class Search {
    /** Of the shortest window's training rows, the newest that choices are judged on. */
    private static final double SHARE = 0.2;

    private static final int LEAST_ROWS = 50;
    private static final int ARMS = 9;
    private static final int REDUCED_TO = 3;

    /** Fewer rows than this say too little to leave settings out. */
    private static final int LEAST_RUNG = 300;

    /** More are not worth the time: a hundred settings cover a few dimensions. */
    private static final int MOST_BRACKETS = 11;

    private static final long NANOS_PER_MILLI = 1_000_000;

    private final TrainingTask task;
    private final CandidateFitter fitter;
    private final Workers workers;
    private final LongSupplier nanoClock;
    private final long deadline;
    private final Consumer<Trial> told;
    private final Map<TrainingWindow, Fold> arenas = new LinkedHashMap<>();
    private final Map<Thinned, Fold> thinned = new ConcurrentHashMap<>();
    private final Map<Family, Long> slowest = new ConcurrentHashMap<>();
    private final List<Trial> trials = Collections.synchronizedList(new ArrayList<>());

    private record Thinned(TrainingWindow window, int rows) {}

    /**
     * What to fit on all rows.
     *
     * @param choices one for each declared family, in declared order
     * @param trials everything that was tried, in the order of its end
     */
    record Found(List<Choice> choices, List<Trial> trials) {
        Found {
            choices = List.copyOf(choices);
            trials = List.copyOf(trials);
        }
    }

    private Search(
            TrainingTask task,
            CandidateFitter fitter,
            Workers workers,
            LongSupplier nanoClock,
            long deadline,
            Consumer<Trial> told) {
        this.task = task;
        this.fitter = fitter;
        this.workers = workers;
        this.nanoClock = nanoClock;
        this.deadline = deadline;
        this.told = told;
    }

    /**
     * Searches.
     *
     * @param parts the windows to choose from, at least one
     * @param start what to begin at, for each declared family
     * @param began when the budget began, by the clock
     * @param told of each trial when it has ended, by several threads
     */
    static Found of(
            TrainingTask task,
            List<TimeSplit.Part> parts,
            Map<Family, Settings> start,
            CandidateFitter fitter,
            Workers workers,
            LongSupplier nanoClock,
            long began,
            Consumer<Trial> told)
            throws InterruptedException {
        List<Family> families = task.pipeline().model().candidates();
        long budget = task.pipeline().training().budget().toNanos();
        if (parts.size() == 1 && budget == 0) {
            TrainingWindow only = parts.getFirst().window();
            return new Found(
                    families.stream()
                            .map(family -> new Choice(family, only, Objects.requireNonNull(start.get(family))))
                            .toList(),
                    List.of());
        }
        Search search =
                new Search(task, fitter, workers, nanoClock, budget == 0 ? Long.MAX_VALUE : began + budget, told);
        search.open(parts);
        List<Choice> choices = workers.coordinate(families.stream()
                .<Callable<Choice>>map(family -> () -> search.best(
                        family, parts.getFirst().window(), Objects.requireNonNull(start.get(family)), budget > 0))
                .toList());
        return new Found(choices, search.trials);
    }

    /** Cuts the newest rows off each window's; one with too little before them takes no part. */
    private void open(List<TimeSplit.Part> parts) {
        Pipeline pipeline = task.pipeline();
        int shortest =
                parts.stream().mapToInt(part -> part.train().size()).min().orElse(0);
        int judged = (int) Math.ceil(shortest * SHARE);
        for (TimeSplit.Part part : parts) {
            List<Example> rows = part.train();
            if (judged > 0 && judged < rows.size()) {
                Fold fold = Fold.within(pipeline, part.window(), rows, rows.size() - judged, rows.size(), task.seed());
                if (fold.train().size() >= LEAST_ROWS && fold.telling() >= 1 && fold.hasFeatures()) {
                    arenas.put(part.window(), fold);
                }
            }
        }
    }

    private Choice best(Family family, TrainingWindow first, Settings start, boolean further)
            throws InterruptedException {
        Optional<Trial> best = Optional.empty();
        for (Map.Entry<TrainingWindow, Fold> arena : arenas.entrySet()) {
            if (best.isEmpty() || mayStart(family, 1)) {
                Choice choice = new Choice(family, arena.getKey(), start);
                best = better(best, workers.compute(List.of(() -> attempt(choice, arena.getValue()))));
            }
        }
        if (best.isPresent() && further && !fitter.hyperparameters(family).isEmpty()) {
            best = Optional.of(halve(family, best.get()));
        }
        return best.map(Trial::choice).orElseGet(() -> new Choice(family, first, start));
    }

    /** Brackets of successive halving until the budget is spent. */
    private Trial halve(Family family, Trial begin) throws InterruptedException {
        List<Hyperparameter> space = fitter.hyperparameters(family);
        TrainingWindow window = begin.choice().window();
        Fold all = arenas.get(window);
        if (all == null) {
            return begin;
        }
        SplittableRandom random = new SplittableRandom(task.seed() + family.ordinal());
        Trial best = begin;
        for (int bracket = 0; bracket < MOST_BRACKETS; bracket++) {
            List<Settings> arms = new ArrayList<>();
            Settings normal = Settings.normal(space);
            if (bracket == 0 && !normal.equals(begin.choice().settings())) {
                arms.add(normal);
            }
            while (arms.size() < ARMS) {
                arms.add(
                        arms.size() % 2 == 0
                                ? Settings.draw(space, random)
                                : best.choice().settings().near(space, random));
            }
            for (int divisor = ARMS; divisor >= 1; divisor /= REDUCED_TO) {
                Fold rung = divisor == 1 ? all : thinned(window, all, divisor);
                double share = (double) rung.train().size() / all.train().size();
                List<Callable<Optional<Trial>>> fits = new ArrayList<>();
                for (Settings settings : arms) {
                    Choice choice = new Choice(family, window, settings);
                    fits.add(() -> mayStart(family, share) ? Optional.of(attempt(choice, rung)) : Optional.empty());
                }
                List<Optional<Trial>> ended = workers.compute(fits);
                if (ended.stream().anyMatch(Optional::isEmpty)) {
                    return best;
                }
                List<Trial> ranked = ended.stream()
                        .flatMap(Optional::stream)
                        .filter(trial -> !Double.isNaN(trial.value()))
                        .sorted(byValue())
                        .toList();
                if (ranked.isEmpty()) {
                    break;
                }
                arms = ranked.stream()
                        .limit(Math.max(1, divisor / REDUCED_TO))
                        .map(trial -> trial.choice().settings())
                        .toList();
                if (divisor == 1) {
                    best = better(Optional.of(best), ranked).orElse(best);
                }
            }
        }
        return best;
    }

    private Fold thinned(TrainingWindow window, Fold all, int divisor) {
        int rows = Math.max(all.train().size() / divisor, Math.min(all.train().size(), LEAST_RUNG));
        return thinned.computeIfAbsent(new Thinned(window, rows), key -> all.thinned(task.pipeline(), rows));
    }

    /** Whether a fit on a share of the rows would end in time for the fits that come after the search. */
    private boolean mayStart(Family family, double share) {
        if (deadline == Long.MAX_VALUE) {
            return true;
        }
        double most = 0;
        double sum = 0;
        for (long each : slowest.values()) {
            most = Math.max(most, each);
            sum += each;
        }
        double after =
                (sum / workers.processors() + (1 + task.pipeline().training().rolling()) * most) / (1 - SHARE);
        return nanoClock.getAsLong() + share * slowest.getOrDefault(family, 0L) + after <= deadline;
    }

    private Trial attempt(Choice choice, Fold fold) {
        long started = nanoClock.getAsLong();
        double value = Double.NaN;
        Optional<String> error = Optional.empty();
        try {
            double[] scores = fitter.fit(choice, fold).scores();
            value = Resamples.value(
                    fold.holdout(),
                    Scored.undecided(scores),
                    task.pipeline().model().optimize());
            if (Double.isNaN(value)) {
                error = Optional.of("the rows that it is judged on have no such metric");
            }
        } catch (CandidateException e) {
            error = Optional.of(e.reason() + ": " + e.detail());
        }
        long took = nanoClock.getAsLong() - started;
        if (fold == arenas.get(choice.window())) {
            slowest.merge(choice.family(), took, Math::max);
        }
        Trial trial = new Trial(choice, fold.train().size(), value, took / NANOS_PER_MILLI, error);
        trials.add(trial);
        told.accept(trial);
        return trial;
    }

    private Optional<Trial> better(Optional<Trial> best, List<Trial> others) {
        List<Trial> all = new ArrayList<>();
        best.ifPresent(all::add);
        all.addAll(others);
        return all.stream().filter(trial -> !Double.isNaN(trial.value())).min(byValue());
    }

    /** The best first; of equals the first stays. */
    private Comparator<Trial> byValue() {
        return task.pipeline().model().optimize().bestFirst(Trial::value);
    }

    /** Normal settings of each family, or those of the choice to start from for its family. */
    static Map<Family, Settings> start(CandidateFitter fitter, List<Family> families, Optional<Choice> from) {
        Map<Family, Settings> start = new EnumMap<>(Family.class);
        for (Family family : families) {
            start.put(
                    family,
                    from.filter(choice -> choice.family() == family)
                            .map(Choice::settings)
                            .orElseGet(() -> Settings.normal(fitter.hyperparameters(family))));
        }
        return start;
    }
}
