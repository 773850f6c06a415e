package io.freshet.quickstart;

import io.freshet.quickstart.Declarations.Checked;
import io.freshet.quickstart.demo.DemoReport;
import io.freshet.quickstart.demo.FlightReplay;
import io.freshet.quickstart.demo.Progress;
import io.freshet.quickstart.demo.ReplayCounts;
import io.freshet.quickstart.demo.TopicReader;
import io.freshet.quickstart.platform.DataDirectory;
import io.freshet.quickstart.platform.Platform;
import io.freshet.quickstart.platform.PlatformException;
import io.freshet.quickstart.platform.Services;
import io.freshet.quickstart.send.Speed;
import io.freshet.runtime.KafkaConnection;
import io.freshet.runtime.KafkaSettings;
import io.freshet.schemas.pipeline.InvalidPipelineException;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code freshet demo}: the whole loop on recorded flights. */
@Command(
        name = "demo",
        description =
                "Starts a broker, a registry and all services, replays half a year of US flights through them, and"
                        + " shows features, predictions, drift, retraining and new champions as they come. Given the addresses of"
                        + " a platform that runs, it replays through that one; nothing of the pipeline should be on it yet.",
        mixinStandardHelpOptions = true)
final class DemoCommand implements Callable<Integer> {
    private static final Duration READY_WITHIN = Duration.ofMinutes(2);
    private static final Duration DRAINED_WITHIN = Duration.ofMinutes(5);
    private static final Duration LOOK = Duration.ofMillis(200);
    private static final String PIPELINE = "flight-delays";
    private static final String INGEST = "ingest-service";
    private static final DemoReport.Range SPRING = new DemoReport.Range(
            "March to June", Instant.parse("2001-03-01T00:00:00Z"), Instant.parse("2001-07-01T00:00:00Z"));
    private static final DemoReport.Range JUNE =
            new DemoReport.Range("June", Instant.parse("2001-06-01T00:00:00Z"), Instant.parse("2001-07-01T00:00:00Z"));

    @Option(names = "--once", description = "End with the replay; exit 0 only if the loop closed.")
    private boolean once;

    @Option(names = "--report", paramLabel = "FILE", description = "Write what happened here, as JSON.")
    private @Nullable Path report;

    @Option(
            names = "--speed",
            paramLabel = "SECONDS",
            defaultValue = "86400",
            description = "Seconds of event time a second, or max. Default: ${DEFAULT-VALUE}, a day a second.")
    private String speed = "86400";

    @Option(
            names = "--until",
            paramLabel = "TIME",
            description = "Replay only what is before this time, such as 2001-03-01T00:00:00Z.")
    private @Nullable Instant until;

    @Option(names = "--data", paramLabel = "DIR", description = "Keep records, schemas and state here.")
    private @Nullable Path data;

    @Option(names = "--port", paramLabel = "PORT", defaultValue = "0", description = "The broker's port.")
    private int port;

    @Option(names = "--registry-port", paramLabel = "PORT", defaultValue = "0", description = "The registry's port.")
    private int registryPort;

    @ArgGroup(exclusive = false)
    private @Nullable Running running;

    /** A platform that was started by other means. */
    static final class Running {
        @Option(
                names = "--bootstrap-servers",
                paramLabel = "HOST:PORT",
                required = true,
                description = "The Kafka brokers of a platform that runs.")
        private String bootstrapServers = "";

        @Option(names = "--registry", paramLabel = "URL", required = true, description = "Its schema registry.")
        private String registry = "";

        @Option(names = "--ingest", paramLabel = "URL", required = true, description = "Its ingest-service.")
        private @Nullable URI ingest;
    }

    @Spec
    private @Nullable CommandSpec spec;

    @Override
    public Integer call() throws InterruptedException {
        Instant began = Instant.now();
        Path home = Path.of(System.getProperty("freshet.home", "."))
                .resolve("pipelines")
                .resolve(PIPELINE);
        FlightReplay.Options options = FlightReplay.Options.DEFAULT.withSpeed(Speed.parse(speed));
        if (until != null) {
            options = options.withUntil(until);
        }
        Checked checked = declaration(home.resolve("pipeline.yaml"));
        DataDirectory directory = data == null ? DataDirectory.temporary() : DataDirectory.kept(data);
        // Read by logback.xml when the first logger is made, which is after this line.
        System.setProperty(
                "freshet.log", directory.path().resolve("freshet.log").toString());
        Running given = running;
        if (given != null) {
            try (directory) {
                return replay(began, checked, options, home, address(given), () -> true);
            }
        }
        try (Platform platform = Platform.start(directory, port, registryPort);
                Services services = Services.start(platform, directory, Services.ALL)) {
            Address address = new Address(
                    platform.broker().bootstrapServers(), platform.registry().url(), services.uris());
            return replay(began, checked, options, home, address, services::ready);
        }
    }

    /** Where a platform answers; of the services only ingest-service is needed. */
    private record Address(String bootstrapServers, String registry, Map<String, URI> services) {
        URI ingest() {
            return Objects.requireNonNull(services.get(INGEST));
        }
    }

    private static Address address(Running given) {
        return new Address(
                given.bootstrapServers, given.registry, Map.of(INGEST, Objects.requireNonNull(given.ingest)));
    }

    private int replay(
            Instant began,
            Checked checked,
            FlightReplay.Options options,
            Path home,
            Address address,
            BooleanSupplier ready)
            throws InterruptedException {
        try (KafkaConnection connection = new KafkaConnection(
                new KafkaSettings(address.bootstrapServers(), address.registry(), "demo", (short) -1, Map.of()))) {
            Declarations.apply(connection, checked, Instant.now());
            await("the services are not ready", READY_WITHIN, ready);
            print(address, Duration.between(began, Instant.now()));
            FlightReplay replay =
                    new FlightReplay(home.resolve("flights_2001h1_1in5.csv.gz"), address.ingest(), PIPELINE, options);
            ReplayCounts sent;
            try (Progress progress =
                    Progress.start(connection, checked.pipeline(), replay::counts, out(), Progress.onTerminal())) {
                sent = replay.run();
                await(
                        "not every event sent has an answer",
                        DRAINED_WITHIN,
                        () -> progress.drained() || progress.failure().isPresent());
            }
            DemoReport result = TopicReader.report(
                    connection,
                    checked.pipeline(),
                    sent,
                    Duration.between(began, Instant.now()),
                    List.of(SPRING, JUNE));
            conclude(result);
            if (once || running != null) {
                return result.closed() ? 0 : 1;
            }
            out().println("the platform keeps running for you to look around; Ctrl-C stops");
            out().flush();
            new CountDownLatch(1).await();
            return 0;
        }
    }

    private static Checked declaration(Path file) {
        try {
            return Declarations.read(file);
        } catch (InvalidPipelineException e) {
            throw new PlatformException(String.valueOf(e.getMessage()), e);
        }
    }

    private static void await(String complaint, Duration longest, BooleanSupplier holds) throws InterruptedException {
        long until = System.nanoTime() + longest.toNanos();
        while (!holds.getAsBoolean()) {
            if (System.nanoTime() - until > 0) {
                throw new PlatformException(complaint + " after " + longest.toSeconds() + " s: see the log");
            }
            Thread.sleep(LOOK);
        }
    }

    private void print(Address address, Duration took) {
        PrintWriter out = out();
        out.printf("broker    %s%n", address.bootstrapServers());
        out.printf("registry  %s%n", address.registry());
        address.services().forEach((name, uri) -> out.printf("%-16s %s%n", name, uri));
        out.printf("ready after %.1f s; connect with any Kafka client meanwhile%n", took.toMillis() / 1e3);
        out.flush();
    }

    private void conclude(DemoReport result) {
        PrintWriter out = out();
        result.conditions()
                .forEach(condition -> out.printf(
                        "%s %s: %s%n", condition.holds() ? "yes" : "NO ", condition.name(), condition.detail()));
        Path file = report;
        if (file != null) {
            try {
                Files.writeString(file, result.text());
                out.printf("report    %s%n", file);
            } catch (IOException e) {
                throw new PlatformException("the report cannot be written: " + e, e);
            }
        }
        out.flush();
    }

    private PrintWriter out() {
        return Objects.requireNonNull(spec).commandLine().getOut();
    }
}
