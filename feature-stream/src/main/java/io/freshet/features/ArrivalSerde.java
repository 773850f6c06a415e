package io.freshet.features;

import io.confluent.kafka.schemaregistry.client.SchemaRegistryClient;
import io.confluent.kafka.serializers.KafkaAvroDeserializer;
import io.freshet.schemas.check.RejectReason;
import io.freshet.schemas.wire.WireFormat;
import org.apache.avro.AvroTypeException;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericRecord;
import org.apache.kafka.common.serialization.Deserializer;

/** Reads what came from outside. Never fails because of a record; fails when the registry cannot be asked. */
final class ArrivalSerde implements Deserializer<Arrival> {
    private final KafkaAvroDeserializer reader;
    private final Schema declared;

    ArrivalSerde(SchemaRegistryClient registry, String registryUrl, Schema declared) {
        this.reader = WireFormat.deserializer(registry, registryUrl, false);
        this.declared = declared;
    }

    // A tombstone is an arrival too, to be refused; Kafka's interface allows null and its annotations do not say so.
    @Override
    public Arrival deserialize(String topic, byte[] bytes) {
        if (bytes == null) {
            return new Arrival.Unreadable(RejectReason.TOMBSTONE, "the record has no value", null);
        }
        try {
            if (reader.deserialize(topic, bytes, declared) instanceof GenericRecord record) {
                return new Arrival.Read(record, bytes);
            }
            return new Arrival.Unreadable(RejectReason.SCHEMA_MISMATCH, "it is no record", bytes);
        } catch (RuntimeException e) {
            for (Throwable cause = e; cause != null; cause = cause.getCause()) {
                if (cause instanceof AvroTypeException mismatch) {
                    return new Arrival.Unreadable(
                            RejectReason.SCHEMA_MISMATCH,
                            "its schema cannot be read as " + declared.getName() + ": " + mismatch.getMessage(),
                            bytes);
                }
            }
            // Throws when the registry is at fault rather than the record.
            var unreadable = io.freshet.schemas.wire.Unreadable.orThrow(e);
            return new Arrival.Unreadable(
                    unreadable.unknownSchema() ? RejectReason.UNKNOWN_SCHEMA : RejectReason.UNDECODABLE,
                    unreadable.detail(),
                    bytes);
        }
    }
}
