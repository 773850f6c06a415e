package io.freshet.quickstart.platform;

import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import kafka.server.KafkaConfig;
import kafka.server.KafkaRaftServer;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.metadata.properties.PropertiesUtils;
import org.apache.kafka.metadata.storage.Formatter;

/**
 * A single-node Kafka broker in this JVM: broker and KRaft controller in one, on loopback, made of production classes
 * only. A directory is formatted once; started again on it, the broker has the same cluster id and the same records.
 */
public final class EmbeddedBroker implements AutoCloseable {
    private static final int NODE_ID = 1;
    private static final String CONTROLLER_LISTENER = "CONTROLLER";
    private static final String META_PROPERTIES = "meta.properties";

    private final KafkaRaftServer server;
    private final int port;
    private final String clusterId;

    private EmbeddedBroker(KafkaRaftServer server, int port, String clusterId) {
        this.server = server;
        this.port = port;
        this.clusterId = clusterId;
    }

    /**
     * Starts a broker and returns when clients can use it.
     *
     * @param data where the log is kept
     * @param wantedPort the port for clients, 0 for any free one
     * @throws PlatformException when the port is taken or the directory cannot be used
     */
    public static EmbeddedBroker start(DataDirectory data, int wantedPort) {
        int port = Ports.choose(wantedPort, "--port");
        int controllerPort = Ports.free();
        Path directory = data.directory("broker");
        String clusterId = format(directory);
        KafkaRaftServer server =
                new KafkaRaftServer(new KafkaConfig(properties(directory, port, controllerPort), false), Time.SYSTEM);
        try {
            server.startup();
        } catch (RuntimeException e) {
            server.shutdown();
            throw new PlatformException("the broker did not start: " + e.getMessage(), e);
        }
        return new EmbeddedBroker(server, port, clusterId);
    }

    /** What a Kafka client takes as {@code bootstrap.servers}. */
    public String bootstrapServers() {
        return Ports.LOOPBACK + ":" + port;
    }

    public String clusterId() {
        return clusterId;
    }

    @Override
    public void close() {
        server.shutdown();
        server.awaitShutdown();
    }

    /** Formats the directory unless that has been done; the formatter writes meta.properties last. */
    private static String format(Path directory) {
        Path meta = directory.resolve(META_PROPERTIES);
        try {
            if (!Files.exists(meta)) {
                new Formatter()
                        .setPrintStream(new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8))
                        .setClusterId(Uuid.randomUuid().toString())
                        .setNodeId(NODE_ID)
                        .addDirectory(directory.toString())
                        .setMetadataLogDirectory(directory.toString())
                        .setControllerListenerName(CONTROLLER_LISTENER)
                        .run();
            }
            return PropertiesUtils.readPropertiesFile(meta.toString()).getProperty("cluster.id", "");
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + meta, e);
        } catch (Exception e) {
            throw new PlatformException("cannot format the broker's directory " + directory + ": " + e, e);
        }
    }

    private static Map<String, String> properties(Path directory, int port, int controllerPort) {
        return Map.ofEntries(
                Map.entry("process.roles", "broker,controller"),
                Map.entry("node.id", Integer.toString(NODE_ID)),
                Map.entry(
                        "listeners",
                        "PLAINTEXT://%s:%d,%s://%s:%d"
                                .formatted(Ports.LOOPBACK, port, CONTROLLER_LISTENER, Ports.LOOPBACK, controllerPort)),
                Map.entry("advertised.listeners", "PLAINTEXT://" + Ports.LOOPBACK + ":" + port),
                Map.entry("listener.security.protocol.map", "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT"),
                Map.entry("inter.broker.listener.name", "PLAINTEXT"),
                Map.entry("controller.listener.names", CONTROLLER_LISTENER),
                // Static voters: the controller's port may differ from one start to the next.
                Map.entry("controller.quorum.voters", NODE_ID + "@" + Ports.LOOPBACK + ":" + controllerPort),
                Map.entry("log.dirs", directory.toString()),
                Map.entry("auto.create.topics.enable", "false"),
                Map.entry("default.replication.factor", "1"),
                Map.entry("min.insync.replicas", "1"),
                Map.entry("offsets.topic.replication.factor", "1"),
                Map.entry("offsets.topic.num.partitions", "8"),
                Map.entry("transaction.state.log.replication.factor", "1"),
                Map.entry("transaction.state.log.min.isr", "1"),
                Map.entry("transaction.state.log.num.partitions", "8"),
                Map.entry("share.coordinator.state.topic.replication.factor", "1"),
                Map.entry("share.coordinator.state.topic.min.isr", "1"),
                Map.entry("group.initial.rebalance.delay.ms", "0"),
                // 128 MB by default, all of it resident.
                Map.entry("log.cleaner.dedupe.buffer.size", "2097152"));
    }
}
