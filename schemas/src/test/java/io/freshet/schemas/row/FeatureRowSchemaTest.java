package io.freshet.schemas.row;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.confluent.kafka.schemaregistry.client.MockSchemaRegistryClient;
import io.confluent.kafka.serializers.KafkaAvroDeserializer;
import io.confluent.kafka.serializers.KafkaAvroSerializer;
import io.freshet.schemas.pipeline.Pipeline;
import io.freshet.schemas.pipeline.PipelineFile;
import io.freshet.schemas.wire.WireFormat;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.apache.avro.Schema;
import org.apache.avro.SchemaCompatibility;
import org.apache.avro.SchemaCompatibility.SchemaCompatibilityType;
import org.apache.avro.generic.GenericRecord;
import org.junit.jupiter.api.Test;

class FeatureRowSchemaTest {
    private static final String EVENT = """
            {"type": "record", "name": "Payment", "fields": [
              {"name": "id", "type": "string"}, {"name": "card", "type": "string"},
              {"name": "at", "type": {"type": "long", "logicalType": "timestamp-millis"}},
              {"name": "amount", "type": "double"}]}""";
    private static final String LABEL = """
            {"type": "record", "name": "Verdict", "fields": [
              {"name": "id", "type": "string"}, {"name": "fraud", "type": "boolean"},
              {"name": "at", "type": {"type": "long", "logicalType": "timestamp-millis"}}]}""";
    private static final String TWO_FEATURES = """
              amount: { value: event.amount }
              card: { value: event.card }
            """;

    @Test
    void shouldBringARowBackThroughTheWireFormat() {
        FeatureRowSchema schema = schema(TWO_FEATURES);
        Example example = new Example(row(schema, 12.5, "c1"), 1.0, Instant.ofEpochMilli(9_000));
        MockSchemaRegistryClient registry = new MockSchemaRegistryClient();
        byte[] bytes;
        try (KafkaAvroSerializer serializer = WireFormat.serializer(registry, "mock://rows")) {
            bytes = serializer.serialize("payments.examples", schema.toRecord(example));
        }

        try (KafkaAvroDeserializer deserializer = WireFormat.deserializer(registry, "mock://rows", false)) {
            GenericRecord read = (GenericRecord) deserializer.deserialize("payments.examples", bytes);
            assertThat(schema.exampleFromRecord(read)).isEqualTo(example);
        }
    }

    @Test
    void shouldCarryUnknownValuesAndAnUnknownPrior() {
        FeatureRowSchema schema = schema(TWO_FEATURES);
        FeatureRow row = new FeatureRow(
                "e1", "c1", Instant.EPOCH, schema.featureSet(), null, Instant.EPOCH, Arrays.asList(null, null));

        assertThat(schema.fromRecord(schema.toRecord(row))).isEqualTo(row);
    }

    @Test
    void shouldRefuseValuesThatAreNotOfTheDeclaredType() {
        FeatureRowSchema schema = schema(TWO_FEATURES);

        assertThatThrownBy(() -> schema.toRecord(row(schema, "12.5", "c1"))).hasMessageContaining("feature amount");
        assertThatThrownBy(() -> schema.toRecord(row(schema, 1.0, 2.0))).hasMessageContaining("feature card");
        assertThatThrownBy(() -> schema.toRecord(row(schema, Double.NaN, "c1"))).hasMessageContaining("finite");
        assertThatThrownBy(() -> schema.toRecord(row(schema, 1.0))).hasMessageContaining("1 values for 2");
    }

    @Test
    void shouldChangeTheFeatureSetWithNameOrderAndDefinition() {
        List<String> versions = new ArrayList<>(List.of(
                TWO_FEATURES,
                TWO_FEATURES.replace("amount: {", "sum: {"),
                TWO_FEATURES.replace("event.amount", "event.amount * 2.0"),
                TWO_FEATURES.lines().sorted(Collections.reverseOrder()).reduce("", (a, b) -> a + b + "\n"),
                TWO_FEATURES + "  n: { count: event, over: 1h }\n",
                TWO_FEATURES + "  n: { count: event, over: 2h }\n",
                TWO_FEATURES + "  n: { count: event, by: [], over: 1h }\n"));

        assertThat(versions.stream()
                        .map(features -> schema(features).featureSet())
                        .toList())
                .doesNotHaveDuplicates()
                .allMatch(version -> version.matches("[0-9a-f]{12}"));
        assertThat(schema(TWO_FEATURES).featureSet())
                .isEqualTo(schema(TWO_FEATURES).featureSet());
    }

    @Test
    void shouldStayCompatibleBothWaysWhenAFeatureIsAddedOrRemoved() {
        FeatureRowSchema before = schema(TWO_FEATURES);
        FeatureRowSchema after = schema(TWO_FEATURES + "  n: { count: event, over: 1h }\n");

        assertThat(compatibility(after.row(), before.row())).isEqualTo(SchemaCompatibilityType.COMPATIBLE);
        assertThat(compatibility(before.row(), after.row())).isEqualTo(SchemaCompatibilityType.COMPATIBLE);
        assertThat(after.fromRecord(before.toRecord(row(before, 1.0, "c1"))).values())
                .containsExactly(1.0, "c1", null);
    }

    private static SchemaCompatibilityType compatibility(Schema reader, Schema writer) {
        return SchemaCompatibility.checkReaderWriterCompatibility(reader, writer)
                .getType();
    }

    private static FeatureRow row(FeatureRowSchema schema, Object... values) {
        return new FeatureRow(
                "e1",
                "c1",
                Instant.ofEpochMilli(1_000),
                schema.featureSet(),
                0.2,
                Instant.ofEpochMilli(2_000),
                Arrays.asList(values));
    }

    private static FeatureRowSchema schema(String features) {
        String yaml = "pipeline: payments\n"
                + "event: { schema: e, id: id, key: card, time: at }\n"
                + "label: { schema: l, event: id, value: label.fraud, time: at, wait: 7d }\n"
                + "features:\n"
                + features;
        try {
            Pipeline pipeline =
                    PipelineFile.parse("p.yaml", yaml, name -> Optional.of(name.equals("e") ? EVENT : LABEL));
            return FeatureRowSchema.of(pipeline);
        } catch (io.freshet.schemas.pipeline.InvalidPipelineException e) {
            throw new AssertionError(e);
        }
    }
}
