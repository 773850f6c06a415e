package io.freshet.drift;

import io.confluent.kafka.schemaregistry.client.SchemaRegistryClient;
import io.freshet.schemas.pipeline.Pipeline;
import io.freshet.schemas.topic.Topics;
import io.freshet.schemas.wire.WireFormat;
import java.time.InstantSource;
import java.util.function.Function;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.AutoOffsetReset;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.state.KeyValueBytesStoreSupplier;
import org.apache.kafka.streams.state.StoreBuilder;
import org.apache.kafka.streams.state.Stores;

/**
 * The way of a pipeline's evidence: rows, examples and what the trainer announces, through one step that detects, decides
 * and acts, to alerts and retrain requests.
 */
public final class DriftTopology {
    private static final String WATCH = "watch";

    private DriftTopology() {}

    /**
     * Builds it.
     *
     * @param registryUrl where the registry is, or {@code mock://name}
     * @param clock for processing times only
     * @throws IllegalArgumentException for a pipeline of more than one partition
     */
    public static Topology of(
            Pipeline pipeline,
            SchemaRegistryClient registry,
            String registryUrl,
            InstantSource clock,
            DriftCounts counts) {
        return of(pipeline, registry, registryUrl, clock, counts, Stores::persistentKeyValueStore);
    }

    static Topology of(
            Pipeline pipeline,
            SchemaRegistryClient registry,
            String registryUrl,
            InstantSource clock,
            DriftCounts counts,
            Function<String, KeyValueBytesStoreSupplier> stores) {
        if (pipeline.partitions() != 1) {
            throw new IllegalArgumentException("partitions: " + pipeline.partitions() + " must be 1");
        }
        ByteArrayDeserializer in = new ByteArrayDeserializer();
        ByteArraySerializer out = new ByteArraySerializer();
        Topology topology = new Topology()
                .addSource(AutoOffsetReset.earliest(), "read-rows", in, in, pipeline.name() + ".features")
                .addSource(AutoOffsetReset.earliest(), "read-examples", in, in, pipeline.name() + ".examples")
                .addSource(
                        AutoOffsetReset.earliest(),
                        "read-announcements",
                        in,
                        in,
                        Topics.MODELS.name(),
                        Topics.DEPLOYMENTS.name(),
                        Topics.TRAINING_RUNS.name())
                .addProcessor(
                        WATCH,
                        () -> new DriftProcessor(
                                pipeline,
                                WireFormat.deserializer(registry, registryUrl, false),
                                WireFormat.deserializer(registry, registryUrl, true),
                                WireFormat.serializer(registry, registryUrl),
                                clock,
                                counts),
                        "read-rows",
                        "read-examples",
                        "read-announcements");
        for (String name : new String[] {
            DriftProcessor.JOURNAL_STORE,
            DriftProcessor.PANES_STORE,
            DriftProcessor.MODELS_STORE,
            DriftProcessor.STANDING_STORE
        }) {
            topology.addStateStore(store(stores.apply(name)), WATCH);
        }
        return topology.addSink(DriftProcessor.ALERTS_SINK, Topics.DRIFT_ALERTS.name(), out, out, WATCH)
                .addSink(DriftProcessor.REQUESTS_SINK, Topics.RETRAIN_REQUESTS.name(), out, out, WATCH);
    }

    private static StoreBuilder<?> store(KeyValueBytesStoreSupplier supplier) {
        return Stores.keyValueStoreBuilder(supplier, Serdes.ByteArray(), Serdes.ByteArray())
                .withCachingEnabled();
    }
}
