package io.freshet.runtime;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.config.MeterFilter;
import io.micronaut.context.annotation.Bean;
import io.micronaut.context.annotation.Context;
import io.micronaut.context.annotation.Factory;
import io.micronaut.context.annotation.Value;
import io.micronaut.core.async.publisher.Publishers;
import io.micronaut.health.HealthStatus;
import io.micronaut.management.health.indicator.HealthIndicator;
import io.micronaut.management.health.indicator.HealthResult;
import io.micronaut.management.health.indicator.annotation.Readiness;
import jakarta.inject.Singleton;
import java.util.Objects;

/** The beans that every service has: its connection, its supervisor, its readiness, its counters. */
@Factory
final class ServiceShell {

    @Singleton
    @Bean(preDestroy = "close")
    KafkaConnection connection(ServiceSettings settings, MeterRegistry meters) {
        return new KafkaConnection(settings.kafka(), meters);
    }

    /**
     * Kafka's consumers give each number of a topic twice when its name has a period, once with an underscore instead:
     * deprecated, and a sum over topics would count it twice. No topic of ours has an underscore.
     */
    @Singleton
    MeterFilter eachTopicOnce() {
        return MeterFilter.deny(id -> id.getName().startsWith("kafka.consumer.")
                && Objects.requireNonNullElse(id.getTag("topic"), "").contains("_"));
    }

    @Context
    @Bean(preDestroy = "close")
    PipelineSupervisor supervisor(
            KafkaConnection connection,
            WorkerFactory factory,
            MeterRegistry meters,
            @Value("${freshet.service}") String service) {
        PipelineSupervisor supervisor = PipelineSupervisor.start(connection, factory, service);
        Gauge.builder("freshet.ready", supervisor, s -> s.ready() ? 1 : 0)
                .description("1 when every declared pipeline has a running worker")
                .register(meters);
        FunctionCounter.builder("freshet.worker.restarts", supervisor, PipelineSupervisor::restarts)
                .description("Workers replaced because they failed")
                .register(meters);
        return supervisor;
    }

    /** Up once the service works on every declared pipeline. */
    @Singleton
    @Readiness
    HealthIndicator pipelines(PipelineSupervisor supervisor) {
        return () -> Publishers.just(
                HealthResult.builder("pipelines", supervisor.ready() ? HealthStatus.UP : HealthStatus.DOWN)
                        .details(supervisor.report())
                        .build());
    }
}
