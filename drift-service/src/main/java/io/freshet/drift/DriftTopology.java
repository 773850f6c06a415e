package io.freshet.drift;

import io.confluent.kafka.schemaregistry.client.SchemaRegistryClient;
import io.freshet.schemas.pipeline.Pipeline;
import io.freshet.schemas.topic.Topics;
import io.freshet.schemas.wire.WireFormat;
import java.time.InstantSource;
import java.util.Optional;
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
 * The way from rows, scores, examples, models, deployments and training runs, through one step that profiles, judges and
 * decides, to drift alerts and requests for training.
 *
 * <p>All of it is one task, so that windows are whole and decisions come in one order. That bounds a pipeline to one
 * partition.
 */
public final class DriftTopology {
    private static final String WATCH = "watch-for-drift";
    private static final TimestampExtractor OWN_TIME = (record, partitionTime) ->
            record.value() instanceof Arrival.Streamed streamed ? streamed.time() : Math.max(0, partitionTime);
    // What a person or the trainer decided is taken as soon as it is there, however far back the stream is.
    private static final TimestampExtractor AT_ONCE = (record, partitionTime) -> 0;

    private DriftTopology() {}

    /**
     * Builds it.
     *
     * @param superseded the declaration that the serving model may have been trained on instead
     * @param registryUrl where the registry is, or {@code mock://name}
     * @param clock for processing times, and to tell times that lie ahead
     * @throws IllegalArgumentException for a pipeline of more than one partition
     */
    public static Topology of(
            Pipeline pipeline,
            Optional<Pipeline> superseded,
            SchemaRegistryClient registry,
            String registryUrl,
            InstantSource clock) {
        if (pipeline.partitions() != 1) {
            throw new IllegalArgumentException("partitions: " + pipeline.partitions() + " must be 1");
        }
        String name = pipeline.name();
        FeatureSets sets = new FeatureSets(pipeline, superseded);
        var read = new ArrivalReader.Source(sets, registry, registryUrl, clock);
        Topology topology = new Topology();
        source(topology, "read-features", OWN_TIME, read.features(), name + ".features");
        source(topology, "read-predictions", OWN_TIME, read.predictions(), name + ".predictions");
        source(topology, "read-examples", OWN_TIME, read.examples(), name + ".examples");
        source(topology, "read-models", AT_ONCE, read.models(), Topics.MODELS.name());
        source(topology, "read-deployments", AT_ONCE, read.deployments(), Topics.DEPLOYMENTS.name());
        source(topology, "read-training-runs", AT_ONCE, read.trainingRuns(), Topics.TRAINING_RUNS.name());
        ByteArraySerializer bytes = new ByteArraySerializer();
        return topology.addProcessor(
                        WATCH,
                        () -> new DriftProcessor(sets, WireFormat.serializer(registry, registryUrl), clock),
                        "read-features",
                        "read-predictions",
                        "read-examples",
                        "read-models",
                        "read-deployments",
                        "read-training-runs")
                .addStateStore(store(DriftProcessor.PANES, Serdes.Long()), WATCH)
                .addStateStore(store(DriftProcessor.JOURNAL, Serdes.Integer()), WATCH)
                .addStateStore(store(DriftProcessor.BASELINES, Serdes.Integer()), WATCH)
                .addStateStore(store(DriftProcessor.PROGRESS, Serdes.String()), WATCH)
                .addSink(DriftProcessor.ALERTS_SINK, Topics.DRIFT_ALERTS.name(), bytes, bytes, WATCH)
                .addSink(DriftProcessor.REQUESTS_SINK, Topics.RETRAIN_REQUESTS.name(), bytes, bytes, WATCH);
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
