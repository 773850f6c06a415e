package io.freshet.trainer.rollout;

import io.freshet.schemas.message.ModelAnswer;
import io.freshet.schemas.message.ModelRole;
import io.freshet.schemas.message.ShadowPrediction;
import io.freshet.schemas.pipeline.InvalidPipelineException;
import io.freshet.schemas.pipeline.Pipeline;
import io.freshet.schemas.pipeline.PipelineFile;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Events that champion and challenger were asked about, and pipelines that say what is to become of it. */
final class Events {
    private static final Instant NOW = Instant.parse("2026-11-26T12:00:00Z");
    private static final String SCHEMA = """
            {"type": "record", "name": "%s", "fields": [
              {"name": "id", "type": "string"}, {"name": "shop", "type": "string"}, {"name": "at", "type": "long"},
              {"name": "a", "type": "double"}, {"name": "bad", "type": "boolean"}, {"name": "kind", "type": "string"}]}
            """;
    private static final String YAML = """
            pipeline: shops
            event: { schema: Event, id: id, key: shop, time: at }
            label: { schema: Label, event: id, value: %s, time: at, wait: 1d }
            features: { a: { value: event.a } }
            """;

    private Events() {}

    static Pipeline binary(String more) {
        return pipeline("label.bad", more);
    }

    static Pipeline pipeline(String label, String more) {
        try {
            return PipelineFile.parse(
                    "shops.yaml", YAML.formatted(label) + more, name -> Optional.of(SCHEMA.formatted(name)));
        } catch (InvalidPipelineException e) {
            throw new AssertionError(e);
        }
    }

    static ModelAnswer score(int version, double score, @Nullable Boolean decision) {
        return ModelAnswer.newBuilder()
                .setModelVersion(version)
                .setScore(score)
                .setDecision(decision)
                .build();
    }

    static ModelAnswer classes(int version, Map<String, Double> probabilities) {
        return ModelAnswer.newBuilder()
                .setModelVersion(version)
                .setScore(probabilities.values().stream().max(Double::compare).orElseThrow())
                .setProbabilities(probabilities)
                .build();
    }

    static ModelAnswer failed(int version, String why) {
        return ModelAnswer.newBuilder().setModelVersion(version).setFailure(why).build();
    }

    static ShadowPrediction event(String id, ModelRole answered, ModelAnswer champion, ModelAnswer challenger) {
        return ShadowPrediction.newBuilder()
                .setPipeline("shops")
                .setEventId(id)
                .setEntityKey("k")
                .setEventTime(NOW)
                .setCauseId("c")
                .setAnswered(answered)
                .setChampion(champion)
                .setChallenger(challenger)
                .setScoredAt(NOW)
                .build();
    }
}
