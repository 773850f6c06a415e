package io.freshet.quickstart;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.github.dockerjava.api.DockerClient;
import com.github.dockerjava.api.exception.NotFoundException;
import io.freshet.quickstart.platform.DataDirectory;
import io.freshet.quickstart.platform.Services;
import io.freshet.runtime.KafkaConnection;
import io.freshet.runtime.KafkaSettings;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.testcontainers.DockerClientFactory;
import org.testcontainers.containers.GenericContainer;
import org.testcontainers.containers.wait.strategy.Wait;
import org.testcontainers.kafka.KafkaContainer;
import org.testcontainers.utility.DockerImageName;

/**
 * The loop on the broker and the registry that a deployment has, in containers. Skipped where no Docker engine answers or
 * the images are neither there nor can be pulled. {@code KAFKA_IMAGE} and {@code REGISTRY_IMAGE} name other images, as they
 * do for docker-compose.yml.
 */
class ContainersIT {
    private static final String KAFKA = image("KAFKA_IMAGE", "apache/kafka:4.3.1");
    private static final String REGISTRY = image("REGISTRY_IMAGE", "apicurio/apicurio-registry:3.3.3");
    private static final int REGISTRY_PORT = 8080;
    private static final String REGISTRY_PATH = "/apis/ccompat/v7";
    private static final Duration PULLED_WITHIN = Duration.ofMinutes(5);
    private static final Duration SOON = Duration.ofMinutes(2);

    @TempDir
    Path directory;

    @BeforeEach
    void requireDocker() {
        require(DockerClientFactory.instance().isDockerAvailable(), "no Docker engine answers");
        for (String image : List.of(KAFKA, REGISTRY)) {
            require(present(image), "the image " + image + " is not there and cannot be pulled");
        }
    }

    @Test
    void shouldCloseTheLoopOnContainers() throws Exception {
        try (KafkaContainer kafka =
                        new KafkaContainer(DockerImageName.parse(KAFKA).asCompatibleSubstituteFor("apache/kafka"));
                GenericContainer<?> registry = new GenericContainer<>(DockerImageName.parse(REGISTRY))
                        .withExposedPorts(REGISTRY_PORT)
                        .withEnv("QUARKUS_OTEL_SDK_DISABLED", "true")
                        .waitingFor(Wait.forHttp(REGISTRY_PATH + "/subjects")
                                .forPort(REGISTRY_PORT)
                                .withStartupTimeout(SOON))) {
            registry.start();
            kafka.start();
            KafkaSettings settings = new KafkaSettings(
                    kafka.getBootstrapServers(),
                    "http://" + registry.getHost() + ":" + registry.getMappedPort(REGISTRY_PORT) + REGISTRY_PATH,
                    "0",
                    (short) 1,
                    Map.of());
            try (DataDirectory state = DataDirectory.temporary();
                    Services services = Services.start(settings, state, Services.ALL);
                    KafkaConnection connection = new KafkaConnection(settings)) {
                var declared = ClosedLoop.declare(connection, Flights.declaration(directory, 12_000));
                await().atMost(SOON).until(services::ready);

                JsonNode report = ClosedLoop.untilFirstModelAnswers(connection, declared, services);

                assertThat(report.get("lost").asLong()).isZero();
                assertThat(report.get("doubled").asLong()).isZero();
                assertThat(report.at("/champions").toString()).contains("\"version\":1");
            }
        }
    }

    private static String image(String variable, String otherwise) {
        return System.getenv().getOrDefault(variable, otherwise);
    }

    /** Skips, and says why where whoever runs the build sees it. */
    private static void require(boolean holds, String otherwise) {
        if (!holds) {
            System.err.println("ContainersIT is skipped: " + otherwise);
        }
        assumeTrue(holds, otherwise);
    }

    private static boolean present(String image) {
        DockerClient docker = DockerClientFactory.instance().client();
        try {
            docker.inspectImageCmd(image).exec();
            return true;
        } catch (NotFoundException e) {
            // Pulled below.
        }
        try {
            return docker.pullImageCmd(image).start().awaitCompletion(PULLED_WITHIN.toSeconds(), TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        } catch (RuntimeException e) {
            return false;
        }
    }
}
