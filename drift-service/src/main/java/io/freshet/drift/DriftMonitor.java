package io.freshet.drift;

import io.freshet.drift.performance.Figures;
import io.freshet.drift.performance.PerformanceMonitor;
import io.freshet.drift.performance.Promise;
import io.freshet.schemas.pipeline.Pipeline;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/**
 * The drift service of one pipeline without Kafka and without a clock: takes arrivals, keeps panes, judges every window
 * that closes, holds answers against labels as they land, decides. Of a pipeline of several partitions it takes what each {@link PartitionMonitor} tells in place of
 * rows, scores, answers and labels; a pane closes when all partitions have passed it. Mutable, and not safe for concurrent use.
 */
final class DriftMonitor {
    private final FeatureSets sets;
    private final Panes panes;
    private final PerformanceMonitor performance;
    private final IntFunction<Optional<Promise>> promises;
    private final Judge judge;
    private final Policy policy;
    private final IntFunction<Optional<Reference>> models;
    private final Optional<Watermark> watermark;
    private PolicyState state;
    private String watched;
    private long newestLabel = Panes.NONE;
    private boolean again;

    /**
     * What came of an arrival.
     *
     * @param decisions what to announce, in order
     * @param skipped why the arrival was left out, if it was
     * @param settled whether something happened that an arrival alone does not tell again: a pane closed, a decision was
     *     made, or it was no stream record
     * @param taken whether the arrival made a difference, so that it must not be forgotten
     */
    record Outcome(List<Decision> decisions, Optional<SkipReason> skipped, boolean settled, boolean taken) {
        Outcome {
            decisions = List.copyOf(decisions);
        }

        Outcome(List<Decision> decisions, Optional<SkipReason> skipped, boolean settled) {
            this(decisions, skipped, settled, skipped.isEmpty());
        }
    }

    /**
     * @param models finds a registered model; it must know one by the time that {@link Arrival.Registered} is applied
     * @param promises finds what a version promised; it must know it by the time that {@link Arrival.Trained} is applied
     */
    DriftMonitor(FeatureSets sets, IntFunction<Optional<Reference>> models, IntFunction<Optional<Promise>> promises) {
        Pipeline pipeline = sets.declared();
        this.sets = sets;
        this.watched = sets.newest();
        this.panes = new Panes(pipeline);
        this.performance = new PerformanceMonitor(pipeline);
        this.promises = promises;
        this.judge = new Judge(pipeline);
        this.policy = new Policy(pipeline);
        this.models = models;
        this.watermark =
                pipeline.partitions() == 1 ? Optional.empty() : Optional.of(new Watermark(pipeline.partitions()));
        this.state = policy.initial();
    }

    Panes panes() {
        return panes;
    }

    PerformanceMonitor performance() {
        return performance;
    }

    /** The serving version's realised performance; empty before a pane was judged that has labelled answers of it. */
    Optional<Figures> figures() {
        return performance.figures(promise());
    }

    /** What the serving version promised, as far as that is computed. */
    Optional<Promise> promise() {
        return promises.apply(state.champion()).map(performance::comparable);
    }

    PolicyState state() {
        return state;
    }

    /** The feature set that is profiled: the one that the serving model was trained on. */
    String watched() {
        return watched;
    }

    Outcome apply(Arrival arrival) {
        return switch (arrival) {
            case Arrival.Row row -> row(row);
            case Arrival.Score score -> score(score);
            case Arrival.Realised realised -> realised(realised);
            case Arrival.OutcomesPart part ->
                outcome(
                        performance.merge(part.time(), part.modelVersion(), part.content())
                                ? Optional.empty()
                                : Optional.of(SkipReason.LATE_LABEL));
            case Arrival.Labelled labelled -> {
                count(labelled);
                List<Decision> decisions = take(policy.example(state, now()));
                yield new Outcome(decisions, Optional.empty(), !decisions.isEmpty());
            }
            case Arrival.PanePart part -> outcome(merge(part));
            case Arrival.Progress progress -> progress(progress);
            case Arrival.Registered registered -> {
                rewatch();
                yield new Outcome(rejudge(), Optional.empty(), true);
            }
            case Arrival.Deployed(int version, int endedChallenge) -> {
                state = state.deployed(version).tried(endedChallenge);
                performance.serve(version);
                rewatch();
                List<Decision> decisions = new ArrayList<>(take(policy.replaced(state)));
                decisions.addAll(rejudge());
                yield new Outcome(decisions, Optional.empty(), true);
            }
            case Arrival.Trained run -> {
                state = policy.trained(state, run, now());
                yield new Outcome(List.of(), Optional.empty(), true);
            }
            case Arrival.Elsewhere() -> outcome(Optional.empty());
            case Arrival.ToMatch half ->
                throw new IllegalArgumentException("to be matched before it is taken: " + half);
            case Arrival.Unusable(SkipReason reason) -> outcome(Optional.of(reason));
        };
    }

    /** A score of a closed pane is too late to be profiled, not to be held against its label. */
    private Outcome score(Arrival.Score score) {
        Optional<SkipReason> skipped = panes.addScore(score.time(), score.modelVersion(), score.score());
        boolean counted = skipped.filter(reason -> reason != SkipReason.LATE).isEmpty()
                && performance.predicted(score.time(), score.modelVersion());
        return new Outcome(List.of(), skipped, false, counted || skipped.isEmpty());
    }

    private Outcome realised(Arrival.Realised realised) {
        if (panes.aheadOfRows(realised.time())) {
            return outcome(Optional.of(SkipReason.AHEAD_OF_ROWS));
        }
        return outcome(
                performance.add(realised.time(), realised.answer(), realised.label())
                        ? Optional.empty()
                        : Optional.of(SkipReason.LATE_LABEL));
    }

    /** Processing time has come this far. */
    Outcome scheduled(Instant clock) {
        PolicyState before = state;
        List<Decision> decisions = take(policy.scheduled(state, clock, now()));
        return new Outcome(decisions, Optional.empty(), !state.equals(before));
    }

    private static Outcome outcome(Optional<SkipReason> skipped) {
        return new Outcome(List.of(), skipped, false);
    }

    /** Counts an example without deciding anything. */
    void count(Arrival.Labelled labelled) {
        newestLabel = Math.max(newestLabel, labelled.time());
        state = state.oneMoreExample(labelled.featureSet());
    }

    /** Takes note of a partition's progress and counts its examples without deciding anything. */
    void count(Arrival.Progress progress) {
        newestLabel = Math.max(newestLabel, progress.newestLabel());
        progress.labels().forEach((set, labels) -> {
            for (int i = 0; i < labels; i++) {
                state = state.oneMoreExample(set);
            }
        });
        watermark.orElseThrow().take(progress);
    }

    private Outcome row(Arrival.Row row) {
        List<@Nullable Object> values = row.parts().get(watched);
        if (values == null) {
            return outcome(Optional.of(SkipReason.OTHER_FEATURE_SET));
        }
        List<Decision> decisions = new ArrayList<>();
        boolean closed = advance(row.time(), decisions);
        closed |= judgeAnswers(decisions);
        boolean taken = panes.addRow(row.time(), values);
        return new Outcome(decisions, taken ? Optional.empty() : Optional.of(SkipReason.LATE), closed);
    }

    /** Partitions profile every feature set in force; which of them counts is known here alone. */
    private Optional<SkipReason> merge(Arrival.PanePart part) {
        return !part.featureSet().equals(watched) || panes.merge(part.time(), part.content())
                ? Optional.empty()
                : Optional.of(SkipReason.LATE);
    }

    private Outcome progress(Arrival.Progress progress) {
        List<Decision> decisions = new ArrayList<>();
        newestLabel = Math.max(newestLabel, progress.newestLabel());
        new TreeMap<>(progress.labels()).forEach((set, labels) -> {
            for (int i = 0; i < labels; i++) {
                state = state.oneMoreExample(set);
                decisions.addAll(take(policy.example(state, now())));
            }
        });
        Watermark partitions = watermark.orElseThrow();
        partitions.take(progress);
        boolean closed = advance(partitions.reached(), decisions);
        closed |= judgeAnswers(decisions);
        return new Outcome(decisions, Optional.empty(), closed || !decisions.isEmpty());
    }

    /** Judges every window that closes when rows have come this far; says whether any pane did. */
    private boolean advance(long time, List<Decision> decisions) {
        List<Long> closed = panes.advance(time);
        for (long pane : closed) {
            panes.window(pane).ifPresent(window -> decisions.addAll(judge(window)));
        }
        if (!closed.isEmpty()) {
            panes.drop();
        }
        return !closed.isEmpty();
    }

    /** Judges every pane of answers that is mature now; says whether any was. */
    private boolean judgeAnswers(List<Decision> decisions) {
        boolean any = false;
        Optional<PerformanceMonitor.Closed> closed = next();
        while (closed.isPresent()) {
            any = true;
            boolean alertOpen = state.degraded() != null;
            closed.get()
                    .judgement()
                    .ifPresent(judgement -> decisions.addAll(take(policy.performed(state, judgement, now()))));
            if (alertOpen && state.degraded() == null) {
                performance.restart();
            }
            closed = next();
        }
        return any;
    }

    private Optional<PerformanceMonitor.Closed> next() {
        return again ? Optional.empty() : performance.next(panes.newest(), promises);
    }

    /**
     * Applies a journalled arrival again. What the declaration of now would judge earlier than that of then is judged with
     * the next arrival.
     */
    Outcome applyAgain(Arrival.Streamed arrival) {
        again = true;
        try {
            return apply(arrival);
        } finally {
            again = false;
        }
    }

    /** Watches the features that the champion was trained on, once its registration is there. */
    private void rewatch() {
        Optional<String> needed = models.apply(state.champion()).map(Reference::featureSet);
        state = state.superseded(
                needed.filter(set -> !set.equals(sets.newest())).isPresent());
        needed.filter(set -> sets.inForce(set) && !set.equals(watched)).ifPresent(set -> {
            watched = set;
            panes.watch(sets.features(set));
        });
    }

    /** An open alert is about the champion of its time; a new one, once its baseline is known, is asked at once. */
    private List<Decision> rejudge() {
        if (state.drift() instanceof DriftState.Drifting drifting && drifting.modelVersion() != state.champion()) {
            Optional<Panes.Window> latest = panes.latest();
            return latest.flatMap(window -> reference().map(reference -> judge.judge(reference, window)))
                    .map(found -> take(policy.rejudged(state, found)))
                    .orElse(List.of());
        }
        return List.of();
    }

    private List<Decision> judge(Panes.Window window) {
        return reference()
                .map(reference -> take(policy.judged(
                        state,
                        judge.judge(reference, window),
                        Diagnosis.of(reference, window, state.broken().keySet()),
                        now())))
                .orElse(List.of());
    }

    /** What live windows are compared with. */
    private Optional<Reference> reference() {
        return models.apply(state.champion())
                .filter(reference -> reference.featureSet().equals(watched));
    }

    private List<Decision> take(Policy.Step step) {
        state = step.state();
        return step.decisions();
    }

    private long now() {
        return Math.max(panes.newest(), newestLabel);
    }

    /** Everything but panes. */
    byte[] progress() {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (DataOutputStream out = new DataOutputStream(bytes)) {
            out.writeLong(panes.newest());
            out.writeLong(newestLabel);
            state.write(out);
            if (watermark.isPresent()) {
                watermark.get().write(out);
            }
            out.write(performance.progress());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    /**
     * Takes up what {@link #progress()} gave; the declaration may have changed since. False when outcomes were added up
     * otherwise, so that kept panes of them mean nothing.
     */
    boolean restore(byte[] progress) {
        try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(progress))) {
            panes.restore(in.readLong());
            newestLabel = in.readLong();
            state = policy.resumed(PolicyState.read(in));
            if (watermark.isPresent()) {
                watermark.get().read(in);
            }
            // Earlier builds kept nothing of it.
            byte[] ofAnswers = in.readAllBytes();
            boolean same = ofAnswers.length == 0 || performance.restore(ofAnswers);
            performance.serve(state.champion());
            rewatch();
            return same;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
