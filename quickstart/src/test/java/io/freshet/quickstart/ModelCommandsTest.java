package io.freshet.quickstart;

import static org.assertj.core.api.Assertions.assertThat;

import ai.onnx.proto.OnnxMl.ModelProto;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.confluent.kafka.serializers.KafkaAvroSerializer;
import io.freshet.card.Cards;
import io.freshet.model.ModelBundleCodec;
import io.freshet.quickstart.platform.DataDirectory;
import io.freshet.quickstart.platform.EmbeddedBroker;
import io.freshet.runtime.KafkaConnection;
import io.freshet.runtime.KafkaSettings;
import io.freshet.schemas.message.ArtifactChunk;
import io.freshet.schemas.message.Deployment;
import io.freshet.schemas.message.ModelRegistered;
import io.freshet.schemas.topic.Topics;
import io.freshet.schemas.wire.WireFormat;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** What can be done with a registered model. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(value = 300, unit = TimeUnit.SECONDS)
class ModelCommandsTest {
    private static final String REGISTRY = "mock://model-commands";

    @TempDir
    private Path directory;

    private final DataDirectory data = DataDirectory.temporary();
    private final EmbeddedBroker broker = EmbeddedBroker.start(data, 0);
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    /** Version 2 of cards serves, its bundle in two pieces; of version 3 a piece is missing, and 4 is another's bundle. */
    @BeforeAll
    void fill() throws Exception {
        KafkaSettings settings = new KafkaSettings(broker.bootstrapServers(), REGISTRY, "0", (short) 1, Map.of());
        try (KafkaConnection connection = new KafkaConnection(settings);
                KafkaProducer<byte[], byte[]> producer = connection.producer("test", Map.of())) {
            connection.ensure(Topics.shared());
            KafkaAvroSerializer serializer = WireFormat.serializer(connection.registry(), REGISTRY);
            byte[] bundle = ModelBundleCodec.encode(Cards.bundle());
            String sha256 = ModelBundleCodec.fingerprint(bundle);
            ModelRegistered model = Cards.model(sha256);
            Object[][] records = {
                {"models", "cards:2", model},
                {
                    "models",
                    "cards:3",
                    ModelRegistered.newBuilder(model).setVersion(3).build()
                },
                {
                    "models",
                    "cards:4",
                    ModelRegistered.newBuilder(model)
                            .setVersion(4)
                            .setSha256("00")
                            .build()
                },
                {"model-artifacts", "cards:2:0", chunk(2, 0, 2, sha256, bundle, 0, 100)},
                {"model-artifacts", "cards:2:1", chunk(2, 1, 2, sha256, bundle, 100, bundle.length)},
                {"model-artifacts", "cards:3:0", chunk(3, 0, 2, sha256, bundle, 0, 100)},
                {"model-artifacts", "cards:4:0", chunk(4, 0, 1, sha256, bundle, 0, bundle.length)},
                {"training-runs", "others", Cards.run()},
                {"training-runs", "cards", Cards.run()},
                {"retrain-requests", "cards", Cards.request()},
                {"deployments", "cards", Cards.deployment()},
                {
                    "deployments",
                    "empty",
                    Deployment.newBuilder(Cards.deployment())
                            .setPipeline("empty")
                            .build()
                },
            };
            for (Object[] record : records) {
                String topic = (String) record[0];
                byte[] key = ((String) record[1]).getBytes(StandardCharsets.UTF_8);
                producer.send(new ProducerRecord<>(topic, 0, key, serializer.serialize(topic, record[2])));
            }
            producer.flush();
        }
    }

    private static ArtifactChunk chunk(
            int version, int index, int count, String sha256, byte[] bundle, int from, int to) {
        return new ArtifactChunk("cards", version, index, count, sha256, ByteBuffer.wrap(bundle, from, to - from));
    }

    @AfterAll
    void stop() {
        broker.close();
        data.close();
    }

    @Test
    void shouldExportTheChampionAsAGraphOfItsFeatures() throws Exception {
        Path file = directory.resolve("cards.onnx");

        assertThat(run("export", "cards", "--onnx", file.toString()))
                .as(err.toString())
                .isZero();

        ModelProto model = ModelProto.parseFrom(Files.readAllBytes(file));
        assertThat(model.getGraph().getInputList())
                .extracting(input -> input.getName())
                .containsExactly("amount", "country");
        assertThat(model.getModelVersion()).isEqualTo(2);
        assertThat(model.getMetadataPropsList())
                .filteredOn(property -> property.getKey().equals("freshet.bundle-sha256"))
                .singleElement()
                .satisfies(property -> assertThat(property.getValue())
                        .isEqualTo(ModelBundleCodec.fingerprint(ModelBundleCodec.encode(Cards.bundle()))));
        assertThat(out.toString())
                .startsWith("cards version 2, logistic-regression: ")
                .contains(" bytes are in " + file);
    }

    @Test
    void shouldPrintACardAndWriteItToFiles() throws Exception {
        Path html = directory.resolve("card.html");
        Path json = directory.resolve("card.json");

        assertThat(run("card", "cards", "2")).as(err.toString()).isZero();
        String printed = out.toString();
        assertThat(run("card", "cards", "--html", html.toString(), "--json", json.toString()))
                .as(err.toString())
                .isZero();

        assertThat(Files.readString(json)).isEqualTo(printed);
        assertThat(new ObjectMapper()
                        .readTree(printed)
                        .at("/lineage/request/evidence")
                        .textValue())
                .startsWith("amount moved");
        assertThat(Files.readString(html)).startsWith("<!doctype html>").contains("cards, version 2");
        assertThat(out.toString()).contains("its card is in " + html, "its card is in " + json);
    }

    @Test
    void shouldSayInOneLineWhatIsWrong() {
        String file = directory.resolve("x.onnx").toString();
        assertFails("cards has no model version 9; registered are 2, 3, 4", "card", "cards", "9");
        assertFails("nothing has no champion; no version is registered", "card", "nothing");
        assertFails("empty has no model version 2; no version is registered", "export", "empty", "--onnx", file);
        for (String broken : new String[] {"3", "4"}) {
            assertFails(
                    "the bundle of cards version " + broken
                            + " is not on model-artifacts in full and as it was registered",
                    "export",
                    "cards",
                    broken,
                    "--onnx",
                    file);
        }
        assertFails(
                "feature 'country': 'DE' is one of its categories",
                "export",
                "cards",
                "--missing-text",
                "DE",
                "--onnx",
                file);
        assertFails(
                "cannot write",
                "card",
                "cards",
                "--html",
                directory.resolve("no/such").toString());
        assertFails("Missing required option: '--onnx=FILE'", "export", "cards");
        assertThat(Path.of(file)).doesNotExist();
    }

    private void assertFails(String message, String... arguments) {
        assertThat(run(arguments)).isNotZero();
        assertThat(err.toString()).startsWith("freshet: " + message).hasLineCount(1);
    }

    private int run(String... arguments) {
        String[] all = new String[arguments.length + 4];
        System.arraycopy(arguments, 0, all, 0, arguments.length);
        all[arguments.length] = "--bootstrap-servers";
        all[arguments.length + 1] = broker.bootstrapServers();
        all[arguments.length + 2] = "--registry";
        all[arguments.length + 3] = REGISTRY;
        out.getBuffer().setLength(0);
        err.getBuffer().setLength(0);
        CommandLine command = FreshetCli.commandLine();
        command.setOut(new PrintWriter(out, true));
        command.setErr(new PrintWriter(err, true));
        return command.execute(all);
    }
}
