package io.freshet.features;

import io.confluent.kafka.schemaregistry.client.SchemaRegistryClient;
import io.freshet.features.FeatureComputation.Stage;
import io.freshet.features.order.LaneMerge;
import io.freshet.schemas.message.RecordKind;
import io.freshet.schemas.pipeline.Pipeline;
import io.freshet.schemas.topic.Topics;
import io.freshet.schemas.wire.WireFormat;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.ToIntFunction;
import org.apache.kafka.common.metrics.Sensor;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.streams.AutoOffsetReset;
import org.apache.kafka.streams.StreamsMetrics;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.processor.TimestampExtractor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.state.KeyValueStore;

/**
 * The way of a pipeline's records where it has several partitions:
 *
 * <pre>
 * events, labels ─▶ intake ─▶ arrivals, by event id ─▶ ids ─▶ by-ENTITY, one topic for each kind of entity ─▶ entity
 *                                                       ▲ └─▶ features, examples                               │
 *                                                       └──────────────── parts, by event id ◀────────────────┘
 * </pre>
 *
 * Records are sent on by our own hash of an id or an entity, so it does not matter how producers partition; and every step
 * takes them in one order, which does not depend on the number of partitions or on the speed of any of them.
 */
final class Stages {
    static final String QUEUE = "arrivals-queue";
    static final String PENDING = "pending";
    static final String HORIZONS = "ids-to-forget";
    static final String ROWS_IN_PROGRESS = "rows-in-progress";
    static final String WRITTEN_ROWS = "written-rows";
    static final String PROGRESS = "progress";
    static final String FEATURES_SINK = "write-features";
    static final String EXAMPLES_SINK = "write-examples";
    static final String CORRECTIONS_SINK = "write-corrections";
    static final String REJECTED_SINK = "write-rejected";

    private static final String IDS = "know-ids";
    private static final String INTAKE = "take-in";
    // How long a record waits for a lane that reads the present and is behind in event time.
    private static final Duration PATIENCE = Duration.ofSeconds(1);

    /**
     * What the steps need from around them.
     *
     * @param superseded an earlier declaration, whose features are computed as well
     * @param version the declaration's version, carried in rejected records
     * @param registryUrl where the registry is, or {@code mock://name}
     * @param clock for processing times, and to tell times that lie ahead
     * @param task tells a task's partition
     */
    record Setting(
            Optional<Superseded> superseded,
            int version,
            SchemaRegistryClient registry,
            String registryUrl,
            InstantSource clock,
            ToIntFunction<ProcessorContext<byte[], byte[]>> task,
            Topics.Stages topics,
            StateStores state) {

        int partition(ProcessorContext<byte[], byte[]> context) {
            return task.applyAsInt(context);
        }

        ArrivalCheck check(Pipeline pipeline) {
            return new ArrivalCheck(
                    pipeline,
                    new ArrivalSerde(registry, registryUrl, pipeline.event().schema()),
                    new ArrivalSerde(registry, registryUrl, pipeline.label().schema()),
                    clock);
        }

        FeatureComputation computation(Pipeline pipeline) {
            return new FeatureComputation(pipeline, superseded);
        }

        RowSerde rows(Pipeline pipeline) {
            return new RowSerde(
                    pipeline,
                    WireFormat.serializer(registry, registryUrl),
                    WireFormat.deserializer(registry, registryUrl, false));
        }

        Refusals refusals(Pipeline pipeline, StreamsMetrics metrics) {
            return new Refusals(
                    pipeline,
                    version,
                    WireFormat.serializer(registry, registryUrl),
                    clock,
                    metrics,
                    ArrivalProcessor.METRICS_SCOPE);
        }

        Sensor sensor(Pipeline pipeline, StreamsMetrics metrics, String what) {
            return metrics.addRateTotalSensor(
                    ArrivalProcessor.METRICS_SCOPE, pipeline.name(), what, Sensor.RecordingLevel.INFO);
        }

        LaneMerge merge(int lanes, KeyValueStore<byte[], byte[]> queue, ProcessorContext<byte[], byte[]> context) {
            return new LaneMerge(lanes, PATIENCE, new QueueStore(queue), context.currentSystemTimeMs());
        }

        void arrive(LaneMerge merge, Envelope envelope, long now) {
            if (envelope.isPromise()) {
                merge.hear(envelope.lane(), envelope.position(), envelope.caughtUp(), now);
            } else {
                merge.add(envelope.lane(), envelope.position(), envelope.body(), envelope.caughtUp(), now);
            }
        }
    }

    /** What belongs to one stage is named after its topic. */
    record Names(String topic) {
        static Names of(String topic) {
            return new Names(topic);
        }

        /** The stage's name, the same for the same kind of entity under any declaration. */
        String stage() {
            return topic.substring(topic.lastIndexOf(".by") + 1);
        }

        String visitsSink() {
            return "send-" + stage();
        }

        String partsSink() {
            return "give-parts-" + stage();
        }

        String queue() {
            return stage() + "-queue";
        }

        String windows() {
            return stage() + "-windows";
        }

        String writtenParts() {
            return stage() + "-written-parts";
        }

        String progress() {
            return stage() + "-progress";
        }

        private String source() {
            return "read-" + stage();
        }

        private String processor() {
            return "visit-" + stage();
        }
    }

    private final Pipeline pipeline;
    private final Setting setting;
    private final List<Names> names = new ArrayList<>();
    private final ByteArrayDeserializer reading = new ByteArrayDeserializer();
    private final ByteArraySerializer writing = new ByteArraySerializer();

    Stages(Pipeline pipeline, Setting setting) {
        this.pipeline = pipeline;
        this.setting = setting;
        setting.topics().entities().forEach(topic -> names.add(Names.of(topic)));
    }

    /** The kinds of entities that features are looked up at, in the order of the stages. */
    static List<List<String>> entities(Pipeline pipeline, Optional<Superseded> superseded) {
        return new FeatureComputation(pipeline, superseded)
                .stages().stream().map(Stage::by).toList();
    }

    Topology topology() {
        Topology topology = new Topology();
        addIntake(topology);
        addIds(topology);
        for (int i = 0; i < names.size(); i++) {
            addEntity(topology, i);
        }
        return topology;
    }

    void addIntake(Topology topology) {
        // The time at which a record was appended: by it the step tells history from the present.
        TimestampExtractor appended = (record, partitionTime) -> Math.max(0, record.timestamp());
        source(topology, appended, "read-events", RecordKind.EVENT);
        source(topology, appended, "read-labels", RecordKind.LABEL);
        topology.addProcessor(INTAKE, () -> new IntakeProcessor(pipeline, setting), "read-events", "read-labels")
                .addStateStore(setting.state().store(IntakeProcessor.LANES, true), INTAKE)
                .addSink(
                        IntakeProcessor.ARRIVALS_SINK,
                        setting.topics().arrivals(),
                        writing,
                        writing,
                        new StagePartitioner(),
                        INTAKE)
                .addSink(IntakeProcessor.REJECTED_SINK, pipeline.name() + ".rejected", writing, writing, INTAKE);
    }

    private void source(Topology topology, TimestampExtractor time, String name, RecordKind kind) {
        boolean event = kind == RecordKind.EVENT;
        topology.addSource(
                AutoOffsetReset.earliest(),
                name,
                time,
                reading,
                new ArrivalSerde(
                        setting.registry(),
                        setting.registryUrl(),
                        event ? pipeline.event().schema() : pipeline.label().schema()),
                pipeline.name() + (event ? ".events" : ".labels"));
    }

    void addIds(Topology topology) {
        topology.addSource(
                        AutoOffsetReset.earliest(),
                        "read-arrivals",
                        reading,
                        reading,
                        setting.topics().arrivals())
                .addSource(
                        AutoOffsetReset.earliest(),
                        "read-parts",
                        reading,
                        reading,
                        setting.topics().parts())
                .addProcessor(IDS, () -> new IdProcessor(pipeline, setting, names), "read-arrivals", "read-parts");
        List.of(QUEUE, PENDING, HORIZONS, ROWS_IN_PROGRESS, WRITTEN_ROWS, PROGRESS)
                .forEach(name -> topology.addStateStore(setting.state().store(name, true), IDS));
        names.forEach(stage ->
                topology.addSink(stage.visitsSink(), stage.topic(), writing, writing, new StagePartitioner(), IDS));
        topology.addSink(FEATURES_SINK, pipeline.name() + ".features", writing, writing, IDS)
                .addSink(EXAMPLES_SINK, pipeline.name() + ".examples", writing, writing, IDS)
                .addSink(CORRECTIONS_SINK, pipeline.name() + ".corrections", writing, writing, IDS)
                .addSink(REJECTED_SINK, pipeline.name() + ".rejected", writing, writing, IDS);
    }

    void addEntity(Topology topology, int number) {
        Names stage = names.get(number);
        topology.addSource(AutoOffsetReset.earliest(), stage.source(), reading, reading, stage.topic())
                .addProcessor(
                        stage.processor(), () -> new EntityProcessor(pipeline, setting, number, stage), stage.source());
        List.of(stage.queue(), stage.windows(), stage.writtenParts(), stage.progress())
                .forEach(name -> topology.addStateStore(setting.state().store(name, true), stage.processor()));
        topology.addSink(
                stage.partsSink(),
                setting.topics().parts(),
                writing,
                writing,
                new StagePartitioner(),
                stage.processor());
    }
}
