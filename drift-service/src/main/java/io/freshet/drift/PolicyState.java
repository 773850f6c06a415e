package io.freshet.drift;

import io.freshet.drift.Incident.Drifting;
import io.freshet.drift.Incident.Quiet;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the policy remembers.
 *
 * @param incident whether there is drift
 * @param outstanding the request that waits for its training run, if one does
 * @param examples labelled examples seen
 * @param examplesAtTraining examples seen when the last training was asked for
 * @param askedAt event time of the last request or training run; {@link Panes#NONE} before the first
 * @param askedFor end of the window that the last request for drift was made for; {@link Panes#NONE} before the first
 * @param refusals training runs since the last promoted one
 * @param modelAt how many examples of the declared feature set a model is asked for at while none of that set serves
 * @param champion the serving version; 0 when none
 * @param highestDeployed the highest version ever deployed; 0 when none
 * @param announced the version that the last promoted run announced; 0 when none
 * @param featureSet the declared feature set
 * @param declared examples of the declared feature set among those seen
 * @param superseded whether the champion was trained on another feature set than the declared one
 */
record PolicyState(
        Incident incident,
        @Nullable Outstanding outstanding,
        long examples,
        long examplesAtTraining,
        long askedAt,
        long askedFor,
        int refusals,
        long modelAt,
        int champion,
        int highestDeployed,
        int announced,
        String featureSet,
        long declared,
        boolean superseded) {
    private static final int VERSION = 2;

    /** @param examples examples seen when it was made */
    record Outstanding(String requestId, long examples) {}

    static PolicyState initial(String featureSet, int firstAfter) {
        return new PolicyState(
                new Quiet(), null, 0, 0, Panes.NONE, Panes.NONE, 0, firstAfter, 0, 0, 0, featureSet, 0, false);
    }

    PolicyState with(Incident now) {
        return new PolicyState(
                now,
                outstanding,
                examples,
                examplesAtTraining,
                askedAt,
                askedFor,
                refusals,
                modelAt,
                champion,
                highestDeployed,
                announced,
                featureSet,
                declared,
                superseded);
    }

    /** Counts an example of some feature set. */
    PolicyState oneMoreExample(String ofSet) {
        return new PolicyState(
                incident,
                outstanding,
                examples + 1,
                examplesAtTraining,
                askedAt,
                askedFor,
                refusals,
                modelAt,
                champion,
                highestDeployed,
                announced,
                featureSet,
                ofSet.equals(featureSet) ? declared + 1 : declared,
                superseded);
    }

    /** The declaration has another feature set now, of which no example was seen. */
    PolicyState redeclared(String newSet, int firstAfter) {
        return new PolicyState(
                incident,
                outstanding,
                examples,
                examplesAtTraining,
                askedAt,
                askedFor,
                refusals,
                firstAfter,
                champion,
                highestDeployed,
                announced,
                newSet,
                0,
                superseded);
    }

    PolicyState superseded(boolean now) {
        return new PolicyState(
                incident,
                outstanding,
                examples,
                examplesAtTraining,
                askedAt,
                askedFor,
                refusals,
                modelAt,
                champion,
                highestDeployed,
                announced,
                featureSet,
                declared,
                now);
    }

    PolicyState asked(String requestId, long at, long forWindowEnd) {
        return new PolicyState(
                incident,
                new Outstanding(requestId, examples),
                examples,
                examplesAtTraining,
                at,
                forWindowEnd,
                refusals,
                modelAt,
                champion,
                highestDeployed,
                announced,
                featureSet,
                declared,
                superseded);
    }

    PolicyState deployed(int version) {
        return new PolicyState(
                incident,
                outstanding,
                examples,
                examplesAtTraining,
                askedAt,
                askedFor,
                refusals,
                modelAt,
                version,
                Math.max(highestDeployed, version),
                announced,
                featureSet,
                declared,
                superseded);
    }

    /**
     * Whether a model of the declared features is to take the champion's place. Not after a rollback: who went back to a
     * model of other features has seen one of these.
     */
    boolean awaitsNewFeatures() {
        return superseded && champion == highestDeployed;
    }

    void write(DataOutputStream out) throws IOException {
        out.writeByte(VERSION);
        switch (incident) {
            case Quiet() -> out.writeBoolean(false);
            case Drifting drifting -> {
                out.writeBoolean(true);
                write(out, drifting.alertId());
                out.writeLong(drifting.openedAt());
                out.writeInt(drifting.modelVersion());
                out.writeLong(drifting.windowEnd());
                out.writeInt(drifting.features().size());
                for (String feature : drifting.features()) {
                    write(out, feature);
                }
                out.writeDouble(drifting.lead());
                write(out, drifting.message());
            }
        }
        out.writeBoolean(outstanding != null);
        if (outstanding != null) {
            write(out, outstanding.requestId());
            out.writeLong(outstanding.examples());
        }
        out.writeLong(examples);
        out.writeLong(examplesAtTraining);
        out.writeLong(askedAt);
        out.writeLong(askedFor);
        out.writeInt(refusals);
        out.writeLong(modelAt);
        out.writeInt(champion);
        out.writeInt(highestDeployed);
        out.writeInt(announced);
        write(out, featureSet);
        out.writeLong(declared);
        out.writeBoolean(superseded);
    }

    static PolicyState read(DataInputStream in) throws IOException {
        int version = in.readByte();
        if (version != VERSION) {
            throw new IllegalStateException("kept state is of version " + version + ", not " + VERSION);
        }
        return new PolicyState(
                in.readBoolean() ? readDrifting(in) : new Quiet(),
                in.readBoolean() ? new Outstanding(text(in), in.readLong()) : null,
                in.readLong(),
                in.readLong(),
                in.readLong(),
                in.readLong(),
                in.readInt(),
                in.readLong(),
                in.readInt(),
                in.readInt(),
                in.readInt(),
                text(in),
                in.readLong(),
                in.readBoolean());
    }

    private static Drifting readDrifting(DataInputStream in) throws IOException {
        String alertId = text(in);
        long openedAt = in.readLong();
        int modelVersion = in.readInt();
        long windowEnd = in.readLong();
        List<String> features = new ArrayList<>();
        for (int left = in.readInt(); left > 0; left--) {
            features.add(text(in));
        }
        return new Drifting(alertId, openedAt, modelVersion, windowEnd, features, in.readDouble(), text(in));
    }

    private static void write(DataOutputStream out, String text) throws IOException {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        out.writeInt(bytes.length);
        out.write(bytes);
    }

    private static String text(DataInputStream in) throws IOException {
        return new String(in.readNBytes(in.readInt()), StandardCharsets.UTF_8);
    }
}
