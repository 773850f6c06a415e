package io.freshet.quickstart.demo;

import io.confluent.kafka.serializers.KafkaAvroDeserializer;
import io.freshet.features.FeatureTopology;
import io.freshet.page.PlainText;
import io.freshet.runtime.KafkaConnection;
import io.freshet.schemas.message.Deployment;
import io.freshet.schemas.message.DriftAlert;
import io.freshet.schemas.message.Prediction;
import io.freshet.schemas.message.RejectedRecord;
import io.freshet.schemas.message.RetrainRequest;
import io.freshet.schemas.message.TrainingRun;
import io.freshet.schemas.pipeline.Pipeline;
import io.freshet.schemas.topic.Topics;
import io.freshet.schemas.wire.WireFormat;
import java.io.Console;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.WakeupException;
import org.jspecify.annotations.Nullable;

/**
 * Shows a running demo, from the replay's counts and the committed records of the topics. On a terminal a few lines are
 * repainted below what has happened; elsewhere there is a line every five seconds. Records are counted by reading them;
 * of the predictions and examples only the newest of a batch is decoded, to spare the machine that runs the demo.
 */
public final class Progress implements AutoCloseable {
    private static final Duration POLL = Duration.ofMillis(250);
    private static final Duration PLAIN_EVERY = Duration.ofSeconds(5);
    private static final int WIDTH = 79;

    private final KafkaConnection connection;
    private final Pipeline pipeline;
    private final Supplier<ReplayCounts> replay;
    private final PrintWriter out;
    private final boolean terminal;
    private final long began = System.nanoTime();
    private final KafkaAvroDeserializer deserializer;
    private final ProgressLog log = new ProgressLog();
    private final Thread thread;
    private volatile @Nullable KafkaConsumer<byte[], byte[]> reading;
    private volatile boolean closed;
    private volatile boolean drained;
    private volatile @Nullable String failure;
    private long printed = began;
    private int painted;

    private Progress(
            KafkaConnection connection,
            Pipeline pipeline,
            Supplier<ReplayCounts> replay,
            PrintWriter out,
            boolean terminal) {
        this.connection = connection;
        this.pipeline = pipeline;
        this.replay = replay;
        this.out = out;
        this.terminal = terminal;
        this.deserializer = WireFormat.deserializer(
                connection.registry(), connection.settings().registryUrl(), true);
        this.thread = Thread.ofPlatform().daemon().name("progress").unstarted(this::run);
    }

    /**
     * Starts to show.
     *
     * @param replay the replay's counts as they are at the time
     * @param terminal whether {@code out} is a terminal, see {@link #onTerminal}
     */
    public static Progress start(
            KafkaConnection connection,
            Pipeline pipeline,
            Supplier<ReplayCounts> replay,
            PrintWriter out,
            boolean terminal) {
        Progress progress = new Progress(connection, pipeline, replay, out, terminal);
        progress.thread.start();
        return progress;
    }

    /** Whether this process talks to a person at a terminal. */
    public static boolean onTerminal() {
        Console console = System.console();
        return console != null && console.isTerminal();
    }

    /**
     * Whether, when last looked at, every event sent had a prediction, an error or a rejection, and every label its join or
     * rejection, or was taken in to wait for its event. True too early by as many records as stand on the log twice because their request was repeated.
     */
    public boolean drained() {
        return drained;
    }

    /** Why nothing is shown any more; empty while all is well. */
    public Optional<String> failure() {
        return Optional.ofNullable(failure);
    }

    private void run() {
        String name = pipeline.name();
        List<TopicPartition> partitions = Stream.concat(
                        Stream.of("predictions", "prediction-errors", "rejected", "examples")
                                .flatMap(kind -> IntStream.range(0, pipeline.partitions())
                                        .mapToObj(i -> new TopicPartition(name + "." + kind, i))),
                        Stream.of(
                                        Topics.DRIFT_ALERTS,
                                        Topics.RETRAIN_REQUESTS,
                                        Topics.TRAINING_RUNS,
                                        Topics.DEPLOYMENTS)
                                .map(topic -> new TopicPartition(topic.name(), 0)))
                .toList();
        try (KafkaConsumer<byte[], byte[]> consumer = connection.consumer(
                        "freshet-progress", Map.of("allow.auto.create.topics", false, "max.poll.records", 5_000));
                Admin admin = connection.admin()) {
            reading = consumer;
            consumer.assign(partitions);
            while (!closed) {
                show(take(consumer.poll(POLL)));
                ReplayCounts sent = replay.get();
                drained = log.eventsDrained(sent) && (log.labelsDrained(sent) || labelsRead(consumer, admin));
            }
        } catch (WakeupException e) {
            // Closed.
        } catch (RuntimeException e) {
            failure = PlainText.of(e.toString(), 200);
            show(List.of("the progress cannot be shown any more, the demo itself goes on: " + failure));
        } finally {
            reading = null;
        }
    }

    /** Whether feature-stream has taken every label, so that one without an outcome waits for its event, or is lost. */
    private boolean labelsRead(KafkaConsumer<byte[], byte[]> consumer, Admin admin) {
        List<TopicPartition> labels = IntStream.range(0, pipeline.partitions())
                .mapToObj(partition -> new TopicPartition(pipeline.name() + ".labels", partition))
                .toList();
        try {
            Map<TopicPartition, OffsetAndMetadata> taken = admin.listConsumerGroupOffsets(
                            FeatureTopology.group(pipeline.name()))
                    .partitionsToOffsetAndMetadata()
                    .get();
            return consumer.endOffsets(labels).entrySet().stream().allMatch(end -> {
                OffsetAndMetadata offset = taken.get(end.getKey());
                return (offset == null ? 0 : offset.offset()) >= end.getValue();
            });
        } catch (ExecutionException e) {
            // Asked again at the next look; whoever waits gives up at some time.
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    private List<String> take(ConsumerRecords<byte[], byte[]> records) {
        List<String> happenings = new ArrayList<>();
        for (TopicPartition partition : records.partitions()) {
            List<ConsumerRecord<byte[], byte[]>> batch = records.records(partition);
            String topic = partition.topic();
            if (topic.endsWith(".predictions")) {
                log.predictions(batch.size());
                happenings.addAll(take(batch.getLast()));
            } else if (topic.endsWith(".prediction-errors")) {
                batch.forEach(record -> log.error());
            } else if (topic.endsWith(".examples")) {
                batch.forEach(record -> log.example());
            } else {
                batch.forEach(record -> happenings.addAll(take(record)));
            }
        }
        return happenings;
    }

    private List<String> take(ConsumerRecord<byte[], byte[]> record) {
        Object value;
        try {
            value = deserializer.deserialize(record.topic(), record.value());
        } catch (RuntimeException e) {
            value = null;
        }
        String name = pipeline.name();
        return switch (value) {
            case Prediction prediction -> log.look(prediction);
            case RejectedRecord rejected -> {
                log.rejected(rejected);
                yield List.of();
            }
            case DriftAlert alert when alert.getPipeline().equals(name) -> log.alert(alert);
            case RetrainRequest request when request.getPipeline().equals(name) -> log.request(request);
            case TrainingRun run when run.getPipeline().equals(name) -> log.run(run);
            case Deployment deployment when deployment.getPipeline().equals(name) -> log.deployment(deployment);
            // Another pipeline's.
            case DriftAlert _, RetrainRequest _, TrainingRun _, Deployment _ -> List.of();
            case null, default -> {
                log.unreadable();
                yield List.of();
            }
        };
    }

    private void show(List<String> happenings) {
        Duration elapsed = Duration.ofNanos(System.nanoTime() - began);
        List<String> status = log.status(replay.get(), elapsed);
        if (terminal) {
            // Up to the first painted line, and everything from there on erased.
            out.print(painted == 0 ? "" : "\u001b[" + painted + "A\u001b[J");
            happenings.forEach(out::println);
            status.forEach(line -> out.println(PlainText.of(line, WIDTH)));
            painted = status.size();
        } else {
            happenings.forEach(out::println);
            if (System.nanoTime() - printed >= PLAIN_EVERY.toNanos()) {
                printed = System.nanoTime();
                out.println(String.join(" | ", status).replaceAll(" +", " "));
            }
        }
        out.flush();
    }

    /** Stops showing; what is on the screen stays. */
    @Override
    public void close() {
        closed = true;
        KafkaConsumer<byte[], byte[]> consumer = reading;
        if (consumer != null) {
            consumer.wakeup();
        }
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
