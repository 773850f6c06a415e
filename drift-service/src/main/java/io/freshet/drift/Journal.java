package io.freshet.drift;

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
import org.jspecify.annotations.Nullable;

/** The binary form of journalled arrivals: generation, kind, time, content. */
final class Journal {
    private static final int ROW = 1;
    private static final int SCORE = 2;
    private static final int LABELLED = 3;
    private static final int NULL = 0;
    private static final int NUMBER = 1;
    private static final int TEXT = 2;

    private Journal() {}

    /** @param generation number of the snapshot that the entry comes after */
    record Entry(long generation, Arrival.Streamed arrival) {}

    static byte[] write(Entry entry) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(256);
        try (DataOutputStream out = new DataOutputStream(bytes)) {
            out.writeLong(entry.generation());
            switch (entry.arrival()) {
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
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
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

    static Entry read(byte[] bytes) {
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
                        default -> throw new IllegalStateException("journal entry of kind " + kind);
                    });
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
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
