package io.freshet.features.window;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.List;

/**
 * How a group's state is laid out. It is kept beside the states, so that a state that was written under another
 * declaration can be read and what is still declared be carried over.
 *
 * @param columns the keys of the columns, in the order of an entry's values
 */
record Layout(List<String> columns, List<Tier> tiers) {

    /** A partial result that tiles hold: of which column, of which kind. */
    record Slot(int column, Kind kind) {}

    /**
     * Tiles of one length.
     *
     * @param hop their length, milliseconds
     */
    record Tier(long hop, List<Slot> slots) {
        Tier {
            slots = List.copyOf(slots);
        }
    }

    Layout {
        columns = List.copyOf(columns);
        tiers = List.copyOf(tiers);
    }

    byte[] toBytes() {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (DataOutputStream to = new DataOutputStream(bytes)) {
            to.writeInt(columns.size());
            for (String column : columns) {
                Values.write(to, column);
            }
            to.writeInt(tiers.size());
            for (Tier tier : tiers) {
                to.writeLong(tier.hop());
                to.writeInt(tier.slots().size());
                for (Slot slot : tier.slots()) {
                    to.writeInt(slot.column());
                    to.writeByte(slot.kind().ordinal());
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    static Layout fromBytes(byte[] bytes) {
        try (DataInputStream from = new DataInputStream(new ByteArrayInputStream(bytes))) {
            List<String> columns = new ArrayList<>();
            for (int i = from.readInt(); i > 0; i--) {
                columns.add(String.valueOf(Values.read(from)));
            }
            List<Tier> tiers = new ArrayList<>();
            for (int i = from.readInt(); i > 0; i--) {
                long hop = from.readLong();
                List<Slot> slots = new ArrayList<>();
                for (int j = from.readInt(); j > 0; j--) {
                    slots.add(new Slot(from.readInt(), Kind.values()[from.readByte()]));
                }
                tiers.add(new Tier(hop, slots));
            }
            return new Layout(columns, tiers);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Tells layouts apart. */
    long fingerprint() {
        return fingerprint(toBytes());
    }

    static long fingerprint(byte[] bytes) {
        try {
            return ByteBuffer.wrap(MessageDigest.getInstance("SHA-256").digest(bytes))
                    .getLong();
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
