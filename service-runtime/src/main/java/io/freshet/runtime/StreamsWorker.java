package io.freshet.runtime;

import io.micrometer.core.instrument.binder.kafka.KafkaStreamsMetrics;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Properties;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler.StreamThreadExceptionResponse;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs a topology, exactly once unless the deployment sets {@code processing.guarantee} to {@code at_least_once}: then a
 * failure may repeat records, and commits come every second instead of every 100 ms.
 */
public final class StreamsWorker implements Worker {
    private static final Logger LOG = LoggerFactory.getLogger(StreamsWorker.class);
    private static final Duration CLOSE_WITHIN = Duration.ofSeconds(30);
    private static final Duration COMMIT_INTERVAL = Duration.ofMillis(100);
    private static final Duration COMMIT_INTERVAL_AT_LEAST_ONCE = Duration.ofSeconds(1);
    private static final Duration LINGER_AT_LEAST_ONCE = Duration.ofMillis(5);
    // Each batch that is full wakes the thread that sends; with Kafka's 16 KiB that is once in some 40 rows.
    private static final int BATCH_BYTES = 256 * 1024;
    private static final Duration SESSION = Duration.ofSeconds(10);
    // After a crash the stores are read again from their changelogs, of which brokers compact all but the newest
    // segment.
    private static final int CHANGELOG_SEGMENT_BYTES = 16 * 1024 * 1024;

    private final String application;
    private final KafkaStreams streams;
    private final KafkaStreamsMetrics metrics;
    private volatile @Nullable String failure;

    private StreamsWorker(String application, KafkaStreams streams, KafkaStreamsMetrics metrics) {
        this.application = application;
        this.streams = streams;
        this.metrics = metrics;
    }

    /**
     * Starts a topology.
     *
     * @param application names the consumer group, the transactions and the internal topics
     * @param stateDirectory where stores are kept; losing it costs a restoration from Kafka, no data
     * @param further Streams settings; they may not override what correctness needs
     */
    public static StreamsWorker start(
            KafkaConnection connection,
            String application,
            Topology topology,
            Path stateDirectory,
            Map<String, Object> further) {
        Map<String, Object> settings = new HashMap<>(connection.settings().base(application));
        boolean exactlyOnce = connection.settings().exactlyOnce();
        settings.put(
                StreamsConfig.COMMIT_INTERVAL_MS_CONFIG,
                exactlyOnce ? COMMIT_INTERVAL.toMillis() : COMMIT_INTERVAL_AT_LEAST_ONCE.toMillis());
        settings.put(StreamsConfig.STATESTORE_CACHE_MAX_BYTES_CONFIG, 0);
        settings.put(StreamsConfig.NUM_STREAM_THREADS_CONFIG, 1);
        settings.put(StreamsConfig.REPLICATION_FACTOR_CONFIG, (int)
                connection.settings().replicationFactor());
        settings.put(StreamsConfig.topicPrefix("segment.bytes"), CHANGELOG_SEGMENT_BYTES);
        settings.putAll(further);
        settings.put(StreamsConfig.APPLICATION_ID_CONFIG, application);
        settings.put(
                StreamsConfig.PROCESSING_GUARANTEE_CONFIG,
                exactlyOnce ? StreamsConfig.EXACTLY_ONCE_V2 : StreamsConfig.AT_LEAST_ONCE);
        settings.put(StreamsConfig.STATE_DIR_CONFIG, stateDirectory.toString());
        settings.put(StreamsConfig.ENSURE_EXPLICIT_INTERNAL_RESOURCE_NAMING_CONFIG, true);
        settings.put(StreamsConfig.consumerPrefix("auto.offset.reset"), "earliest");
        settings.put(StreamsConfig.mainConsumerPrefix("isolation.level"), "read_committed");
        settings.put(StreamsConfig.mainConsumerPrefix("session.timeout.ms"), (int) SESSION.toMillis());
        settings.put(
                StreamsConfig.mainConsumerPrefix("group.instance.id"),
                application + "-" + connection.settings().instance());
        settings.put(StreamsConfig.producerPrefix("compression.type"), "lz4");
        settings.put(StreamsConfig.producerPrefix("batch.size"), BATCH_BYTES);
        if (!exactlyOnce) {
            // Exactly once, a commit sends what waits and nothing is read before it.
            settings.put(StreamsConfig.producerPrefix("linger.ms"), LINGER_AT_LEAST_ONCE.toMillis());
        }
        settings.put(StreamsConfig.producerPrefix("max.request.size"), KafkaConnection.LARGEST_MESSAGE);
        settings.put(StreamsConfig.producerPrefix("buffer.memory"), 2L * KafkaConnection.LARGEST_MESSAGE);
        settings.put(StreamsConfig.topicPrefix("max.message.bytes"), Integer.toString(KafkaConnection.LARGEST_MESSAGE));
        Properties properties = new Properties();
        properties.putAll(settings);
        KafkaStreams streams = new KafkaStreams(topology, properties);
        StreamsWorker worker = new StreamsWorker(application, streams, connection.measure(streams, application));
        worker.streams.setUncaughtExceptionHandler(worker::failed);
        worker.streams.start();
        return worker;
    }

    /** The running topology, for its metrics. */
    public KafkaStreams streams() {
        return streams;
    }

    /** The whole client ends; the supervisor starts a new one from what was committed. */
    private StreamThreadExceptionResponse failed(Throwable cause) {
        LOG.warn("{} failed", application, cause);
        failure = String.valueOf(cause);
        return StreamThreadExceptionResponse.SHUTDOWN_CLIENT;
    }

    @Override
    public Status status() {
        return switch (streams.state()) {
            case CREATED, REBALANCING -> new Starting();
            case RUNNING -> new Running();
            case PENDING_SHUTDOWN, NOT_RUNNING, PENDING_ERROR, ERROR ->
                new Failed(failure == null ? "stopped" : failure);
        };
    }

    @Override
    public void close() {
        metrics.close();
        if (!streams.close(CLOSE_WITHIN)) {
            LOG.warn("{} did not stop within {}", application, CLOSE_WITHIN);
        }
    }
}
