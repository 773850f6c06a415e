package io.freshet.features;

import io.confluent.kafka.schemaregistry.client.SchemaRegistryClient;
import io.freshet.schemas.check.RecordCheck;
import io.freshet.schemas.message.RecordKind;
import io.freshet.schemas.pipeline.Pipeline;
import io.freshet.schemas.topic.Topic;
import io.freshet.schemas.topic.Topics;
import io.freshet.schemas.wire.WireFormat;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import org.apache.avro.Schema;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.streams.AutoOffsetReset;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.processor.TimestampExtractor;

/**
 * The way of a pipeline's records: events and labels, in the order of their own time, through one step that checks, joins
 * and computes, to feature rows, examples and rejected records.
 *
 * <p>All of it is one task, so that what a row sees does not depend on how fast different entities are processed. That
 * bounds a pipeline to one partition.
 */
public final class FeatureTopology {
    private static final String ARRIVALS = "take-arrivals";
    private static final String READ_EVENTS = "read-events";
    private static final String READ_LABELS = "read-labels";

    private FeatureTopology() {}

    /** The consumer group that takes a pipeline's events and labels: what it has committed has its rows on the log. */
    public static String group(String pipeline) {
        return "freshet-features-" + pipeline;
    }

    /**
     * Builds it.
     *
     * @param superseded an earlier declaration, whose features are computed as well
     * @param version the declaration's version, carried in rejected records
     * @param registryUrl where the registry is, or {@code mock://name}
     * @param clock for processing times, and to tell times that lie ahead
     */
    public static Topology of(
            Pipeline pipeline,
            Optional<Superseded> superseded,
            int version,
            SchemaRegistryClient registry,
            String registryUrl,
            InstantSource clock) {
        return of(pipeline, superseded, version, registry, registryUrl, clock, StateStores.ON_DISK);
    }

    static Topology of(
            Pipeline pipeline,
            Optional<Superseded> superseded,
            int version,
            SchemaRegistryClient registry,
            String registryUrl,
            InstantSource clock,
            StateStores state) {
        if (pipeline.partitions() > 1) {
            Stages.Setting setting = new Stages.Setting(
                    superseded,
                    version,
                    registry,
                    registryUrl,
                    clock,
                    context -> context.taskId().partition(),
                    stages(pipeline, superseded),
                    state);
            return new Stages(pipeline, setting).topology();
        }
        String name = pipeline.name();
        ByteArrayDeserializer keys = new ByteArrayDeserializer();
        ByteArraySerializer bytes = new ByteArraySerializer();
        Schema event = pipeline.event().schema();
        Schema label = pipeline.label().schema();
        return new Topology()
                .addSource(
                        AutoOffsetReset.earliest(),
                        READ_EVENTS,
                        ownTime(RecordCheck.of(pipeline, RecordKind.EVENT), clock),
                        keys,
                        new ArrivalSerde(registry, registryUrl, event),
                        name + ".events")
                .addSource(
                        AutoOffsetReset.earliest(),
                        READ_LABELS,
                        ownTime(RecordCheck.of(pipeline, RecordKind.LABEL), clock),
                        keys,
                        new ArrivalSerde(registry, registryUrl, label),
                        name + ".labels")
                .addProcessor(
                        ARRIVALS,
                        () -> new ArrivalProcessor(
                                pipeline,
                                superseded,
                                version,
                                new ArrivalProcessor.Wiring(
                                        WireFormat.serializer(registry, registryUrl),
                                        WireFormat.deserializer(registry, registryUrl, false),
                                        new ArrivalSerde(registry, registryUrl, event),
                                        new ArrivalSerde(registry, registryUrl, label),
                                        state),
                                clock),
                        READ_EVENTS,
                        READ_LABELS)
                .addStateStore(state.store(ArrivalProcessor.PENDING, false), ARRIVALS)
                .addStateStore(state.store(ArrivalProcessor.HORIZONS, true), ARRIVALS)
                .addStateStore(state.store(ArrivalProcessor.WINDOWS, true), ARRIVALS)
                .addStateStore(state.store(ArrivalProcessor.WRITTEN, false), ARRIVALS)
                .addStateStore(state.store(ArrivalProcessor.PROGRESS, true), ARRIVALS)
                .addSink(ArrivalProcessor.FEATURES_SINK, name + ".features", bytes, bytes, ARRIVALS)
                .addSink(ArrivalProcessor.EXAMPLES_SINK, name + ".examples", bytes, bytes, ARRIVALS)
                .addSink(ArrivalProcessor.CORRECTIONS_SINK, name + ".corrections", bytes, bytes, ARRIVALS)
                .addSink(ArrivalProcessor.REJECTED_SINK, name + ".rejected", bytes, bytes, ARRIVALS);
    }

    /** The topics that it needs beside the pipeline's own; none for a pipeline of one partition. */
    public static List<Topic> topics(Pipeline pipeline, Optional<Superseded> superseded) {
        return pipeline.partitions() > 1 ? stages(pipeline, superseded).topics(pipeline.partitions()) : List.of();
    }

    private static Topics.Stages stages(Pipeline pipeline, Optional<Superseded> superseded) {
        return Topics.Stages.of(pipeline.name(), Stages.entities(pipeline, superseded));
    }

    /**
     * A record's own time, by which the two topics are merged. One that cannot be read or lies ahead of the clock comes
     * when its topic's turn is, so that it cannot hold up or hurry the stream.
     */
    private static TimestampExtractor ownTime(RecordCheck check, InstantSource clock) {
        return (record, partitionTime) -> {
            Instant latest = clock.instant().plus(RecordCheck.AHEAD);
            return record.value() instanceof Arrival.Read read
                    ? check.time(read.record())
                            .filter(time -> !time.isBefore(RecordCheck.EARLIEST) && !time.isAfter(latest))
                            .map(Instant::toEpochMilli)
                            .orElse(Math.max(0, partitionTime))
                    : Math.max(0, partitionTime);
        };
    }
}
