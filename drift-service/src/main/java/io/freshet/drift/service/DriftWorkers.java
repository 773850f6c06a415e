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
    private static final long CACHE_BYTES = 16L * 1024 * 1024;

    private final KafkaConnection connection;
    private final ServiceSettings settings;
    private final DriftMetrics metrics;

    DriftWorkers(KafkaConnection connection, ServiceSettings settings, DriftMetrics metrics) {
        this.connection = connection;
        this.settings = settings;
        this.metrics = metrics;
    }

    @Override
    public Worker start(DeclaredPipeline declared) {
        return StreamsWorker.start(
                connection,
                "freshet-drift-" + declared.pipeline().name(),
                DriftTopology.of(
                        declared.pipeline(),
                        connection.registry(),
                        connection.settings().registryUrl(),
                        InstantSource.system(),
                        metrics),
                settings.stateDirectory(),
                Map.of(StreamsConfig.STATESTORE_CACHE_MAX_BYTES_CONFIG, CACHE_BYTES));
    }
}
