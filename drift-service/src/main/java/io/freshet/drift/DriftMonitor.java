package io.freshet.drift;

import io.freshet.schemas.pipeline.Pipeline;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.IntFunction;

/**
 * The drift service of one pipeline without Kafka and without a clock: takes arrivals, keeps panes, judges every window
 * that closes, decides. Mutable, and not safe for concurrent use.
 */
final class DriftMonitor {
    private final Panes panes;
    private final Judge judge;
    private final Policy policy;
    private final IntFunction<Optional<Reference>> models;
    private PolicyState state;
    private long newestLabel = Panes.NONE;

    /**
     * What came of an arrival.
     *
     * @param decisions what to announce, in order
     * @param skipped why the arrival was left out, if it was
     * @param settled whether something happened that an arrival alone does not tell again: a pane closed, a decision was
     *     made, or it was no stream record
     */
    record Outcome(List<Decision> decisions, Optional<SkipReason> skipped, boolean settled) {
        Outcome {
            decisions = List.copyOf(decisions);
        }
    }

    /** @param models finds a registered model; it must know one by the time that {@link Arrival.Registered} is applied */
    DriftMonitor(Pipeline pipeline, IntFunction<Optional<Reference>> models) {
        this.panes = new Panes(pipeline);
        this.judge = new Judge(pipeline);
        this.policy = new Policy(pipeline);
        this.models = models;
        this.state = policy.initial();
    }

    Panes panes() {
        return panes;
    }

    PolicyState state() {
        return state;
    }

    Outcome apply(Arrival arrival) {
        return switch (arrival) {
            case Arrival.Row row -> row(row);
            case Arrival.Score score -> outcome(panes.addScore(score.time(), score.modelVersion(), score.score()));
            case Arrival.Labelled labelled -> {
                newestLabel = Math.max(newestLabel, labelled.time());
                List<Decision> decisions = take(policy.example(state, now()));
                yield new Outcome(decisions, Optional.empty(), !decisions.isEmpty());
            }
            case Arrival.Registered registered -> new Outcome(rejudge(), Optional.empty(), true);
            case Arrival.Deployed(int version) -> {
                state = state.deployed(version);
                yield new Outcome(rejudge(), Optional.empty(), true);
            }
            case Arrival.Trained run -> {
                state = policy.trained(state, run, now());
                yield new Outcome(List.of(), Optional.empty(), true);
            }
            case Arrival.Elsewhere() -> outcome(Optional.empty());
            case Arrival.Unusable(SkipReason reason) -> outcome(Optional.of(reason));
        };
    }

    private static Outcome outcome(Optional<SkipReason> skipped) {
        return new Outcome(List.of(), skipped, false);
    }

    private Outcome row(Arrival.Row row) {
        List<Decision> decisions = new ArrayList<>();
        List<Long> closed = panes.advance(row.time());
        for (long pane : closed) {
            judge(panes.window(pane)).ifPresent(found -> decisions.addAll(take(policy.judged(state, found, now()))));
        }
        if (!closed.isEmpty()) {
            panes.drop();
        }
        boolean taken = panes.addRow(row.time(), row.values());
        return new Outcome(decisions, taken ? Optional.empty() : Optional.of(SkipReason.LATE), !closed.isEmpty());
    }

    /** An open alert is about the champion of its time; a new one, once its baseline is known, is asked at once. */
    private List<Decision> rejudge() {
        if (state.incident() instanceof Incident.Drifting drifting && drifting.modelVersion() != state.champion()) {
            return judge(panes.latest())
                    .map(found -> take(policy.rejudged(state, found)))
                    .orElse(List.of());
        }
        return List.of();
    }

    private Optional<Evidence> judge(Optional<Panes.Window> window) {
        return window.flatMap(
                complete -> models.apply(state.champion()).map(reference -> judge.judge(reference, complete)));
    }

    private List<Decision> take(Policy.Step step) {
        state = step.state();
        return step.decisions();
    }

    private long now() {
        return Math.max(panes.newest(), newestLabel);
    }

    /** Everything but the panes. */
    byte[] progress() {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (DataOutputStream out = new DataOutputStream(bytes)) {
            out.writeLong(panes.newest());
            out.writeLong(newestLabel);
            state.write(out);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    /** Takes up what {@link #progress()} gave, with these panes. */
    void restore(byte[] progress, Map<Long, Pane> kept) {
        try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(progress))) {
            panes.restore(in.readLong(), kept);
            newestLabel = in.readLong();
            state = PolicyState.read(in);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
