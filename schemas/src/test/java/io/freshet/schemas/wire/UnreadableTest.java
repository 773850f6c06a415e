package io.freshet.schemas.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.confluent.kafka.schemaregistry.client.MockSchemaRegistryClient;
import io.confluent.kafka.schemaregistry.client.rest.exceptions.RestClientException;
import java.io.IOException;
import java.net.ConnectException;
import java.nio.ByteBuffer;
import org.apache.avro.InvalidNumberEncodingException;
import org.apache.kafka.common.errors.SerializationException;
import org.junit.jupiter.api.Test;

class UnreadableTest {

    @Test
    void shouldTellAnUnknownSchemaFromBytesOfAnotherFormat() {
        assertThat(of(ByteBuffer.allocate(9).put((byte) 0).putInt(77).array()).unknownSchema())
                .isTrue();
        assertThat(of(new byte[] {1, 2, 3}).unknownSchema()).isFalse();
        assertThat(of(new byte[] {0}).unknownSchema()).isFalse();
    }

    @Test
    void shouldTellBytesThatBreakInTheMiddleFromARegistryAtFault() {
        var malformed = new SerializationException("x", new InvalidNumberEncodingException("Invalid int encoding"));
        var otherKind = new SerializationException("x", new IOException("Invalid schema {} of type PROTOBUF"));

        assertThat(Unreadable.orThrow(malformed).unknownSchema()).isFalse();
        assertThat(Unreadable.orThrow(otherKind).unknownSchema()).isFalse();
    }

    @Test
    void shouldThrowWhenTheRegistryIsAtFault() {
        var unreachable = new SerializationException("x", new ConnectException("refused"));
        var broken = new SerializationException("x", new RestClientException("down", 503, 50301));

        assertThatThrownBy(() -> Unreadable.orThrow(unreachable)).isSameAs(unreachable);
        assertThatThrownBy(() -> Unreadable.orThrow(broken)).isSameAs(broken);
    }

    private static Unreadable of(byte[] bytes) {
        try {
            WireFormat.deserializer(new MockSchemaRegistryClient(), "mock://unreadable", false)
                    .deserialize("topic", bytes);
            throw new AssertionError("was readable");
        } catch (RuntimeException e) {
            return Unreadable.orThrow(e);
        }
    }
}
