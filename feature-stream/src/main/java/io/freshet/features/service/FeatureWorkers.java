package io.freshet.features.service;

import io.freshet.features.FeatureTopology;
import io.freshet.runtime.DeclaredPipeline;
import io.freshet.runtime.KafkaConnection;
import io.freshet.runtime.ServiceSettings;
import io.freshet.runtime.StreamsWorker;
import io.freshet.runtime.Worker;
import io.freshet.runtime.WorkerFactory;
import jakarta.inject.Singleton;
import java.time.InstantSource;
import java.util.Map;
import org.apache.kafka.streams.StreamsConfig;

/** Runs each pipeline's topology. */
@Singleton
final class FeatureWorkers implements WorkerFactory {
    // How long a record waits for an earlier one of the other topic that is not there yet.
    private static final long WAIT_FOR_THE_OTHER_TOPIC_MILLIS = 1_000;
    private static final long CACHE_BYTES = 64L * 1024 * 1024;

    private final KafkaConnection connection;
    private final ServiceSettings settings;

    FeatureWorkers(KafkaConnection connection, ServiceSettings settings) {
        this.connection = connection;
        this.settings = settings;
    }

    @Override
    public Worker start(DeclaredPipeline declared) {
        return StreamsWorker.start(
                connection,
                "freshet-features-" + declared.pipeline().name(),
                FeatureTopology.of(
                        declared.pipeline(),
                        declared.version(),
                        connection.registry(),
                        connection.settings().registryUrl(),
                        InstantSource.system()),
                settings.stateDirectory(),
                Map.of(
                        StreamsConfig.MAX_TASK_IDLE_MS_CONFIG,
                        WAIT_FOR_THE_OTHER_TOPIC_MILLIS,
                        StreamsConfig.STATESTORE_CACHE_MAX_BYTES_CONFIG,
                        CACHE_BYTES));
    }
}
