package io.freshet.quickstart;

import io.freshet.runtime.KafkaConnection;
import io.freshet.runtime.KafkaSettings;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Which platform a command talks to. */
final class Cluster {
    @Option(
            names = "--bootstrap-servers",
            paramLabel = "HOST:PORT",
            required = true,
            defaultValue = "${env:FRESHET_BOOTSTRAP_SERVERS}",
            description = "The Kafka brokers; without it FRESHET_BOOTSTRAP_SERVERS.")
    private @Nullable String bootstrapServers;

    @Option(
            names = "--registry",
            paramLabel = "URL",
            required = true,
            defaultValue = "${env:FRESHET_REGISTRY}",
            description = "The schema registry; without it FRESHET_REGISTRY.")
    private @Nullable String registry;

    /** Settings to reach it. */
    KafkaConnection connect() {
        return new KafkaConnection(new KafkaSettings(
                String.valueOf(bootstrapServers), String.valueOf(registry), "freshet", (short) -1, Map.of()));
    }
}
