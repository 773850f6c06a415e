package io.freshet.runtime;

import java.util.HashMap;
import java.util.Map;

/**
 * Where the log is, and how to reach it.
 *
 * @param bootstrapServers host:port, several separated by commas
 * @param registryUrl the registry's base URL, or {@code mock://name} in tests
 * @param instance tells the instances of one service apart; stays the same over a restart, so that the restarted instance
 *     takes over its own unfinished transactions at once
 * @param replicationFactor of topics that are created, -1 for the broker's default
 * @param client further client settings such as {@code security.protocol}; they may not override what correctness needs
 */
public record KafkaSettings(
        String bootstrapServers,
        String registryUrl,
        String instance,
        short replicationFactor,
        Map<String, String> client) {
    private static final String GUARANTEE = "processing.guarantee";
    private static final String EXACTLY_ONCE = "exactly_once_v2";
    private static final String AT_LEAST_ONCE = "at_least_once";

    public KafkaSettings {
        require(!bootstrapServers.isBlank(), "bootstrap servers", bootstrapServers, "must be host:port");
        require(!registryUrl.isBlank(), "registry", registryUrl, "must be a URL");
        require(
                instance.matches("[A-Za-z0-9._-]{1,100}"),
                "instance",
                instance,
                "must be up to 100 letters, digits, dots, dashes");
        require(
                replicationFactor == -1 || replicationFactor > 0,
                "replication factor",
                Short.toString(replicationFactor),
                "must be -1 or above 0");
        client = Map.copyOf(client);
        String guarantee = client.getOrDefault(GUARANTEE, EXACTLY_ONCE);
        require(
                guarantee.equals(EXACTLY_ONCE) || guarantee.equals(AT_LEAST_ONCE),
                GUARANTEE,
                guarantee,
                "must be " + EXACTLY_ONCE + " or " + AT_LEAST_ONCE);
    }

    /** Whether topologies process exactly once, as they do unless {@code processing.guarantee} says otherwise. */
    boolean exactlyOnce() {
        return !AT_LEAST_ONCE.equals(client.get(GUARANTEE));
    }

    private static void require(boolean holds, String key, String value, String rule) {
        if (!holds) {
            throw new IllegalArgumentException(key + ": '" + value + "' " + rule);
        }
    }

    /** The client settings with the bootstrap servers; further ones can be put into it. */
    Map<String, Object> base(String clientId) {
        Map<String, Object> properties = new HashMap<>(client);
        properties.put("bootstrap.servers", bootstrapServers);
        properties.put("client.id", clientId);
        return properties;
    }
}
