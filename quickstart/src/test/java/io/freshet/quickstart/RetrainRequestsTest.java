package io.freshet.quickstart;

import static org.assertj.core.api.Assertions.assertThat;
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
import io.freshet.quickstart.platform.DataDirectory;
import io.freshet.quickstart.platform.EmbeddedBroker;
import io.freshet.runtime.KafkaConnection;
import io.freshet.runtime.KafkaSettings;
import io.freshet.runtime.RetrainLedger;
import io.freshet.runtime.RunningService;
import io.freshet.runtime.ServiceSettings;
import io.freshet.schemas.message.ArtifactChunk;
import io.freshet.schemas.message.ChallengeStage;
import io.freshet.schemas.message.Deployment;
import io.freshet.schemas.message.DeploymentAnswer;
import io.freshet.schemas.message.DeploymentRequest;
import io.freshet.schemas.message.ModelRegistered;
import io.freshet.schemas.message.ModelRole;
import io.freshet.schemas.message.ModelStage;
import io.freshet.schemas.message.ModelStateChanged;
import io.freshet.schemas.message.PipelineDeclared;
import io.freshet.schemas.message.Prediction;
import io.freshet.schemas.message.RetrainReason;
import io.freshet.schemas.message.RetrainRequest;
import io.freshet.schemas.message.RunOutcome;
import io.freshet.schemas.message.ShadowPrediction;
import io.freshet.schemas.message.TrainingRun;
import io.freshet.schemas.pipeline.Pipeline;
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
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
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
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import picocli.CommandLine;

/** Requests for training from the command line, over HTTP and from the log, through two trainers on a real broker. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(value = 600, unit = TimeUnit.SECONDS)
class RetrainRequestsTest {
    private static final String REGISTRY = "mock://retrain-requests";
    private static final Duration SOON = Duration.ofMinutes(3);
    private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");
    private static final String EVENT = """
            {"type": "record", "name": "Event", "fields": [
              {"name": "id", "type": "string"}, {"name": "shop", "type": "string"}, {"name": "at", "type": "long"},
              {"name": "a", "type": "double"}]}""";
    private static final String LABEL = """
            {"type": "record", "name": "Truth", "fields": [
              {"name": "id", "type": "string"}, {"name": "at", "type": "long"}, {"name": "bad", "type": "boolean"}]}""";
    private static final String YAML = """
            pipeline: %s
            event: { schema: e, id: id, key: shop, time: at, lateness: 10m }
            label: { schema: l, event: id, value: label.bad, time: at, wait: 1d }
            features: { a: { value: event.a } }
            model: { candidates: [logistic-regression] }
            training: { firstAfter: 100000, last: 1200, holdout: 0.4 }
            retrain: { cooldown: 1h, minNewLabels: 10, atMost: 3 per day }
            """;

    private final Random random = new Random(20_260_101);
    private final DataDirectory data = DataDirectory.temporary();
    private final EmbeddedBroker broker = EmbeddedBroker.start(data, 0);
    private final KafkaConnection connection = new KafkaConnection(settings("test"));
    private final KafkaProducer<byte[], byte[]> producer = connection.producer("test", Map.of());
    private final KafkaAvroSerializer writer =
            WireFormat.serializer(connection.registry(), connection.settings().registryUrl());
    private final KafkaAvroDeserializer reader = WireFormat.deserializer(connection.registry(), REGISTRY, true);
    private final KafkaConsumer<byte[], byte[]> log = connection.consumer("test", Map.of());
    private int sentRows;
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @BeforeAll
    void prepare() throws Exception {
        connection.ensure(Topics.shared());
    }

    @AfterAll
    void stop() {
        log.close();
        producer.close();
        connection.close();
        broker.close();
        data.close();
    }

    @Test
    void shouldAnswerEveryRequestOnceByTheRulesHoweverManyTrainersRun() throws Exception {
        Pipeline pipeline = declare("shops");
        examples(pipeline, 1_500);
        request("shops", "drift-1", RetrainReason.DRIFT, START, 500L);
        request("shops", "drift-1", RetrainReason.DRIFT, START, 500L);
        request("shops", "drift-2", RetrainReason.DRIFT, START.plusSeconds(60), 500L);
        request("shops", "drift-3", RetrainReason.DRIFT, START.plus(Duration.ofDays(9)), 9L);
        try (RetrainLedger ledger = new RetrainLedger(connection, () -> {})) {
            ledger.awaitEnd(SOON);
            assertThat(ledger.waiting("shops")).isEqualTo(3);
            assertThat(freshet("requests", "shops", "--waiting"))
                    .as(err.toString())
                    .isZero();
            assertThat(out.toString()).contains("3 asked for, 3 without an answer yet", "drift-2");
            try (RunningService one = start("trainer-service", "a");
                    RunningService other = start("trainer-service", "b")) {
                await().atMost(SOON).until(() -> runs("shops").size() >= 3);
                assertThat(freshet("retrain", "shops", "--reason", "to see", "--wait"))
                        .as(out + " " + err)
                        .isIn(0, 1);
                assertThat(out.toString()).contains(" s  finished");
                request("shops", "manual-again", RetrainReason.MANUAL, Instant.now(), null);
                request("shops", "too-many", RetrainReason.FIRST_MODEL, START, null);
                await().atMost(SOON).until(() -> runs("shops").size() >= 6);
                await().atMost(SOON).until(() -> ledger.waiting("shops") == 0);
            }
        }

        List<TrainingRun> runs = runs("shops");
        assertThat(runs)
                .extracting(TrainingRun::getRequestId)
                .doesNotHaveDuplicates()
                .hasSize(6);
        assertThat(runs.getFirst().getOutcome()).as(runs.getFirst().getDetail()).isEqualTo(RunOutcome.PROMOTED);
        assertThat(runs.get(1)).satisfies(run -> {
            assertThat(run.getOutcome()).isEqualTo(RunOutcome.DECLINED);
            assertThat(run.getRule()).isEqualTo("cooldown");
            assertThat(run.getChampionVersion()).isEqualTo(1);
        });
        assertThat(runs.get(2).getRule()).isEqualTo("minNewLabels");
        assertThat(runs.get(3)).satisfies(run -> {
            assertThat(run.getReason()).isEqualTo(RetrainReason.MANUAL);
            assertThat(run.getOutcome()).isNotEqualTo(RunOutcome.DECLINED);
            assertThat(run.getEventTime())
                    .as("when the newest truth became known")
                    .isEqualTo(START.plusSeconds(60 * 1_499 + 1));
        });
        assertThat(runs.get(5)).satisfies(run -> {
            assertThat(run.getRule())
                    .as("the third training of the day was the last")
                    .isEqualTo("atMost");
            assertThat(run.getDetail()).contains("the budget of 3 trainings per 1d is used up");
        });
        for (int i = 1; i < runs.size(); i++) {
            assertThat(runs.get(i).getStartedAt())
                    .as("one at a time")
                    .isAfterOrEqualTo(runs.get(i - 1).getFinishedAt());
        }
        assertThat(read("model-history", ModelStateChanged.class).stream()
                        .filter(change -> change.getPipeline().equals("shops")))
                .first()
                .satisfies(change -> {
                    assertThat(change.getVersion()).isEqualTo(1);
                    assertThat(change.getFrom()).isEqualTo(ModelStage.CANDIDATE);
                    assertThat(change.getTo()).isEqualTo(ModelStage.CHAMPION);
                    assertThat(change.getCauseId()).isEqualTo("run-drift-1");
                });
        assertThat(read("models", ModelRegistered.class).stream()
                        .filter(model -> model.getPipeline().equals("shops")))
                .first()
                .satisfies(model -> assertThat(model.getGate())
                        .isEqualTo(runs.getFirst().getGate())
                        .isNotEmpty());
        assertThat(freshet("requests", "shops")).isZero();
        assertThat(out.toString())
                .contains("6 asked for, 0 without an answer yet", "declined by atMost", "promoted as version 1");
    }

    @Test
    void shouldPutAnotherModelInTheChampionsPlaceAndTellWhatServedWhen() throws Exception {
        Pipeline pipeline = declare("served");
        String featureSet = FeatureRowSchema.of(pipeline).featureSet();
        register(1, "served", featureSet);
        register(2, "served", featureSet);
        register(3, "served", featureSet);
        send("model-artifacts", "served:3:0", null);
        register(5, "shops", featureSet);
        register(6, "served", featureSet);
        send("model-artifacts", "served:6:0", damaged(6));
        register(4, "served", "another");
        deploy(1, 0);
        deploy(2, 1);
        Instant before = Instant.now();
        try (RunningService trainer = start("trainer-service", "a")) {
            assertThat(freshet("rollback", "served", "--reason", "alarms at night"))
                    .as(err.toString())
                    .isZero();
            assertThat(out.toString()).contains("served: version 1 serves in place of version 2");
            assertThat(freshet("rollback", "served")).isEqualTo(1);
            assertThat(out.toString()).contains("no other model has served before");
            for (Map.Entry<String, String> refused : Map.of(
                            "1", "version 1 serves already",
                            "3", "the bundle of version 3 is missing or damaged",
                            "4", "the features that version 4 reads are not computed any more",
                            "5", "the bundle of version 5 is missing or damaged",
                            "6", "the bundle of version 6 is missing or damaged",
                            "9", "there is no version 9; registered are 1, 2, 3, 4, 5, 6")
                    .entrySet()) {
                assertThat(freshet("promote", "served", refused.getKey())).isEqualTo(1);
                assertThat(out.toString()).contains(refused.getValue());
            }
            assertThat(freshet("models", "served", "--at", Instant.now().toString()))
                    .isZero();
            assertThat(out.toString()).contains(": version 1", "retired");
            String answered = read("deployment-answers", DeploymentAnswer.class)
                    .getFirst()
                    .getCommandId();
            send(
                    "deployment-requests",
                    "served",
                    new DeploymentRequest(answered, "served", 2, "read again", Instant.now()));
            assertThat(freshet("promote", "served", "2"))
                    .as("what was answered before is not done again: %s", err)
                    .isZero();
        }

        assertThat(freshet("models", "served", "--at", before.toString())).isZero();
        assertThat(out.toString()).contains("champion at", ": version 2");
        assertThat(freshet("models", "served", "--at", START.toString())).isZero();
        assertThat(out.toString())
                .contains("no model served at 2026-01-01T00:00:00Z")
                .doesNotContain("champion");
        List<ModelStateChanged> byHand = read("model-history", ModelStateChanged.class).stream()
                .filter(change -> change.getPipeline().equals("served")
                        && change.getCauseId().startsWith("command-"))
                .toList();
        assertThat(byHand)
                .extracting(change -> change.getVersion() + " " + change.getFrom() + " " + change.getTo())
                .containsExactly(
                        "2 CHAMPION RETIRED", "1 RETIRED CHAMPION", "1 CHAMPION RETIRED", "2 RETIRED CHAMPION");
        assertThat(byHand.getFirst().getReason()).isEqualTo("asked for by hand: alarms at night");
        assertThat(read("deployments", Deployment.class)).last().satisfies(deployed -> {
            assertThat(deployed.getChampionVersion()).isEqualTo(2);
            assertThat(deployed.getPreviousVersion()).isEqualTo(1);
            assertThat(deployed.getRunId()).isEqualTo(byHand.getLast().getCauseId());
        });
    }

    @Test
    void shouldTakeAModelThroughShadowAndCanaryToTheChampionsPlace() throws Exception {
        Pipeline pipeline = declare("rolled", "rollout: { shadow: 300 events, canary: [40%, 100%], events: 200 }");
        examples(pipeline, 1_500, 0, -1);
        try (RunningService scoring = start("scoring-service", "a")) {
            try (RunningService trainer = start("trainer-service", "a")) {
                train("rolled", "first");
                assertThat(deployment("rolled").getChampionVersion()).isEqualTo(1);
                examples(pipeline, 1_500, 1, 1);
                train("rolled", "second");
                assertThat(deployment("rolled"))
                        .satisfies(deployed ->
                                assertThat(deployed.getChampionVersion()).isEqualTo(1))
                        .extracting(deployed -> deployed.getChallenge().getStage())
                        .isEqualTo(ChallengeStage.SHADOW);
                assertThat(freshet("models", "rolled")).isZero();
                assertThat(out.toString()).contains("version 1", ": version 2, shadow");
                rowsUntil(
                        pipeline,
                        deployed -> deployed.getChallenge() != null
                                && deployed.getChallenge().getStage() == ChallengeStage.CANARY);
            }
            rows(pipeline, 50);
            try (RunningService trainer = start("trainer-service", "b")) {
                assertThat(freshet("models", "rolled")).isZero();
                assertThat(out.toString()).contains(": version 2, canary 40%");
                rowsUntil(pipeline, deployed -> deployed.getChampionVersion() == 2);
                assertThat(deployment("rolled").getPreviousVersion()).isEqualTo(1);
                rowsUntil(
                        pipeline,
                        deployed -> predictions("rolled").getLast().getModelVersion() == 2
                                && predictions("rolled").getLast().getRole() == ModelRole.CHAMPION);
                rows(pipeline, 50);
                await().atMost(SOON).until(() -> predictions("rolled").size() >= sentRows);

                examples(pipeline, 1_500, 20, -1);
                train("rolled", "third");
                assertThat(deployment("rolled").getChallenge().getVersion()).isEqualTo(3);
                assertThat(freshet("rollback", "rolled", "--reason", "not yet"))
                        .as(err.toString())
                        .isZero();
                assertThat(out.toString()).contains("version 3 does not challenge version 2 any more");
                assertThat(deployment("rolled")).satisfies(deployed -> {
                    assertThat(deployed.getChampionVersion()).isEqualTo(2);
                    assertThat(deployed.getChallenge()).isNull();
                    assertThat(deployed.getEndedChallenge()).isEqualTo(3);
                });
                assertThat(freshet("promote", "rolled", "3")).as(err.toString()).isZero();
            }
        }

        List<Prediction> predictions = predictions("rolled");
        assertThat(predictions)
                .extracting(Prediction::getEventId)
                .doesNotHaveDuplicates()
                .hasSize(sentRows);
        Map<ModelRole, Set<String>> entities = predictions.stream()
                .filter(prediction -> prediction.getModelVersion() == 2)
                .collect(Collectors.groupingBy(
                        Prediction::getRole, Collectors.mapping(Prediction::getEntityKey, Collectors.toSet())));
        assertThat(entities.get(ModelRole.CANARY)).isNotEmpty();
        assertThat(entities.get(ModelRole.CHAMPION)).containsAll(entities.get(ModelRole.CANARY));
        List<ShadowPrediction> shadows = read("rolled.shadow-predictions", ShadowPrediction.class);
        assertThat(shadows).allSatisfy(shadow -> {
            assertThat(shadow.getChampion().getModelVersion()).isEqualTo(1);
            assertThat(shadow.getChallenger().getModelVersion()).isEqualTo(2);
            assertThat(shadow.getChallenger().getFailure()).isNull();
        });
        assertThat(shadows.stream()
                        .filter(shadow -> shadow.getCauseId().contains("canary"))
                        .filter(shadow -> entities.get(ModelRole.CANARY).contains(shadow.getEntityKey())))
                .as("who is in the share stays in it")
                .hasSizeGreaterThanOrEqualTo(200)
                .allSatisfy(shadow -> assertThat(shadow.getAnswered()).isEqualTo(ModelRole.CANARY));
        assertThat(read("model-history", ModelStateChanged.class).stream()
                        .filter(change -> change.getPipeline().equals("rolled")))
                .extracting(change -> change.getVersion() + " " + change.getFrom() + " " + change.getTo())
                .containsExactly(
                        "1 CANDIDATE CHAMPION",
                        "2 CANDIDATE SHADOW",
                        "2 SHADOW CANARY",
                        "1 CHAMPION RETIRED",
                        "2 CANARY CHAMPION",
                        "3 CANDIDATE SHADOW",
                        "3 SHADOW RETIRED",
                        "2 CHAMPION RETIRED",
                        "3 RETIRED CHAMPION");
    }

    private void train(String pipeline, String id) throws Exception {
        int before = runs(pipeline).size();
        request(pipeline, id, RetrainReason.MANUAL, Instant.now(), null);
        await().atMost(SOON).until(() -> runs(pipeline).size() > before);
        assertThat(runs(pipeline).getLast().getOutcome())
                .as(runs(pipeline).getLast().getDetail())
                .isEqualTo(RunOutcome.PROMOTED);
    }

    private Deployment deployment(String pipeline) {
        return read("deployments", Deployment.class).stream()
                .filter(deployed -> deployed.getPipeline().equals(pipeline))
                .reduce((older, newer) -> newer)
                .orElseThrow();
    }

    private List<Prediction> predictions(String pipeline) {
        return read(pipeline + ".predictions", Prediction.class);
    }

    /** Rows, a few at a time, until what is deployed is as wanted. */
    private void rowsUntil(Pipeline pipeline, Predicate<Deployment> wanted) {
        await().atMost(SOON).pollInterval(Duration.ofMillis(200)).until(() -> {
            rows(pipeline, 50);
            return wanted.test(deployment(pipeline.name()));
        });
    }

    /** Rows to be scored, with their labels: positive where the feature is. */
    private void rows(Pipeline pipeline, int howMany) {
        FeatureRowSchema schema = FeatureRowSchema.of(pipeline);
        for (int i = 0; i < howMany; i++) {
            Instant time = START.plusSeconds(60L * 10_000 + sentRows);
            double a = random.nextGaussian();
            String shop = "s" + sentRows % 40;
            FeatureRow row = new FeatureRow("r" + sentRows++, shop, time, schema.featureSet(), null, time, List.of(a));
            String features = pipeline.name() + ".features";
            producer.send(new ProducerRecord<>(
                    features, shop.getBytes(StandardCharsets.UTF_8), writer.serialize(features, schema.toRecord(row))));
            String labelled = pipeline.name() + ".examples";
            producer.send(new ProducerRecord<>(
                    labelled,
                    writer.serialize(labelled, schema.toRecord(new Example(row, a > 0 ? 1 : 0, time.plusSeconds(1))))));
        }
        producer.flush();
    }

    private void register(int version, String bundleOf, String featureSet) throws Exception {
        Preparation preparation = new Preparation(List.of(new Step.Numeric("a", 0.0, 0, 1)));
        byte[] bundle = ModelBundleCodec.encode(new ModelBundle(
                ModelBundle.FORMAT_VERSION,
                bundleOf,
                version,
                "logistic-regression",
                preparation.features(),
                featureSet,
                preparation,
                new LinearScorer(new double[] {1}, 0, Link.LOGISTIC),
                new Output.Binary(new Calibration.None(), 0.5),
                List.of(new GoldenVector(List.of(0.0), List.of(0.5)))));
        String sha256 =
                HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bundle));
        send(
                "model-artifacts",
                "served:" + version + ":0",
                new ArtifactChunk("served", version, 0, 1, sha256, ByteBuffer.wrap(bundle)));
        send(
                "models",
                "served:" + version,
                ModelRegistered.newBuilder()
                        .setPipeline("served")
                        .setVersion(version)
                        .setFamily("logistic-regression")
                        .setFeatureSet(featureSet)
                        .setSha256(sha256)
                        .setSizeBytes(bundle.length)
                        .setChunks(1)
                        .setRunId("run-" + version)
                        .setDataset(List.of())
                        .setSeed(1)
                        .setMetrics(Map.of("roc-auc", 0.75))
                        .setBaseline(ByteBuffer.allocate(0))
                        .setDriftThresholds(Map.of())
                        .setCodeCommit("c")
                        .setEnvironment(Map.of())
                        .setRegisteredAt(Instant.now())
                        .build());
    }

    private static ArtifactChunk damaged(int version) {
        byte[] bytes = "not the bundle that the checksum is of".getBytes(StandardCharsets.UTF_8);
        return new ArtifactChunk("served", version, 0, 1, "0".repeat(64), ByteBuffer.wrap(bytes));
    }

    private void deploy(int version, int previous) throws Exception {
        Instant now = Instant.now();
        send(
                "deployments",
                "served",
                new Deployment("served", version, previous, "run-" + version, "test", now, null, 0));
        if (previous > 0) {
            changed(previous, ModelStage.CHAMPION, ModelStage.RETIRED, "run-" + version, now);
        }
        changed(version, ModelStage.CANDIDATE, ModelStage.CHAMPION, "run-" + version, now);
    }

    private void changed(int version, ModelStage from, ModelStage to, String cause, Instant at) throws Exception {
        send("model-history", "served", new ModelStateChanged("served", version, from, to, cause, "test", at, 0.0));
    }

    @Test
    void shouldTakeARequestOverHttp() throws Exception {
        declare("online");
        try (RunningService service = start("drift-service", "a")) {
            HttpResponse<String> taken = post(service, "online", "{\"reason\": \"a new airline\"}");
            assertThat(taken.statusCode()).as(taken.body()).isEqualTo(202);
            assertThat(post(service, "online", "{}").statusCode()).isEqualTo(202);
            assertThat(post(service, "nobody", "{}").statusCode()).isEqualTo(404);
            for (String wrong : List.of(
                    "",
                    "[]",
                    "{",
                    "null",
                    "{\"reason\": 1}",
                    "{\"reason\": \" \"}",
                    "{\"why\": \"x\"}",
                    "{\"reason\": \"a\\nb\"}",
                    "{\"reason\": \"" + "x".repeat(501) + "\"}")) {
                assertThat(post(service, "online", wrong).statusCode())
                        .as(wrong)
                        .isEqualTo(400);
            }

            List<RetrainRequest> requests = read("retrain-requests", RetrainRequest.class).stream()
                    .filter(request -> request.getPipeline().equals("online"))
                    .toList();
            assertThat(requests)
                    .extracting(RetrainRequest::getEvidence)
                    .containsExactly("a new airline", "Asked for by hand.");
            assertThat(requests.getFirst()).satisfies(request -> {
                assertThat(request.getReason()).isEqualTo(RetrainReason.MANUAL);
                assertThat(request.getWriter()).isEqualTo("drift-service");
                assertThat(taken.body()).contains(request.getRequestId());
            });
        }
    }

    @Test
    void shouldRefuseAPipelineThatIsNotDeclaredAndABadReason() {
        assertThat(freshet("retrain", "nobody")).isEqualTo(1);
        assertThat(err.toString()).contains("no pipeline 'nobody' is declared");
        assertThat(freshet("requests", "nobody")).isEqualTo(1);
        assertThat(freshet("retrain", "nobody", "--reason", "  ")).isEqualTo(2);
        assertThat(err.toString()).contains("--reason: is blank");
    }

    private int freshet(String... args) {
        out.getBuffer().setLength(0);
        err.getBuffer().setLength(0);
        CommandLine command = FreshetCli.commandLine();
        command.setOut(new PrintWriter(out));
        command.setErr(new PrintWriter(err));
        List<String> all = new ArrayList<>(List.of(args));
        all.addAll(List.of("--bootstrap-servers", broker.bootstrapServers(), "--registry", REGISTRY));
        return command.execute(all.toArray(String[]::new));
    }

    private static HttpResponse<String> post(RunningService service, String pipeline, String body) throws Exception {
        URI uri = service.uri().resolve("/v1/pipelines/" + pipeline + "/retrain");
        try (HttpClient client = HttpClient.newHttpClient()) {
            return client.send(
                    HttpRequest.newBuilder(uri)
                            .header("Content-Type", "application/json")
                            .POST(HttpRequest.BodyPublishers.ofString(body))
                            .build(),
                    BodyHandlers.ofString());
        }
    }

    private KafkaSettings settings(String instance) {
        return new KafkaSettings(broker.bootstrapServers(), REGISTRY, instance, (short) 1, Map.of());
    }

    private RunningService start(String name, String instance) {
        RunningService service = RunningService.start(
                name, new ServiceSettings(settings(instance), data.path().resolve(name + instance), "127.0.0.1", 0));
        await().atMost(SOON).until(service::ready);
        return service;
    }

    private Pipeline declare(String name) throws Exception {
        return declare(name, "");
    }

    private Pipeline declare(String name, String more) throws Exception {
        PipelineDeclared declared = PipelineDeclared.newBuilder()
                .setPipeline(name)
                .setVersion(1)
                .setDeclaration(YAML.formatted(name) + more)
                .setEventSchema(EVENT)
                .setLabelSchema(LABEL)
                .setDeclaredAt(Instant.now())
                .build();
        connection.ensure(Topics.of(name, 1));
        send("pipelines", name, declared);
        return PipelineFile.parse(declared);
    }

    private void examples(Pipeline pipeline, int howMany) {
        examples(pipeline, howMany, 0, 1);
    }

    /**
     * @param batch how many times as many come before them
     * @param sign of the feature that makes an event positive, by and large
     */
    private void examples(Pipeline pipeline, int howMany, int batch, int sign) {
        FeatureRowSchema schema = FeatureRowSchema.of(pipeline);
        for (int i = 0; i < howMany; i++) {
            double a = random.nextGaussian();
            int number = batch * howMany + i;
            Instant time = START.plusSeconds(60L * number);
            FeatureRow row = new FeatureRow("e" + number, "s", time, schema.featureSet(), null, time, List.of(a));
            Example example = new Example(row, 0.3 * random.nextGaussian() < sign * a ? 1 : 0, time.plusSeconds(1));
            String topic = pipeline.name() + ".examples";
            producer.send(new ProducerRecord<>(topic, writer.serialize(topic, schema.toRecord(example))));
        }
        producer.flush();
    }

    private void request(String pipeline, String id, RetrainReason reason, Instant eventTime, @Nullable Long newLabels)
            throws Exception {
        send(
                "retrain-requests",
                pipeline,
                RetrainRequest.newBuilder()
                        .setRequestId(id)
                        .setPipeline(pipeline)
                        .setWriter("test")
                        .setReason(reason)
                        .setEvidence("test")
                        .setNewLabels(newLabels)
                        .setEventTime(eventTime)
                        .setRequestedAt(Instant.now())
                        .build());
    }

    private void send(String topic, String key, @Nullable Object value) throws Exception {
        byte[] bytes = value == null ? null : writer.serialize(topic, value);
        producer.send(new ProducerRecord<>(topic, key.getBytes(StandardCharsets.UTF_8), bytes))
                .get();
    }

    private List<TrainingRun> runs(String pipeline) {
        return read("training-runs", TrainingRun.class).stream()
                .filter(run -> run.getPipeline().equals(pipeline))
                .toList();
    }

    private <T> List<T> read(String topic, Class<T> type) {
        List<T> values = new ArrayList<>();
        TopicPartition partition = new TopicPartition(topic, 0);
        log.assign(List.of(partition));
        log.seekToBeginning(List.of(partition));
        long end = log.endOffsets(List.of(partition)).get(partition);
        while (log.position(partition) < end) {
            log.poll(Duration.ofMillis(100))
                    .forEach(record -> values.add(type.cast(reader.deserialize(topic, record.value()))));
        }
        return values;
    }
}
