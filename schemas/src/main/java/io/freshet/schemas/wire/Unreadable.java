package io.freshet.schemas.wire;

import io.confluent.kafka.schemaregistry.client.rest.exceptions.RestClientException;
import java.io.EOFException;
import java.io.IOException;
import org.apache.avro.InvalidNumberEncodingException;

/**
 * Why bytes are no record of the Confluent wire format.
 *
 * @param unknownSchema whether the registry does not know the schema id
 * @param detail one sentence
 */
public record Unreadable(boolean unknownSchema, String detail) {
    private static final int NOT_FOUND = 404;

    /**
     * Tells a record that can never be read from a registry that cannot be asked just now.
     *
     * @param failure what a deserializer of {@link WireFormat} threw
     * @throws RuntimeException the failure itself, when trying again may help
     */
    public static Unreadable orThrow(RuntimeException failure) {
        Throwable root = failure;
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof RestClientException answer) {
                if (answer.getStatus() == NOT_FOUND) {
                    return new Unreadable(true, "the registry does not know its schema id");
                }
                throw failure;
            }
            if (cause instanceof IOException && !malformed(cause)) {
                throw failure;
            }
            root = cause;
        }
        return new Unreadable(false, "it is not in the Confluent wire format: " + root);
    }

    /** Whether it comes from the bytes: Avro's own, or the client's word that the id is no Avro schema's. */
    private static boolean malformed(Throwable cause) {
        return cause instanceof EOFException
                || cause instanceof InvalidNumberEncodingException
                || (cause.getClass() == IOException.class
                        && String.valueOf(cause.getMessage()).startsWith("Invalid schema"));
    }
}
