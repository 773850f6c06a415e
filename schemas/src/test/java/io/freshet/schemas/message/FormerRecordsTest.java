package io.freshet.schemas.message;

import static org.assertj.core.api.Assertions.assertThat;

import io.confluent.kafka.schemaregistry.avro.AvroSchema;
import io.confluent.kafka.schemaregistry.client.MockSchemaRegistryClient;
import io.freshet.schemas.wire.WireFormat;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import org.apache.avro.Schema;
import org.apache.avro.SchemaValidatorBuilder;
import org.junit.jupiter.api.Test;

/** Records as an earlier build wrote them, which stay on their topics for ever. */
class FormerRecordsTest {
    private static final OffsetRange RANGE = new OffsetRange("shops.examples", 0, 5L, 905L);
    private static final Instant TIME = Instant.ofEpochMilli(981_173_106_789L);

    @Test
    void shouldReadModelsOfBeforeTheirInputsWereTold() throws Exception {
        ModelRegistered model = (ModelRegistered) read("ModelRegistered-1", ModelRegistered.getClassSchema());

        assertThat(model.getVersion()).isEqualTo(3);
        assertThat(model.getDataset()).containsExactly(RANGE);
        assertThat(model.getSeed()).isEqualTo(-42);
        assertThat(model.getRegisteredAt()).isEqualTo(TIME);
        assertThat(model.getInputs()).isNull();
        assertThat(model.getHyperparameters()).isEmpty();
    }

    @Test
    void shouldReadRunsOfBeforeTheirInputsWereTold() throws Exception {
        TrainingRun run = (TrainingRun) read("TrainingRun-1", TrainingRun.getClassSchema());

        assertThat(run.getReason()).isEqualTo(RetrainReason.DRIFT);
        assertThat(run.getCandidates().getFirst().getHyperparameters()).containsEntry("ridge", "1.0");
        assertThat(run.getNewVersion()).isEqualTo(3);
        assertThat(run.getStartedAt()).isEqualTo(TIME);
        assertThat(run.getSeed()).isZero();
        assertThat(run.getInputs()).isNull();
    }

    /** As every reader does: by the schema that the registry has under the record's id. */
    private static Object read(String name, Schema now) throws Exception {
        Schema written = new Schema.Parser().parse(new String(resource(name + ".avsc"), StandardCharsets.UTF_8));
        // What a registry asks for at FULL compatibility.
        new SchemaValidatorBuilder().mutualReadStrategy().validateAll().validate(now, List.of(written));
        MockSchemaRegistryClient registry = new MockSchemaRegistryClient();
        int id = registry.register(name + "-value", new AvroSchema(written));
        byte[] value = resource(name + ".bin");
        byte[] framed = ByteBuffer.allocate(5 + value.length)
                .put((byte) 0)
                .putInt(id)
                .put(value)
                .array();
        return WireFormat.deserializer(registry, "mock://former", true).deserialize(name, framed);
    }

    private static byte[] resource(String name) throws IOException {
        try (var in = FormerRecordsTest.class.getResourceAsStream("/golden/" + name)) {
            return in.readAllBytes();
        }
    }
}
