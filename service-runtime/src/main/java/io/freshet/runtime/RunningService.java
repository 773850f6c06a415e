package io.freshet.runtime;

import io.micronaut.context.ApplicationContext;
import io.micronaut.context.env.PropertySource;
import io.micronaut.context.exceptions.NoSuchBeanException;
import io.micronaut.runtime.server.EmbeddedServer;
import java.net.URI;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CountDownLatch;

/**
 * One service, running. Each has an application context of its own, so that several can share a process; the beans of a
 * service are there only where {@code freshet.service} names it.
 */
public final class RunningService implements AutoCloseable {
    private static final int CONFIGURATION_FAULT = 78;

    private final ApplicationContext context;
    private final EmbeddedServer server;

    private RunningService(ApplicationContext context, EmbeddedServer server) {
        this.context = context;
        this.server = server;
    }

    /** Starts a service and returns when it answers over HTTP; its workers start as Kafka and declarations allow. */
    public static RunningService start(String service, ServiceSettings settings) {
        ApplicationContext context = ApplicationContext.builder()
                .banner(false)
                .deduceEnvironment(false)
                .deduceCloudEnvironment(false)
                .environmentPropertySource(false)
                .singletons(settings)
                .propertySources(PropertySource.of("freshet", properties(service, settings)))
                .build();
        try {
            context.start();
            return new RunningService(
                    context, context.getBean(EmbeddedServer.class).start());
        } catch (RuntimeException e) {
            context.close();
            throw e;
        }
    }

    private static Map<String, Object> properties(String service, ServiceSettings settings) {
        Map<String, Object> properties = new HashMap<>();
        properties.put("freshet.service", service);
        properties.put("micronaut.application.name", service);
        properties.put("micronaut.server.host", settings.httpHost());
        properties.put("micronaut.server.port", settings.httpPort() == 0 ? -1 : settings.httpPort());
        properties.put("micronaut.server.max-request-size", "32MB");
        properties.put("micronaut.executors.blocking.virtual", true);
        properties.put("endpoints.all.enabled", false);
        properties.put("endpoints.health.enabled", true);
        properties.put("endpoints.health.sensitive", false);
        properties.put("endpoints.health.details-visible", "ANONYMOUS");
        properties.put("endpoints.prometheus.enabled", true);
        properties.put("endpoints.prometheus.sensitive", false);
        properties.put("micronaut.metrics.export.prometheus.enabled", true);
        properties.put("micronaut.metrics.tags.service", service);
        return properties;
    }

    /** Runs a service as a process of its own, configured by environment, until the process is asked to end. */
    public static void main(String service) {
        try {
            RunningService running = start(service, ServiceSettings.fromEnvironment(System.getenv()));
            CountDownLatch ended = new CountDownLatch(1);
            Runtime.getRuntime()
                    .addShutdownHook(new Thread(
                            () -> {
                                running.close();
                                ended.countDown();
                            },
                            "shutdown"));
            System.err.println(service + " listens on " + running.uri());
            ended.await();
        } catch (IllegalArgumentException e) {
            System.err.println(service + ": " + e.getMessage());
            System.exit(CONFIGURATION_FAULT);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Where it answers over HTTP. */
    public URI uri() {
        return server.getURI();
    }

    /** Whether it works on every declared pipeline. */
    public boolean ready() {
        return context.getBean(PipelineSupervisor.class).ready();
    }

    /**
     * A part of the service.
     *
     * @throws NoSuchBeanException when it has none of this type
     */
    public <T> T part(Class<T> type) {
        return context.getBean(type);
    }

    @Override
    public void close() {
        context.close();
    }
}
