package io.freshet.drift;

import io.freshet.drift.performance.Answer;
import io.freshet.drift.performance.Outcomes;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.streams.state.KeyValueStore;
import org.jspecify.annotations.Nullable;

/**
 * The arrivals since the last snapshot, in a store of so many places. Each entry carries the number of the snapshot that
 * it comes after, its generation, and is gone once there is a newer one; so nothing has to be deleted. An entry is its
 * generation, kind, time and content.
 */
final class Journal {
    private static final int ROW = 1;
    private static final int SCORE = 2;
    private static final int LABELLED = 3;
    private static final int PANE_PART = 4;
    private static final int PROGRESS = 5;
    private static final int REALISED = 6;
    private static final int OUTCOMES_PART = 7;
    private static final int NULL = 0;
    private static final int NUMBER = 1;
    private static final int TEXT = 2;

    private final KeyValueStore<Integer, byte[]> store;
    private final int places;
    private long generation;
    private int used;

    /** An empty one of generation 0. */
    Journal(KeyValueStore<Integer, byte[]> store, int places) {
        this.store = store;
        this.places = places;
    }

    /** Keeps an arrival; false when there is no place left. */
    boolean add(Arrival.Streamed arrival) {
        if (used == places) {
            return false;
        }
        store.put(used++, write(generation, arrival));
        return true;
    }

    /** Every entry is gone; returns the new generation, which the snapshot has to remember. */
    long next() {
        used = 0;
        return ++generation;
    }

    /** Takes up at a snapshot's generation; returns the arrivals since, in order. */
    List<Arrival.Streamed> restore(long snapshot) {
        generation = snapshot;
        List<Arrival.Streamed> since = new ArrayList<>();
        for (used = 0; used < places; used++) {
            byte[] bytes = store.get(used);
            Entry entry = bytes == null ? null : read(bytes);
            if (entry == null || entry.generation() != generation) {
                break;
            }
            since.add(entry.arrival());
        }
        return since;
    }

    private record Entry(long generation, Arrival.Streamed arrival) {}

    private static byte[] write(long generation, Arrival.Streamed arrival) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(256);
        try (DataOutputStream out = new DataOutputStream(bytes)) {
            out.writeLong(generation);
            switch (arrival) {
                case Arrival.Row row -> {
                    out.writeByte(ROW);
                    out.writeLong(row.time());
                    out.writeInt(row.parts().size());
                    for (Map.Entry<String, List<@Nullable Object>> part :
                            row.parts().entrySet()) {
                        out.writeUTF(part.getKey());
                        out.writeInt(part.getValue().size());
                        for (Object value : part.getValue()) {
                            write(out, value);
                        }
                    }
                }
                case Arrival.Score score -> {
                    out.writeByte(SCORE);
                    out.writeLong(score.time());
                    out.writeInt(score.modelVersion());
                    out.writeDouble(score.score());
                }
                case Arrival.Labelled labelled -> {
                    out.writeByte(LABELLED);
                    out.writeLong(labelled.time());
                    out.writeUTF(labelled.featureSet());
                }
                case Arrival.Realised realised -> {
                    out.writeByte(REALISED);
                    out.writeLong(realised.time());
                    out.writeDouble(realised.label());
                    write(out, realised.answer());
                }
                case Arrival.OutcomesPart part -> {
                    out.writeByte(OUTCOMES_PART);
                    out.writeLong(part.time());
                    out.writeInt(part.modelVersion());
                    out.write(part.content().toBytes());
                }
                case Arrival.PanePart part -> {
                    out.writeByte(PANE_PART);
                    out.writeLong(part.time());
                    out.writeUTF(part.featureSet());
                    out.write(part.content().toBytes());
                }
                case Arrival.Progress progress -> {
                    out.writeByte(PROGRESS);
                    out.writeLong(progress.time());
                    out.writeInt(progress.partition());
                    out.writeBoolean(progress.idle());
                    out.writeLong(progress.newestLabel());
                    out.writeInt(progress.labels().size());
                    for (Map.Entry<String, Integer> labels : progress.labels().entrySet()) {
                        out.writeUTF(labels.getKey());
                        out.writeInt(labels.getValue());
                    }
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    private static void write(DataOutputStream out, Answer answer) throws IOException {
        Boolean decision = answer.decision();
        out.writeInt(answer.modelVersion());
        out.writeBoolean(decision != null);
        out.writeBoolean(decision != null && decision);
        out.writeInt(answer.outputs().size());
        for (double output : answer.outputs()) {
            out.writeDouble(output);
        }
    }

    private static Answer answer(DataInputStream in) throws IOException {
        int version = in.readInt();
        boolean decided = in.readBoolean();
        boolean decision = in.readBoolean();
        List<Double> outputs = new ArrayList<>();
        for (int left = in.readInt(); left > 0; left--) {
            outputs.add(in.readDouble());
        }
        return new Answer(version, outputs, decided ? decision : null);
    }

    private static void write(DataOutputStream out, @Nullable Object value) throws IOException {
        switch (value) {
            case null -> out.writeByte(NULL);
            case Double number -> {
                out.writeByte(NUMBER);
                out.writeDouble(number);
            }
            default -> {
                byte[] text = value.toString().getBytes(StandardCharsets.UTF_8);
                out.writeByte(TEXT);
                out.writeInt(text.length);
                out.write(text);
            }
        }
    }

    private static Entry read(byte[] bytes) {
        try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes))) {
            long generation = in.readLong();
            int kind = in.readByte();
            long time = in.readLong();
            return new Entry(
                    generation,
                    switch (kind) {
                        case ROW -> new Arrival.Row(time, parts(in));
                        case SCORE -> new Arrival.Score(time, in.readInt(), in.readDouble());
                        case LABELLED -> new Arrival.Labelled(time, in.readUTF());
                        case PANE_PART -> new Arrival.PanePart(time, in.readUTF(), Pane.fromBytes(in.readAllBytes()));
                        case PROGRESS -> progress(time, in);
                        case REALISED -> realised(time, in);
                        case OUTCOMES_PART ->
                            new Arrival.OutcomesPart(time, in.readInt(), Outcomes.fromBytes(in.readAllBytes()));
                        default -> throw new IllegalStateException("journal entry of kind " + kind);
                    });
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Arrival.Realised realised(long time, DataInputStream in) throws IOException {
        double label = in.readDouble();
        return new Arrival.Realised(time, answer(in), label);
    }

    private static Arrival.Progress progress(long time, DataInputStream in) throws IOException {
        int partition = in.readInt();
        boolean idle = in.readBoolean();
        long newestLabel = in.readLong();
        Map<String, Integer> labels = new HashMap<>();
        for (int left = in.readInt(); left > 0; left--) {
            labels.put(in.readUTF(), in.readInt());
        }
        return new Arrival.Progress(time, partition, idle, labels, newestLabel);
    }

    private static Map<String, List<@Nullable Object>> parts(DataInputStream in) throws IOException {
        Map<String, List<@Nullable Object>> parts = new HashMap<>();
        for (int left = in.readInt(); left > 0; left--) {
            parts.put(in.readUTF(), values(in));
        }
        return parts;
    }

    private static List<@Nullable Object> values(DataInputStream in) throws IOException {
        int size = in.readInt();
        List<@Nullable Object> values = new ArrayList<>(size);
        for (int i = 0; i < size; i++) {
            values.add(
                    switch (in.readByte()) {
                        case NULL -> null;
                        case NUMBER -> in.readDouble();
                        default -> new String(in.readNBytes(in.readInt()), StandardCharsets.UTF_8);
                    });
        }
        return values;
    }
}
