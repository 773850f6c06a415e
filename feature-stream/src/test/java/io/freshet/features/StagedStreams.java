package io.freshet.features;

import io.confluent.kafka.schemaregistry.client.MockSchemaRegistryClient;
import io.freshet.schemas.message.RejectedRecord;
import io.freshet.schemas.pipeline.Pipeline;
import io.freshet.schemas.row.Example;
import io.freshet.schemas.row.FeatureRow;
import io.freshet.schemas.row.FeatureRowSchema;
import io.freshet.schemas.topic.Topics;
import io.freshet.schemas.wire.WireFormat;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.Random;
import org.apache.avro.generic.GenericRecord;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.TopologyTestDriver;
import org.apache.kafka.streams.state.Stores;
import org.apache.kafka.streams.test.TestRecord;
import org.jspecify.annotations.Nullable;

/**
 * The steps of a pipeline with several partitions, each task a driver of its own, over partitions in memory. Tasks run in
 * random order at random speeds, commit now and then, die and are taken over: what a dead one had not committed is undone,
 * and done again.
 */
final class StagedStreams implements AutoCloseable {
    private static final String URL = "mock://staged";
    private static final Instant HISTORY = Instant.parse("2025-12-01T00:00:00Z");
    private static final Duration TICK = Duration.ofMillis(100);
    private static final int TICKS_WHILE_READING = 20;
    private static final int IDLE_TICKS = 60;

    private record Letter(String topic, byte @Nullable [] key, byte @Nullable [] value) {}

    private final MockSchemaRegistryClient registry;
    private final Path state;
    private final Random random;
    private final Optional<Superseded> superseded;
    private Pipeline pipeline;
    private Topics.Stages topics;
    private final List<Task> tasks = new ArrayList<>();
    /** What stands on partitions and has not been taken. */
    private final Map<String, Deque<Letter>> partitions = new HashMap<>();

    private final StateStores stores;
    private FeatureRowSchema rows;
    final List<FeatureRow> features = new ArrayList<>();
    final List<Example> examples = new ArrayList<>();
    final List<FeatureRow> corrections = new ArrayList<>();
    final List<RejectedRecord> rejected = new ArrayList<>();
    int takeovers;

    StagedStreams(MockSchemaRegistryClient registry, Path state, Pipeline pipeline, Random random) {
        this(registry, state, pipeline, Optional.empty(), random);
    }

    StagedStreams(
            MockSchemaRegistryClient registry,
            Path state,
            Pipeline pipeline,
            Optional<Superseded> superseded,
            Random random) {
        this.superseded = superseded;
        this.registry = registry;
        this.pipeline = pipeline;
        this.state = state;
        this.random = random;
        this.stores = Streams.anyState(random, Stores::inMemoryKeyValueStore);
        this.topics = Topics.Stages.of(pipeline.name(), Stages.entities(pipeline, superseded));
        this.rows = FeatureRowSchema.of(pipeline);
        open(Map.of());
    }

    private void open(Map<String, Map<String, List<KeyValue<byte[], byte[]>>>> committed) {
        for (int partition = 0; partition < pipeline.partitions(); partition++) {
            tasks.add(new Task(partition, Stages::addIntake, committed, "orders.events", "orders.labels"));
            tasks.add(new Task(partition, Stages::addIds, committed, topics.arrivals(), topics.parts()));
            for (int i = 0; i < topics.entities().size(); i++) {
                int stage = i;
                tasks.add(new Task(
                        partition,
                        (stages, topology) -> stages.addEntity(topology, stage),
                        committed,
                        topics.entities().get(i)));
            }
        }
    }

    /** Goes on under a changed declaration, from what each task has committed. */
    void redeclare(Pipeline changed) {
        Map<String, Map<String, List<KeyValue<byte[], byte[]>>>> committed = new HashMap<>();
        for (Task task : tasks) {
            task.stop(random.nextBoolean());
            committed.put(task.name(), task.committed);
        }
        tasks.clear();
        pipeline = changed;
        topics = Topics.Stages.of(changed.name(), Stages.entities(changed, superseded));
        rows = FeatureRowSchema.of(changed);
        open(committed);
    }

    /** Runs for a while, and leaves much undone. */
    void runSome() {
        for (int i = 0; i < 40 * tasks.size(); i++) {
            step(tasks.get(random.nextInt(tasks.size())));
        }
    }

    /** Puts a record from outside on a partition. */
    void send(String topic, int partition, byte @Nullable [] value) {
        on(topic, partition).add(new Letter(topic, null, value));
    }

    private Deque<Letter> on(String topic, int partition) {
        return partitions.computeIfAbsent(topic + "-" + partition, name -> new ArrayDeque<>());
    }

    /** Runs everything until nothing is left to do. */
    void run() {
        while (tasks.stream().anyMatch(Task::hasInput)) {
            step(tasks.get(random.nextInt(tasks.size())));
        }
        // Nothing dies any more. Time passes until everybody knows that nothing else comes, and some more.
        for (int idle = 0; idle < IDLE_TICKS; idle++) {
            for (Task task : tasks) {
                task.tick(Integer.MAX_VALUE);
                while (task.hasInput()) {
                    idle = task.takeOne() ? 0 : idle;
                }
                task.publish();
            }
        }
    }

    private void step(Task task) {
        switch (random.nextInt(12)) {
            case 0 -> task.tick(TICKS_WHILE_READING);
            case 1 -> task.takeOver(random.nextBoolean());
            case 2, 3, 4 -> task.commit();
            default -> {
                for (int i = random.nextInt(12); i >= 0 && task.hasInput(); i--) {
                    task.takeOne();
                }
            }
        }
    }

    private interface Step {
        void add(Stages stages, Topology topology);
    }

    private final class Task {
        private final int partition;
        private final Step step;
        private final List<String> inputs;
        private final List<Letter> taken = new ArrayList<>();
        private Map<String, List<KeyValue<byte[], byte[]>>> committed;
        private TopologyTestDriver driver;
        private int ticks;

        Task(
                int partition,
                Step step,
                Map<String, Map<String, List<KeyValue<byte[], byte[]>>>> committed,
                String... inputs) {
            this.partition = partition;
            this.step = step;
            this.inputs = List.of(inputs);
            this.committed = committed.getOrDefault(name(), Map.of());
            this.driver = open();
        }

        private TopologyTestDriver open() {
            Stages.Setting setting = new Stages.Setting(
                    superseded,
                    3,
                    registry,
                    URL,
                    InstantSource.fixed(Streams.NOW),
                    context -> partition,
                    topics,
                    stores);
            Topology topology = new Topology();
            step.add(new Stages(pipeline, setting), topology);
            Properties settings = new Properties();
            settings.put(StreamsConfig.APPLICATION_ID_CONFIG, "features");
            settings.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, "none:1");
            settings.put(StreamsConfig.STATE_DIR_CONFIG, state.toString());
            TopologyTestDriver opened = new TopologyTestDriver(topology, settings, Streams.NOW);
            committed.forEach((name, entries) ->
                    opened.<byte[], byte[]>getKeyValueStore(name).putAll(entries));
            ticks = 0;
            return opened;
        }

        String name() {
            return inputs.getFirst() + "-" + partition;
        }

        boolean hasInput() {
            return inputs.stream().anyMatch(topic -> !on(topic, partition).isEmpty());
        }

        /** Whether it was more than a promise. */
        boolean takeOne() {
            List<String> waiting = inputs.stream()
                    .filter(topic -> !on(topic, partition).isEmpty())
                    .toList();
            Letter letter =
                    on(waiting.get(random.nextInt(waiting.size())), partition).removeFirst();
            taken.add(letter);
            driver.createInputTopic(letter.topic(), new ByteArraySerializer(), new ByteArraySerializer())
                    .pipeInput(new TestRecord<>(letter.key(), letter.value(), HISTORY));
            return letter.key() != null;
        }

        void tick(int most) {
            if (ticks < most) {
                ticks++;
                driver.advanceWallClockTime(TICK);
            }
        }

        void commit() {
            Map<String, List<KeyValue<byte[], byte[]>>> now = new HashMap<>();
            for (String name : driver.getAllStateStores().keySet()) {
                List<KeyValue<byte[], byte[]>> entries = new ArrayList<>();
                try (var all = driver.<byte[], byte[]>getKeyValueStore(name).all()) {
                    all.forEachRemaining(entries::add);
                }
                now.put(name, entries);
            }
            committed = now;
            publish();
        }

        void publish() {
            taken.clear();
            for (String topic : driver.producedTopicNames()) {
                driver.createOutputTopic(topic, new ByteArrayDeserializer(), new ByteArrayDeserializer())
                        .readRecordsToList()
                        .forEach(record -> deliver(new Letter(topic, record.key(), record.value())));
            }
        }

        /** Another takes over, after a commit or without one. */
        void takeOver(boolean commits) {
            takeovers++;
            stop(commits);
            driver = open();
        }

        void stop(boolean commits) {
            if (commits) {
                commit();
            }
            driver.close();
            for (int i = taken.size() - 1; i >= 0; i--) {
                on(taken.get(i).topic(), partition).addFirst(taken.get(i));
            }
            taken.clear();
        }
    }

    private void deliver(Letter letter) {
        byte[] value = letter.value();
        switch (letter.topic()) {
            case "orders.features" -> features.add(rows.fromRecord(generic(letter)));
            case "orders.corrections" -> corrections.add(rows.fromRecord(generic(letter)));
            case "orders.examples" -> examples.add(rows.exampleFromRecord(generic(letter)));
            case "orders.rejected" ->
                rejected.add((RejectedRecord)
                        WireFormat.deserializer(registry, URL, true).deserialize(letter.topic(), value));
            default -> {
                byte[] key = letter.key();
                if (key == null) {
                    for (int i = 0; i < pipeline.partitions(); i++) {
                        on(letter.topic(), i).add(letter);
                    }
                } else {
                    on(letter.topic(), StagePartitioner.of(key, pipeline.partitions()))
                            .add(letter);
                }
            }
        }
    }

    private GenericRecord generic(Letter letter) {
        return (GenericRecord)
                WireFormat.deserializer(registry, URL, false).deserialize(letter.topic(), letter.value());
    }

    /** Bytes as a producer would write them. */
    byte[] bytes(String topic, GenericRecord record) {
        return WireFormat.serializer(registry, URL).serialize(topic, record);
    }

    @Override
    public void close() {
        tasks.forEach(task -> task.driver.close());
    }
}
