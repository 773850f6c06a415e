package io.freshet.drift;

import io.freshet.profiles.Profile;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.HashMap;
import java.util.Map;

/**
 * What live windows are compared with.
 *
 * @param modelVersion the model that was trained on it, at least 1
 * @param featureSet the feature set that its features are of
 * @param baseline the profile of its training rows; not copied, not to be changed
 * @param thresholds by monitored feature, which the baseline must have, the index above which it counts as drifted:
 *     finite and above 0
 */
public record Reference(int modelVersion, String featureSet, Profile baseline, Map<String, Double> thresholds) {
    private static final int LONGEST_FEATURE_SET = 64;

    /**
     * @throws IllegalArgumentException for a version or a threshold out of its range, an unknown feature or a feature set
     *     of more than 64 characters
     */
    public Reference {
        thresholds = Map.copyOf(thresholds);
        if (modelVersion < 1) {
            throw new IllegalArgumentException("model version is " + modelVersion);
        }
        if (featureSet.length() > LONGEST_FEATURE_SET) {
            throw new IllegalArgumentException("feature set has " + featureSet.length() + " characters");
        }
        thresholds.forEach((feature, threshold) -> {
            if (!(threshold > 0)
                    || threshold.isInfinite()
                    || !baseline.features().contains(feature)) {
                throw new IllegalArgumentException("threshold of feature " + feature + " is " + threshold);
            }
        });
    }

    byte[] toBytes() {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (DataOutputStream out = new DataOutputStream(bytes)) {
            out.writeInt(modelVersion);
            out.writeUTF(featureSet);
            out.writeInt(thresholds.size());
            for (Map.Entry<String, Double> entry : thresholds.entrySet()) {
                out.writeUTF(entry.getKey());
                out.writeDouble(entry.getValue());
            }
            out.write(baseline.toBytes());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    static Reference fromBytes(byte[] bytes) {
        try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes))) {
            int version = in.readInt();
            String featureSet = in.readUTF();
            int size = in.readInt();
            Map<String, Double> thresholds = new HashMap<>();
            for (int i = 0; i < size; i++) {
                thresholds.put(in.readUTF(), in.readDouble());
            }
            return new Reference(version, featureSet, Profile.fromBytes(in.readAllBytes()), thresholds);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
