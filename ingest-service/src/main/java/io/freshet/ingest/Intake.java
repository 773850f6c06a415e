package io.freshet.ingest;

import com.fasterxml.jackson.databind.JsonNode;
import io.confluent.kafka.serializers.KafkaAvroSerializer;
import io.freshet.runtime.DeclaredPipeline;
import io.freshet.schemas.check.RecordCheck;
import io.freshet.schemas.message.RecordKind;
import io.freshet.schemas.message.RejectedRecord;
import io.freshet.schemas.pipeline.Pipeline;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericRecord;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.jspecify.annotations.Nullable;

/** Takes the events and labels of one pipeline: convert, check, publish or reject, wait for the brokers. Thread-safe. */
final class Intake {
    private static final int LARGEST_KEPT = 64 * 1024;

    private final Pipeline pipeline;
    private final int version;
    private final Producer<byte[], byte[]> producer;
    private final KafkaAvroSerializer writer;
    private final IngestMetrics metrics;
    private final InstantSource clock;
    private final RecordCheck events;
    private final RecordCheck labels;

    Intake(
            DeclaredPipeline declared,
            Producer<byte[], byte[]> producer,
            KafkaAvroSerializer writer,
            IngestMetrics metrics,
            InstantSource clock) {
        this.pipeline = declared.pipeline();
        this.version = declared.version();
        this.producer = producer;
        this.writer = writer;
        this.metrics = metrics;
        this.clock = clock;
        this.events = RecordCheck.of(pipeline, RecordKind.EVENT);
        this.labels = RecordCheck.of(pipeline, RecordKind.LABEL);
    }

    /**
     * Publishes each record, or the reason why not, in the order given.
     *
     * @return one verdict a record, in the same order, once the brokers have acknowledged all of them
     * @throws IllegalStateException when one was not acknowledged; others may have been published
     */
    List<Verdict> take(RecordKind kind, List<Submission> submissions) throws InterruptedException {
        List<Verdict> verdicts = new ArrayList<>(submissions.size());
        List<Future<?>> sent = new ArrayList<>(submissions.size());
        for (Submission submission : submissions) {
            Verdict verdict = judge(kind, submission, sent);
            if (verdict instanceof Verdict.Rejected rejected) {
                sent.add(producer.send(rejection(kind, submission, rejected)));
            }
            verdicts.add(verdict);
        }
        for (Future<?> acknowledgement : sent) {
            try {
                acknowledgement.get();
            } catch (ExecutionException e) {
                throw new IllegalStateException("not acknowledged: " + e.getCause(), e);
            }
        }
        verdicts.forEach(verdict -> metrics.judged(pipeline.name(), kind, verdict));
        return verdicts;
    }

    private Verdict judge(RecordKind kind, Submission submission, List<Future<?>> sent) {
        JsonNode json = submission.json();
        if (json == null) {
            return Objects.requireNonNull(submission.refused());
        }
        GenericRecord record;
        try {
            record = JsonToAvro.record(schema(kind), json);
        } catch (JsonToAvro.MismatchException e) {
            return new Verdict.Rejected(e.reason(), e.path(), String.valueOf(e.getMessage()));
        }
        RecordCheck check = kind == RecordKind.EVENT ? events : labels;
        return switch (check.check(record, clock.instant())) {
            case RecordCheck.Refused(var reason, var field, var detail) -> new Verdict.Rejected(reason, field, detail);
            case RecordCheck.Passed passed -> publish(kind, record, sent);
        };
    }

    private Verdict publish(RecordKind kind, GenericRecord record, List<Future<?>> sent) {
        String topic = pipeline.name() + (kind == RecordKind.EVENT ? ".events" : ".labels");
        String key = kind == RecordKind.EVENT
                ? pipeline.event().key()
                : pipeline.label().event();
        byte[] value = writer.serialize(topic, record);
        Optional<RecordCheck.Refused> tooLarge = RecordCheck.size(value.length);
        if (tooLarge.isPresent()) {
            return new Verdict.Rejected(
                    tooLarge.get().reason(), null, tooLarge.get().detail());
        }
        sent.add(producer.send(new ProducerRecord<>(topic, bytes(String.valueOf(record.get(key))), value)));
        return new Verdict.Accepted();
    }

    private Schema schema(RecordKind kind) {
        return kind == RecordKind.EVENT
                ? pipeline.event().schema()
                : pipeline.label().schema();
    }

    private ProducerRecord<byte[], byte[]> rejection(
            RecordKind kind, Submission submission, Verdict.Rejected rejected) {
        String topic = pipeline.name() + ".rejected";
        String id = id(kind, submission.json());
        int kept = Math.min(submission.bytes().length, LARGEST_KEPT);
        RejectedRecord.Builder record = RejectedRecord.newBuilder()
                .setPipeline(pipeline.name())
                .setPipelineVersion(version)
                .setWriter(IngestApplication.NAME)
                .setKind(kind)
                .setReason(rejected.reason().name())
                .setDetail(rejected.detail())
                .setPayload(ByteBuffer.wrap(submission.bytes(), 0, kept))
                .setPayloadSize(submission.bytes().length)
                .setPayloadFormat("json")
                .setRejectedAt(clock.instant());
        String field = rejected.field();
        if (field != null) {
            record.setField(field);
        }
        if (id != null) {
            record.setRecordId(id);
        }
        return new ProducerRecord<>(topic, bytes(id == null ? "" : id), writer.serialize(topic, record.build()));
    }

    private @Nullable String id(RecordKind kind, @Nullable JsonNode json) {
        String field = kind == RecordKind.EVENT
                ? pipeline.event().id()
                : pipeline.label().event();
        JsonNode id = json == null ? null : json.get(field);
        return id == null || !id.isValueNode() || id.isNull() || id.asText().length() > 1_000 ? null : id.asText();
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
