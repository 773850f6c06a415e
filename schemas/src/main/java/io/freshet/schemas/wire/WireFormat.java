package io.freshet.schemas.wire;

import io.confluent.kafka.schemaregistry.client.SchemaRegistryClient;
import io.confluent.kafka.serializers.KafkaAvroDeserializer;
import io.confluent.kafka.serializers.KafkaAvroSerializer;
import java.util.Map;
import org.apache.avro.util.ClassSecurityValidator;
import org.apache.avro.util.ClassSecurityValidator.ClassSecurityPredicate;

/**
 * Serializers and deserializers for record values: magic byte 0, schema id as four bytes big-endian, Avro binary;
 * subjects by TopicNameStrategy.
 */
public final class WireFormat {
    private static final String MESSAGES = "io.freshet.schemas.message";
    /** No rule of a schema is run here; to look for what runs them opens every jar, for each serializer anew. */
    private static final String FIND_RULES = "rule.service.loader.enable";

    static {
        // Avro loads a generated class by a schema's name only when it is trusted. Our own messages are, nothing else.
        ClassSecurityPredicate before = ClassSecurityValidator.getGlobal();
        ClassSecurityValidator.setGlobal(ClassSecurityValidator.composite(
                before, type -> type.getPackageName().equals(MESSAGES)));
    }

    private WireFormat() {}

    /**
     * Has Avro trust our messages, as using any other method here does too: to be called by code that builds messages and
     * neither reads nor writes them.
     */
    public static void trustMessages() {
        // Initialising this class did it.
    }

    /**
     * A serializer for values. It registers the schema of what it writes, unless the registry holds it already.
     *
     * @param registry the registry to ask
     * @param registryUrl where that registry is, or {@code mock://name}
     */
    public static KafkaAvroSerializer serializer(SchemaRegistryClient registry, String registryUrl) {
        return new KafkaAvroSerializer(
                registry,
                Map.of("schema.registry.url", registryUrl, "auto.register.schemas", "true", FIND_RULES, "false"));
    }

    /**
     * A deserializer for values.
     *
     * @param registry the registry to ask
     * @param registryUrl where that registry is, or {@code mock://name}
     * @param specific true to read our own messages as their generated classes, false to read generic records
     */
    public static KafkaAvroDeserializer deserializer(
            SchemaRegistryClient registry, String registryUrl, boolean specific) {
        return new KafkaAvroDeserializer(
                registry,
                Map.of(
                        "schema.registry.url",
                        registryUrl,
                        "specific.avro.reader",
                        Boolean.toString(specific),
                        FIND_RULES,
                        "false"));
    }
}
