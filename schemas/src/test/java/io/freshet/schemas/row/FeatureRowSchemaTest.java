package io.freshet.schemas.row;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.confluent.kafka.schemaregistry.client.MockSchemaRegistryClient;
import io.confluent.kafka.serializers.KafkaAvroDeserializer;
import io.confluent.kafka.serializers.KafkaAvroSerializer;
import io.freshet.schemas.pipeline.Pipeline;
import io.freshet.schemas.pipeline.PipelineFile;
import io.freshet.schemas.wire.WireFormat;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.avro.Schema;
import org.apache.avro.SchemaCompatibility;
import org.apache.avro.SchemaCompatibility.SchemaCompatibilityType;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericDatumWriter;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.EncoderFactory;
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

        assertThat(schema.exampleFromRecord(throughTheWire(schema.toRecord(example))))
                .isEqualTo(example);
    }

    @Test
    void shouldWriteTheBytesOfTheRecord() throws Exception {
        FeatureRowSchema schema = schema(TWO_FEATURES);
        FeatureRow known = row(schema, 12.5, "ä€");
        FeatureRow unknown = new FeatureRow(
                "e1", "c1", Instant.EPOCH, schema.featureSet(), null, Instant.EPOCH, Arrays.asList(null, null));

        Map<String, Object> values = new HashMap<>();
        values.put("amount", 3.5);
        values.put("card", "c2");
        values.put("gone", null);
        FeatureRow ofTwoSets = new FeatureRow(
                "e2",
                "c2",
                Instant.EPOCH,
                schema.featureSet(),
                0.25,
                Instant.EPOCH,
                Arrays.asList(-1.0, "c2"),
                List.of(new FeatureRow.Part("before", values), new FeatureRow.Part("empty", Map.of())));

        for (FeatureRow row : List.of(known, unknown, ofTwoSets)) {
            assertThat(bytes(to -> schema.write(row, to)))
                    .isEqualTo(bytes(
                            to -> new GenericDatumWriter<GenericRecord>(schema.row()).write(schema.toRecord(row), to)));
        }
        assertThatThrownBy(() -> bytes(to -> schema.write(row(schema, "12.5", "c1"), to)))
                .hasMessageContaining("feature amount");
    }

    private interface Writing {
        void to(BinaryEncoder encoder) throws IOException;
    }

    private static byte[] bytes(Writing writing) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        BinaryEncoder encoder = EncoderFactory.get().binaryEncoder(bytes, null);
        writing.to(encoder);
        encoder.flush();
        return bytes.toByteArray();
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

    @Test
    void shouldCarryTheFeaturesOfOtherFeatureSetsThroughTheWireFormat() {
        FeatureRowSchema schema = schema(TWO_FEATURES);
        FeatureRow row = row(schema, 12.5, "c1");
        FeatureRow both = new FeatureRow(
                row.eventId(),
                row.entityKey(),
                row.eventTime(),
                row.featureSet(),
                row.prior(),
                row.computedAt(),
                row.values(),
                List.of(new FeatureRow.Part("0123456789ab", values("amount", 25.0, "card", "C1", "n", null))));

        assertThat(schema.fromRecord(throughTheWire(schema.toRecord(both)))).isEqualTo(both);
        assertThat(schema.exampleFromRecord(throughTheWire(schema.toRecord(new Example(both, 0, Instant.EPOCH)))))
                .isEqualTo(new Example(both, 0, Instant.EPOCH));
    }

    @Test
    void shouldReadARowOfAnotherFeatureSetWithoutMixingDefinitions() {
        FeatureRowSchema before = schema(TWO_FEATURES);
        FeatureRowSchema after = schema("  amount: { value: event.amount * 2.0 }\n  n: { count: event, over: 1h }\n");

        FeatureRow read = after.fromRecord(throughTheWire(before.toRecord(row(before, 1.0, "c1"))));

        assertThat(read.featureSet()).isEqualTo(before.featureSet());
        assertThat(read.others())
                .containsExactly(new FeatureRow.Part(before.featureSet(), values("amount", 1.0, "card", "c1")));
        assertThat(ModelInputs.of(after, before.featureSet(), List.of("card", "amount"))
                        .of(read))
                .hasValueSatisfying(inputs -> assertThat(inputs).containsExactly("c1", 1.0));
        assertThat(ModelInputs.of(after, after.featureSet(), List.of("amount")).of(read))
                .isEmpty();
        assertThat(ModelInputs.of(before, before.featureSet(), List.of("card", "amount"))
                        .of(row(before, 1.0, "c1")))
                .hasValueSatisfying(inputs -> assertThat(inputs).containsExactly("c1", 1.0));
    }

    @Test
    void shouldFindAModelsFeaturesAmongTheOthersThoughTheyAreTheDeclaredOnes() {
        FeatureRowSchema declared = schema(TWO_FEATURES);
        FeatureRow row = new FeatureRow(
                "e1",
                "c1",
                Instant.EPOCH,
                "0123456789ab",
                null,
                Instant.EPOCH,
                Arrays.asList(7.0, "other"),
                List.of(new FeatureRow.Part(declared.featureSet(), values("amount", 1.0, "card", "c1"))));

        assertThat(ModelInputs.of(declared, declared.featureSet(), List.of("amount"))
                        .of(row))
                .hasValueSatisfying(inputs -> assertThat(inputs).containsExactly(1.0));
    }

    @Test
    void shouldMakeAnExampleOfARowOfAnotherFeatureSetAsItIs() {
        FeatureRowSchema before = schema(TWO_FEATURES);
        FeatureRowSchema after = schema("  n: { count: event, over: 1h }\n");
        GenericRecord old = throughTheWire(before.toRecord(row(before, 1.0, "c1")));

        GenericRecord example = throughTheWire(after.example(old, 1, Instant.ofEpochMilli(9_000)));

        assertThat(before.exampleFromRecord(example))
                .isEqualTo(new Example(row(before, 1.0, "c1"), 1, Instant.ofEpochMilli(9_000)));
    }

    @Test
    void shouldReadRowsFromBeforeTheyCarriedOtherFeatureSets() {
        FeatureRowSchema schema = schema(TWO_FEATURES);
        GenericRecord now = schema.toRecord(row(schema, 1.0, "c1"));
        Schema without = Schema.createRecord("FeatureRow", null, schema.row().getNamespace(), false);
        without.setFields(schema.row().getFields().stream()
                .filter(field -> !field.name().equals("others"))
                .map(field -> new Schema.Field(field, field.schema()))
                .toList());
        GenericRecord old = new GenericData.Record(without);
        without.getFields().forEach(field -> old.put(field.name(), now.get(field.name())));

        assertThat(schema.fromRecord(throughTheWire(old))).isEqualTo(row(schema, 1.0, "c1"));
        assertThat(compatibility(schema.row(), without)).isEqualTo(SchemaCompatibilityType.COMPATIBLE);
        assertThat(compatibility(without, schema.row())).isEqualTo(SchemaCompatibilityType.COMPATIBLE);
    }

    /** Models know their feature set by it: were it computed otherwise, none could read the rows any more. */
    @Test
    void shouldKeepTheFeatureSetOfADeclarationForEver() {
        assertThat(schema(TWO_FEATURES + """
                          n: { count: event, over: 1h }
                          ratio: { value: feature.amount / feature.n }
                          mean: { mean: event.amount, by: [card], over: 7d, delay: 1h, where: event.amount > 1.0 }
                          median: { quantile: event.amount, at: 0.5, by: [], over: 1d, hop: 1h, includeSelf: true }
                          share: { mean: label.fraud, over: 30d }
                        """).featureSet()).isEqualTo("f7034cbf699f");
    }

    private static Map<String, Object> values(Object... namesAndValues) {
        Map<String, Object> values = new HashMap<>();
        for (int i = 0; i < namesAndValues.length; i += 2) {
            values.put((String) namesAndValues[i], namesAndValues[i + 1]);
        }
        return values;
    }

    private static GenericRecord throughTheWire(GenericRecord record) {
        MockSchemaRegistryClient registry = new MockSchemaRegistryClient();
        try (KafkaAvroSerializer serializer = WireFormat.serializer(registry, "mock://rows");
                KafkaAvroDeserializer deserializer = WireFormat.deserializer(registry, "mock://rows", false)) {
            return (GenericRecord) deserializer.deserialize("rows", serializer.serialize("rows", record));
        }
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
