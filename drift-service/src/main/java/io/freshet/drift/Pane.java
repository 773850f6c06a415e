package io.freshet.drift;

import io.freshet.profiles.NumericProfile;
import io.freshet.profiles.Profile;
import java.nio.ByteBuffer;

/**
 * What one stretch of event time has seen: its rows, and the scores of the newest model version that answered in it, so
 * that the scores of two models are never mixed. Mutable.
 */
final class Pane {
    private final Profile rows;
    private int scoreVersion;
    private NumericProfile scores;

    Pane(Profile rows) {
        this(rows, 0, new NumericProfile());
    }

    private Pane(Profile rows, int scoreVersion, NumericProfile scores) {
        this.rows = rows;
        this.scoreVersion = scoreVersion;
        this.scores = scores;
    }

    Profile rows() {
        return rows;
    }

    int scoreVersion() {
        return scoreVersion;
    }

    NumericProfile scores() {
        return scores;
    }

    void addScore(int version, double score) {
        if (version > scoreVersion) {
            scoreVersion = version;
            scores = new NumericProfile();
        }
        if (version == scoreVersion) {
            scores.add(score);
        }
    }

    /** Adds what the other has seen; the other is left as it was. */
    void merge(Pane other) {
        rows.merge(other.rows);
        if (other.scoreVersion > scoreVersion) {
            scoreVersion = other.scoreVersion;
            scores = new NumericProfile();
        }
        if (other.scoreVersion == scoreVersion) {
            scores.merge(other.scores);
        }
    }

    /** Rows and scores. */
    long records() {
        return rows.rows() + scores.rows();
    }

    byte[] toBytes() {
        byte[] first = rows.toBytes();
        byte[] second = scores.toBytes();
        return ByteBuffer.allocate(2 * Integer.BYTES + first.length + second.length)
                .putInt(scoreVersion)
                .putInt(first.length)
                .put(first)
                .put(second)
                .array();
    }

    /** @throws IllegalArgumentException for anything that {@link #toBytes()} did not write */
    static Pane fromBytes(byte[] bytes) {
        ByteBuffer in = ByteBuffer.wrap(bytes);
        if (bytes.length < 2 * Integer.BYTES) {
            throw new IllegalArgumentException("a pane of " + bytes.length + " bytes");
        }
        int version = in.getInt();
        int size = in.getInt();
        if (size < 0 || size > in.remaining()) {
            throw new IllegalArgumentException("a pane whose rows take " + size + " of " + in.remaining() + " bytes");
        }
        byte[] first = new byte[size];
        in.get(first);
        byte[] second = new byte[in.remaining()];
        in.get(second);
        return new Pane(Profile.fromBytes(first), version, NumericProfile.fromBytes(second));
    }
}
