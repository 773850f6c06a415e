package io.freshet.features;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * An event whose entities have not all given their part of its row.
 *
 * @param time the event time, epoch milliseconds
 * @param event as it is on the log
 * @param partition where it stands there
 * @param offset as well
 * @param prior the mean label when it was taken; null when none was known
 * @param label its label, when that has come already
 * @param parts as they came, by the names of the stages that were asked; empty where one is missing
 * @param corrections of parts, in the order in which they came
 */
@SuppressWarnings("ArrayRecordComponent") // Bytes that are passed on; never compared.
record RowInProgress(
        String id,
        long time,
        byte[] event,
        int partition,
        long offset,
        @Nullable Double prior,
        @Nullable Joined label,
        Map<String, byte[]> parts,
        List<byte[]> corrections) {

    /**
     * A label that was joined.
     *
     * @param known when the truth became known, epoch milliseconds
     * @param value as {@link io.freshet.schemas.row.Example#label}
     * @param label as it is on the log, and where
     */
    record Joined(long known, double value, Pending.Early label) {}

    RowInProgress with(Joined joined) {
        return new RowInProgress(id, time, event, partition, offset, prior, joined, parts, corrections);
    }

    /** With a stage's part, if the stage was asked. */
    RowInProgress with(String stage, byte[] part) {
        Map<String, byte[]> filled = new LinkedHashMap<>(parts);
        filled.replace(stage, part);
        return withParts(filled);
    }

    RowInProgress withParts(Map<String, byte[]> filled) {
        return new RowInProgress(id, time, event, partition, offset, prior, label, filled, corrections);
    }

    RowInProgress withCorrection(byte[] part) {
        List<byte[]> all = new ArrayList<>(corrections);
        all.add(part);
        return new RowInProgress(id, time, event, partition, offset, prior, label, parts, all);
    }

    boolean isComplete() {
        return parts.values().stream().noneMatch(part -> part.length == 0);
    }

    byte[] toBytes() {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (DataOutputStream to = new DataOutputStream(bytes)) {
            Texts.write(to, id);
            to.writeLong(time);
            Texts.writeBytes(to, event);
            to.writeInt(partition);
            to.writeLong(offset);
            to.writeDouble(prior == null ? Double.NaN : prior);
            to.writeBoolean(label != null);
            if (label != null) {
                to.writeLong(label.known());
                to.writeDouble(label.value());
                to.writeInt(label.label().partition());
                to.writeLong(label.label().offset());
                Texts.writeBytes(to, label.label().label());
            }
            to.writeInt(parts.size());
            for (Map.Entry<String, byte[]> part : parts.entrySet()) {
                Texts.write(to, part.getKey());
                Texts.writeBytes(to, part.getValue());
            }
            to.writeInt(corrections.size());
            for (byte[] correction : corrections) {
                Texts.writeBytes(to, correction);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    static RowInProgress fromBytes(byte[] bytes) {
        try (DataInputStream from = new DataInputStream(new ByteArrayInputStream(bytes))) {
            String id = Texts.read(from);
            long time = from.readLong();
            byte[] event = Texts.readBytes(from);
            int partition = from.readInt();
            long offset = from.readLong();
            double prior = from.readDouble();
            Joined label = null;
            if (from.readBoolean()) {
                long known = from.readLong();
                double value = from.readDouble();
                int labelPartition = from.readInt();
                long labelOffset = from.readLong();
                label = new Joined(known, value, new Pending.Early(Texts.readBytes(from), labelPartition, labelOffset));
            }
            Map<String, byte[]> parts = new LinkedHashMap<>();
            for (int i = from.readInt(); i > 0; i--) {
                parts.put(Texts.read(from), Texts.readBytes(from));
            }
            List<byte[]> corrections = new ArrayList<>();
            for (int i = from.readInt(); i > 0; i--) {
                corrections.add(Texts.readBytes(from));
            }
            return new RowInProgress(
                    id, time, event, partition, offset, Double.isNaN(prior) ? null : prior, label, parts, corrections);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
