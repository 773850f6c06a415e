package io.freshet.runtime;

import io.confluent.kafka.serializers.KafkaAvroSerializer;
import io.freshet.schemas.topic.Topic;
import io.freshet.schemas.wire.WireFormat;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;

/** A single record on the log, by a producer of its own. */
public final class OneRecord {
    private OneRecord() {}

    /**
     * Writes it, and returns once every replica has it.
     *
     * @param client the name by which the broker knows the writer
     * @throws IllegalStateException when it cannot be written
     */
    public static void write(KafkaConnection connection, String client, Topic topic, String key, SpecificRecord value)
            throws InterruptedException {
        KafkaAvroSerializer serializer = WireFormat.serializer(
                connection.registry(), connection.settings().registryUrl());
        try (KafkaProducer<byte[], byte[]> producer = connection.producer(client, Map.of())) {
            producer.send(new ProducerRecord<>(
                            topic.name(),
                            key.getBytes(StandardCharsets.UTF_8),
                            serializer.serialize(topic.name(), value)))
                    .get();
        } catch (ExecutionException e) {
            throw new IllegalStateException("the request could not be written: " + e.getCause(), e);
        }
    }
}
