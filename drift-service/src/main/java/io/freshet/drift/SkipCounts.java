package io.freshet.drift;

import java.time.InstantSource;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import org.apache.kafka.common.metrics.Sensor;
import org.apache.kafka.streams.StreamsMetrics;

/** The metrics {@code skipped-<reason>-total} of a pipeline, group {@code stream-freshet-drift-metrics}. */
final class SkipCounts {
    private static final String SCOPE = "freshet-drift";

    private final String pipeline;
    private final InstantSource clock;
    private final Map<SkipReason, Sensor> sensors = new EnumMap<>(SkipReason.class);

    SkipCounts(String pipeline, InstantSource clock) {
        this.pipeline = pipeline;
        this.clock = clock;
    }

    void register(StreamsMetrics metrics) {
        for (SkipReason reason : SkipReason.values()) {
            sensors.put(
                    reason,
                    metrics.addRateTotalSensor(
                            SCOPE, pipeline, "skipped-" + reason.label(), Sensor.RecordingLevel.INFO));
        }
    }

    void count(SkipReason reason, long records) {
        Objects.requireNonNull(sensors.get(reason)).record(records, clock.millis());
    }
}
