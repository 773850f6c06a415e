package io.freshet.drift.service;

import io.freshet.drift.DriftTopology;
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

/** Watches each pipeline with a topology of its own. */
@Singleton
final class DriftWorkers implements WorkerFactory {
    private static final long WAIT_FOR_OTHER_TOPICS_MILLIS = 100;
    private static final long CACHE_BYTES = 16L * 1024 * 1024;

    private final KafkaConnection connection;
    private final ServiceSettings settings;
    private final PerformanceMeters meters;

    DriftWorkers(KafkaConnection connection, ServiceSettings settings, PerformanceMeters meters) {
        this.connection = connection;
        this.settings = settings;
        this.meters = meters;
    }

    @Override
    public Worker start(DeclaredPipeline declared) {
        return StreamsWorker.start(
                connection,
                "freshet-drift-" + declared.pipeline().name(),
                DriftTopology.of(
                        declared.pipeline(),
                        declared.superseded(),
                        connection.registry(),
                        connection.settings().registryUrl(),
                        InstantSource.system(),
                        meters.of(declared.pipeline().name())),
                settings.stateDirectory(),
                Map.of(
                        StreamsConfig.MAX_TASK_IDLE_MS_CONFIG,
                        WAIT_FOR_OTHER_TOPICS_MILLIS,
                        StreamsConfig.STATESTORE_CACHE_MAX_BYTES_CONFIG,
                        CACHE_BYTES));
    }
}
