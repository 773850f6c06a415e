package io.freshet.drift;

import io.confluent.kafka.schemaregistry.client.SchemaRegistryClient;
import io.confluent.kafka.serializers.KafkaAvroSerializer;
import io.freshet.schemas.pipeline.Pipeline;
import io.freshet.schemas.topic.Topics;
import io.freshet.schemas.wire.WireFormat;
import java.time.InstantSource;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.AutoOffsetReset;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.processor.TimestampExtractor;
import org.apache.kafka.streams.state.StoreBuilder;
import org.apache.kafka.streams.state.Stores;

/**
 * The way from rows, scores, examples, models, deployments and training runs, through one step that brings answers and
 * labels together and one that profiles, judges and decides, to drift alerts and requests for training.
 *
 * <p>All of it is one task, so that windows are whole and decisions come in one order. Where a pipeline has several
 * partitions, each is profiled by a task of its own, and what these tell comes together on the one partition of {@code
 * <pipeline>.profiles}, where the one task takes it in place of rows, scores and examples.
 */
public final class DriftTopology {
    private static final String MATCH = "match-labels";
    private static final String WATCH = "watch-for-drift";
    private static final String PROFILE = "profile-partition";
    private static final String[] TO_MATCH = {"read-predictions", "read-examples"};
    private static final String[] STREAMED = {"read-features", MATCH};
    private static final String[] PROFILES = {"read-profiles"};
    private static final String[] ANNOUNCED = {"read-models", "read-deployments", "read-training-runs"};
    private static final TimestampExtractor OWN_TIME = (record, partitionTime) -> Math.max(
            0,
            switch (record.value()) {
                case Arrival.Streamed streamed -> streamed.time();
                case Arrival.ToMatch half -> half.time();
                case null, default -> partitionTime;
            });
    // What a person or the trainer decided is taken as soon as it is there, however far back the stream is.
    private static final TimestampExtractor AT_ONCE = (record, partitionTime) -> 0;

    private DriftTopology() {}

    /**
     * Builds it.
     *
     * @param superseded the declaration that the serving model may have been trained on instead
     * @param registryUrl where the registry is, or {@code mock://name}
     * @param clock for processing times, and to tell times that lie ahead
     * @param gauges shows how the serving model does
     */
    public static Topology of(
            Pipeline pipeline,
            Optional<Pipeline> superseded,
            SchemaRegistryClient registry,
            String registryUrl,
            InstantSource clock,
            PerformanceGauges gauges) {
        String name = pipeline.name();
        FeatureSets sets = new FeatureSets(pipeline, superseded);
        var read = new ArrivalReader.Source(sets, registry, registryUrl, clock);
        Supplier<KafkaAvroSerializer> writers = () -> WireFormat.serializer(registry, registryUrl);
        Topology topology = new Topology();
        source(topology, "read-features", OWN_TIME, read.features(), name + ".features");
        source(topology, "read-predictions", OWN_TIME, read.predictions(), name + ".predictions");
        source(topology, "read-examples", OWN_TIME, read.examples(), name + ".examples");
        source(topology, "read-models", AT_ONCE, read.models(), Topics.MODELS.name());
        source(topology, "read-deployments", AT_ONCE, read.deployments(), Topics.DEPLOYMENTS.name());
        source(topology, "read-training-runs", AT_ONCE, read.trainingRuns(), Topics.TRAINING_RUNS.name());
        match(topology, pipeline, clock);
        Supplier<DriftProcessor> watcher = () -> new DriftProcessor(sets, writers.get(), clock, gauges);
        if (pipeline.partitions() == 1) {
            watch(topology, watcher, STREAMED);
        } else {
            profile(topology, sets, writers, clock);
            source(topology, PROFILES[0], OWN_TIME, read.profiles(), profiles(pipeline));
            watch(topology, watcher, PROFILES);
        }
        return topology;
    }

    /** The topic on which several partitions come together. */
    static String profiles(Pipeline pipeline) {
        return pipeline.name() + ".profiles";
    }

    private static void match(Topology topology, Pipeline pipeline, InstantSource clock) {
        topology.addProcessor(MATCH, () -> new LabelMatcher(pipeline, clock), TO_MATCH)
                .addStateStore(store(LabelMatcher.UNMATCHED, Serdes.ByteArray()), MATCH);
    }

    private static void profile(
            Topology topology, FeatureSets sets, Supplier<KafkaAvroSerializer> writers, InstantSource clock) {
        ByteArraySerializer bytes = new ByteArraySerializer();
        topology.addProcessor(PROFILE, () -> new PartitionProcessor(sets, writers.get(), clock), STREAMED)
                .addStateStore(store(PartitionProcessor.JOURNAL, Serdes.Integer()), PROFILE)
                .addStateStore(store(PartitionProcessor.PROGRESS, Serdes.String()), PROFILE)
                .addSink(PartitionProcessor.PROFILES_SINK, profiles(sets.declared()), bytes, bytes, PROFILE);
    }

    private static void watch(Topology topology, Supplier<DriftProcessor> watcher, String[] streamed) {
        ByteArraySerializer bytes = new ByteArraySerializer();
        String[] read = Stream.of(streamed, ANNOUNCED).flatMap(Stream::of).toArray(String[]::new);
        topology.addProcessor(WATCH, watcher::get, read)
                .addStateStore(store(DriftProcessor.PANES, Serdes.Long()), WATCH)
                .addStateStore(store(DriftProcessor.JOURNAL, Serdes.Integer()), WATCH)
                .addStateStore(store(DriftProcessor.BASELINES, Serdes.Integer()), WATCH)
                .addStateStore(store(DriftProcessor.PROGRESS, Serdes.String()), WATCH)
                .addStateStore(store(DriftProcessor.OUTCOMES, Serdes.Long()), WATCH)
                .addStateStore(store(DriftProcessor.PROMISES, Serdes.Integer()), WATCH)
                .addSink(DriftProcessor.ALERTS_SINK, Topics.DRIFT_ALERTS.name(), bytes, bytes, WATCH)
                .addSink(DriftProcessor.REQUESTS_SINK, Topics.RETRAIN_REQUESTS.name(), bytes, bytes, WATCH)
                .addSink(DriftProcessor.INCIDENTS_SINK, Topics.INCIDENTS.name(), bytes, bytes, WATCH);
    }

    private static void source(
            Topology topology, String name, TimestampExtractor time, ArrivalReader reader, String topic) {
        topology.addSource(AutoOffsetReset.earliest(), name, time, new ByteArrayDeserializer(), reader, topic);
    }

    /** Cached, so that between two commits only the newest state of a key goes to disk and to the changelog. */
    private static <K> StoreBuilder<?> store(String name, Serde<K> keys) {
        return Stores.keyValueStoreBuilder(Stores.persistentKeyValueStore(name), keys, Serdes.ByteArray())
                .withCachingEnabled();
    }
}
