package io.freshet.quickstart;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.freshet.quickstart.platform.PlatformException;
import io.freshet.schemas.message.ModelRegistered;
import io.freshet.schemas.message.PipelineDeclared;
import io.freshet.schemas.message.SupersededDeclaration;
import io.freshet.schemas.pipeline.PipelineFile;
import io.freshet.schemas.row.FeatureRowSchema;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class FeatureSetChangeTest {
    private static final String EVENT = """
            {"type": "record", "name": "Payment", "fields": [
              {"name": "id", "type": "string"}, {"name": "card", "type": "string"},
              {"name": "at", "type": "long"}, {"name": "amount", "type": "double"}]}""";
    private static final String LABEL = """
            {"type": "record", "name": "Verdict", "fields": [
              {"name": "id", "type": "string"}, {"name": "fraud", "type": "boolean"}, {"name": "at", "type": "long"}]}""";
    private static final String FIRST = "amount: { value: event.amount }";
    private static final String SECOND = "amount: { value: event.amount * 2.0 }";
    private static final String THIRD = "n: { count: event, over: 1h }";

    @Test
    void shouldSupersedeNothingWhileNoModelServes() {
        FeatureSetChange change = FeatureSetChange.of(declared(1, FIRST), declared(2, SECOND), Optional.empty(), false);

        assertThat(change.superseded()).isEmpty();
        assertThat(change.told()).singleElement().asString().contains(set(SECOND));
    }

    @Test
    void shouldKeepTheFeaturesThatTheServingModelReads() {
        FeatureSetChange change = FeatureSetChange.of(declared(1, FIRST), declared(2, SECOND), model(FIRST), false);

        assertThat(change.superseded()).contains(superseded(1, FIRST));
        assertThat(change.told()).singleElement().asString().contains(set(FIRST), set(SECOND), "version 1", "model v7");
    }

    @Test
    void shouldKeepThemOverFurtherChanges() {
        PipelineDeclared second = declared(2, SECOND);
        second.setSuperseded(superseded(1, FIRST));

        FeatureSetChange third = FeatureSetChange.of(second, declared(3, THIRD), model(FIRST), false);
        FeatureSetChange sameFeatures =
                FeatureSetChange.of(second, declared(3, SECOND + " # as before"), model(FIRST), false);

        assertThat(third.superseded()).contains(superseded(1, FIRST));
        assertThat(sameFeatures.superseded()).contains(superseded(1, FIRST));
        assertThat(sameFeatures.told()).isEmpty();
    }

    @Test
    void shouldDropThemOnceAModelOfTheDeclaredFeaturesServes() {
        PipelineDeclared second = declared(2, SECOND);
        second.setSuperseded(superseded(1, FIRST));

        assertThat(FeatureSetChange.of(second, declared(3, SECOND + " # as before"), model(SECOND), false)
                        .superseded())
                .isEmpty();
        assertThat(FeatureSetChange.of(second, declared(3, THIRD), model(SECOND), false)
                        .superseded())
                .contains(superseded(2, SECOND));
        assertThat(FeatureSetChange.of(second, declared(3, FIRST), model(FIRST), false))
                .satisfies(back -> {
                    assertThat(back.superseded()).isEmpty();
                    assertThat(back.told()).singleElement().asString().contains("the one that model v7 reads");
                });
    }

    @Test
    void shouldRefuseSchemasThatTheServingModelsFeaturesCannotBeComputedFrom() {
        PipelineDeclared without = declared(2, THIRD);
        without.setEventSchema(EVENT.replace("\"amount\"", "\"price\""));
        PipelineDeclared asText = declared(2, THIRD);
        asText.setEventSchema(EVENT.replace("\"amount\", \"type\": \"double\"", "\"amount\", \"type\": \"string\""));

        assertThatThrownBy(() -> FeatureSetChange.of(declared(1, FIRST), without, model(FIRST), false))
                .isInstanceOf(PlatformException.class)
                .hasMessageContaining("version 1")
                .hasMessageContaining("model v7")
                .hasMessageContaining("event.amount")
                .hasMessageContaining("--without-champion");
        assertThatThrownBy(() -> FeatureSetChange.of(declared(1, FIRST), asText, model(FIRST), false))
                .hasMessageContaining("feature amount would be a text and was a number");
        FeatureSetChange accepted = FeatureSetChange.of(declared(1, FIRST), without, model(FIRST), true);
        assertThat(accepted.superseded()).isEmpty();
        assertThat(accepted.told()).singleElement().asString().contains("OTHER_FEATURE_SET");
        // What is lost already cannot be refused again.
        assertThat(FeatureSetChange.of(without, declared(3, THIRD), model(FIRST), false)
                        .superseded())
                .isEmpty();
    }

    private static SupersededDeclaration superseded(int version, String features) {
        return new SupersededDeclaration(version, yaml(features));
    }

    private static String yaml(String features) {
        return "pipeline: payments\n"
                + "event: { schema: e, id: id, key: card, time: at }\n"
                + "label: { schema: l, event: id, value: label.fraud, time: at, wait: 7d }\n"
                + "features:\n  " + features + "\n";
    }

    private static PipelineDeclared declared(int version, String features) {
        return PipelineDeclared.newBuilder()
                .setPipeline("payments")
                .setVersion(version)
                .setDeclaration(yaml(features))
                .setEventSchema(EVENT)
                .setLabelSchema(LABEL)
                .setDeclaredAt(Instant.EPOCH)
                .build();
    }

    private static String set(String features) {
        try {
            return FeatureRowSchema.of(PipelineFile.parse(declared(1, features)))
                    .featureSet();
        } catch (io.freshet.schemas.pipeline.InvalidPipelineException e) {
            throw new AssertionError(e);
        }
    }

    private static Optional<ModelRegistered> model(String features) {
        return Optional.of(ModelRegistered.newBuilder()
                .setPipeline("payments")
                .setVersion(7)
                .setFamily("logistic-regression")
                .setFeatureSet(set(features))
                .setSha256("0")
                .setSizeBytes(1)
                .setChunks(1)
                .setRunId("r")
                .setDataset(List.of())
                .setSeed(1)
                .setMetrics(Map.of())
                .setBaseline(ByteBuffer.allocate(0))
                .setDriftThresholds(Map.of())
                .setCodeCommit("c")
                .setEnvironment(Map.of())
                .setRegisteredAt(Instant.EPOCH)
                .build());
    }
}
