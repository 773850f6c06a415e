package io.freshet.runtime;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * What a service is started with.
 *
 * @param kafka where the log is
 * @param stateDirectory where stores are kept; losing it costs time, no data
 * @param httpHost the address to listen on
 * @param httpPort the port to listen on, 0 for any free one
 * @param mlflow where trainings are told, besides the log; nowhere when empty
 */
public record ServiceSettings(
        KafkaSettings kafka, Path stateDirectory, String httpHost, int httpPort, Optional<MlflowSettings> mlflow) {
    private static final String CLIENT = "FRESHET_CLIENT_";

    public ServiceSettings {
        if (httpPort < 0 || httpPort > 65_535) {
            throw new IllegalArgumentException("HTTP port: '" + httpPort + "' must be 0 to 65535");
        }
    }

    /** Without MLflow. */
    public ServiceSettings(KafkaSettings kafka, Path stateDirectory, String httpHost, int httpPort) {
        this(kafka, stateDirectory, httpHost, httpPort, Optional.empty());
    }

    /**
     * Reads the settings from variables, those of {@link MlflowSettings#fromEnvironment} and:
     *
     * <ul>
     *   <li>{@code FRESHET_BOOTSTRAP_SERVERS}: host:port, several separated by commas; required
     *   <li>{@code FRESHET_REGISTRY}: the registry's URL; required
     *   <li>{@code FRESHET_INSTANCE}: tells the instances of a service apart, 0 unless given
     *   <li>{@code FRESHET_REPLICATION_FACTOR}: of topics that are created; the broker's default unless given
     *   <li>{@code FRESHET_STATE_DIR}: {@code freshet-state} under the working directory unless given
     *   <li>{@code FRESHET_HTTP_HOST}, {@code FRESHET_HTTP_PORT}: all addresses, port 8080 unless given
     *   <li>{@code FRESHET_CLIENT_X_Y}: the Kafka client setting {@code x.y}, such as {@code FRESHET_CLIENT_SECURITY_PROTOCOL}
     * </ul>
     *
     * @throws IllegalArgumentException naming variable, value and what would be accepted
     */
    public static ServiceSettings fromEnvironment(Map<String, String> environment) {
        Map<String, String> client = new HashMap<>();
        environment.forEach((name, value) -> {
            if (name.startsWith(CLIENT)) {
                client.put(
                        name.substring(CLIENT.length()).toLowerCase(Locale.ROOT).replace('_', '.'), value);
            }
        });
        return new ServiceSettings(
                new KafkaSettings(
                        required(environment, "FRESHET_BOOTSTRAP_SERVERS", "host:port of the Kafka brokers"),
                        required(environment, "FRESHET_REGISTRY", "the URL of the schema registry"),
                        environment.getOrDefault("FRESHET_INSTANCE", "0"),
                        (short) number(environment, "FRESHET_REPLICATION_FACTOR", -1, -1, Short.MAX_VALUE),
                        client),
                Path.of(environment.getOrDefault("FRESHET_STATE_DIR", "freshet-state")),
                environment.getOrDefault("FRESHET_HTTP_HOST", "0.0.0.0"),
                number(environment, "FRESHET_HTTP_PORT", 8080, 0, 65_535),
                MlflowSettings.fromEnvironment(environment));
    }

    private static String required(Map<String, String> environment, String name, String what) {
        String value = environment.getOrDefault(name, "");
        if (value.isBlank()) {
            throw new IllegalArgumentException(name + " is not set: set it to " + what);
        }
        return value;
    }

    private static int number(Map<String, String> environment, String name, int otherwise, int least, int most) {
        String value = environment.get(name);
        if (value == null || value.isBlank()) {
            return otherwise;
        }
        try {
            int number = Integer.parseInt(value.strip());
            if (number >= least && number <= most) {
                return number;
            }
        } catch (NumberFormatException e) {
            // Answered below, like a number out of range.
        }
        throw new IllegalArgumentException(
                name + ": '" + value + "' must be a whole number from " + least + " to " + most);
    }
}
