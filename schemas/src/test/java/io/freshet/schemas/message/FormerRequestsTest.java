package io.freshet.schemas.message;

import static org.assertj.core.api.Assertions.assertThat;

import io.confluent.kafka.schemaregistry.client.MockSchemaRegistryClient;
import io.freshet.schemas.wire.WireFormat;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.avro.Schema;
import org.apache.avro.SchemaCompatibility;
import org.apache.avro.SchemaCompatibility.SchemaCompatibilityType;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericRecord;
import org.junit.jupiter.api.Test;

/** Records of the builds before requests had rules, schedules and new labels. */
class FormerRequestsTest {
    private static final String URL = "mock://former-records";

    @Test
    void shouldReadARequestThatCountsNoLabels() {
        Schema former = without(RetrainRequest.getClassSchema(), Set.of("newLabels"));
        GenericRecord written = new GenericData.Record(former);
        written.put("requestId", "r");
        written.put("pipeline", "p");
        written.put("writer", "drift-service");
        written.put(
                "reason", new GenericData.EnumSymbol(former.getField("reason").schema(), "DRIFT"));
        written.put("evidence", "e");
        written.put("eventTime", 1L);
        written.put("requestedAt", 2L);
        MockSchemaRegistryClient registry = new MockSchemaRegistryClient();
        byte[] bytes = WireFormat.serializer(registry, URL).serialize("retrain-requests", written);

        RetrainRequest read =
                (RetrainRequest) WireFormat.deserializer(registry, URL, true).deserialize("retrain-requests", bytes);

        assertThat(read.getNewLabels()).isNull();
        assertThat(read.getReason()).isEqualTo(RetrainReason.DRIFT);
        assertThat(read.getRequestedAt()).isEqualTo(Instant.ofEpochMilli(2));
    }

    @Test
    void shouldStayReadableBothWays() {
        Schema run = TrainingRun.getClassSchema();
        Schema model = ModelRegistered.getClassSchema();
        Schema alert = DriftAlert.getClassSchema();
        Schema profile = PartitionProfile.getClassSchema();
        for (List<Schema> pair : List.of(
                List.of(run, without(run, Set.of("outcome", "rule", "eventTime"))),
                List.of(model, without(model, Set.of("gate"))),
                List.of(
                        Deployment.getClassSchema(),
                        without(Deployment.getClassSchema(), Set.of("challenge", "endedChallenge"))),
                List.of(
                        ModelStateChanged.getClassSchema(),
                        without(ModelStateChanged.getClassSchema(), Set.of("share"))),
                List.of(alert, without(alert, Set.of("kind", "performance"))),
                List.of(profile, without(profile, Set.of("outcomes"))))) {
            for (Schema reader : pair) {
                for (Schema writer : pair) {
                    assertThat(SchemaCompatibility.checkReaderWriterCompatibility(reader, writer)
                                    .getType())
                            .isEqualTo(SchemaCompatibilityType.COMPATIBLE);
                }
            }
        }
    }

    @Test
    void shouldReadChangesOfBeforeThereWereChallengers() {
        String now = ModelStateChanged.getClassSchema().toString();
        String former = now.replace(",\"SHADOW\",\"CANARY\"", "");
        assertThat(former).isNotEqualTo(now);

        assertThat(SchemaCompatibility.checkReaderWriterCompatibility(
                                ModelStateChanged.getClassSchema(), new Schema.Parser().parse(former))
                        .getType())
                .isEqualTo(SchemaCompatibilityType.COMPATIBLE);
    }

    private static Schema without(Schema schema, Set<String> fields) {
        return Schema.createRecord(
                schema.getName(),
                schema.getDoc(),
                schema.getNamespace(),
                false,
                schema.getFields().stream()
                        .filter(field -> !fields.contains(field.name()))
                        .map(field -> new Schema.Field(field, field.schema()))
                        .collect(Collectors.toList()));
    }
}
