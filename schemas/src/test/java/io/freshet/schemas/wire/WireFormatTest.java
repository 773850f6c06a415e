package io.freshet.schemas.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.confluent.kafka.schemaregistry.client.MockSchemaRegistryClient;
import io.confluent.kafka.serializers.KafkaAvroDeserializer;
import io.confluent.kafka.serializers.KafkaAvroSerializer;
import io.freshet.schemas.message.ModelRole;
import io.freshet.schemas.message.Prediction;
import java.time.Instant;
import org.apache.avro.generic.GenericRecord;
import org.apache.kafka.common.errors.SerializationException;
import org.junit.jupiter.api.Test;

class WireFormatTest {
    private static final String TOPIC = "flights.predictions";
    private static final String URL = "mock://wire-format";
    private final MockSchemaRegistryClient registry = new MockSchemaRegistryClient();

    @Test
    void shouldWriteWhatAnyConfluentClientReads() throws Exception {
        byte[] bytes = serialize(prediction());

        int id = registry.getLatestSchemaMetadata("flights.predictions-value").getId();
        assertThat(bytes).startsWith(0, id >>> 24, id >>> 16, id >>> 8, id);
        try (KafkaAvroDeserializer deserializer = WireFormat.deserializer(registry, URL, false)) {
            GenericRecord read = (GenericRecord) deserializer.deserialize(TOPIC, bytes);
            assertThat(read.get("eventId")).hasToString("f1");
            assertThat(read.get("score")).isEqualTo(0.25);
            assertThat(read.get("role")).hasToString("CHAMPION");
        }
    }

    @Test
    void shouldReadOurMessagesAsTheirClasses() {
        byte[] bytes = serialize(prediction());

        try (KafkaAvroDeserializer deserializer = WireFormat.deserializer(registry, URL, true)) {
            assertThat(deserializer.deserialize(TOPIC, bytes)).isEqualTo(prediction());
        }
    }

    @Test
    void shouldRefuseBytesInAnotherFormat() {
        try (KafkaAvroDeserializer deserializer = WireFormat.deserializer(registry, URL, true)) {
            assertThatThrownBy(() -> deserializer.deserialize(TOPIC, new byte[] {7, 0, 0, 0, 1, 2}))
                    .isInstanceOf(SerializationException.class);
            assertThatThrownBy(() -> deserializer.deserialize(TOPIC, new byte[] {0, 0, 0, 3, (byte) 231, 2}))
                    .isInstanceOf(SerializationException.class);
        }
    }

    private byte[] serialize(Prediction prediction) {
        try (KafkaAvroSerializer serializer = WireFormat.serializer(registry, URL)) {
            return serializer.serialize(TOPIC, prediction);
        }
    }

    private static Prediction prediction() {
        return Prediction.newBuilder()
                .setPredictionId("flights/f1/champion")
                .setPipeline("flights")
                .setEventId("f1")
                .setEntityKey("ATL")
                .setEventTime(Instant.ofEpochMilli(1_000))
                .setModelVersion(2)
                .setModelFamily("gradient-boosting")
                .setRole(ModelRole.CHAMPION)
                .setScore(0.25)
                .setDecision(false)
                .setThreshold(0.5)
                .setDegraded(false)
                .setFeatureSet("1")
                .setFeaturesComputedAt(Instant.ofEpochMilli(2_000))
                .setScoredAt(Instant.ofEpochMilli(3_000))
                .build();
    }
}
