package io.freshet.features;

import io.confluent.kafka.serializers.KafkaAvroSerializer;
import io.freshet.schemas.check.RejectReason;
import io.freshet.schemas.message.RecordKind;
import io.freshet.schemas.message.RejectedRecord;
import io.freshet.schemas.pipeline.Pipeline;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import org.apache.kafka.common.metrics.Sensor;
import org.apache.kafka.streams.StreamsMetrics;
import org.apache.kafka.streams.processor.api.Record;

/** Counts the refusals of a pipeline by reason and makes the records of them. */
final class Refusals {
    private static final int LARGEST_KEPT = 64 * 1024;

    private final Pipeline pipeline;
    private final int version;
    private final KafkaAvroSerializer writer;
    private final InstantSource clock;
    private final Map<RejectReason, Sensor> counters = new EnumMap<>(RejectReason.class);

    /**
     * @param scope of the counters, whose name is {@code rejected}
     */
    Refusals(
            Pipeline pipeline,
            int version,
            KafkaAvroSerializer writer,
            InstantSource clock,
            StreamsMetrics metrics,
            String scope) {
        this.pipeline = pipeline;
        this.version = version;
        this.writer = writer;
        this.clock = clock;
        for (RejectReason reason : RejectReason.values()) {
            counters.put(
                    reason,
                    metrics.addRateTotalSensor(
                            scope, reason.name(), "rejected", Sensor.RecordingLevel.INFO, "reason", reason.name()));
        }
    }

    /** Counts a refusal; returns the record for the topic of rejected records. */
    Record<byte[], byte[]> record(Refusal refusal) {
        String id = refusal.id();
        byte[] key = (id == null ? "" : id).getBytes(StandardCharsets.UTF_8);
        return new Record<>(key, count(refusal), clock.millis());
    }

    private byte[] count(Refusal refusal) {
        Objects.requireNonNull(counters.get(refusal.reason())).record();
        byte[] payload = refusal.bytes() == null ? new byte[0] : refusal.bytes();
        RejectedRecord.Builder record = RejectedRecord.newBuilder()
                .setPipeline(pipeline.name())
                .setPipelineVersion(version)
                .setWriter("feature-stream")
                .setKind(refusal.kind())
                .setReason(refusal.reason().name())
                .setDetail(refusal.detail())
                .setSourceTopic(pipeline.name() + (refusal.kind() == RecordKind.EVENT ? ".events" : ".labels"))
                .setSourcePartition(refusal.partition())
                .setSourceOffset(refusal.offset())
                .setPayload(ByteBuffer.wrap(payload, 0, Math.min(payload.length, LARGEST_KEPT)))
                .setPayloadSize(payload.length)
                .setPayloadFormat("confluent-avro")
                .setRejectedAt(clock.instant());
        String field = refusal.field();
        if (field != null) {
            record.setField(field);
        }
        String id = refusal.id();
        if (id != null) {
            record.setRecordId(id);
        }
        return writer.serialize(pipeline.name() + ".rejected", record.build());
    }
}
