package io.freshet.quickstart.dataset;

import io.confluent.kafka.serializers.KafkaAvroDeserializer;
import io.freshet.quickstart.platform.PlatformException;
import io.freshet.quickstart.send.PlainText;
import io.freshet.runtime.KafkaConnection;
import io.freshet.runtime.LogRange;
import io.freshet.schemas.message.ModelRegistered;
import io.freshet.schemas.message.TrainingRun;
import io.freshet.schemas.topic.Topic;
import io.freshet.schemas.topic.Topics;
import io.freshet.schemas.wire.Unreadable;
import io.freshet.schemas.wire.WireFormat;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;

/** What the trainer recorded of its models and runs. */
public final class TrainingRecords {
    private static final Duration ANSWER_WITHIN = Duration.ofSeconds(10);
    private static final int SHOWN = 300;

    private TrainingRecords() {}

    /**
     * The registered models of a pipeline by version, the oldest first.
     *
     * @throws PlatformException when the platform does not answer
     */
    public static SortedMap<Integer, ModelRegistered> models(KafkaConnection connection, String pipeline) {
        SortedMap<Integer, ModelRegistered> models = new TreeMap<>();
        read(connection, Topics.MODELS, ModelRegistered.class, model -> {
            if (model.getPipeline().equals(pipeline)) {
                models.put(model.getVersion(), model);
            }
        });
        return models;
    }

    /**
     * A registered model.
     *
     * @throws PlatformException when there is none of this version, or the platform does not answer
     */
    public static ModelRegistered model(KafkaConnection connection, String pipeline, int version) {
        SortedMap<Integer, ModelRegistered> models = models(connection, pipeline);
        ModelRegistered model = models.get(version);
        if (model == null) {
            throw new PlatformException(PlainText.of(
                    "there is no model of " + pipeline + " of version " + version + "; "
                            + (models.isEmpty() ? "none is registered" : "registered are " + models.keySet()),
                    SHOWN));
        }
        return model;
    }

    /**
     * A training run, whatever came of it.
     *
     * @throws PlatformException when there is none of this id, or the platform does not answer
     */
    public static TrainingRun run(KafkaConnection connection, String pipeline, String runId) {
        SortedMap<String, TrainingRun> runs = new TreeMap<>();
        read(connection, Topics.TRAINING_RUNS, TrainingRun.class, run -> {
            if (run.getPipeline().equals(pipeline)) {
                runs.put(run.getRunId(), run);
            }
        });
        TrainingRun run = runs.get(runId);
        if (run == null) {
            throw new PlatformException(PlainText.of(
                    "there is no training run '" + runId + "' of " + pipeline + "; "
                            + (runs.isEmpty() ? "there is none at all" : "there are " + runs.keySet()),
                    SHOWN));
        }
        return run;
    }

    private static <T> void read(KafkaConnection connection, Topic topic, Class<T> type, Consumer<T> taker) {
        KafkaAvroDeserializer reader = WireFormat.deserializer(
                connection.registry(), connection.settings().registryUrl(), true);
        TopicPartition partition = new TopicPartition(topic.name(), 0);
        try (KafkaConsumer<byte[], byte[]> consumer = connection.consumer(
                "freshet-training-records",
                Map.of("allow.auto.create.topics", false, "default.api.timeout.ms", (int) ANSWER_WITHIN.toMillis()))) {
            long from = Objects.requireNonNull(
                    consumer.beginningOffsets(List.of(partition)).get(partition));
            long to = Objects.requireNonNull(
                    consumer.endOffsets(List.of(partition)).get(partition));
            LogRange.read(consumer, partition, from, to, record -> {
                if (record.value() != null) {
                    decode(reader, topic, record.value(), type, taker);
                }
            });
        } catch (KafkaException | IllegalStateException e) {
            throw new PlatformException(
                    topic.name() + " cannot be read at " + connection.settings().bootstrapServers() + ": "
                            + e.getMessage(),
                    e);
        }
    }

    /** What cannot be read is passed by, as every reader of these topics does. */
    private static <T> void decode(
            KafkaAvroDeserializer reader, Topic topic, byte[] value, Class<T> type, Consumer<T> taker) {
        Object decoded;
        try {
            decoded = reader.deserialize(topic.name(), value);
        } catch (RuntimeException e) {
            try {
                Unreadable.orThrow(e);
                return;
            } catch (RuntimeException registry) {
                throw new PlatformException("the schema registry does not answer: " + registry.getMessage(), registry);
            }
        }
        if (type.isInstance(decoded)) {
            taker.accept(type.cast(decoded));
        }
    }
}
