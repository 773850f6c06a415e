package io.freshet.quickstart.platform;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.Charset;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.CodeSource;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * An Apicurio schema registry in a child JVM on loopback, spoken to through its Confluent-compatible API. Schemas live
 * in memory when the data directory is temporary, else in a file there. The child ends with this JVM, even when this
 * JVM is killed: see {@link ParentWatch}.
 */
public final class EmbeddedRegistry implements AutoCloseable {
    /** System property naming the unpacked distribution, where it does not lie beside our own classes. */
    public static final String HOME_PROPERTY = "freshet.registry.home";

    private static final String QUARKUS_MAIN = "io.quarkus.bootstrap.runner.QuarkusEntryPoint";
    private static final Duration START_LIMIT = Duration.ofSeconds(120);
    private static final Duration POLL_INTERVAL = Duration.ofMillis(50);
    private static final Duration STOP_LIMIT = Duration.ofSeconds(10);
    private static final int LOG_LINES_SHOWN = 20;

    private final Process process;
    private final URI url;
    private final Path log;

    private EmbeddedRegistry(Process process, URI url, Path log) {
        this.process = process;
        this.url = url;
        this.log = log;
    }

    /**
     * Starts a registry and returns when it answers.
     *
     * @param wantedPort the port for clients, 0 for any free one
     * @throws PlatformException when the port is taken or the registry does not come up
     */
    public static EmbeddedRegistry start(DataDirectory data, int wantedPort) {
        EmbeddedRegistry registry = launch(data, wantedPort);
        try {
            registry.awaitReady();
            return registry;
        } catch (RuntimeException e) {
            registry.close();
            throw e;
        }
    }

    /** Starts the child and returns at once, so that other things can start meanwhile. */
    static EmbeddedRegistry launch(DataDirectory data, int wantedPort) {
        int port = Ports.choose(wantedPort, "--registry-port");
        Path runner = home().resolve("quarkus-run.jar");
        if (!Files.exists(runner)) {
            throw new PlatformException("no schema registry at " + runner.getParent() + ": build with mvn package");
        }
        Path directory = data.directory("registry");
        Path log = data.path().resolve("registry.log");
        ProcessBuilder child = new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx192m",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "-Dquarkus.http.host=" + Ports.LOOPBACK,
                "-Dquarkus.http.port=" + port,
                "-Dquarkus.management.host=" + Ports.LOOPBACK,
                "-Dquarkus.management.port=" + Ports.free(),
                "-Dquarkus.otel.sdk.disabled=true",
                "-Dapicurio.datasource.url=" + datasource(data, directory),
                "-cp",
                watchClasses(directory) + File.pathSeparator + runner,
                ParentWatch.class.getName(),
                Long.toString(ProcessHandle.current().pid()),
                QUARKUS_MAIN);
        child.directory(directory.toFile());
        child.redirectErrorStream(true).redirectOutput(log.toFile());
        try {
            Process process = child.start();
            process.getOutputStream().close();
            return new EmbeddedRegistry(
                    process, URI.create("http://" + Ports.LOOPBACK + ":" + port + "/apis/ccompat/v7"), log);
        } catch (IOException e) {
            throw new PlatformException("cannot start the schema registry: " + e.getMessage(), e);
        }
    }

    /** Returns when the registry answers, and throws with the end of its log when it does not. */
    void awaitReady() {
        long deadline = System.nanoTime() + START_LIMIT.toNanos();
        try (HttpClient client =
                HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(2)).build()) {
            HttpRequest request = HttpRequest.newBuilder(URI.create(url + "/subjects"))
                    .timeout(Duration.ofSeconds(10))
                    .build();
            while (!answers(client, request)) {
                if (process.waitFor(POLL_INTERVAL.toMillis(), TimeUnit.MILLISECONDS)) {
                    throw failure("the schema registry ended with exit code " + process.exitValue());
                }
                if (System.nanoTime() > deadline) {
                    throw failure("the schema registry did not answer within " + START_LIMIT.toSeconds() + " s");
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new PlatformException("interrupted while the schema registry was starting", e);
        }
    }

    /** The full base URL for Confluent clients. */
    public String url() {
        return url.toString();
    }

    /** The child's process id. */
    public long pid() {
        return process.pid();
    }

    @Override
    public void close() {
        process.destroy();
        try {
            if (!process.waitFor(STOP_LIMIT.toMillis(), TimeUnit.MILLISECONDS)) {
                process.destroyForcibly().waitFor();
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }

    private static boolean answers(HttpClient client, HttpRequest request) throws InterruptedException {
        try {
            return client.send(request, HttpResponse.BodyHandlers.discarding()).statusCode() == 200;
        } catch (IOException e) {
            return false;
        }
    }

    private PlatformException failure(String what) {
        return new PlatformException(what + "; the end of its log:\n" + lastLines(log));
    }

    private static String lastLines(Path log) {
        try {
            List<String> lines =
                    Files.readString(log, Charset.defaultCharset()).lines().toList();
            return String.join("\n", lines.subList(Math.max(0, lines.size() - LOG_LINES_SHOWN), lines.size()));
        } catch (IOException e) {
            return "(cannot read " + log + ": " + e.getMessage() + ")";
        }
    }

    private static String datasource(DataDirectory data, Path directory) {
        return data.isTemporary()
                ? "jdbc:h2:mem:registry;DB_CLOSE_DELAY=-1"
                : "jdbc:h2:file:" + directory.resolve("h2");
    }

    /** The distribution lies beside our classes or jar in the build folder. */
    private static Path home() {
        @Nullable String home = System.getProperty(HOME_PROPERTY);
        if (home != null) {
            return Path.of(home).toAbsolutePath();
        }
        try {
            CodeSource source = Objects.requireNonNull(
                    EmbeddedRegistry.class.getProtectionDomain().getCodeSource(), "code source");
            return Path.of(source.getLocation().toURI()).resolveSibling("registry");
        } catch (URISyntaxException e) {
            throw new PlatformException("cannot tell where Freshet is installed: set -D" + HOME_PROPERTY, e);
        }
    }

    /**
     * Copies {@link ParentWatch} out to a directory of its own: our jar's manifest names all our libraries, and none of
     * them may reach the registry's class path.
     */
    private static Path watchClasses(Path directory) {
        Path classes = directory.resolve("watch");
        String name = ParentWatch.class.getName().replace('.', '/') + ".class";
        Path copy = classes.resolve(name);
        try (InputStream in = Objects.requireNonNull(ParentWatch.class.getResourceAsStream("/" + name), name)) {
            Files.createDirectories(Objects.requireNonNull(copy.getParent(), "parent"));
            Files.copy(in, copy, StandardCopyOption.REPLACE_EXISTING);
            return classes;
        } catch (IOException e) {
            throw new PlatformException("cannot write " + copy + ": " + e, e);
        }
    }
}
