package io.freshet.drift;

import io.freshet.drift.performance.Answer;
import io.freshet.drift.performance.PerformanceLayout;
import io.freshet.schemas.pipeline.Pipeline;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;
import org.jspecify.annotations.Nullable;

/**
 * Brings the answer for an event and its label together, whichever comes first, and passes everything on: an answer as a
 * score, a label as a labelled example, and the pair, once it is complete, after them. What waits is kept by event time and
 * id, and forgotten when the pane of its event has been judged.
 */
final class LabelMatcher implements Processor<byte[], Arrival, byte[], Arrival> {
    static final String UNMATCHED = "unmatched";

    private static final byte ANSWER = 1;
    private static final byte LABEL = 2;
    private static final byte UNDECIDED = 2;

    /** What has waited too long is looked for so many times while it is remembered, and so many are forgotten at once. */
    private static final int SWEEPS = 16;

    private static final int AT_ONCE = 1_000;

    private final PerformanceLayout layout;
    private final SkipCounts skipped;
    private @Nullable ProcessorContext<byte[], Arrival> context;
    private final long remembered;
    private @Nullable KeyValueStore<byte[], byte[]> unmatched;
    private long newest;
    private long swept;
    /** What waits is of this event time or later. */
    private long oldestKept;

    LabelMatcher(Pipeline pipeline, InstantSource clock) {
        this.layout = new PerformanceLayout(pipeline);
        this.remembered = PerformanceLayout.remembered(pipeline).toMillis();
        this.skipped = new SkipCounts(pipeline.name(), clock);
    }

    @Override
    public void init(ProcessorContext<byte[], Arrival> given) {
        context = given;
        unmatched = given.getStateStore(UNMATCHED);
        skipped.register(given.metrics());
    }

    @Override
    public void process(Record<byte[], Arrival> record) {
        switch (record.value()) {
            case Arrival.Answered(String eventId, Arrival.Score score, Answer answer) -> {
                forward(record, score);
                answered(record, eventId, score.time(), answer);
            }
            case Arrival.Known(String eventId, long eventTime, double label, Arrival.Labelled labelled) -> {
                forward(record, labelled);
                known(record, eventId, eventTime, label);
            }
            case Arrival other -> forward(record, other);
        }
    }

    private void answered(Record<byte[], Arrival> record, String eventId, long eventTime, Answer answer) {
        byte[] waiting = Objects.requireNonNull(unmatched).get(key(eventTime, eventId));
        if (waiting != null && waiting[0] == LABEL) {
            matched(
                    record,
                    eventId,
                    eventTime,
                    answer,
                    ByteBuffer.wrap(waiting, 1, Double.BYTES).getDouble());
        } else {
            remember(eventTime, eventId, write(answer));
        }
    }

    private void known(Record<byte[], Arrival> record, String eventId, long eventTime, double label) {
        byte[] waiting = Objects.requireNonNull(unmatched).get(key(eventTime, eventId));
        if (waiting != null && waiting[0] == ANSWER) {
            matched(record, eventId, eventTime, read(waiting), label);
        } else {
            remember(
                    eventTime,
                    eventId,
                    ByteBuffer.allocate(1 + Double.BYTES)
                            .put(LABEL)
                            .putDouble(label)
                            .array());
        }
    }

    private void remember(long eventTime, String eventId, byte[] half) {
        newest = Math.max(newest, eventTime);
        if (eventTime >= newest - remembered) {
            Objects.requireNonNull(unmatched).put(key(eventTime, eventId), half);
        }
        if (newest - swept >= remembered / SWEEPS) {
            forget();
        }
    }

    /**
     * Forgets the oldest of what has waited too long; what is left of it is seen to with the next record. It begins where it
     * last ended: a store that keeps marks of what was deleted would pass all of them again.
     */
    private void forget() {
        KeyValueStore<byte[], byte[]> store = Objects.requireNonNull(unmatched);
        long tooOld = newest - remembered;
        List<byte[]> old = new ArrayList<>();
        try (KeyValueIterator<byte[], byte[]> oldest = store.range(key(oldestKept, ""), key(tooOld, ""))) {
            while (oldest.hasNext() && old.size() < AT_ONCE) {
                old.add(oldest.next().key);
            }
        }
        old.forEach(store::delete);
        if (old.size() < AT_ONCE) {
            swept = newest;
            oldestKept = Math.max(oldestKept, tooOld);
        } else {
            oldestKept = ByteBuffer.wrap(old.getLast()).getLong();
        }
    }

    /** Sorts by time. */
    private static byte[] key(long eventTime, String eventId) {
        byte[] id = eventId.getBytes(StandardCharsets.UTF_8);
        return ByteBuffer.allocate(Long.BYTES + id.length)
                .putLong(Math.max(0, eventTime))
                .put(id)
                .array();
    }

    private void matched(Record<byte[], Arrival> record, String eventId, long eventTime, Answer answer, double label) {
        Objects.requireNonNull(unmatched).delete(key(eventTime, eventId));
        if (layout.fits(answer.outputs()) && layout.fits(label)) {
            forward(record, new Arrival.Realised(eventTime, answer, label));
        } else {
            skipped.count(SkipReason.OTHER_TASK, 1);
        }
    }

    private void forward(Record<byte[], Arrival> record, Arrival arrival) {
        Objects.requireNonNull(context).forward(record.withValue(arrival));
    }

    private static byte[] write(Answer answer) {
        Boolean decision = answer.decision();
        ByteBuffer out = ByteBuffer.allocate(
                        2 + Integer.BYTES + Double.BYTES * answer.outputs().size())
                .put(ANSWER)
                .put(decision == null ? UNDECIDED : decision ? (byte) 1 : 0)
                .putInt(answer.modelVersion());
        answer.outputs().forEach(out::putDouble);
        return out.array();
    }

    private static Answer read(byte[] bytes) {
        ByteBuffer in = ByteBuffer.wrap(bytes, 1, bytes.length - 1);
        byte decision = in.get();
        int version = in.getInt();
        List<Double> outputs = new ArrayList<>();
        while (in.hasRemaining()) {
            outputs.add(in.getDouble());
        }
        return new Answer(version, outputs, decision == UNDECIDED ? null : decision == 1);
    }
}
