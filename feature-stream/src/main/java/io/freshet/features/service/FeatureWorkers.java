package io.freshet.features.service;

import io.freshet.features.FeatureTopology;
import io.freshet.features.Superseded;
import io.freshet.runtime.Champions;
import io.freshet.runtime.DeclaredPipeline;
import io.freshet.runtime.KafkaConnection;
import io.freshet.runtime.ServiceSettings;
import io.freshet.runtime.StreamsWorker;
import io.freshet.runtime.Worker;
import io.freshet.runtime.WorkerFactory;
import io.freshet.schemas.message.ModelRegistered;
import io.freshet.schemas.pipeline.Pipeline;
import jakarta.annotation.PreDestroy;
import jakarta.inject.Singleton;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.streams.StreamsConfig;
import org.jspecify.annotations.Nullable;

/** Runs each pipeline's topology. */
@Singleton
final class FeatureWorkers implements WorkerFactory {
    // How long a record waits for an earlier one of the other topic that is not there yet.
    private static final long WAIT_FOR_THE_OTHER_TOPIC_MILLIS = 1_000;
    private static final long CACHE_BYTES = 64L * 1024 * 1024;

    private final KafkaConnection connection;
    private final ServiceSettings settings;
    private @Nullable Champions champions;

    FeatureWorkers(KafkaConnection connection, ServiceSettings settings) {
        this.connection = connection;
        this.settings = settings;
    }

    @Override
    public Worker start(DeclaredPipeline declared) {
        Pipeline pipeline = declared.pipeline();
        Optional<Superseded> superseded = declared.superseded().map(this::superseded);
        try {
            connection.ensure(FeatureTopology.topics(pipeline, superseded));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("stopped while topics were created", e);
        }
        boolean alone = pipeline.partitions() == 1;
        return StreamsWorker.start(
                connection,
                FeatureTopology.group(pipeline.name()),
                FeatureTopology.of(
                        pipeline,
                        superseded,
                        declared.version(),
                        connection.registry(),
                        connection.settings().registryUrl(),
                        InstantSource.system()),
                settings.stateDirectory(),
                Map.of(
                        StreamsConfig.MAX_TASK_IDLE_MS_CONFIG,
                        alone ? WAIT_FOR_THE_OTHER_TOPIC_MILLIS : 0L,
                        StreamsConfig.NUM_STREAM_THREADS_CONFIG,
                        Math.min(pipeline.partitions(), Runtime.getRuntime().availableProcessors()),
                        StreamsConfig.STATESTORE_CACHE_MAX_BYTES_CONFIG,
                        CACHE_BYTES));
    }

    private Superseded superseded(Pipeline before) {
        Champions serving = champions();
        return new Superseded(
                before,
                () -> serving.caughtUp()
                        ? serving.champion(before.name()).map(ModelRegistered::getFeatureSet)
                        : Optional.empty(),
                InstantSource.system());
    }

    /** Opened when it is needed first, when its topics are sure to exist. */
    private synchronized Champions champions() {
        Champions open = champions;
        if (open == null) {
            open = new Champions(connection);
            champions = open;
        }
        return open;
    }

    @PreDestroy
    synchronized void close() {
        if (champions != null) {
            champions.close();
        }
    }
}
