package io.freshet.ingest;

import io.freshet.runtime.DeclaredPipeline;
import io.freshet.runtime.KafkaConnection;
import io.freshet.runtime.Worker;
import io.freshet.runtime.WorkerFactory;
import io.freshet.schemas.wire.WireFormat;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.kafka.KafkaClientMetrics;
import jakarta.annotation.PreDestroy;
import jakarta.inject.Singleton;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.kafka.clients.producer.KafkaProducer;

/** Keeps an intake for each declared pipeline; all share one producer. */
@Singleton
final class IngestWorkers implements WorkerFactory {
    // A request has to be answered: what cannot be sent in this time is answered as not acknowledged.
    private static final Map<String, Object> ANSWER_IN_TIME =
            Map.of("max.block.ms", 10_000, "request.timeout.ms", 10_000, "delivery.timeout.ms", 20_000, "linger.ms", 2);

    private final KafkaConnection connection;
    private final IngestMetrics metrics;
    private final KafkaProducer<byte[], byte[]> producer;
    private final KafkaClientMetrics producing;
    private final Map<String, Intake> intakes = new ConcurrentHashMap<>();

    IngestWorkers(KafkaConnection connection, IngestMetrics metrics, MeterRegistry meters) {
        this.connection = connection;
        this.metrics = metrics;
        this.producer =
                connection.producer("freshet-ingest-" + connection.settings().instance(), ANSWER_IN_TIME);
        this.producing = new KafkaClientMetrics(producer);
        producing.bindTo(meters);
    }

    /** The intake of a declared pipeline. */
    Optional<Intake> intake(String pipeline) {
        return Optional.ofNullable(intakes.get(pipeline));
    }

    @Override
    public Worker start(DeclaredPipeline declared) {
        String name = declared.pipeline().name();
        Intake intake = new Intake(
                declared,
                producer,
                WireFormat.serializer(
                        connection.registry(), connection.settings().registryUrl()),
                metrics,
                InstantSource.system());
        metrics.watch(name);
        intakes.put(name, intake);
        return new Worker() {
            @Override
            public Status status() {
                return new Running();
            }

            @Override
            public void close() {
                intakes.remove(name, intake);
            }
        };
    }

    @PreDestroy
    void close() {
        producing.close();
        producer.close();
    }
}
