package io.freshet.quickstart;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.confluent.kafka.serializers.KafkaAvroSerializer;
import io.freshet.quickstart.platform.DataDirectory;
import io.freshet.quickstart.platform.EmbeddedBroker;
import io.freshet.runtime.KafkaConnection;
import io.freshet.runtime.KafkaSettings;
import io.freshet.schemas.message.Deployment;
import io.freshet.schemas.message.ModelRegistered;
import io.freshet.schemas.message.PipelineDeclared;
import io.freshet.schemas.pipeline.Pipeline;
import io.freshet.schemas.pipeline.PipelineFile;
import io.freshet.schemas.row.FeatureRow;
import io.freshet.schemas.row.FeatureRowSchema;
import io.freshet.schemas.topic.Topics;
import io.freshet.schemas.wire.WireFormat;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.ServerSocket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(value = 300, unit = TimeUnit.SECONDS)
class FeaturesCommandTest {
    private static final String REGISTRY = "mock://features-command";
    private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");
    private static final String EVENT = """
            {"type":"record","name":"E","fields":[
              {"name":"id","type":"string"},{"name":"card","type":"string"},{"name":"amount","type":"double"},
              {"name":"country","type":["null","string"],"default":null},
              {"name":"at","type":{"type":"long","logicalType":"timestamp-millis"}}]}""";
    private static final String LABEL = """
            {"type":"record","name":"L","fields":[{"name":"id","type":"string"},{"name":"fraud","type":"boolean"},
              {"name":"known","type":{"type":"long","logicalType":"timestamp-millis"}}]}""";
    private static final String YAML = """
            pipeline: %s
            event: { schema: e, id: id, key: card, time: at }
            label: { schema: l, event: id, value: label.fraud, time: known, wait: 24h }
            features:
              country: { value: event.country }
              amount: { value: %s }
              twice: { value: feature.amount * 2.0 }
              spent: { sum: event.amount, over: 1d }
            """;

    @TempDir
    private Path directory;

    private final DataDirectory data = DataDirectory.temporary();
    private final EmbeddedBroker broker = EmbeddedBroker.start(data, 0);
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    private record Writer(KafkaAvroSerializer serializer, KafkaProducer<byte[], byte[]> producer) {
        void write(String topic, String key, @Nullable Object value) throws Exception {
            byte[] bytes =
                    value instanceof byte[] given ? given : value == null ? null : serializer.serialize(topic, value);
            producer.send(new ProducerRecord<>(topic, 0, key.getBytes(StandardCharsets.UTF_8), bytes));
        }
    }

    @BeforeAll
    void fill() throws Exception {
        KafkaSettings settings = new KafkaSettings(broker.bootstrapServers(), REGISTRY, "0", (short) 1, Map.of());
        try (KafkaConnection connection = new KafkaConnection(settings);
                KafkaProducer<byte[], byte[]> producer =
                        connection.producer("test", Map.of("transactional.id", "test"))) {
            connection.ensure(Topics.shared());
            connection.ensure(Topics.of("cards", 1));
            Writer writer = new Writer(WireFormat.serializer(connection.registry(), REGISTRY), producer);
            Pipeline before = pipeline("event.amount + 1.0");
            Pipeline now = pipeline("event.amount");
            producer.initTransactions();
            producer.beginTransaction();
            writer.write("pipelines", "cards", declared("cards", 1, "event.amount + 1.0"));
            writer.write("pipelines", "cards", declared("cards", 2, "event.amount"));
            writer.write("pipelines", "new", declared("new", 1, "event.amount"));
            writer.write("pipelines", "broken", declared("broken", 7, "event.nothing"));
            writer.write("pipelines", "gone", declared("gone", 1, "event.amount"));
            writer.write("pipelines", "gone", null);
            writer.write("pipelines", "cards", new byte[] {1, 2, 3});
            writer.write(
                    "models", "cards:1", model(1, FeatureRowSchema.of(before).featureSet()));
            writer.write("models", "cards:2", model(2, FeatureRowSchema.of(now).featureSet()));
            writer.write(
                    "deployments", "cards", new Deployment("cards", 2, 1, "r", "it passed the gate", START, null, 0));
            producer.commitTransaction();
            producer.beginTransaction();
            rows(writer, now, 0, 50);
            producer.flush();
            producer.abortTransaction();
            for (int from = 0; from < 100; from += 10) {
                producer.beginTransaction();
                rows(writer, from < 40 ? before : now, from, from + 10);
                producer.commitTransaction();
            }
            producer.beginTransaction();
            writer.write("cards.features", "c", new byte[] {0, 9, 9, 9, 9, 9});
            producer.commitTransaction();
        }
    }

    private static void rows(Writer writer, Pipeline pipeline, int from, int to) throws Exception {
        FeatureRowSchema schema = FeatureRowSchema.of(pipeline);
        for (int i = from; i < to; i++) {
            List<@Nullable Object> values =
                    Arrays.asList(i % 4 == 0 ? null : i % 2 == 0 ? "DE" : "\u001b[2J", (double) i, 2.0 * i, 3.0 * i);
            FeatureRow row = new FeatureRow(
                    "e" + i, "c", START.plusSeconds(i), schema.featureSet(), null, START.plusSeconds(i), values);
            writer.write("cards.features", "c", schema.toRecord(row));
        }
    }

    @AfterAll
    void stop() {
        broker.close();
        data.close();
    }

    @Test
    void shouldSayWhatIsDeclaredAndWhatTheNewestRowsHold() throws Exception {
        assertThat(features("cards", "--format", "json")).as(err.toString()).isZero();

        JsonNode json = new ObjectMapper().readTree(out.toString());
        assertThat(json.at("/version").intValue()).isEqualTo(2);
        assertThat(json.at("/rows/read").intValue()).isEqualTo(100);
        assertThat(json.at("/rows/unreadable").intValue()).isEqualTo(1);
        assertThat(json.at("/rows/earliest").textValue()).isEqualTo("2026-01-01T00:00:00Z");
        assertThat(json.at("/rows/byFeatureSet/" + json.at("/featureSet").textValue())
                        .intValue())
                .isEqualTo(60);
        assertThat(json.at("/models/0/usesThisFeatureSet").booleanValue()).isFalse();
        assertThat(json.at("/models/1/usesThisFeatureSet").booleanValue()).isTrue();
        assertThat(json.at("/models/1/champion").booleanValue()).isTrue();
        // Defined the same in both feature sets: all rows count.
        assertThat(json.at("/features/0/rows").intValue()).isEqualTo(100);
        assertThat(json.at("/features/0/nullRate").doubleValue()).isEqualTo(0.25);
        assertThat(json.at("/features/0/distribution/distinct").intValue()).isEqualTo(2);
        assertThat(json.at("/features/0/distribution/mostFrequent/0/count").intValue())
                .isEqualTo(50);
        assertThat(json.at("/features/3/distribution/max").doubleValue()).isEqualTo(297);
        // Defined differently before, or computed from what was.
        for (String feature : List.of("/features/1", "/features/2")) {
            assertThat(json.at(feature + "/rows").intValue()).isEqualTo(60);
        }
        assertThat(json.at("/features/1/distribution/min").doubleValue()).isEqualTo(40);
        assertThat(json.at("/features/1/distribution/max").doubleValue()).isEqualTo(99);
        assertThat(json.at("/features/1/distribution/mean").doubleValue()).isEqualTo(69.5);
        assertThat(json.at("/features/1/distribution/median").doubleValue()).isEqualTo(69);
        assertThat(json.at("/features/2/lineage/origins/0").textValue()).isEqualTo("event.amount");
    }

    @Test
    void shouldLookAtTheNewestRowsOnly() throws Exception {
        assertThat(features("cards", "--rows", "11", "--format", "json"))
                .as(err.toString())
                .isZero();

        JsonNode json = new ObjectMapper().readTree(out.toString());
        assertThat(json.at("/rows/read").intValue()).isEqualTo(10);
        assertThat(json.at("/features/1/distribution/min").doubleValue()).isEqualTo(90);
    }

    @Test
    void shouldPrintForATerminal() {
        assertThat(features("cards")).isZero();
        assertThat(out.toString())
                .contains("cards: version 2", "?[2J 50", "  = feature.amount * 2.0")
                .doesNotContain("\u001b");
    }

    @Test
    void shouldWriteAPageOfOneFeature() throws Exception {
        Path file = directory.resolve("page.html");

        assertThat(features("cards", "--feature", "twice", "--format", "html", "--output", file.toString()))
                .isZero();

        assertThat(Files.readString(file))
                .startsWith("<!doctype html>")
                .contains("feature.amount * 2.0")
                .doesNotContain("\u001b");
        assertThat(out.toString()).contains("1 features are in");
    }

    @Test
    void shouldShowTheDeclaredPartBeforeThereAreRows() {
        assertThat(features("new")).isZero();

        assertThat(out.toString()).contains("no rows yet on new.features", "sum of event.amount", "no values yet");
    }

    @Test
    void shouldSayInOneLineWhatIsWrong() {
        assertFails("there is no pipeline 'gone'; declared are broken, cards, new", "gone");
        assertFails("there is no pipeline '?[2J'", "\u001b[2J");
        assertFails("cards has no feature 'x'; it has country, amount, twice, spent", "cards", "--feature", "x");
        assertFails("the newest declaration of broken, version 7, is invalid", "broken");
        assertFails("--rows: 0 must be 1 to 100000", "cards", "--rows", "0");
        assertFails(
                "cannot write",
                "cards",
                "--output",
                directory.resolve("no/such/file").toString());
    }

    @Test
    void shouldSayThatBrokerOrRegistryDoNotAnswer() throws Exception {
        int closed;
        try (ServerSocket socket = new ServerSocket(0)) {
            closed = socket.getLocalPort();
        }

        int broken = run("features", "cards", "--bootstrap-servers", "127.0.0.1:" + closed, "--registry", REGISTRY);
        assertThat(broken).isEqualTo(1);
        assertThat(err.toString())
                .isEqualToIgnoringNewLines("freshet: no broker answers at 127.0.0.1:" + closed + " within 10 s");
        broken = run(
                "features",
                "cards",
                "--bootstrap-servers",
                broker.bootstrapServers(),
                "--registry",
                "http://127.0.0.1:" + closed);
        assertThat(broken).isEqualTo(1);
        assertThat(err.toString())
                .startsWith("freshet: the schema registry at http://127.0.0.1:" + closed + " does not answer")
                .hasLineCount(1);
    }

    private void assertFails(String message, String... arguments) {
        assertThat(features(arguments)).isNotZero();
        assertThat(err.toString()).startsWith("freshet: " + message).hasLineCount(1);
    }

    private int features(String... arguments) {
        String[] all = new String[arguments.length + 5];
        all[0] = "features";
        System.arraycopy(arguments, 0, all, 1, arguments.length);
        all[arguments.length + 1] = "--bootstrap-servers";
        all[arguments.length + 2] = broker.bootstrapServers();
        all[arguments.length + 3] = "--registry";
        all[arguments.length + 4] = REGISTRY;
        return run(all);
    }

    private int run(String... arguments) {
        out.getBuffer().setLength(0);
        err.getBuffer().setLength(0);
        CommandLine command = FreshetCli.commandLine();
        command.setOut(new PrintWriter(out, true));
        command.setErr(new PrintWriter(err, true));
        return command.execute(arguments);
    }

    private static Pipeline pipeline(String amount) throws Exception {
        return PipelineFile.parse(
                "cards", YAML.formatted("cards", amount), name -> Optional.of(name.equals("e") ? EVENT : LABEL));
    }

    private static PipelineDeclared declared(String name, int version, String amount) {
        return PipelineDeclared.newBuilder()
                .setPipeline(name)
                .setVersion(version)
                .setDeclaration(YAML.formatted(name, amount))
                .setEventSchema(EVENT)
                .setLabelSchema(LABEL)
                .setDeclaredAt(START)
                .build();
    }

    private static ModelRegistered model(int version, String featureSet) {
        return ModelRegistered.newBuilder()
                .setPipeline("cards")
                .setVersion(version)
                .setFamily("logistic-regression")
                .setFeatureSet(featureSet)
                .setSha256("")
                .setSizeBytes(1)
                .setChunks(1)
                .setRunId("r")
                .setDataset(List.of())
                .setSeed(1)
                .setMetrics(Map.of())
                .setBaseline(ByteBuffer.allocate(0))
                .setDriftThresholds(Map.of())
                .setCodeCommit("")
                .setEnvironment(Map.of())
                .setRegisteredAt(START)
                .build();
    }
}
