package io.freshet.quickstart.platform;

import io.freshet.runtime.KafkaSettings;
import io.freshet.runtime.MlflowSettings;
import io.freshet.runtime.RunningService;
import io.freshet.runtime.ServiceSettings;
import java.net.URI;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The services in this process, each as it also runs alone, on loopback and free ports. */
public final class Services implements AutoCloseable {
    /** Every service, in the order in which data flows. */
    public static final List<String> ALL =
            List.of("ingest-service", "feature-stream", "scoring-service", "drift-service", "trainer-service");

    private static final String LOOPBACK = "127.0.0.1";

    private final Map<String, RunningService> running = new LinkedHashMap<>();

    private Services() {}

    /**
     * Starts services on a platform and returns when all answer over HTTP.
     *
     * @throws PlatformException when one cannot be started; none is left running
     */
    public static Services start(Platform platform, DataDirectory data, List<String> names) {
        return start(platform, data, names, Optional.empty());
    }

    /**
     * As above, telling trainings to an MLflow server.
     *
     * @throws PlatformException as above
     */
    public static Services start(
            Platform platform, DataDirectory data, List<String> names, Optional<MlflowSettings> mlflow) {
        return start(
                new KafkaSettings(
                        platform.broker().bootstrapServers(),
                        platform.registry().url(),
                        "0",
                        (short) 1,
                        Map.of()),
                data,
                names,
                mlflow);
    }

    /**
     * Starts services on a broker and a registry that run elsewhere, and returns when all answer over HTTP.
     *
     * @throws PlatformException when one cannot be started; none is left running
     */
    public static Services start(KafkaSettings kafka, DataDirectory data, List<String> names) {
        return start(kafka, data, names, Optional.empty());
    }

    private static Services start(
            KafkaSettings kafka, DataDirectory data, List<String> names, Optional<MlflowSettings> mlflow) {
        Services services = new Services();
        try {
            for (String name : names) {
                services.running.put(
                        name,
                        RunningService.start(
                                name,
                                new ServiceSettings(
                                        kafka, data.path().resolve("state").resolve(name), LOOPBACK, 0, mlflow)));
            }
            return services;
        } catch (RuntimeException e) {
            services.close();
            throw new PlatformException("a service cannot be started: " + e.getMessage(), e);
        }
    }

    /** Where each answers over HTTP. */
    public Map<String, URI> uris() {
        Map<String, URI> uris = new LinkedHashMap<>();
        running.forEach((name, service) -> uris.put(name, service.uri()));
        return uris;
    }

    /** Whether all work on every declared pipeline. */
    public boolean ready() {
        return running.values().stream().allMatch(RunningService::ready);
    }

    /** Stops them from the source on, so that what is under way can run through. */
    @Override
    public void close() {
        running.values().forEach(RunningService::close);
        running.clear();
    }
}
