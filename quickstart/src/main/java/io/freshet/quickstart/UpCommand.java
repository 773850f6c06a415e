package io.freshet.quickstart;

import io.freshet.quickstart.platform.DataDirectory;
import io.freshet.quickstart.platform.Platform;
import io.freshet.quickstart.platform.PlatformException;
import io.freshet.quickstart.platform.Services;
import io.freshet.runtime.MlflowSettings;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code freshet up}: the platform, until Ctrl-C. */
@Command(
        name = "up",
        description =
                "Starts a Kafka broker, a schema registry and all services on this machine and runs them until Ctrl-C.",
        mixinStandardHelpOptions = true)
final class UpCommand implements Callable<Integer> {
    @Option(
            names = "--data",
            paramLabel = "DIR",
            description = "Keep records and schemas here. Without it they are gone afterwards.")
    private @Nullable Path data;

    @Option(
            names = "--port",
            paramLabel = "PORT",
            defaultValue = "0",
            description = "The broker's port; without it, or 0, any free one.")
    private int port;

    @Option(
            names = "--registry-port",
            paramLabel = "PORT",
            defaultValue = "0",
            description = "The registry's port; without it, or 0, any free one.")
    private int registryPort;

    @Option(
            names = "--without-services",
            description = "Start the broker and the registry alone, for services that run as processes of their own.")
    private boolean withoutServices;

    @Spec
    private @Nullable CommandSpec spec;

    @Override
    public Integer call() throws InterruptedException {
        Optional<MlflowSettings> mlflow = mlflow();
        long began = System.nanoTime();
        DataDirectory directory = data == null ? DataDirectory.temporary() : DataDirectory.kept(data);
        // Read by logback.xml when the first logger is made, which is after this line.
        System.setProperty(
                "freshet.log", directory.path().resolve("freshet.log").toString());
        try (Platform platform = Platform.start(directory, port, registryPort);
                Services services =
                        Services.start(platform, directory, withoutServices ? List.of() : Services.ALL, mlflow)) {
            print(platform, services, directory, (System.nanoTime() - began) / 1e9);
            new CountDownLatch(1).await();
        }
        return 0;
    }

    private static Optional<MlflowSettings> mlflow() {
        try {
            return MlflowSettings.fromEnvironment(System.getenv());
        } catch (IllegalArgumentException e) {
            throw new PlatformException(String.valueOf(e.getMessage()), e);
        }
    }

    private void print(Platform platform, Services services, DataDirectory directory, double seconds) {
        String servers = platform.broker().bootstrapServers();
        String url = platform.registry().url();
        PrintWriter out = spec == null
                ? new PrintWriter(System.out, true)
                : spec.commandLine().getOut();
        out.printf("broker    %s%n", servers);
        out.printf("registry  %s%n", url);
        services.uris().forEach((name, uri) -> out.printf("%-16s %s%n", name, uri));
        out.printf("data      %s%s%n", directory.path(), directory.isTemporary() ? " (deleted at the end)" : "");
        out.printf("try       ./freshet apply FILE.yaml --bootstrap-servers %s --registry %s%n", servers, url);
        out.printf("          kcat -L -b %s%n", servers);
        out.printf("          curl %s/subjects%n", url);
        out.printf("started in %.1f s; Ctrl-C stops%n", seconds);
        out.flush();
    }
}
