package io.freshet.quickstart.services;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.confluent.kafka.serializers.KafkaAvroDeserializer;
import io.confluent.kafka.serializers.KafkaAvroSerializer;
import io.freshet.model.Calibration;
import io.freshet.model.GoldenVector;
import io.freshet.model.LinearScorer;
import io.freshet.model.Link;
import io.freshet.model.ModelBundle;
import io.freshet.model.ModelBundleCodec;
import io.freshet.model.Output;
import io.freshet.model.Preparation;
import io.freshet.model.Step;
import io.freshet.profiles.Profile;
import io.freshet.quickstart.platform.DataDirectory;
import io.freshet.quickstart.platform.EmbeddedBroker;
import io.freshet.runtime.KafkaConnection;
import io.freshet.runtime.KafkaSettings;
import io.freshet.runtime.RunningService;
import io.freshet.runtime.ServiceSettings;
import io.freshet.schemas.message.AlertState;
import io.freshet.schemas.message.ArtifactChunk;
import io.freshet.schemas.message.Deployment;
import io.freshet.schemas.message.DriftAlert;
import io.freshet.schemas.message.ModelRegistered;
import io.freshet.schemas.message.OffsetRange;
import io.freshet.schemas.message.PipelineDeclared;
import io.freshet.schemas.message.Prediction;
import io.freshet.schemas.message.RetrainReason;
import io.freshet.schemas.message.RetrainRequest;
import io.freshet.schemas.message.TrainingRun;
import io.freshet.schemas.pipeline.Pipeline;
import io.freshet.schemas.pipeline.PipelineFile;
import io.freshet.schemas.row.Example;
import io.freshet.schemas.row.FeatureRow;
import io.freshet.schemas.row.FeatureRowSchema;
import io.freshet.schemas.topic.Topics;
import io.freshet.schemas.wire.WireFormat;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.Future;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.MemberDescription;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** Pipelines of three partitions, each service in two instances of which one stops in the middle. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class SeveralPartitionsTest {
    private static final int PARTITIONS = 3;
    private static final Duration SOON = Duration.ofMinutes(3);
    private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");
    private static final String YAML = """
            pipeline: %s
            event: { schema: e, id: id, key: shop, time: at, lateness: 10m }
            label: { schema: l, event: id, value: label.bad, time: at, wait: 1d }
            features: { a: { value: event.a } }
            model: { candidates: [logistic-regression] }
            training: { firstAfter: 500, last: 1200, holdout: 0.4 }
            drift: { window: 7h, timeBetweenFalseAlarms: 30d }
            partitions: 3
            """;
    private static final String EVENT = """
            {"type": "record", "name": "Event", "fields": [
              {"name": "id", "type": "string"}, {"name": "shop", "type": "string"}, {"name": "at", "type": "long"},
              {"name": "a", "type": "double"}]}""";
    private static final String LABEL = """
            {"type": "record", "name": "Truth", "fields": [
              {"name": "id", "type": "string"}, {"name": "at", "type": "long"}, {"name": "bad", "type": "boolean"}]}""";

    private final Random random = new Random(20_260_101);
    private final DataDirectory data = DataDirectory.temporary();
    private final EmbeddedBroker broker = EmbeddedBroker.start(data, 0);
    private final KafkaConnection connection = new KafkaConnection(settings("test"));
    private final KafkaProducer<byte[], byte[]> producer = connection.producer("test", Map.of());
    private final KafkaAvroSerializer writer =
            WireFormat.serializer(connection.registry(), connection.settings().registryUrl());

    private final KafkaAvroDeserializer reader =
            WireFormat.deserializer(connection.registry(), connection.settings().registryUrl(), true);
    private final KafkaConsumer<byte[], byte[]> log = connection.consumer("test", Map.of());
    private final Admin admin = connection.admin();
    private final List<Future<?>> sent = new ArrayList<>();

    @BeforeAll
    void prepare() throws Exception {
        connection.ensure(Topics.shared());
    }

    @AfterAll
    void stop() {
        admin.close();
        log.close();
        producer.close();
        connection.close();
        broker.close();
        data.close();
    }

    @Test
    void shouldScoreEachRowOnceAndInOrderWhileInstancesComeAndGo() throws Exception {
        Pipeline pipeline = declare("scored");
        int third = 700;
        int[] next = new int[PARTITIONS];
        RunningService second;
        try (RunningService first = start("scoring-service", "a")) {
            rows(pipeline, next, third);
            await().atMost(SOON)
                    .until(() -> !read("scored.predictions", Prediction.class).isEmpty());
            second = start("scoring-service", "b");
            awaitBothIn("freshet-scoring-scored");
            deploy(pipeline);
            rows(pipeline, next, third);
            await().atMost(SOON)
                    .until(() -> read("scored.predictions", Prediction.class).size() > third * PARTITIONS);
        }
        try (second) {
            rows(pipeline, next, third);
            await().atMost(SOON)
                    .until(() -> read("scored.predictions", Prediction.class).size() >= 3 * third * PARTITIONS);
        }

        TreeMap<Integer, List<Prediction>> byPartition = new TreeMap<>();
        poll(
                "scored.predictions",
                record -> byPartition
                        .computeIfAbsent(record.partition(), first -> new ArrayList<>())
                        .add((Prediction) decode(record)));
        assertThat(byPartition).hasSize(PARTITIONS);
        byPartition.forEach((partition, predictions) -> {
            assertThat(predictions)
                    .extracting(Prediction::getEventId)
                    .containsExactlyElementsOf(IntStream.range(0, 3 * third)
                            .mapToObj(row -> partition + "-" + row)
                            .toList());
            List<Integer> versions =
                    predictions.stream().map(Prediction::getModelVersion).toList();
            assertThat(versions).as("the deployed model stays").isSorted().contains(0, 1);
        });
    }

    @Test
    void shouldJudgeAllPartitionsTogetherWhileInstancesComeAndGo() throws Exception {
        Pipeline pipeline = declare("watched");
        FeatureRowSchema schema = FeatureRowSchema.of(pipeline);
        RunningService second;
        try (RunningService first = start("drift-service", "a")) {
            examples(pipeline, 200);
            await().atMost(SOON).until(() -> groupLag("freshet-drift-watched", "watched.examples") == 0);
            second = start("drift-service", "b");
            awaitBothIn("freshet-drift-watched");
            examples(pipeline, 299);
            await().atMost(SOON).until(() -> groupLag("freshet-drift-watched", "watched.examples") == 0);
        }
        try (second) {
            await().atMost(SOON).until(() -> members("freshet-drift-watched").size() == 1);
            assertThat(requests()).isEmpty();
            examples(pipeline, 1);
            await().atMost(SOON).until(() -> requests().contains("watched-first-model-500"));
            Profile baseline = Profile.builder().numeric("a").build();
            for (int i = 0; i < 1_000; i++) {
                baseline.add(Map.of("a", 9 + random.nextGaussian()));
            }
            register(pipeline, baseline);
            deploy(pipeline);
            await().atMost(SOON).until(() -> groupLag("freshet-drift-watched", "deployments") == 0);
            for (int row = 0; row < 9 * 120; row++) {
                FeatureRow values = row(schema, "e" + row, START.plusSeconds(30L * row), random.nextGaussian());
                send("watched.features", random.nextInt(PARTITIONS), schema.toRecord(values));
            }
            awaitSent();

            await().atMost(SOON)
                    .until(() -> !read("drift-alerts", DriftAlert.class).isEmpty());
        }

        assertThat(read("drift-alerts", DriftAlert.class)).first().satisfies(alert -> {
            assertThat(alert.getState()).isEqualTo(AlertState.OPEN);
            assertThat(alert.getRows()).as("rows of seven panes").isEqualTo(7 * 120);
            assertThat(alert.getWindowStart()).isEqualTo(START);
        });
    }

    @Test
    void shouldTrainOnTheNewestOfAllPartitionsOnceHoweverManyTrainersRun() throws Exception {
        Pipeline pipeline = declare("trained");
        FeatureRowSchema schema = FeatureRowSchema.of(pipeline);
        // The newest are on partition 2, then 1.
        for (int row = 0; row < 2_700; row++) {
            double a = random.nextGaussian();
            Instant time = START.plusSeconds(60L * row);
            Example example = new Example(
                    row(schema, "e" + row, time, a), 0.3 * random.nextGaussian() < a ? 1 : 0, time.plusSeconds(1));
            send("trained.examples", row / 900, schema.toRecord(example));
        }
        awaitSent();
        RunningService second;
        try (RunningService first = start("trainer-service", "a")) {
            second = start("trainer-service", "b");
            awaitBothIn("freshet-trainer-trained");
            request("one");
            await().atMost(SOON).until(() -> !runs().isEmpty());
        }
        try (second) {
            request("two");
            await().atMost(SOON).until(() -> runs().size() > 1);
        }

        assertThat(runs()).extracting(TrainingRun::getRequestId).containsExactly("one", "two");
        assertThat(runs()).allSatisfy(run -> {
            assertThat(run.getDataset()).extracting(OffsetRange::getPartition).containsExactly(0, 1, 2);
            assertThat(run.getRows()).isEqualTo(2_700);
            assertThat(run.getTrainRows() + run.getHoldoutRows()).isEqualTo(1_200);
        });
        assertThat(runs().getFirst().getNewVersion())
                .as(runs().getFirst().getDetail())
                .isEqualTo(1);
        assertThat(runs().getLast().getChampionVersion())
                .as("the other trainer knows the first one's model")
                .isEqualTo(1);
    }

    @Test
    void shouldRefuseTopicsOfAnotherNumberOfPartitions() throws Exception {
        admin.createTopics(List.of(new NewTopic("grown.events", 6, (short) 1)))
                .all()
                .get();

        assertThatThrownBy(() -> connection.ensure(Topics.of("grown", PARTITIONS)))
                .hasMessageContaining("topic grown.events has 6 partitions and needs 3")
                .hasMessageContaining("declare the pipeline with the partitions that its topics have");
    }

    private KafkaSettings settings(String instance) {
        return new KafkaSettings(broker.bootstrapServers(), "mock://several-partitions", instance, (short) 1, Map.of());
    }

    private RunningService start(String name, String instance) {
        RunningService service = RunningService.start(
                name, new ServiceSettings(settings(instance), data.path().resolve(name + instance), "127.0.0.1", 0));
        await().atMost(SOON).until(service::ready);
        return service;
    }

    private Pipeline declare(String name) throws Exception {
        PipelineDeclared declared = PipelineDeclared.newBuilder()
                .setPipeline(name)
                .setVersion(1)
                .setDeclaration(YAML.formatted(name))
                .setEventSchema(EVENT)
                .setLabelSchema(LABEL)
                .setDeclaredAt(Instant.now())
                .build();
        connection.ensure(Topics.of(name, PARTITIONS));
        sendKeyed("pipelines", name, declared);
        return PipelineFile.parse(declared);
    }

    private void rows(Pipeline pipeline, int[] next, int howMany) throws Exception {
        FeatureRowSchema schema = FeatureRowSchema.of(pipeline);
        for (int i = 0; i < howMany * PARTITIONS; i++) {
            int partition = i % PARTITIONS;
            FeatureRow row = row(schema, partition + "-" + next[partition]++, START.plusSeconds(i), 1.0);
            send(pipeline.name() + ".features", partition, schema.toRecord(row));
        }
        awaitSent();
    }

    private void examples(Pipeline pipeline, int howMany) throws Exception {
        FeatureRowSchema schema = FeatureRowSchema.of(pipeline);
        for (int i = 0; i < howMany; i++) {
            Example example = new Example(row(schema, "x", START, 0.0), 1, START);
            send(pipeline.name() + ".examples", random.nextInt(PARTITIONS), schema.toRecord(example));
        }
        awaitSent();
    }

    /** The key has nothing to do with the partition: nothing may rely on the partitioner of others. */
    private FeatureRow row(FeatureRowSchema schema, String id, Instant time, double a) {
        return new FeatureRow(id, "shop-" + random.nextInt(100), time, schema.featureSet(), null, time, List.of(a));
    }

    private void deploy(Pipeline pipeline) throws Exception {
        Preparation preparation = new Preparation(List.of(new Step.Numeric("a", 0.0, 0, 1)));
        byte[] bundle = ModelBundleCodec.encode(new ModelBundle(
                ModelBundle.FORMAT_VERSION,
                pipeline.name(),
                1,
                "logistic-regression",
                preparation.features(),
                FeatureRowSchema.of(pipeline).featureSet(),
                preparation,
                new LinearScorer(new double[] {1}, 0, Link.LOGISTIC),
                new Output.Binary(new Calibration.None(), 0.5),
                List.of(new GoldenVector(List.of(0.0), List.of(0.5)))));
        String sha256 =
                HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bundle));
        sendKeyed(
                "model-artifacts",
                pipeline.name() + ":1:0",
                new ArtifactChunk(pipeline.name(), 1, 0, 1, sha256, ByteBuffer.wrap(bundle)));
        sendKeyed(
                "deployments",
                pipeline.name(),
                Deployment.newBuilder()
                        .setPipeline(pipeline.name())
                        .setChampionVersion(1)
                        .setPreviousVersion(0)
                        .setRunId("r")
                        .setReason("test")
                        .setDecidedAt(START)
                        .build());
    }

    private void register(Pipeline pipeline, Profile baseline) throws Exception {
        sendKeyed(
                "models",
                pipeline.name() + ":1",
                ModelRegistered.newBuilder()
                        .setPipeline(pipeline.name())
                        .setVersion(1)
                        .setFamily("logistic-regression")
                        .setFeatureSet(FeatureRowSchema.of(pipeline).featureSet())
                        .setSha256("0")
                        .setSizeBytes(1)
                        .setChunks(1)
                        .setRunId("r")
                        .setDataset(List.of())
                        .setSeed(1)
                        .setMetrics(Map.of())
                        .setBaseline(ByteBuffer.wrap(baseline.toBytes()))
                        .setDriftThresholds(Map.of("a", 0.25))
                        .setCodeCommit("c")
                        .setEnvironment(Map.of())
                        .setRegisteredAt(START)
                        .build());
    }

    private void request(String id) throws Exception {
        sendKeyed(
                "retrain-requests",
                "trained",
                RetrainRequest.newBuilder()
                        .setRequestId(id)
                        .setPipeline("trained")
                        .setWriter("test")
                        .setReason(RetrainReason.FIRST_MODEL)
                        .setEvidence("test")
                        .setEventTime(START)
                        .setRequestedAt(START)
                        .build());
    }

    private void send(String topic, int partition, Object value) {
        sent.add(producer.send(new ProducerRecord<>(
                topic, partition, "k".getBytes(StandardCharsets.UTF_8), writer.serialize(topic, value))));
    }

    private void awaitSent() throws Exception {
        for (Future<?> future : sent) {
            future.get();
        }
        sent.clear();
    }

    private void sendKeyed(String topic, String key, Object value) throws Exception {
        producer.send(new ProducerRecord<>(topic, key.getBytes(StandardCharsets.UTF_8), writer.serialize(topic, value)))
                .get();
    }

    private List<TrainingRun> runs() {
        return read("training-runs", TrainingRun.class).stream()
                .filter(run -> run.getPipeline().equals("trained"))
                .toList();
    }

    private List<String> requests() {
        return read("retrain-requests", RetrainRequest.class).stream()
                .filter(request -> request.getPipeline().equals("watched"))
                .map(RetrainRequest::getRequestId)
                .toList();
    }

    private List<MemberDescription> members(String group) throws Exception {
        return List.copyOf(admin.describeConsumerGroups(List.of(group))
                .describedGroups()
                .get(group)
                .get()
                .members());
    }

    private void awaitBothIn(String group) {
        await().atMost(SOON).until(() -> members(group).size() == 2);
    }

    /** Records of a topic that a group has not committed yet. */
    private long groupLag(String group, String topic) throws Exception {
        var committed = admin.listConsumerGroupOffsets(group)
                .partitionsToOffsetAndMetadata()
                .get();
        return log.endOffsets(partitions(topic)).entrySet().stream()
                .mapToLong(end -> committed.get(end.getKey()) == null
                        ? end.getValue()
                        : end.getValue() - committed.get(end.getKey()).offset())
                .sum();
    }

    private <T> List<T> read(String topic, Class<T> type) {
        List<T> values = new ArrayList<>();
        poll(topic, record -> values.add(type.cast(decode(record))));
        return values;
    }

    private Object decode(ConsumerRecord<byte[], byte[]> record) {
        return reader.deserialize(record.topic(), record.value());
    }

    /** Everything that is committed now, each partition in its order. */
    private void poll(String topic, Consumer<ConsumerRecord<byte[], byte[]>> taker) {
        List<TopicPartition> partitions = partitions(topic);
        log.assign(partitions);
        log.seekToBeginning(partitions);
        Map<TopicPartition, Long> ends = log.endOffsets(partitions);
        while (partitions.stream().anyMatch(partition -> log.position(partition) < ends.get(partition))) {
            log.poll(Duration.ofMillis(100)).forEach(taker);
        }
    }

    private List<TopicPartition> partitions(String topic) {
        return log.partitionsFor(topic).stream()
                .map(info -> new TopicPartition(topic, info.partition()))
                .toList();
    }
}
