package io.freshet.drift;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import org.jspecify.annotations.Nullable;

/**
 * Where a pipeline stands. Times are event times in epoch milliseconds.
 *
 * @param alertId the open incident, empty when there is none
 * @param openedAt when it was opened
 * @param alertSummary the drifted features as last announced
 * @param alertExcess the leading feature's multiple of its threshold as last announced
 * @param outstanding the request that has not been answered, empty when there is none
 * @param requests how many requests were made
 * @param lastRequest when the last one was made; {@link Long#MIN_VALUE} when none was
 * @param refusals trainings in a row that promoted nothing
 * @param examples labelled examples so far
 * @param examplesAtTraining how many there were when the last training ended
 * @param champion the version that serves; 0 when none does
 */
record Standing(
        String alertId,
        long openedAt,
        String alertSummary,
        double alertExcess,
        String outstanding,
        int requests,
        long lastRequest,
        int refusals,
        long examples,
        long examplesAtTraining,
        int champion) {
    static final Standing START = new Standing("", 0, "", 0, "", 0, Long.MIN_VALUE, 0, 0, 0, 0);

    boolean alerting() {
        return !alertId.isEmpty();
    }

    Standing alert(String id, long opened, String summary, double excess) {
        return new Standing(
                id,
                opened,
                summary,
                excess,
                outstanding,
                requests,
                lastRequest,
                refusals,
                examples,
                examplesAtTraining,
                champion);
    }

    Standing requested(String requestId, long at) {
        return new Standing(
                alertId,
                openedAt,
                alertSummary,
                alertExcess,
                requestId,
                requests + 1,
                at,
                refusals,
                examples,
                examplesAtTraining,
                champion);
    }

    Standing trained(boolean promoted) {
        return new Standing(
                alertId,
                openedAt,
                alertSummary,
                alertExcess,
                "",
                requests,
                lastRequest,
                promoted ? 0 : refusals + 1,
                examples,
                examples,
                champion);
    }

    Standing example() {
        return new Standing(
                alertId,
                openedAt,
                alertSummary,
                alertExcess,
                outstanding,
                requests,
                lastRequest,
                refusals,
                examples + 1,
                examplesAtTraining,
                champion);
    }

    Standing champion(int version) {
        return new Standing(
                alertId,
                openedAt,
                alertSummary,
                alertExcess,
                outstanding,
                requests,
                lastRequest,
                refusals,
                examples,
                examplesAtTraining,
                version);
    }

    static Standing fromBytes(byte @Nullable [] bytes) {
        if (bytes == null) {
            return START;
        }
        try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes))) {
            return new Standing(
                    in.readUTF(),
                    in.readLong(),
                    in.readUTF(),
                    in.readDouble(),
                    in.readUTF(),
                    in.readInt(),
                    in.readLong(),
                    in.readInt(),
                    in.readLong(),
                    in.readLong(),
                    in.readInt());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    byte[] toBytes() {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (DataOutputStream out = new DataOutputStream(bytes)) {
            out.writeUTF(alertId);
            out.writeLong(openedAt);
            out.writeUTF(alertSummary);
            out.writeDouble(alertExcess);
            out.writeUTF(outstanding);
            out.writeInt(requests);
            out.writeLong(lastRequest);
            out.writeInt(refusals);
            out.writeLong(examples);
            out.writeLong(examplesAtTraining);
            out.writeInt(champion);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }
}
