package io.freshet.drift;

import io.confluent.kafka.serializers.KafkaAvroDeserializer;
import io.confluent.kafka.serializers.KafkaAvroSerializer;
import io.freshet.profiles.Profile;
import io.freshet.schemas.message.Deployment;
import io.freshet.schemas.message.DriftAlert;
import io.freshet.schemas.message.FeatureDrift;
import io.freshet.schemas.message.ModelRegistered;
import io.freshet.schemas.message.RetrainRequest;
import io.freshet.schemas.message.TrainingRun;
import io.freshet.schemas.pipeline.Pipeline;
import io.freshet.schemas.row.FeatureRowSchema;
import io.freshet.schemas.topic.Topics;
import io.freshet.schemas.wire.Unreadable;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueStore;
import org.jspecify.annotations.Nullable;

/**
 * Watches one pipeline: rows into panes, complete windows before the detector, its evidence before the policy, and what the
 * policy decides onto the log.
 *
 * <p>A pane's profile is too big to be stored with every row. Rows are kept in a journal of {@value #JOURNAL} entries, and
 * the profiles are stored when it is full or a pane closes; a restart reads the profiles and then the journal.
 */
final class DriftProcessor implements Processor<byte[], byte[], byte[], byte[]> {
    static final String JOURNAL_STORE = "journal";
    static final String PANES_STORE = "panes";
    static final String MODELS_STORE = "models";
    static final String STANDING_STORE = "standing";
    static final String ALERTS_SINK = "write-alerts";
    static final String REQUESTS_SINK = "write-requests";

    private static final int JOURNAL = 256;
    private static final byte[] NOW = "now".getBytes(StandardCharsets.UTF_8);
    private static final byte[] HEAD = "head".getBytes(StandardCharsets.UTF_8);

    private final Pipeline pipeline;
    private final KafkaAvroDeserializer generic;
    private final KafkaAvroDeserializer specific;
    private final KafkaAvroSerializer writer;
    private final InstantSource clock;
    private final DriftCounts counts;
    private final FeatureRowSchema rows;
    private final Detector detector;
    private final Policy policy;

    private @Nullable ProcessorContext<byte[], byte[]> context;
    private @Nullable KeyValueStore<byte[], byte[]> journal;
    private @Nullable KeyValueStore<byte[], byte[]> paneStore;
    private @Nullable KeyValueStore<byte[], byte[]> models;
    private @Nullable KeyValueStore<byte[], byte[]> standings;
    private @Nullable Panes panes;
    private Standing standing = Standing.START;
    private int journalled;

    DriftProcessor(
            Pipeline pipeline,
            KafkaAvroDeserializer generic,
            KafkaAvroDeserializer specific,
            KafkaAvroSerializer writer,
            InstantSource clock,
            DriftCounts counts) {
        this.pipeline = pipeline;
        this.generic = generic;
        this.specific = specific;
        this.writer = writer;
        this.clock = clock;
        this.counts = counts;
        this.rows = FeatureRowSchema.of(pipeline);
        this.detector = new Detector(pipeline);
        this.policy = new Policy(pipeline);
    }

    @Override
    public void init(ProcessorContext<byte[], byte[]> given) {
        context = given;
        journal = given.getStateStore(JOURNAL_STORE);
        paneStore = given.getStateStore(PANES_STORE);
        models = given.getStateStore(MODELS_STORE);
        standings = given.getStateStore(STANDING_STORE);
    }

    @Override
    public void process(Record<byte[], byte[]> record) {
        if (panes == null) {
            restore();
        }
        String topic =
                Objects.requireNonNull(context).recordMetadata().orElseThrow().topic();
        if (record.value() == null) {
            return;
        }
        try {
            if (topic.equals(pipeline.name() + ".features")) {
                row((GenericRecord) generic.deserialize(topic, record.value()), record.value());
            } else if (topic.equals(pipeline.name() + ".examples")) {
                example((GenericRecord) generic.deserialize(topic, record.value()));
            } else {
                announced((SpecificRecord) specific.deserialize(topic, record.value()), record.value());
            }
        } catch (UnusableException e) {
            counts.unreadable(pipeline.name(), topic);
        } catch (org.apache.kafka.common.errors.SerializationException | ClassCastException e) {
            // Throws when the registry is at fault rather than the record.
            Unreadable.orThrow(e);
            counts.unreadable(pipeline.name(), topic);
        }
    }

    private void row(GenericRecord record, byte[] bytes) throws UnusableException {
        Panes open = Objects.requireNonNull(panes);
        boolean taken;
        try {
            taken = open.add(rows.fromRecord(record));
        } catch (NullPointerException | ClassCastException | org.apache.avro.AvroRuntimeException e) {
            throw new UnusableException(e);
        }
        if (!taken) {
            counts.late(pipeline.name());
            return;
        }
        if (journalled == JOURNAL) {
            keepPanes();
        }
        Objects.requireNonNull(journal).put(slot(journalled++), bytes);
        while (open.due()) {
            open.close().ifPresent(this::judge);
            keepPanes();
        }
    }

    private void example(GenericRecord record) throws UnusableException {
        Instant labelTime;
        try {
            labelTime = rows.exampleFromRecord(record).labelTime();
        } catch (NullPointerException | ClassCastException | org.apache.avro.AvroRuntimeException e) {
            throw new UnusableException(e);
        }
        act(policy.example(standing, labelTime));
    }

    private void announced(SpecificRecord message, byte[] bytes) {
        switch (message) {
            case ModelRegistered model
            when model.getPipeline().equals(pipeline.name()) ->
                Objects.requireNonNull(models).put(version(model.getVersion()), bytes);
            case Deployment deployment
            when deployment.getPipeline().equals(pipeline.name()) ->
                keep(standing.champion(deployment.getChampionVersion()));
            case TrainingRun run
            when run.getPipeline().equals(pipeline.name()) -> keep(standing.trained(run.getPromoted()));
            default -> {
                // Of another pipeline.
            }
        }
    }

    private void judge(Panes.Window window) {
        byte[] registered = Objects.requireNonNull(models).get(version(standing.champion()));
        if (registered == null) {
            return;
        }
        ModelRegistered model = (ModelRegistered) specific.deserialize(Topics.MODELS.name(), registered);
        Evidence evidence = detector.judge(
                model.getVersion(),
                Profile.fromBytes(array(model.getBaseline())),
                model.getDriftThresholds(),
                window.panes(),
                Instant.ofEpochMilli(window.start()),
                Instant.ofEpochMilli(window.end()));
        counts.judged(pipeline.name(), !evidence.drifted().isEmpty());
        act(policy.judged(standing, evidence));
    }

    private void act(Policy.Decision decision) {
        keep(decision.standing());
        decision.alert().ifPresent(this::announce);
        decision.request().ifPresent(this::request);
    }

    private void announce(Policy.Alert alert) {
        Evidence evidence = alert.evidence();
        List<FeatureDrift> features = new ArrayList<>();
        evidence.drifted()
                .forEach(drift -> features.add(new FeatureDrift(
                        drift.feature(),
                        drift.statistic(),
                        drift.value().orElse(0),
                        drift.threshold(),
                        Words.of(drift.baseline()),
                        Words.of(drift.window()))));
        send(
                ALERTS_SINK,
                Topics.DRIFT_ALERTS.name(),
                alert.id(),
                DriftAlert.newBuilder()
                        .setAlertId(alert.id())
                        .setPipeline(pipeline.name())
                        .setState(alert.state())
                        .setModelVersion(evidence.modelVersion())
                        .setWindowStart(evidence.windowStart())
                        .setWindowEnd(evidence.windowEnd())
                        .setRows(evidence.rows())
                        .setFeatures(features)
                        .setMessage(Words.message(evidence.modelVersion(), evidence.drifted()))
                        .setOpenedAt(alert.openedAt())
                        .setDecidedAt(clock.instant())
                        .build());
    }

    private void request(Policy.Request request) {
        RetrainRequest.Builder record = RetrainRequest.newBuilder()
                .setRequestId(request.id())
                .setPipeline(pipeline.name())
                .setWriter("drift-service")
                .setReason(request.reason())
                .setEvidence(request.evidence())
                .setEventTime(request.eventTime())
                .setRequestedAt(clock.instant());
        request.alertId().ifPresent(record::setAlertId);
        send(REQUESTS_SINK, Topics.RETRAIN_REQUESTS.name(), pipeline.name(), record.build());
    }

    private void send(String sink, String topic, String key, SpecificRecord value) {
        Objects.requireNonNull(context)
                .forward(
                        new Record<>(
                                key.getBytes(StandardCharsets.UTF_8), writer.serialize(topic, value), clock.millis()),
                        sink);
    }

    private void keep(Standing now) {
        standing = now;
        Objects.requireNonNull(standings).put(NOW, now.toBytes());
    }

    /** Stores the profiles, and starts the journal anew. */
    private void keepPanes() {
        Panes open = Objects.requireNonNull(panes);
        KeyValueStore<byte[], byte[]> store = Objects.requireNonNull(paneStore);
        List<byte[]> gone = new ArrayList<>();
        try (var all = store.all()) {
            while (all.hasNext()) {
                byte[] key = all.next().key;
                if (key.length == Long.BYTES
                        && !open.profiles().containsKey(ByteBuffer.wrap(key).getLong())) {
                    gone.add(key);
                }
            }
        }
        gone.forEach(store::delete);
        open.profiles()
                .tailMap(open.firstOpen() - 1, true)
                .forEach((pane, profile) ->
                        store.put(ByteBuffer.allocate(Long.BYTES).putLong(pane).array(), profile.toBytes()));
        store.put(
                HEAD,
                ByteBuffer.allocate(2 * Long.BYTES)
                        .putLong(open.firstOpen())
                        .putLong(open.newest())
                        .array());
        KeyValueStore<byte[], byte[]> entries = Objects.requireNonNull(journal);
        for (int i = 0; i < journalled; i++) {
            entries.delete(slot(i));
        }
        journalled = 0;
    }

    private void restore() {
        Panes restored = new Panes(
                detector,
                pipeline.drift().window().toMillis(),
                pipeline.event().lateness().toMillis());
        standing = Standing.fromBytes(Objects.requireNonNull(standings).get(NOW));
        try (var all = Objects.requireNonNull(paneStore).all()) {
            while (all.hasNext()) {
                KeyValue<byte[], byte[]> entry = all.next();
                if (entry.key.length == Long.BYTES) {
                    restored.restore(ByteBuffer.wrap(entry.key).getLong(), Profile.fromBytes(entry.value));
                } else {
                    ByteBuffer head = ByteBuffer.wrap(entry.value);
                    restored.restore(head.getLong(), head.getLong());
                }
            }
        }
        byte[] bytes;
        journalled = 0;
        while ((bytes = Objects.requireNonNull(journal).get(slot(journalled))) != null) {
            restored.add(rows.fromRecord((GenericRecord) generic.deserialize(pipeline.name() + ".features", bytes)));
            journalled++;
        }
        panes = restored;
    }

    private static byte[] slot(int index) {
        return ByteBuffer.allocate(Integer.BYTES).putInt(index).array();
    }

    private static byte[] version(int version) {
        return ByteBuffer.allocate(Integer.BYTES).putInt(version).array();
    }

    private static byte[] array(ByteBuffer buffer) {
        byte[] bytes = new byte[buffer.remaining()];
        buffer.duplicate().get(bytes);
        return bytes;
    }

    /** A record of another shape than its topic holds. */
    private static final class UnusableException extends Exception {
        private static final long serialVersionUID = 1L;

        UnusableException(Exception cause) {
            super(cause);
        }
    }
}
