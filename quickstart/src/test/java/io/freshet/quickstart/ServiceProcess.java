package io.freshet.quickstart;

import io.freshet.quickstart.platform.Platform;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** A service as a process of its own, started from its jar as an operator would; it can be killed and started again. */
final class ServiceProcess implements AutoCloseable {
    private final String name;
    private final ProcessBuilder command;
    private final URI uri;
    private final Path log;
    private final HttpClient http =
            HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(2)).build();
    private final Thread hook = new Thread(this::kill);
    private volatile Process process;

    /**
     * @param state where it keeps its stores, also over a restart
     * @param log what it says, appended to over restarts
     * @param options of its JVM
     */
    ServiceProcess(String name, Platform platform, Path state, Path log, List<String> options) {
        this.name = name;
        this.log = log;
        int port = freePort();
        this.uri = URI.create("http://127.0.0.1:" + port);
        Path jar = Path.of("..", name, "target", name + ".jar").toAbsolutePath().normalize();
        if (!Files.exists(jar)) {
            throw new IllegalStateException("no " + jar + ": build with mvn package");
        }
        List<String> words = new ArrayList<>(
                List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString()));
        words.addAll(options);
        words.addAll(List.of(
                "--enable-native-access=ALL-UNNAMED", "--sun-misc-unsafe-memory-access=allow", "-jar", jar.toString()));
        this.command = new ProcessBuilder(words);
        command.environment()
                .putAll(Map.of(
                        "FRESHET_BOOTSTRAP_SERVERS", platform.broker().bootstrapServers(),
                        "FRESHET_REGISTRY", platform.registry().url(),
                        "FRESHET_REPLICATION_FACTOR", "1",
                        "FRESHET_STATE_DIR", state.toString(),
                        "FRESHET_HTTP_HOST", "127.0.0.1",
                        "FRESHET_HTTP_PORT", Integer.toString(port)));
        command.redirectErrorStream(true).redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
        Runtime.getRuntime().addShutdownHook(hook);
    }

    String name() {
        return name;
    }

    URI uri() {
        return uri;
    }

    void start() {
        try {
            process = command.start();
            process.getOutputStream().close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** SIGKILL, where there are signals: nothing in the process gets to know. Returns when it is gone. */
    void kill() {
        Process running = process;
        if (running != null) {
            running.destroyForcibly().onExit().join();
        }
    }

    boolean ready() {
        try {
            return http.send(
                                    HttpRequest.newBuilder(uri.resolve("/health/readiness"))
                                            .timeout(Duration.ofSeconds(5))
                                            .build(),
                                    BodyHandlers.discarding())
                            .statusCode()
                    == 200;
        } catch (IOException e) {
            return false;
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** All it has said since it was first started. */
    String said() {
        try {
            return Files.readString(log);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        kill();
        http.close();
        Runtime.getRuntime().removeShutdownHook(hook);
    }

    private static int freePort() {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
            return socket.getLocalPort();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
