package io.freshet.schemas.topic;

import io.freshet.schemas.message.ArtifactChunk;
import io.freshet.schemas.message.Deployment;
import io.freshet.schemas.message.DeploymentAnswer;
import io.freshet.schemas.message.DeploymentRequest;
import io.freshet.schemas.message.DriftAlert;
import io.freshet.schemas.message.Incident;
import io.freshet.schemas.message.ModelRegistered;
import io.freshet.schemas.message.ModelStateChanged;
import io.freshet.schemas.message.PartitionProfile;
import io.freshet.schemas.message.PipelineDeclared;
import io.freshet.schemas.message.Prediction;
import io.freshet.schemas.message.PredictionError;
import io.freshet.schemas.message.RejectedRecord;
import io.freshet.schemas.message.Reproduction;
import io.freshet.schemas.message.RetrainRequest;
import io.freshet.schemas.message.ShadowPrediction;
import io.freshet.schemas.message.TrainingProgress;
import io.freshet.schemas.message.TrainingRun;
import io.freshet.schemas.topic.Topic.Cleanup;
import io.freshet.schemas.topic.Topic.Writer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.avro.Schema;
import org.apache.avro.SchemaNormalization;

/** The catalogue: the platform's own topics, and those of each pipeline. */
public final class Topics {

    private static final Optional<Duration> WEEK = Optional.of(Duration.ofDays(7));
    private static final Optional<Duration> QUARTER = Optional.of(Duration.ofDays(90));
    private static final Optional<Duration> FOR_EVER = Optional.empty();

    public static final Topic PIPELINES =
            compacted("pipelines", "pipeline", PipelineDeclared.getClassSchema(), Writer.COMMAND_LINE);
    public static final Topic DRIFT_ALERTS =
            compacted("drift-alerts", "alert id", DriftAlert.getClassSchema(), Writer.DRIFT_SERVICE);
    public static final Topic RETRAIN_REQUESTS = log(
            "retrain-requests", RetrainRequest.getClassSchema(), QUARTER, Writer.DRIFT_SERVICE, Writer.COMMAND_LINE);
    public static final Topic INCIDENTS = log("incidents", Incident.getClassSchema(), QUARTER, Writer.DRIFT_SERVICE);
    public static final Topic TRAINING_PROGRESS =
            log("training-progress", TrainingProgress.getClassSchema(), WEEK, Writer.TRAINER_SERVICE);

    public static final Topic TRAINING_RUNS =
            log("training-runs", TrainingRun.getClassSchema(), FOR_EVER, Writer.TRAINER_SERVICE);
    public static final Topic MODELS =
            compacted("models", "pipeline:version", ModelRegistered.getClassSchema(), Writer.TRAINER_SERVICE);
    public static final Topic MODEL_ARTIFACTS = compacted(
            "model-artifacts", "pipeline:version:index", ArtifactChunk.getClassSchema(), Writer.TRAINER_SERVICE);
    public static final Topic DEPLOYMENTS =
            compacted("deployments", "pipeline", Deployment.getClassSchema(), Writer.TRAINER_SERVICE);
    public static final Topic REPRODUCTIONS =
            compacted("reproductions", "pipeline:version", Reproduction.getClassSchema(), Writer.COMMAND_LINE);
    public static final Topic MODEL_HISTORY =
            log("model-history", ModelStateChanged.getClassSchema(), FOR_EVER, Writer.TRAINER_SERVICE);
    public static final Topic DEPLOYMENT_REQUESTS =
            log("deployment-requests", DeploymentRequest.getClassSchema(), QUARTER, Writer.COMMAND_LINE);
    public static final Topic DEPLOYMENT_ANSWERS =
            log("deployment-answers", DeploymentAnswer.getClassSchema(), QUARTER, Writer.TRAINER_SERVICE);

    // Kafka allows 249; the services' internal topics and metrics are named after them.
    private static final int LONGEST_NAME = 200;

    private Topics() {}

    /** A topic keyed by pipeline of which every record counts. */
    private static Topic log(String name, Schema schema, Optional<Duration> retention, Writer... writers) {
        return new Topic(name, "pipeline", Optional.of(schema), 1, Cleanup.DELETE, retention, Set.of(writers));
    }

    /** The topics that exist once, whatever the pipelines. */
    public static List<Topic> shared() {
        return List.of(
                PIPELINES,
                DRIFT_ALERTS,
                RETRAIN_REQUESTS,
                INCIDENTS,
                TRAINING_PROGRESS,
                TRAINING_RUNS,
                MODELS,
                MODEL_ARTIFACTS,
                DEPLOYMENTS,
                MODEL_HISTORY,
                DEPLOYMENT_REQUESTS,
                DEPLOYMENT_ANSWERS,
                REPRODUCTIONS);
    }

    /**
     * The topics of one pipeline. Of one partition whatever the others have are {@code profiles}, which is there to bring
     * several together, and {@code shadow-predictions}, by which one trainer decides.
     *
     * @param pipeline the pipeline's name, as a declaration allows it
     * @param partitions how many partitions its topics have, at least 1
     */
    public static List<Topic> of(String pipeline, int partitions) {
        List<Topic> topics = new ArrayList<>(inPartitions(pipeline, partitions));
        topics.add(ours(
                pipeline,
                "shadow-predictions",
                "entity key",
                ShadowPrediction.getClassSchema(),
                1,
                WEEK,
                Writer.SCORING_SERVICE));
        if (partitions > 1) {
            topics.add(ours(
                    pipeline,
                    "profiles",
                    "partition",
                    PartitionProfile.getClassSchema(),
                    1,
                    WEEK,
                    Writer.DRIFT_SERVICE));
        }
        return List.copyOf(topics);
    }

    private static List<Topic> inPartitions(String pipeline, int partitions) {
        return List.of(
                declared(pipeline, "events", "entity key", partitions, WEEK, Writer.INGEST_SERVICE, Writer.PRODUCERS),
                declared(pipeline, "labels", "event id", partitions, WEEK, Writer.INGEST_SERVICE, Writer.PRODUCERS),
                ours(
                        pipeline,
                        "rejected",
                        "event id, when it could be read",
                        RejectedRecord.getClassSchema(),
                        partitions,
                        QUARTER,
                        Writer.INGEST_SERVICE,
                        Writer.FEATURE_STREAM),
                declared(pipeline, "features", "entity key", partitions, WEEK, Writer.FEATURE_STREAM),
                declared(pipeline, "corrections", "entity key", partitions, WEEK, Writer.FEATURE_STREAM),
                declared(pipeline, "examples", "entity key", partitions, QUARTER, Writer.FEATURE_STREAM),
                ours(
                        pipeline,
                        "predictions",
                        "entity key",
                        Prediction.getClassSchema(),
                        partitions,
                        WEEK,
                        Writer.SCORING_SERVICE),
                ours(
                        pipeline,
                        "prediction-errors",
                        "entity key, when it could be read",
                        PredictionError.getClassSchema(),
                        partitions,
                        QUARTER,
                        Writer.SCORING_SERVICE));
    }

    /**
     * The topics between the steps of feature-stream where a pipeline has several partitions. Their records are feature-stream's
     * own business; every step sends on by its own hash of an id or an entity, whatever producers partition by.
     *
     * @param arrivals events and labels by event id
     * @param entities for each kind of entity, events and labels by entity
     * @param parts features by event id
     */
    public record Stages(String arrivals, List<String> entities, String parts) {

        /**
         * @param entities for each kind of entity, the fields and expressions that make it up; none for all records together
         */
        public static Stages of(String pipeline, List<List<String>> entities) {
            return new Stages(
                    pipeline + ".arrivals",
                    entities.stream().map(by -> named(pipeline, by)).toList(),
                    pipeline + ".parts");
        }

        // A field's name has no dash and no dot, so no two kinds of entities share a topic.
        private static String named(String pipeline, List<String> by) {
            String plain = pipeline + ".by-" + String.join("-", by);
            if (by.isEmpty()) {
                return pipeline + ".by.all";
            }
            return by.stream().allMatch(part -> part.matches("[A-Za-z_][A-Za-z0-9_]*"))
                            && plain.length() <= LONGEST_NAME
                    ? plain
                    : pipeline + ".by."
                            + Long.toHexString(SchemaNormalization.fingerprint64(
                                    String.join("\n", by).getBytes(StandardCharsets.UTF_8)));
        }

        /** The topics themselves. */
        public List<Topic> topics(int partitions) {
            return Stream.of(Stream.of(arrivals), entities.stream(), Stream.of(parts))
                    .flatMap(names -> names)
                    .map(name -> new Topic(
                            name,
                            name.equals(arrivals) || name.equals(parts) ? "event id" : "entity",
                            Optional.empty(),
                            partitions,
                            Cleanup.DELETE,
                            WEEK,
                            Set.of(Writer.FEATURE_STREAM)))
                    .toList();
        }
    }

    /** The topics that more than one writer shares by design; each record there names its writer or has an outside one. */
    public static Set<String> sharedByDesign() {
        return Set.of("events", "labels", "rejected", "retrain-requests");
    }

    /** The catalogue as a Markdown table, one row a topic; {@code <pipeline>} stands for a pipeline of several partitions. */
    public static String table() {
        StringBuilder table = new StringBuilder("| topic | key | value | kept | written by |\n|---|---|---|---|---|\n");
        of("<pipeline>", 2).forEach(topic -> describe(topic, "from the declaration", table));
        new Stages("<pipeline>.arrivals", List.of("<pipeline>.by-<entity>"), "<pipeline>.parts")
                .topics(2)
                .forEach(topic -> describe(topic, "its own", table));
        shared().forEach(topic -> describe(topic, "", table));
        return table.toString();
    }

    private static void describe(Topic topic, String otherwise, StringBuilder table) {
        String kept = topic.cleanup() == Cleanup.COMPACT
                ? "newest per key"
                : topic.retention().map(d -> d.toDays() + " days").orElse("for ever");
        String writers = topic.writers().stream().map(Writer::label).sorted().collect(Collectors.joining(", "));
        table.append("| `")
                .append(topic.name())
                .append("` | ")
                .append(topic.key())
                .append(" | ")
                .append(topic.value().map(Schema::getName).orElse(otherwise))
                .append(" | ")
                .append(kept)
                .append(" | ")
                .append(writers)
                .append(" |\n");
    }

    private static Topic compacted(String name, String key, Schema value, Writer writer) {
        return new Topic(name, key, Optional.of(value), 1, Cleanup.COMPACT, FOR_EVER, Set.of(writer));
    }

    private static Topic declared(
            String pipeline, String kind, String key, int partitions, Optional<Duration> retention, Writer... writers) {
        return new Topic(
                pipeline + "." + kind, key, Optional.empty(), partitions, Cleanup.DELETE, retention, Set.of(writers));
    }

    private static Topic ours(
            String pipeline,
            String kind,
            String key,
            Schema value,
            int partitions,
            Optional<Duration> retention,
            Writer... writers) {
        return new Topic(
                pipeline + "." + kind, key, Optional.of(value), partitions, Cleanup.DELETE, retention, Set.of(writers));
    }
}
