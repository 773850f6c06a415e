package io.freshet.quickstart.platform;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.confluent.kafka.schemaregistry.avro.AvroSchema;
import io.confluent.kafka.schemaregistry.client.CachedSchemaRegistryClient;
import io.confluent.kafka.schemaregistry.client.rest.exceptions.RestClientException;
import java.io.BufferedReader;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EmbeddedRegistryTest {
    private static final String SUBJECT = "orders-value";
    private static final AvroSchema FIRST = new AvroSchema(
            "{\"type\":\"record\",\"name\":\"Order\",\"fields\":[{\"name\":\"amount\",\"type\":\"double\"}]}");
    private static final AvroSchema INCOMPATIBLE = new AvroSchema(
            "{\"type\":\"record\",\"name\":\"Order\",\"fields\":[{\"name\":\"amount\",\"type\":\"string\"}]}");

    @TempDir
    Path directory;

    @Test
    void shouldServeConfluentClientsAndLeaveNoProcessBehind() throws Exception {
        // Given
        long pid;
        try (DataDirectory data = DataDirectory.temporary();
                EmbeddedRegistry registry = EmbeddedRegistry.start(data, 0)) {
            pid = registry.pid();
            try (CachedSchemaRegistryClient client = new CachedSchemaRegistryClient(registry.url(), 10)) {
                client.updateCompatibility(SUBJECT, "BACKWARD");
                // When
                int id = client.register(SUBJECT, FIRST);
                client.reset();
                // Then
                assertThat(client.getSchemaById(id).canonicalString()).isEqualTo(FIRST.canonicalString());
                assertThatThrownBy(() -> client.register(SUBJECT, INCOMPATIBLE))
                        .isInstanceOfSatisfying(
                                RestClientException.class,
                                e -> assertThat(e.getStatus()).isEqualTo(409));
            }
        }
        assertThat(isRunning(pid)).isFalse();
    }

    @Test
    void shouldKeepSchemasWhenRestartedOnAKeptDirectory() throws Exception {
        // Given
        int id;
        try (DataDirectory data = DataDirectory.kept(directory);
                EmbeddedRegistry registry = EmbeddedRegistry.start(data, 0);
                CachedSchemaRegistryClient client = new CachedSchemaRegistryClient(registry.url(), 10)) {
            id = client.register(SUBJECT, FIRST);
        }
        // When
        try (DataDirectory data = DataDirectory.kept(directory);
                EmbeddedRegistry registry = EmbeddedRegistry.start(data, 0);
                CachedSchemaRegistryClient client = new CachedSchemaRegistryClient(registry.url(), 10)) {
            // Then
            assertThat(client.getSchemaById(id).canonicalString()).isEqualTo(FIRST.canonicalString());
        }
    }

    @Test
    void shouldNotOutliveAParentThatIsKilled() throws Exception {
        // Given
        Process parent = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        Parent.class.getName(),
                        directory.toString())
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        long child;
        try (BufferedReader out = parent.inputReader()) {
            child = Long.parseLong(out.readLine());
            assertThat(isRunning(child)).isTrue();
            // When
            parent.destroyForcibly().waitFor();
        }
        // Then
        await().atMost(Duration.ofMinutes(2)).until(() -> !isRunning(child));
    }

    @Test
    void shouldSayInOneLineThatThePortIsTaken() throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"));
                DataDirectory data = DataDirectory.temporary()) {
            int port = taken.getLocalPort();
            assertThatThrownBy(() -> EmbeddedRegistry.start(data, port))
                    .isInstanceOf(PlatformException.class)
                    .hasMessage("port " + port + " is taken: choose another with --registry-port");
        }
    }

    private static boolean isRunning(long pid) {
        Optional<ProcessHandle> handle = ProcessHandle.of(pid);
        return handle.isPresent() && handle.get().isAlive();
    }

    /** A JVM that starts a registry, prints the child's id and waits to be killed. */
    static final class Parent {
        private Parent() {}

        public static void main(String[] args) throws InterruptedException {
            EmbeddedRegistry registry = EmbeddedRegistry.start(DataDirectory.kept(Path.of(args[0])), 0);
            System.out.println(registry.pid());
            Thread.currentThread().join();
        }
    }
}
