package io.freshet.drift;

import io.freshet.drift.DriftState.Drifting;
import io.freshet.drift.DriftState.Quiet;
import io.freshet.schemas.message.IncidentKind;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What the policy remembers.
 *
 * @param drift whether there is drift
 * @param outstanding the request that waits for its training run, if one does
 * @param examples labelled examples seen
 * @param examplesAtTraining examples seen when the last training was asked for
 * @param askedAt event time of the last request or training run; {@link Panes#NONE} before the first
 * @param askedFor end of the window that the last request for drift was made for; {@link Panes#NONE} before the first
 * @param refusals training runs since the last promoted one
 * @param modelAt how many examples of the declared feature set a model is asked for at while none of that set serves
 * @param champion the serving version; 0 when none
 * @param highestDeployed the highest version ever deployed, or tried beside the champion to the end; 0 when none
 * @param announced the version that the last promoted run announced; 0 when none
 * @param featureSet the declared feature set
 * @param declared examples of the declared feature set among those seen
 * @param superseded whether the champion was trained on another feature set than the declared one
 * @param broken what is wrong with features that a new model would not help, as far as an incident was raised
 * @param tooFewFor the alert for which it was last said that there are too few labels; empty before the first
 * @param calendar the schedule that is followed, if one is
 * @param degraded the open alert of a model that does worse than it promised, if one is open
 */
record PolicyState(
        DriftState drift,
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
        boolean superseded,
        Map<String, IncidentKind> broken,
        String tooFewFor,
        @Nullable Calendar calendar,
        @Nullable Degraded degraded) {
    private static final int VERSION = 4;
    private static final int WITHOUT_PERFORMANCE = 3;
    private static final int WITHOUT_INCIDENTS = 2;

    PolicyState {
        broken = Map.copyOf(broken);
    }

    /** @param examples examples seen when it was made */
    record Outstanding(String requestId, long examples) {}

    /**
     * @param schedule the schedule as declared
     * @param upTo processing time in epoch milliseconds up to which its moments have been dealt with
     */
    record Calendar(String schedule, long upTo) {}

    /**
     * A model does worse than it promised.
     *
     * @param windowEnd end of the window judged last, event time, and {@code windowStart} its start
     * @param excess the metric over what is tolerated, as last announced
     * @param askedFor end of the window that a request was last made for; {@link Panes#NONE} before the first
     * @param message the alert as last announced, in one sentence
     */
    record Degraded(
            String alertId,
            long openedAt,
            int modelVersion,
            long windowStart,
            long windowEnd,
            double excess,
            long askedFor,
            String message) {
        Degraded judgedAgain(long start, long end) {
            return new Degraded(alertId, openedAt, modelVersion, start, end, excess, askedFor, message);
        }

        Degraded asked() {
            return new Degraded(alertId, openedAt, modelVersion, windowStart, windowEnd, excess, windowEnd, message);
        }
    }

    static PolicyState initial(String featureSet, int firstAfter) {
        return new PolicyState(
                new Quiet(),
                null,
                0,
                0,
                Panes.NONE,
                Panes.NONE,
                0,
                firstAfter,
                0,
                0,
                0,
                featureSet,
                0,
                false,
                Map.of(),
                "",
                null,
                null);
    }

    PolicyState degraded(@Nullable Degraded now) {
        Change change = change();
        change.degraded = now;
        return change.made();
    }

    PolicyState with(DriftState now) {
        Change change = change();
        change.drift = now;
        return change.made();
    }

    /** Counts an example of some feature set. */
    PolicyState oneMoreExample(String ofSet) {
        Change change = change();
        change.examples++;
        if (ofSet.equals(featureSet)) {
            change.declared++;
        }
        return change.made();
    }

    /** The declaration has another feature set now, of which no example was seen. */
    PolicyState redeclared(String newSet, int firstAfter) {
        Change change = change();
        change.modelAt = firstAfter;
        change.featureSet = newSet;
        change.declared = 0;
        return change.made();
    }

    PolicyState superseded(boolean now) {
        Change change = change();
        change.superseded = now;
        return change.made();
    }

    PolicyState asked(String requestId, long at, long forWindowEnd) {
        Change change = change();
        change.outstanding = new Outstanding(requestId, examples);
        change.askedAt = at;
        change.askedFor = forWindowEnd;
        return change.made();
    }

    PolicyState deployed(int version) {
        Change change = change();
        change.champion = version;
        change.highestDeployed = Math.max(highestDeployed, version);
        return change.made();
    }

    /** The challenge of a version has ended without its serving, as if it had been deployed and rolled back. */
    PolicyState tried(int version) {
        Change change = change();
        change.highestDeployed = Math.max(highestDeployed, version);
        return change.made();
    }

    PolicyState broken(Map<String, IncidentKind> features) {
        Change change = change();
        change.broken = features;
        return change.made();
    }

    PolicyState tooFewFor(String alertId) {
        Change change = change();
        change.tooFewFor = alertId;
        return change.made();
    }

    PolicyState calendar(@Nullable Calendar now) {
        Change change = change();
        change.calendar = now;
        return change.made();
    }

    Change change() {
        return new Change(this);
    }

    /**
     * Whether a model of the declared features is to take the champion's place. Not after a rollback: who went back to a
     * model of other features has seen one of these.
     */
    boolean awaitsNewFeatures() {
        return superseded && champion == highestDeployed;
    }

    /** Labels that have come since the last training was asked for. */
    long newLabels() {
        return examples - examplesAtTraining;
    }

    /** A state in the making. Mutable. */
    static final class Change {
        DriftState drift;

        @Nullable
        Outstanding outstanding;

        long examples;
        long examplesAtTraining;
        long askedAt;
        long askedFor;
        int refusals;
        long modelAt;
        int champion;
        int highestDeployed;
        int announced;
        String featureSet;
        long declared;
        boolean superseded;
        Map<String, IncidentKind> broken;
        String tooFewFor;

        @Nullable
        Calendar calendar;

        @Nullable
        Degraded degraded;

        private Change(PolicyState from) {
            this.drift = from.drift;
            this.outstanding = from.outstanding;
            this.examples = from.examples;
            this.examplesAtTraining = from.examplesAtTraining;
            this.askedAt = from.askedAt;
            this.askedFor = from.askedFor;
            this.refusals = from.refusals;
            this.modelAt = from.modelAt;
            this.champion = from.champion;
            this.highestDeployed = from.highestDeployed;
            this.announced = from.announced;
            this.featureSet = from.featureSet;
            this.declared = from.declared;
            this.superseded = from.superseded;
            this.broken = from.broken;
            this.tooFewFor = from.tooFewFor;
            this.calendar = from.calendar;
            this.degraded = from.degraded;
        }

        PolicyState made() {
            return new PolicyState(
                    drift,
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
                    superseded,
                    broken,
                    tooFewFor,
                    calendar,
                    degraded);
        }
    }

    void write(DataOutputStream out) throws IOException {
        out.writeByte(VERSION);
        switch (drift) {
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
        out.writeInt(broken.size());
        for (Map.Entry<String, IncidentKind> entry : new TreeMap<>(broken).entrySet()) {
            write(out, entry.getKey());
            write(out, entry.getValue().name());
        }
        write(out, tooFewFor);
        out.writeBoolean(calendar != null);
        if (calendar != null) {
            write(out, calendar.schedule());
            out.writeLong(calendar.upTo());
        }
        out.writeBoolean(degraded != null);
        if (degraded != null) {
            write(out, degraded.alertId());
            out.writeLong(degraded.openedAt());
            out.writeInt(degraded.modelVersion());
            out.writeLong(degraded.windowStart());
            out.writeLong(degraded.windowEnd());
            out.writeDouble(degraded.excess());
            out.writeLong(degraded.askedFor());
            write(out, degraded.message());
        }
    }

    static PolicyState read(DataInputStream in) throws IOException {
        int version = in.readByte();
        if (version < WITHOUT_INCIDENTS || version > VERSION) {
            throw new IllegalStateException("kept state is of version " + version + ", not " + VERSION);
        }
        PolicyState read = new PolicyState(
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
                in.readBoolean(),
                Map.of(),
                "",
                null,
                null);
        if (version == WITHOUT_INCIDENTS) {
            return read;
        }
        PolicyState withIncidents = read.broken(readBroken(in))
                .tooFewFor(text(in))
                .calendar(in.readBoolean() ? new Calendar(text(in), in.readLong()) : null);
        return version == WITHOUT_PERFORMANCE || !in.readBoolean()
                ? withIncidents
                : withIncidents.degraded(readDegraded(in));
    }

    private static Map<String, IncidentKind> readBroken(DataInputStream in) throws IOException {
        Map<String, IncidentKind> broken = new HashMap<>();
        for (int left = in.readInt(); left > 0; left--) {
            broken.put(text(in), IncidentKind.valueOf(text(in)));
        }
        return broken;
    }

    private static Degraded readDegraded(DataInputStream in) throws IOException {
        return new Degraded(
                text(in),
                in.readLong(),
                in.readInt(),
                in.readLong(),
                in.readLong(),
                in.readDouble(),
                in.readLong(),
                text(in));
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
