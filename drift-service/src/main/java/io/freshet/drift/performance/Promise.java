package io.freshet.drift.performance;

import io.freshet.schemas.pipeline.Pipeline.Metric;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;

/**
 * What a model promised: its metrics on the hold-out, on which it was not fitted.
 *
 * @param trainedThrough when the newest label that it learned from, or was chosen by, became known, event time in epoch
 *     milliseconds; {@link Long#MIN_VALUE} where nobody says
 * @param estimates by metric; only those with a finite value
 */
public record Promise(long trainedThrough, Map<Metric, Estimate> estimates) {
    public Promise {
        Map<Metric, Estimate> finite = new EnumMap<>(Metric.class);
        estimates.forEach((metric, estimate) -> {
            if (Double.isFinite(estimate.value())) {
                finite.put(metric, estimate);
            }
        });
        estimates = Map.copyOf(finite);
    }

    /**
     * A metric with its interval of 95%.
     *
     * @param low the value itself where there is no interval
     * @param high likewise
     */
    public record Estimate(double value, double low, double high) {
        public Estimate {
            low = Double.isFinite(low) ? low : value;
            high = Double.isFinite(high) ? high : value;
        }
    }

    Optional<Estimate> of(Loss loss) {
        return Optional.ofNullable(estimates.get(loss.metric()));
    }

    public byte[] toBytes() {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (DataOutputStream out = new DataOutputStream(bytes)) {
            out.writeLong(trainedThrough);
            out.writeInt(estimates.size());
            for (Map.Entry<Metric, Estimate> entry : estimates.entrySet()) {
                out.writeUTF(entry.getKey().name());
                out.writeDouble(entry.getValue().value());
                out.writeDouble(entry.getValue().low());
                out.writeDouble(entry.getValue().high());
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    /** Reads what {@link #toBytes()} wrote. */
    public static Promise fromBytes(byte[] bytes) {
        try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes))) {
            long trainedThrough = in.readLong();
            Map<Metric, Estimate> estimates = new EnumMap<>(Metric.class);
            for (int left = in.readInt(); left > 0; left--) {
                estimates.put(
                        Metric.valueOf(in.readUTF()), new Estimate(in.readDouble(), in.readDouble(), in.readDouble()));
            }
            return new Promise(trainedThrough, estimates);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
