package io.freshet.scoring;

import io.confluent.kafka.serializers.KafkaAvroDeserializer;
import io.confluent.kafka.serializers.KafkaAvroSerializer;
import io.freshet.model.Model;
import io.freshet.runtime.KafkaConnection;
import io.freshet.runtime.ModelCatalogue;
import io.freshet.runtime.TransactionalLoop;
import io.freshet.schemas.message.Challenge;
import io.freshet.schemas.message.Prediction;
import io.freshet.schemas.message.PredictionError;
import io.freshet.schemas.message.ShadowPrediction;
import io.freshet.schemas.pipeline.Pipeline;
import io.freshet.schemas.row.FeatureRow;
import io.freshet.schemas.row.FeatureRowSchema;
import io.freshet.schemas.wire.Unreadable;
import io.freshet.schemas.wire.WireFormat;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import org.apache.avro.generic.GenericRecord;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.producer.ProducerRecord;

/**
 * One pipeline's way from feature rows to predictions: read, choose champion and challenger, score, write. An answer goes to
 * the partition of its row, so that the answers of a partition have the order of its rows whoever partitioned them.
 */
final class ScoringFlow implements TransactionalLoop.Step {
    /** Why a row could not be scored. */
    static final List<String> FAILURES = List.of("TOMBSTONE", "UNKNOWN_SCHEMA", "UNDECODABLE", "NO_FEATURE_ROW");

    private static final Duration CATALOGUE_WITHIN = Duration.ofSeconds(60);
    private static final Duration CHAMPION_WITHIN = Duration.ofSeconds(10);
    private static final Duration CHALLENGER_WITHIN = Duration.ofSeconds(10);

    private final ModelCatalogue catalogue;
    private final ScoringMetrics metrics;
    private final InstantSource clock;
    private final String pipeline;
    private final String predictions;
    private final String shadows;
    private final String errors;
    private final Scoring scoring;
    private final FeatureRowSchema rows;
    private final KafkaAvroDeserializer reader;
    private final KafkaAvroSerializer writer;
    private Champion champion = new Champion.None();
    private Challenger challenger = new Challenger.None();
    private Awaited awaited = new Awaited(0, Instant.EPOCH);
    private boolean assigned = true;

    ScoringFlow(
            Pipeline pipeline,
            KafkaConnection connection,
            ModelCatalogue catalogue,
            ScoringMetrics metrics,
            InstantSource clock) {
        this.catalogue = catalogue;
        this.metrics = metrics;
        this.clock = clock;
        this.pipeline = pipeline.name();
        this.predictions = pipeline.name() + ".predictions";
        this.shadows = pipeline.name() + ".shadow-predictions";
        this.errors = pipeline.name() + ".prediction-errors";
        this.scoring = new Scoring(pipeline);
        this.rows = FeatureRowSchema.of(pipeline);
        String registryUrl = connection.settings().registryUrl();
        this.reader = WireFormat.deserializer(connection.registry(), registryUrl, false);
        this.writer = WireFormat.serializer(connection.registry(), registryUrl);
        metrics.watch(this.pipeline, catalogue);
    }

    @Override
    public void process(ConsumerRecords<byte[], byte[]> batch, TransactionalLoop.Outbox outbox)
            throws InterruptedException {
        chooseChampion();
        chooseChallenger();
        for (ConsumerRecord<byte[], byte[]> record : batch) {
            answer(record, outbox);
        }
        if (champion instanceof Champion.Serving serving) {
            metrics.values(pipeline, serving, false);
            serving.before().ifPresent(before -> metrics.values(pipeline, before, false));
        }
    }

    @Override
    public void assigned() {
        assigned = true;
    }

    /**
     * Answers must not go back to the base rate or an older model only because a restarted service, or the one that takes
     * partitions over, has not read yet which model serves.
     */
    private void chooseChampion() throws InterruptedException {
        if (assigned) {
            catalogue.awaitEnd(CATALOGUE_WITHIN);
            catalogue.awaitChampion(pipeline, CHAMPION_WITHIN);
            assigned = false;
        }
        catalogue.champion(pipeline).ifPresent(this::swap);
    }

    private void swap(Model model) {
        if (!(champion instanceof Champion.Serving serving) || serving.model() != model) {
            Champion.Serving next = Champion.Serving.of(
                    model,
                    rows,
                    catalogue.previous(pipeline).map(before -> Champion.Serving.of(before, rows, Optional.empty())));
            champion = next;
            metrics.values(pipeline, next, true);
        }
    }

    /**
     * The challenger changes between two batches as the champion does. While the pieces of its bundle are on their way it is
     * as if there were none: nobody waits for them.
     */
    private void chooseChallenger() {
        Optional<Challenge> wanted = catalogue
                .challenge(pipeline)
                .filter(challenge -> champion instanceof Champion.Serving serving
                        && serving.model().bundle().modelVersion() != challenge.getVersion());
        if (wanted.isEmpty()) {
            challenger = new Challenger.None();
            return;
        }
        Challenge challenge = wanted.get();
        if (challenger instanceof Challenger.Loaded(Challenge of, Champion.Serving serving)
                && of.getVersion() == challenge.getVersion()) {
            challenger = new Challenger.Loaded(challenge, serving);
            return;
        }
        Instant now = clock.instant();
        if (awaited.version() != challenge.getVersion()) {
            awaited = new Awaited(challenge.getVersion(), now);
        }
        challenger = catalogue
                .version(pipeline, challenge.getVersion())
                .<Challenger>map(
                        model -> new Challenger.Loaded(challenge, Champion.Serving.of(model, rows, Optional.empty())))
                .orElseGet(() -> now.isBefore(awaited.since().plus(CHALLENGER_WITHIN))
                        ? new Challenger.None()
                        : new Challenger.NotLoaded(challenge));
    }

    private void answer(ConsumerRecord<byte[], byte[]> record, TransactionalLoop.Outbox outbox) {
        FeatureRow row;
        try {
            row = read(record);
        } catch (UnreadableRowException e) {
            outbox.send(failure(record, e));
            return;
        }
        Scoring.Answers answers = scoring.answer(row, champion, challenger, clock.instant());
        Prediction prediction = answers.prediction();
        byte[] key = prediction.getEntityKey().getBytes(StandardCharsets.UTF_8);
        metrics.predicted(pipeline, prediction.getDegraded());
        outbox.send(
                new ProducerRecord<>(predictions, record.partition(), key, writer.serialize(predictions, prediction)));
        answers.shadow().ifPresent(shadow -> send(shadow, key, outbox));
    }

    private void send(ShadowPrediction shadow, byte[] key, TransactionalLoop.Outbox outbox) {
        metrics.challenged(pipeline, shadow);
        outbox.send(new ProducerRecord<>(shadows, 0, key, writer.serialize(shadows, shadow)));
    }

    private FeatureRow read(ConsumerRecord<byte[], byte[]> record) throws UnreadableRowException {
        if (record.value() == null) {
            throw new UnreadableRowException("TOMBSTONE", "the record has no value");
        }
        Object value;
        try {
            value = reader.deserialize(record.topic(), record.value());
        } catch (RuntimeException e) {
            Unreadable unreadable = Unreadable.orThrow(e);
            throw new UnreadableRowException(
                    unreadable.unknownSchema() ? "UNKNOWN_SCHEMA" : "UNDECODABLE", unreadable.detail());
        }
        try {
            return rows.fromRecord((GenericRecord) value);
        } catch (RuntimeException e) {
            throw new UnreadableRowException("NO_FEATURE_ROW", "it is no feature row: " + e);
        }
    }

    private ProducerRecord<byte[], byte[]> failure(ConsumerRecord<byte[], byte[]> record, UnreadableRowException why) {
        metrics.failed(pipeline, why.reason());
        PredictionError error = PredictionError.newBuilder()
                .setPipeline(pipeline)
                .setReason(why.reason())
                .setDetail(String.valueOf(why.getMessage()))
                .setModelVersion(0)
                .setSourceTopic(record.topic())
                .setSourcePartition(record.partition())
                .setSourceOffset(record.offset())
                .setPayload(ByteBuffer.wrap(record.value() == null ? new byte[0] : record.value()))
                .setFailedAt(clock.instant())
                .build();
        return new ProducerRecord<>(errors, record.partition(), record.key(), writer.serialize(errors, error));
    }

    /** A challenger that was not there yet when it was first looked for. */
    private record Awaited(int version, Instant since) {}

    /** A record of the features topic that is no feature row. */
    private static final class UnreadableRowException extends Exception {
        private final String reason;

        UnreadableRowException(String reason, String detail) {
            super(detail, null, false, false);
            this.reason = reason;
        }

        String reason() {
            return reason;
        }
    }
}
