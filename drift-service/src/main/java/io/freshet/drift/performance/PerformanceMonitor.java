package io.freshet.drift.performance;

import io.freshet.drift.performance.Promise.Estimate;
import io.freshet.schemas.pipeline.Pipeline;
import io.freshet.schemas.pipeline.Pipeline.PerformanceSpec;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/**
 * Adds up what the answers of each model version turned out to be worth, by panes of their events' time, and judges the
 * panes one after the other. A pane is judged when rows and answers have passed it and it is mature: when no label of it is
 * waited for any more, or next to all of its predictions are labelled. Until then, those that are known early, which may be
 * of one kind, say nothing.
 *
 * <p>Only panes count that begin after the newest label that the model was trained on: its answers there came before the
 * truth. Mutable, and not safe for concurrent use.
 */
public final class PerformanceMonitor {
    /** The share of labelled predictions from which on the others make no difference. */
    static final double NEXT_TO_ALL = 0.99;

    /** Panes of fewer labelled rows are judged together with the next. */
    static final int LEAST_ROWS = 50;

    private static final long NONE = Long.MIN_VALUE;
    private static final double LEAST_LOSS = 1e-12;

    private final PerformanceLayout layout;
    private final PerformanceSpec declared;
    private final long await;
    private final long lateness;
    private final DegradationDetector detector;
    private final TreeMap<Long, TreeMap<Integer, Outcomes>> panes = new TreeMap<>();
    private final Set<Long> changed = new HashSet<>();
    private Outcomes pending = new Outcomes();
    private int serving;
    private long judgedThrough = NONE;
    private long newestAnswer = NONE;

    /** A pane was judged, or passed over: for want of rows, of a promise or of answers that came before the truth. */
    public record Closed(Optional<Judgement> judgement) {}

    public PerformanceMonitor(Pipeline pipeline) {
        this.layout = new PerformanceLayout(pipeline);
        this.declared = pipeline.drift().performance();
        this.await = pipeline.label().await().toMillis();
        this.lateness = pipeline.event().lateness().toMillis();
        this.detector = new DegradationDetector(
                Math.max(2, (double) declared.timeBetweenFalseAlarms().toMillis() / layout.length()));
    }

    /** A version answered for an event of this time; false when its pane has been judged. */
    public boolean predicted(long time, int version) {
        long pane = layout.number(time);
        newestAnswer = Math.max(newestAnswer, time);
        if (pane <= judgedThrough) {
            return false;
        }
        open(pane, version).predicted();
        return true;
    }

    /** The label of an answer came; false when the pane of its event has been judged, or it is not of the task. */
    public boolean add(long time, Answer answer, double label) {
        long pane = layout.number(time);
        if (pane <= judgedThrough || !layout.fits(answer.outputs()) || !layout.fits(label)) {
            return false;
        }
        open(pane, answer.modelVersion()).add(layout, answer, label);
        return true;
    }

    /** Merges a part of a pane, and leaves the part as it was; false when the pane has been judged. */
    public boolean merge(long time, int version, Outcomes part) {
        long pane = layout.number(time);
        newestAnswer = Math.max(newestAnswer, time);
        if (pane <= judgedThrough) {
            return false;
        }
        open(pane, version).merge(part);
        return true;
    }

    private Outcomes open(long pane, int version) {
        changed.add(pane);
        return panes.computeIfAbsent(pane, first -> new TreeMap<>()).computeIfAbsent(version, first -> new Outcomes());
    }

    /** Another model serves, or none, version 0: the test starts anew. */
    public void serve(int version) {
        if (version != serving) {
            serving = version;
            restart();
        }
    }

    /** The test starts anew. */
    public void restart() {
        detector.restart();
        pending = new Outcomes();
    }

    /**
     * Judges the oldest pane that has not been, if it is mature.
     *
     * @param now how far the stream has come, event time; {@link Long#MIN_VALUE} before it began
     * @param promises finds what a version promised
     */
    public Optional<Closed> next(long now, IntFunction<Optional<Promise>> promises) {
        Map.Entry<Long, TreeMap<Integer, Outcomes>> oldest = panes.higherEntry(judgedThrough);
        if (oldest == null || now == NONE || !mature(oldest.getKey(), oldest.getValue(), now)) {
            return Optional.empty();
        }
        judgedThrough = oldest.getKey();
        SortedMap<Long, TreeMap<Integer, Outcomes>> old = panes.headMap(judgedThrough - PerformanceLayout.WINDOW, true);
        changed.addAll(old.keySet());
        old.clear();
        changed.add(judgedThrough);
        Outcomes outcomes = oldest.getValue().get(serving);
        return Optional.of(new Closed(
                outcomes == null || outcomes.rows() == 0
                        ? Optional.empty()
                        : promises.apply(serving).flatMap(promise -> judge(outcomes, promise))));
    }

    private boolean mature(long pane, Map<Integer, Outcomes> versions, long now) {
        long passed = (pane + 1) * layout.length() + lateness;
        if (Math.min(now, newestAnswer) < passed) {
            return false;
        }
        Outcomes outcomes = versions.get(serving);
        return now - passed >= await || outcomes == null || outcomes.rows() >= NEXT_TO_ALL * outcomes.predictions();
    }

    private Optional<Judgement> judge(Outcomes outcomes, Promise promise) {
        Estimate promised = promise.of(layout.loss()).orElse(null);
        if (promised == null || judgedThrough * layout.length() < promise.trainedThrough()) {
            return Optional.empty();
        }
        pending.merge(outcomes);
        if (pending.rows() < LEAST_ROWS) {
            return Optional.empty();
        }
        double bound = promised.high() * (1 + declared.tolerance());
        boolean alarm = detector.add(
                pending.meanLoss() / Math.max(LEAST_LOSS, layout.loss().mean(bound)));
        pending = new Outcomes();
        return figures(Optional.of(promise))
                .map(figures -> new Judgement(figures, layout.loss().metric(), promised, bound, alarm));
    }

    /** The serving version's window that ends with the pane judged last; empty without a labelled row. */
    public Optional<Figures> figures(Optional<Promise> promise) {
        if (judgedThrough == NONE) {
            return Optional.empty();
        }
        long first = judgedThrough - PerformanceLayout.WINDOW + 1;
        long known = promise.map(Promise::trainedThrough).orElse(NONE);
        Outcomes window = new Outcomes();
        panes.subMap(first, true, judgedThrough, true).forEach((pane, versions) -> {
            @Nullable Outcomes outcomes = versions.get(serving);
            if (outcomes != null && pane * layout.length() >= known) {
                window.merge(outcomes);
            }
        });
        return window.rows() == 0
                ? Optional.empty()
                : Optional.of(Figures.of(
                        layout, serving, first * layout.length(), (judgedThrough + 1) * layout.length(), window));
    }

    /** The serving version; 0 when none. */
    public int serving() {
        return serving;
    }

    /** The part of a promise that figures can be held against. */
    public Promise comparable(Promise promise) {
        Map<Pipeline.Metric, Estimate> comparable = new TreeMap<>(promise.estimates());
        comparable.keySet().retainAll(layout.metrics());
        return new Promise(promise.trainedThrough(), comparable);
    }

    /** Takes the panes that changed since the last call, by number; a pane that was dropped is empty. */
    public Map<Long, Optional<byte[]>> takeChanged() {
        Map<Long, Optional<byte[]>> taken = new TreeMap<>();
        for (long pane : changed) {
            taken.put(pane, Optional.ofNullable(panes.get(pane)).map(PerformanceMonitor::toBytes));
        }
        changed.clear();
        return taken;
    }

    /** Everything but the panes. */
    public byte[] progress() {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (DataOutputStream out = new DataOutputStream(bytes)) {
            out.writeUTF(layout.fingerprint());
            out.writeLong(judgedThrough);
            out.writeLong(newestAnswer);
            out.writeInt(serving);
            double[] evidence = detector.evidence();
            out.writeInt(evidence.length);
            for (double each : evidence) {
                out.writeDouble(each);
            }
            out.write(pending.toBytes());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    /** Takes up what {@link #progress()} gave; false, and nothing is taken up, when outcomes were added up otherwise. */
    public boolean restore(byte[] progress) {
        try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(progress))) {
            if (!in.readUTF().equals(layout.fingerprint())) {
                return false;
            }
            judgedThrough = in.readLong();
            newestAnswer = in.readLong();
            serving = in.readInt();
            double[] evidence = new double[in.readInt()];
            for (int i = 0; i < evidence.length; i++) {
                evidence[i] = in.readDouble();
            }
            detector.restore(evidence);
            pending = Outcomes.fromBytes(in.readAllBytes());
            return true;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Takes up a pane that {@link #takeChanged()} gave. */
    public void restore(long pane, byte[] kept) {
        try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(kept))) {
            TreeMap<Integer, Outcomes> versions = new TreeMap<>();
            for (int left = in.readInt(); left > 0; left--) {
                int version = in.readInt();
                versions.put(version, Outcomes.fromBytes(in.readNBytes(in.readInt())));
            }
            panes.put(pane, versions);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static byte[] toBytes(Map<Integer, Outcomes> versions) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (DataOutputStream out = new DataOutputStream(bytes)) {
            out.writeInt(versions.size());
            for (Map.Entry<Integer, Outcomes> entry : versions.entrySet()) {
                byte[] outcomes = entry.getValue().toBytes();
                out.writeInt(entry.getKey());
                out.writeInt(outcomes.length);
                out.write(outcomes);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }
}
