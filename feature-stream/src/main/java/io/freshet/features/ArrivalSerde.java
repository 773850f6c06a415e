package io.freshet.features;

import io.confluent.kafka.schemaregistry.avro.AvroSchema;
import io.confluent.kafka.schemaregistry.client.SchemaRegistryClient;
import io.confluent.kafka.schemaregistry.client.rest.exceptions.RestClientException;
import io.confluent.kafka.serializers.KafkaAvroDeserializer;
import io.freshet.schemas.check.RecordCheck;
import io.freshet.schemas.check.RejectReason;
import io.freshet.schemas.wire.WireFormat;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.avro.AvroTypeException;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericRecord;
import org.apache.kafka.common.errors.SerializationException;
import org.apache.kafka.common.serialization.Deserializer;

/** Reads what came from outside. Never fails because of a record; fails when the registry cannot be asked. */
final class ArrivalSerde implements Deserializer<Arrival> {
    private static final int LONGEST_DETAIL = 500;

    private static final int HEADER = 5;

    private final SchemaRegistryClient registry;
    private final KafkaAvroDeserializer reader;
    private final Schema declared;
    private final Map<Integer, Boolean> unbounded = new HashMap<>();

    ArrivalSerde(SchemaRegistryClient registry, String registryUrl, Schema declared) {
        this.registry = registry;
        this.reader = WireFormat.deserializer(registry, registryUrl, false);
        this.declared = declared;
    }

    // A tombstone is an arrival too, to be refused; Kafka's interface allows null and its annotations do not say so.
    @Override
    public Arrival deserialize(String topic, byte[] bytes) {
        if (bytes == null) {
            return new Arrival.Unreadable(RejectReason.TOMBSTONE, "the record has no value", null);
        }
        Optional<RecordCheck.Refused> tooLarge = RecordCheck.size(bytes.length);
        if (tooLarge.isPresent()) {
            return new Arrival.Unreadable(
                    tooLarge.get().reason(), tooLarge.get().detail(), bytes);
        }
        try {
            if (writtenWithoutBound(bytes)) {
                return new Arrival.Unreadable(
                        RejectReason.SCHEMA_MISMATCH,
                        "its schema has an array of items that take no bytes, so that a few bytes may hold any number",
                        bytes);
            }
            if (reader.deserialize(topic, bytes, declared) instanceof GenericRecord record) {
                return new Arrival.Read(record, bytes);
            }
            return new Arrival.Unreadable(RejectReason.SCHEMA_MISMATCH, "it is no record", bytes);
        } catch (StackOverflowError e) {
            // A schema that contains itself, and bytes that take it up: Avro reads one level in the other.
            return new Arrival.Unreadable(RejectReason.TOO_DEEP, "its values lie too deep in one another", bytes);
        } catch (IOException | RestClientException e) {
            return unreadable(new SerializationException("its schema cannot be had", e), bytes);
        } catch (RuntimeException e) {
            return unreadable(e, bytes);
        }
    }

    private boolean writtenWithoutBound(byte[] bytes) throws IOException, RestClientException {
        if (bytes.length < HEADER || bytes[0] != 0) {
            return false;
        }
        int id = ByteBuffer.wrap(bytes).getInt(1);
        Boolean known = unbounded.get(id);
        if (known == null) {
            known = registry.getSchemaById(id) instanceof AvroSchema written
                    && hasUnboundedArray(written.rawSchema(), new HashSet<>());
            unbounded.put(id, known);
        }
        return known;
    }

    private static boolean hasUnboundedArray(Schema schema, Set<String> seen) {
        return switch (schema.getType()) {
            case ARRAY -> takesNoBytes(schema.getElementType()) || hasUnboundedArray(schema.getElementType(), seen);
            case MAP -> hasUnboundedArray(schema.getValueType(), seen);
            case UNION -> schema.getTypes().stream().anyMatch(branch -> hasUnboundedArray(branch, seen));
            case RECORD ->
                seen.add(schema.getFullName())
                        && schema.getFields().stream().anyMatch(field -> hasUnboundedArray(field.schema(), seen));
            default -> false;
        };
    }

    /** A record cannot hold itself but in a union, an array or a map, which take a byte. */
    private static boolean takesNoBytes(Schema schema) {
        return switch (schema.getType()) {
            case NULL -> true;
            case FIXED -> schema.getFixedSize() == 0;
            case RECORD -> schema.getFields().stream().allMatch(field -> takesNoBytes(field.schema()));
            default -> false;
        };
    }

    private Arrival.Unreadable unreadable(RuntimeException failure, byte[] bytes) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof AvroTypeException mismatch) {
                return new Arrival.Unreadable(
                        RejectReason.SCHEMA_MISMATCH,
                        cut("its schema cannot be read as " + declared.getName() + ": " + mismatch.getMessage()),
                        bytes);
            }
        }
        // Throws when the registry is at fault rather than the record.
        var unreadable = io.freshet.schemas.wire.Unreadable.orThrow(failure);
        return new Arrival.Unreadable(
                unreadable.unknownSchema() ? RejectReason.UNKNOWN_SCHEMA : RejectReason.UNDECODABLE,
                cut(unreadable.detail()),
                bytes);
    }

    /** Avro's messages hold whole schemas, as large as whoever registered them liked. */
    private static String cut(String detail) {
        return detail.length() > LONGEST_DETAIL ? detail.substring(0, LONGEST_DETAIL) + "..." : detail;
    }
}
