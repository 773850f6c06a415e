package io.freshet.quickstart;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.confluent.kafka.serializers.KafkaAvroSerializer;
import io.freshet.quickstart.dataset.TrainingRecords;
import io.freshet.quickstart.platform.DataDirectory;
import io.freshet.quickstart.platform.EmbeddedBroker;
import io.freshet.quickstart.platform.PlatformException;
import io.freshet.runtime.CompactedTopic;
import io.freshet.runtime.KafkaConnection;
import io.freshet.runtime.KafkaSettings;
import io.freshet.runtime.RunningService;
import io.freshet.runtime.ServiceSettings;
import io.freshet.schemas.message.ModelRegistered;
import io.freshet.schemas.message.OffsetRange;
import io.freshet.schemas.message.PipelineDeclared;
import io.freshet.schemas.message.Reproduction;
import io.freshet.schemas.message.ReproductionVerdict;
import io.freshet.schemas.message.RetrainReason;
import io.freshet.schemas.message.RetrainRequest;
import io.freshet.schemas.message.TrainingInputs;
import io.freshet.schemas.message.TrainingPhase;
import io.freshet.schemas.message.TrainingProgress;
import io.freshet.schemas.message.TrainingRun;
import io.freshet.schemas.message.Trial;
import io.freshet.schemas.pipeline.PipelineFile;
import io.freshet.schemas.row.Example;
import io.freshet.schemas.row.FeatureRow;
import io.freshet.schemas.row.FeatureRowSchema;
import io.freshet.schemas.topic.Topics;
import io.freshet.schemas.wire.WireFormat;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** A model's training set is exported, and the model reproduced, whatever was declared and trained since; until it is gone. */
@Timeout(value = 600, unit = TimeUnit.SECONDS)
class DatasetsTest {
    private static final Duration SOON = Duration.ofMinutes(3);
    private static final int MOST_ASKS = 50;
    private static final String REGISTRY = "mock://datasets";
    private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");
    private static final int PARTITIONS = 2;
    private static final String EVENT = """
            {"type": "record", "name": "E", "fields": [
              {"name": "id", "type": "string"}, {"name": "shop", "type": "string"}, {"name": "at", "type": "long"},
              {"name": "amount", "type": "double"}, {"name": "kind", "type": "string"}]}""";
    private static final String LABEL = """
            {"type": "record", "name": "L", "fields": [
              {"name": "id", "type": "string"}, {"name": "at", "type": "long"}, {"name": "bad", "type": "boolean"}]}""";
    private static final String YAML = """
            pipeline: shops
            partitions: 2
            event: { schema: e, id: id, key: shop, time: at }
            label: { schema: l, event: id, value: label.bad, time: at, wait: 1d }
            features: { amount: { value: event.amount }, kind: { value: event.kind }, label: { value: event.amount * %s } }
            model: { candidates: [%s] }
            training: { last: 2000 }
            """;
    private static final String FIRST = YAML.formatted("2.0", "logistic-regression");
    private static final String SECOND =
            YAML.formatted("2.0", "gradient-boosting").replace("last: 2000", "last: 2000, window: [all, last 1500]");

    @TempDir
    Path directory;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();
    private String servers = "";

    @Test
    void shouldExportAndReproduceUntilRetentionTakesItAway() throws Exception {
        try (DataDirectory data = DataDirectory.temporary();
                EmbeddedBroker broker = EmbeddedBroker.start(data, 0)) {
            servers = broker.bootstrapServers();
            KafkaSettings settings = new KafkaSettings(servers, REGISTRY, "0", (short) 1, Map.of());
            try (KafkaConnection connection = new KafkaConnection(settings);
                    KafkaProducer<byte[], byte[]> producer =
                            connection.producer("test", Map.of("transactional.id", "test"))) {
                connection.ensure(Topics.shared());
                connection.ensure(Topics.of("shops", PARTITIONS));
                Feeder feeder = new Feeder(WireFormat.serializer(connection.registry(), REGISTRY), producer);
                producer.initTransactions();
                feeder.declare(1, FIRST);
                feeder.examples(0, 1_500, 0);
                try (RunningService trainer = RunningService.start(
                        "trainer-service",
                        new ServiceSettings(settings, data.path().resolve("state"), "127.0.0.1", 0))) {
                    followModels(connection, feeder, trainer);
                }
            }
        }
    }

    private void followModels(KafkaConnection connection, Feeder feeder, RunningService trainer) throws Exception {
        feeder.request("one", RetrainReason.FIRST_MODEL);
        ModelRegistered first = awaitModel(connection, 1);
        shouldTellWhatItWasTrainedOn(connection, first);
        shouldExport(first);
        shouldReproduce(connection, first);

        feeder.declare(2, SECOND);
        feeder.examples(1_500, 3_000, 3);
        untilTrainedAsDeclared(connection, feeder, 2);
        ModelRegistered second = awaitModel(connection, 2);
        assertThat(second.getInputs().getChampion()).isEqualTo(1);
        assertThat(second.getInputs().getDeclarationVersion()).isEqualTo(2);
        shouldTellHowItWasSearched(connection, second);
        shouldReproduce(connection, second);
        shouldReproduce(connection, first);
        assertThat(dataset("list", "shops")).isZero();
        assertThat(out.toString().lines().filter(line -> line.endsWith("  all")))
                .hasSize(2);

        shouldSayThatTheContentIsAnother(feeder, first);
        shouldSayWhatRetentionTook(connection, first, trainer.uri());
    }

    private void shouldTellWhatItWasTrainedOn(KafkaConnection connection, ModelRegistered model) throws Exception {
        TrainingInputs inputs = model.getInputs();
        assertThat(inputs.getDeclaration()).isEqualTo(FIRST);
        assertThat(inputs.getEventSchema()).isEqualTo(EVENT);
        assertThat(inputs.getChampion()).isZero();
        assertThat(inputs.getRecords()).as("with one that is no example").isEqualTo(1_501);
        assertThat(inputs.getUnreadable()).isEqualTo(1);
        assertThat(inputs.getSchemaIds()).hasSize(1);
        assertThat(inputs.getNewestLabel()).isEqualTo(Feeder.at(1_499).plusSeconds(3_600));
        assertThat(inputs.getRequest().getEvidence()).isEqualTo("because one");
        assertThat(model.getHyperparameters()).containsKey("ridge");
        assertThat(model.getCodeCommit()).matches("[0-9a-f]{40}(-dirty)?|unknown");
        TrainingRun run = TrainingRecords.run(connection, "shops", model.getRunId());
        assertThat(run.getInputs()).isEqualTo(inputs);
        assertThat(run.getSeed()).isEqualTo(model.getSeed());
    }

    private void shouldTellHowItWasSearched(KafkaConnection connection, ModelRegistered model) throws Exception {
        assertThat(model.getWindow()).isIn("all", "last 1500");
        assertThat(model.getSettings()).containsKeys("depth", "eta");
        TrainingRun run = TrainingRecords.run(connection, "shops", model.getRunId());
        assertThat(run.getTrials()).extracting(Trial::getWindow).contains("all", "last 1500");
        assertThat(run.getTrials())
                .hasSize(2)
                .anyMatch(trial -> trial.getWindow().equals(model.getWindow())
                        && trial.getSettings().equals(model.getSettings()));
        assertThat(run.getCandidates().getFirst().getSettings()).isEqualTo(model.getSettings());
        try (CompactedTopic<TrainingProgress> progress = CompactedTopic.follow(
                connection,
                Topics.TRAINING_PROGRESS,
                TrainingProgress.class,
                each -> each.getRequestId() + " " + each.getPhase(),
                each -> each,
                () -> {})) {
            progress.awaitEnd(SOON);
            for (TrainingPhase phase : TrainingPhase.values()) {
                assertThat(progress.get(run.getRequestId() + " " + phase))
                        .as(phase.name())
                        .isPresent();
            }
            assertThat(progress.get(run.getRequestId() + " SEARCHING")
                            .orElseThrow()
                            .getFamily())
                    .isEqualTo("gradient-boosting");
        }
    }

    private void shouldExport(ModelRegistered model) throws Exception {
        Path csv = directory.resolve("rows.csv");
        Path parquet = directory.resolve("rows.parquet");

        assertThat(dataset("export", "shops", "--model", "1", "--out", csv.toString()))
                .isZero();
        assertThat(out.toString())
                .contains("and 300 held out", "of 9 columns", model.getInputs().getContentHash() + " checked");
        assertThat(dataset("export", "shops", "--run", model.getRunId(), "--format", "parquet", "--out", "" + parquet))
                .isZero();

        List<String> lines = Files.readAllLines(csv);
        assertThat(lines.getFirst())
                .isEqualTo(
                        "\"eventId\",\"entityKey\",\"eventTime\",\"labelTime\",\"part\",\"label\",\"amount\",\"kind\","
                                + "\"feature.label\"");
        assertThat(lines.getLast())
                .startsWith("\"o1499\",")
                .contains("\"" + Feeder.at(1_499) + "\",\"" + Feeder.at(1_499).plusSeconds(3_600) + "\",\"holdout\"");
        assertThat(lines.stream().filter(line -> line.contains("\"holdout\""))).hasSize(300);
        assertThat(lines.stream().filter(line -> line.contains("\"train\""))).hasSizeGreaterThan(1_150);
        assertThat(parquet).isNotEmptyFile();
    }

    private void shouldReproduce(KafkaConnection connection, ModelRegistered model) throws Exception {
        String version = Integer.toString(model.getVersion());
        assertThat(run("reproduce", "shops", version)).as("%s%s", out, err).isZero();

        assertThat(out.toString()).contains("REPRODUCED: the bundle is the same, bit by bit");
        Reproduction verdict = verdict(connection, version);
        assertThat(verdict.getVerdict()).isEqualTo(ReproductionVerdict.REPRODUCED);
        assertThat(verdict.getFoundHash()).isEqualTo(model.getInputs().getContentHash());
        assertThat(verdict.getReproducedBundle()).isEqualTo(model.getSha256());
        assertThat(verdict.getGreatestDifference()).isZero();
    }

    private void shouldSayThatTheContentIsAnother(Feeder feeder, ModelRegistered model) throws Exception {
        String other = "0".repeat(64);
        feeder.write(
                "models",
                "shops:3",
                0,
                ModelRegistered.newBuilder(model)
                        .setVersion(3)
                        .setInputs(TrainingInputs.newBuilder(model.getInputs())
                                .setContentHash(other)
                                .build())
                        .build());
        feeder.write(
                "models",
                "shops:4",
                0,
                ModelRegistered.newBuilder(model).setVersion(4).setInputs(null).build());
        Path file = directory.resolve("other.csv");

        assertThat(dataset("export", "shops", "--model", "3", "--out", file.toString()))
                .isEqualTo(1);
        assertThat(err.toString())
                .contains(other, model.getInputs().getContentHash(), "written anew")
                .hasLineCount(1);
        assertThat(run("reproduce", "shops", "3")).isEqualTo(2);
        assertThat(out.toString()).contains("IMPOSSIBLE");
        assertThat(dataset("export", "shops", "--model", "4", "--out", file.toString()))
                .isEqualTo(1);
        assertThat(err.toString()).contains("earlier build");
        assertThat(run("reproduce", "shops", "4")).isEqualTo(2);
        assertThat(run("reproduce", "shops", "9")).isEqualTo(2);
        assertThat(err.toString()).contains("registered are [1, 2, 3, 4]");
        assertThat(dataset("export", "shops", "--run", "x", "--out", file.toString()))
                .isEqualTo(1);
        assertThat(err.toString()).contains("there is no training run 'x'");
        assertThat(file).doesNotExist();
    }

    private void shouldSayWhatRetentionTook(KafkaConnection connection, ModelRegistered model, URI trainer)
            throws Exception {
        OffsetRange range = model.getDataset().get(1);
        long first = range.getFromOffset() + 10;
        try (Admin admin = connection.admin()) {
            admin.deleteRecords(Map.of(new TopicPartition("shops.examples", 1), RecordsToDelete.beforeOffset(first)))
                    .all()
                    .get();
        }
        Path file = directory.resolve("gone.csv");

        assertThat(dataset("export", "shops", "--model", "1", "--out", file.toString()))
                .isEqualTo(1);

        assertThat(err.toString())
                .contains(
                        "topic shops.examples, partition 1: offset " + range.getFromOffset() + " is wanted and " + first
                                + " is the first that is left",
                        "raise retention.ms")
                .hasLineCount(1);
        assertThat(directory).isDirectoryNotContaining(path -> path.toString().contains("gone"));
        assertThat(run("reproduce", "shops", "1")).isEqualTo(2);
        assertThat(verdict(connection, "1").getVerdict()).isEqualTo(ReproductionVerdict.IMPOSSIBLE);
        assertThat(dataset("list", "shops")).isZero();
        assertThat(out.toString()).contains("retention has removed 10 offsets");
        // The trainer looks after each training.
        try (KafkaProducer<byte[], byte[]> producer =
                connection.producer("test", Map.of("transactional.id", "test-again"))) {
            producer.initTransactions();
            new Feeder(WireFormat.serializer(connection.registry(), REGISTRY), producer)
                    .request("three", RetrainReason.MANUAL);
        }
        await().atMost(SOON)
                .untilAsserted(
                        () -> assertThat(get(trainer.resolve("/prometheus")).lines())
                                .anyMatch(line -> line.startsWith("freshet_pinned_offsets_missing{")
                                        && line.contains("version=\"1\"")
                                        && line.endsWith(" 10.0")));
    }

    /** What the worker of the declaration before has still taken is asked for again. */
    private static void untilTrainedAsDeclared(KafkaConnection connection, Feeder feeder, int version)
            throws Exception {
        AtomicReference<TrainingRun> answer = new AtomicReference<>();
        for (int ask = 1; ask <= MOST_ASKS; ask++) {
            String request = "two-" + ask;
            feeder.request(request, RetrainReason.MANUAL);
            await().atMost(SOON)
                    .ignoreExceptionsInstanceOf(PlatformException.class)
                    .until(() -> {
                        answer.set(TrainingRecords.run(connection, "shops", "run-" + request));
                        return true;
                    });
            if (answer.get().getInputs().getDeclarationVersion() == version) {
                return;
            }
        }
        throw new AssertionError(
                "the trainer goes on by declaration " + answer.get().getInputs().getDeclarationVersion());
    }

    private static ModelRegistered awaitModel(KafkaConnection connection, int version) throws Exception {
        await().atMost(SOON)
                .until(() -> TrainingRecords.models(connection, "shops").containsKey(version));
        return TrainingRecords.model(connection, "shops", version);
    }

    private static Reproduction verdict(KafkaConnection connection, String version) throws Exception {
        try (CompactedTopic<Reproduction> verdicts =
                CompactedTopic.follow(connection, Topics.REPRODUCTIONS, Reproduction.class, () -> {})) {
            verdicts.awaitEnd(SOON);
            return verdicts.get("shops:" + version).orElseThrow();
        }
    }

    private static String get(URI uri) throws Exception {
        try (HttpClient client = HttpClient.newHttpClient()) {
            return client.send(HttpRequest.newBuilder(uri).build(), BodyHandlers.ofString())
                    .body();
        }
    }

    private int dataset(String... arguments) {
        String[] all = new String[arguments.length + 1];
        all[0] = "dataset";
        System.arraycopy(arguments, 0, all, 1, arguments.length);
        return run(all);
    }

    private int run(String... arguments) {
        out.getBuffer().setLength(0);
        err.getBuffer().setLength(0);
        String[] all = Arrays.copyOf(arguments, arguments.length + 4);
        all[arguments.length] = "--bootstrap-servers";
        all[arguments.length + 1] = servers;
        all[arguments.length + 2] = "--registry";
        all[arguments.length + 3] = REGISTRY;
        CommandLine command = FreshetCli.commandLine();
        command.setOut(new PrintWriter(out, true));
        command.setErr(new PrintWriter(err, true));
        return command.execute(all);
    }

    /** Writes what the other services would, in transactions. */
    private record Feeder(KafkaAvroSerializer serializer, KafkaProducer<byte[], byte[]> producer) {
        static Instant at(int event) {
            return START.plus(Duration.ofMinutes(10L * event));
        }

        void declare(int version, String yaml) throws Exception {
            write("pipelines", "shops", 0, declared(version, yaml));
        }

        private static PipelineDeclared declared(int version, String yaml) {
            return PipelineDeclared.newBuilder()
                    .setPipeline("shops")
                    .setVersion(version)
                    .setDeclaration(yaml)
                    .setEventSchema(EVENT)
                    .setLabelSchema(LABEL)
                    .setDeclaredAt(START)
                    .build();
        }

        void request(String id, RetrainReason reason) throws Exception {
            write(
                    "retrain-requests",
                    "shops",
                    0,
                    RetrainRequest.newBuilder()
                            .setRequestId(id)
                            .setPipeline("shops")
                            .setWriter("test")
                            .setReason(reason)
                            .setEvidence("because " + id)
                            .setEventTime(START)
                            .setRequestedAt(START)
                            .build());
        }

        /**
         * Examples in partitions by turns, and among the first some that are aborted and one that is none.
         *
         * @param curve how much the square of the amount counts, beside the amount itself
         */
        void examples(int from, int to, double curve) throws Exception {
            FeatureRowSchema schema = FeatureRowSchema.of(PipelineFile.parse(declared(1, FIRST)));
            Random random = new Random(from);
            producer.beginTransaction();
            producer.send(new ProducerRecord<>("shops.examples", 0, new byte[] {1}, "aborted".getBytes()));
            producer.flush();
            producer.abortTransaction();
            producer.beginTransaction();
            producer.send(new ProducerRecord<>("shops.examples", 1, null, new byte[] {1, 2, 3}));
            for (int i = from; i < to; i++) {
                double amount = random.nextGaussian();
                String kind = random.nextBoolean() ? "x" : "y";
                double margin = 2 * amount + curve * (amount * amount - 1) + (kind.equals("x") ? 1 : -1);
                FeatureRow row = new FeatureRow(
                        "o" + i,
                        "s" + i % 7,
                        at(i),
                        schema.featureSet(),
                        0.5,
                        at(i),
                        Arrays.asList(i % 10 == 0 ? null : (Object) amount, kind, 2 * amount));
                boolean bad = random.nextDouble() < 1 / (1 + Math.exp(-margin));
                Example example = new Example(row, bad ? 1 : 0, at(i).plusSeconds(3_600));
                send("shops.examples", "s" + i % 7, i % PARTITIONS, schema.toRecord(example));
                if (i % 100 == 99) {
                    producer.commitTransaction();
                    producer.beginTransaction();
                }
            }
            producer.commitTransaction();
        }

        void write(String topic, String key, int partition, Object value) throws Exception {
            producer.beginTransaction();
            send(topic, key, partition, value);
            producer.commitTransaction();
        }

        private void send(String topic, String key, int partition, Object value) {
            producer.send(new ProducerRecord<>(
                    topic, partition, key.getBytes(StandardCharsets.UTF_8), serializer.serialize(topic, value)));
        }
    }
}
