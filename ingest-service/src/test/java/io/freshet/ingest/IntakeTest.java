package io.freshet.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import io.confluent.kafka.schemaregistry.client.MockSchemaRegistryClient;
import io.freshet.runtime.DeclaredPipeline;
import io.freshet.schemas.check.RejectReason;
import io.freshet.schemas.message.PipelineDeclared;
import io.freshet.schemas.message.RecordKind;
import io.freshet.schemas.message.RejectedRecord;
import io.freshet.schemas.pipeline.InvalidPipelineException;
import io.freshet.schemas.pipeline.PipelineFile;
import io.freshet.schemas.wire.WireFormat;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.apache.avro.generic.GenericRecord;
import org.apache.kafka.clients.producer.MockProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Whatever is sent over HTTP gets one verdict and becomes one record: on the log, or among the rejected. */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class IntakeTest {
    private static final String URL = "mock://intake";
    private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");
    private static final String EVENT = """
            {"type": "record", "name": "Order", "fields": [
              {"name": "id", "type": "string"}, {"name": "shop", "type": "string"},
              {"name": "at", "type": {"type": "long", "logicalType": "timestamp-millis"}},
              {"name": "amount", "type": "double"},
              {"name": "count", "type": "int", "default": 1},
              {"name": "extra", "type": {"type": "map", "values": ["null", "float", "string"]}, "default": {}},
              {"name": "numbers", "type": {"type": "array", "items": "double"}, "default": []},
              {"name": "part", "default": null, "type": ["null",
                {"type": "record", "name": "Left", "fields": [
                  {"name": "weight", "type": "double", "default": 0},
                  {"name": "inner", "default": null, "type": ["null", "Left",
                    {"type": "record", "name": "Right", "fields": [
                      {"name": "weight", "type": "double", "default": 0},
                      {"name": "inner", "type": ["null", "Left", "Right"], "default": null}]}]}]},
                "Right"]}]}""";
    private static final String LABEL = """
            {"type": "record", "name": "Outcome", "fields": [
              {"name": "id", "type": "string"},
              {"name": "known", "type": {"type": "long", "logicalType": "timestamp-millis"}},
              {"name": "score", "type": "double"}]}""";
    private static final String YAML = """
            pipeline: orders
            event: { schema: e, id: id, key: shop, time: at }
            label: { schema: l, event: id, value: label.score > 0.5, time: known, wait: 2h }
            features: { amount: { value: event.amount } }
            """;

    private final MockSchemaRegistryClient registry = new MockSchemaRegistryClient();
    private final MockProducer<byte[], byte[]> producer =
            new MockProducer<>(true, null, new ByteArraySerializer(), new ByteArraySerializer());
    private final Intake intake = intake();

    @Test
    void shouldTakeWhatIsRight() throws Exception {
        assertThat(take(event("", ""))).containsExactly(new Verdict.Accepted());
        assertThat(take(event("", ", \"part\": {\"inner\": {\"weight\": 1}}"))).containsExactly(new Verdict.Accepted());

        assertThat(producer.history()).extracting(ProducerRecord::topic).containsOnly("orders.events");
    }

    @Test
    void shouldSayReasonAndFieldOfEveryMistake() throws Exception {
        refuses("", RejectReason.UNDECODABLE, null);
        refuses("null", RejectReason.FIELD_TYPE, "");
        refuses("{\"id\": \"x\"", RejectReason.UNDECODABLE, null);
        refuses("{\"id\": \"x\", \"id\": \"y\"}", RejectReason.UNDECODABLE, null);
        refuses("[".repeat(100_000), RejectReason.UNDECODABLE, null);
        refuses(event("\"amount\": NaN", ""), RejectReason.UNDECODABLE, null);
        refuses(event("\"amount\": \"NaN\"", ""), RejectReason.FIELD_TYPE, "amount");
        refuses(event("\"amount\": 1e999", ""), RejectReason.FIELD_TYPE, "amount");
        refuses(event("\"amount\": " + "9".repeat(400), ""), RejectReason.FIELD_TYPE, "amount");
        refuses(event("\"amount\": " + "9".repeat(2_000), ""), RejectReason.UNDECODABLE, null);
        refuses(event("", ", \"count\": 1.5"), RejectReason.FIELD_TYPE, "count");
        refuses(event("", ", \"count\": 3000000000"), RejectReason.FIELD_TYPE, "count");
        refuses(event("", ", \"count\": 99999999999999999999"), RejectReason.FIELD_TYPE, "count");
        refuses(event("", ", \"extra\": {\"x\": 1e39}"), RejectReason.FIELD_TYPE, "extra.x");
        refuses(event("", ", \"part\": {\"inner\": {\"weight\": \"much\"}}"), RejectReason.FIELD_TYPE, "part");
        refuses(event("", ", \"colour\": 1"), RejectReason.FIELD_UNKNOWN, "colour");
        refuses("{\"shop\": \"s\"}", RejectReason.FIELD_MISSING, "id");
        refuses(event("\"id\": \"\"", ""), RejectReason.FIELD_MISSING, "id");
        refuses(event("\"id\": \"" + "x".repeat(1_001) + "\"", ""), RejectReason.TOO_LONG, "id");
        refuses(event("\"id\": \"\\ud800\"", ""), RejectReason.FIELD_TYPE, "id");
        refuses(event("\"id\": \"a\\udc00\\ud800\"", ""), RejectReason.FIELD_TYPE, "id");
        refuses(event("", ", \"extra\": {\"x\": \"\\udfff\"}"), RejectReason.FIELD_TYPE, "extra.x");
    }

    @Test
    void shouldRefuseTimesThatCannotBe() throws Exception {
        long now = NOW.toEpochMilli();
        for (String time : List.of(
                "0",
                "-1",
                String.valueOf(Long.MIN_VALUE),
                String.valueOf(Long.MAX_VALUE),
                String.valueOf(now / 1_000),
                String.valueOf(now * 1_000),
                String.valueOf(now + Duration.ofHours(25).toMillis()),
                "\"1970-01-01T00:00:00Z\"",
                "\"9999-12-31T23:59:59Z\"",
                "\"-9999-01-01T00:00:00Z\"")) {
            refuses(event("\"at\": " + time, ""), RejectReason.TIME_OUT_OF_RANGE, "at");
        }
        for (String time : List.of(
                "99999999999999999999", "1.5", "\"yesterday\"", "\"+999999999-12-31T23:59:59Z\"", "true", "null")) {
            refuses(event("\"at\": " + time, ""), RejectReason.FIELD_TYPE, "at");
        }
    }

    @Test
    void shouldRefuseWhatIsTooLargeOrTooDeep() throws Exception {
        refuses(event("\"id\": \"" + "x".repeat(10_000_000) + "\"", ""), RejectReason.TOO_LARGE, null);
        refuses(event("", ", \"extra\": {\"x\": \"" + "x".repeat(70_000) + "\"}"), RejectReason.TOO_LONG, "extra.x");
        // A few hundred KB of JSON, three times that in Avro.
        refuses(event("", ", \"numbers\": [" + "0,".repeat(90_000) + "0]"), RejectReason.TOO_LARGE, null);
        refuses(event("", ", \"numbers\": [" + "0,".repeat(200_000) + "0]"), RejectReason.TOO_LARGE, null);
        refuses(event("", ", \"part\": " + nested(500, "1")), RejectReason.TOO_DEEP, null);
        // Each level fits both branches of the union, and the innermost none.
        refuses(event("", ", \"part\": " + nested(25, "\"none\"")), RejectReason.TOO_LARGE, null);
    }

    @Test
    void shouldKeepTheRecordAsReceivedAndTellItsSize() throws Exception {
        String odd = "{ \"id\" : \"\\u0061\", \"amount\": 1.50 }";
        take("[" + odd + " , 17]");
        take(event("\"id\": \"" + "x".repeat(2_000_000) + "\"", ""));

        List<RejectedRecord> rejected = rejected();
        assertThat(new String(rejected.get(0).getPayload().array(), StandardCharsets.UTF_8))
                .isEqualTo(odd);
        assertThat(rejected.get(0).getPayloadSize()).isEqualTo(odd.length());
        assertThat(new String(rejected.get(1).getPayload().array(), StandardCharsets.UTF_8))
                .isEqualTo("17");
        assertThat(rejected.get(2).getPayload().remaining()).isEqualTo(65_536);
        assertThat(rejected.get(2).getPayloadSize()).isBetween(2_000_000, 2_000_200);
    }

    @Test
    void shouldTakeNothingOfARequestOfTooManyRecords() {
        byte[] most = ("1\n".repeat(Submission.MOST) + "1").getBytes(StandardCharsets.UTF_8);
        byte[] array = ("[" + "1,".repeat(Submission.MOST) + "1]").getBytes(StandardCharsets.UTF_8);

        assertThatThrownBy(() -> Submission.lines(most)).isInstanceOf(Submission.TooManyException.class);
        assertThatThrownBy(() -> Submission.document(array)).isInstanceOf(Submission.TooManyException.class);
    }

    @Test
    void shouldReadDocumentsInOtherEncodings() throws Exception {
        String array = "[{\"a\": \"é\"}, 2]";

        assertThat(Submission.document(("\ufeff" + array).getBytes(StandardCharsets.UTF_8)))
                .extracting(each -> String.valueOf(each.json()))
                .containsExactly("{\"a\":\"é\"}", "2");
        assertThat(Submission.document(array.getBytes(StandardCharsets.UTF_16BE)))
                .singleElement()
                .matches(each -> each.refused() != null);
        assertThat(Submission.document(new byte[] {'[', '"', (byte) 0xff, '"', ']'}))
                .singleElement()
                .matches(each -> each.refused() != null);
    }

    @Test
    void shouldGiveOneVerdictAndOneRecordToWhateverIsSent() throws Exception {
        long seed = Long.getLong("seed", new Random().nextLong());
        Random random = new Random(seed);
        byte[] good = event(
                        "",
                        ", \"part\": {\"inner\": {\"weight\": 1}}, \"numbers\": [1, 2e3], \"extra\": {\"x\": \"é\"}")
                .getBytes(StandardCharsets.UTF_8);
        String alphabet = "{}[]\",:\\\\u0aeE+-.19 \n\t\u0000ntf\ud83d\ude00";
        int accepted = 0;
        for (int i = 0; i < 5_000; i++) {
            byte[] body = good.clone();
            for (int changes = random.nextInt(4); changes >= 0; changes--) {
                body = mutated(body, alphabet.getBytes(StandardCharsets.UTF_8), random);
            }
            producer.clear();

            List<Submission> submissions = random.nextBoolean() ? Submission.document(body) : Submission.lines(body);
            List<Verdict> verdicts = intake.take(RecordKind.EVENT, submissions);

            assertThat(producer.history()).as("seed %d, %d", seed, i).hasSameSizeAs(verdicts);
            for (int at = 0; at < verdicts.size(); at++) {
                ProducerRecord<byte[], byte[]> record = producer.history().get(at);
                boolean taken = verdicts.get(at) instanceof Verdict.Accepted;
                accepted += taken ? 1 : 0;
                assertThat(record.topic()).isEqualTo(taken ? "orders.events" : "orders.rejected");
                Object read =
                        WireFormat.deserializer(registry, URL, !taken).deserialize(record.topic(), record.value());
                assertThat(read).isInstanceOf(taken ? GenericRecord.class : RejectedRecord.class);
            }
        }
        assertThat(accepted).as("seed %d", seed).isPositive();
    }

    private static byte[] mutated(byte[] body, byte[] alphabet, Random random) {
        int at = random.nextInt(body.length);
        byte put = random.nextInt(5) == 0 ? (byte) random.nextInt() : alphabet[random.nextInt(alphabet.length)];
        int kind = random.nextInt(4);
        byte[] changed =
                kind == 0 && body.length > 1 ? new byte[body.length - 1] : new byte[body.length + (kind == 1 ? 1 : 0)];
        for (int i = 0; i < changed.length; i++) {
            int from = kind == 0 && body.length > 1 && i >= at ? i + 1 : kind == 1 && i > at ? i - 1 : i;
            changed[i] = i == at && kind != 0 ? put : body[from];
        }
        return changed;
    }

    private void refuses(String body, RejectReason reason, @org.jspecify.annotations.Nullable String field)
            throws Exception {
        producer.clear();

        List<Verdict> verdicts = take(body);

        String shown = body.length() > 200 ? body.substring(0, 200) : body;
        assertThat(verdicts).as(shown).singleElement().isInstanceOfSatisfying(Verdict.Rejected.class, rejected -> {
            assertThat(rejected.reason()).as("%s: %s", shown, rejected.detail()).isEqualTo(reason);
            if (field != null) {
                assertThat(rejected.field()).as(shown).isEqualTo(field);
            }
        });
        assertThat(rejected())
                .extracting(RejectedRecord::getReason, RejectedRecord::getPayloadSize)
                .containsExactly(tuple(reason.name(), body.getBytes(StandardCharsets.UTF_8).length));
    }

    private List<Verdict> take(String body) throws Exception {
        return intake.take(RecordKind.EVENT, Submission.document(body.getBytes(StandardCharsets.UTF_8)));
    }

    private List<RejectedRecord> rejected() {
        var reader = WireFormat.deserializer(registry, URL, true);
        return producer.history().stream()
                .filter(record -> record.topic().equals("orders.rejected"))
                .map(record -> (RejectedRecord) reader.deserialize(record.topic(), record.value()))
                .toList();
    }

    /**
     * A good event.
     *
     * @param instead a field that takes the place of the good one
     * @param further fields, each after a comma
     */
    private static String event(String instead, String further) {
        StringBuilder json = new StringBuilder("{");
        String separator = "";
        for (String field :
                List.of("\"id\": \"o1\"", "\"shop\": \"s\"", "\"at\": " + NOW.toEpochMilli(), "\"amount\": 2.5")) {
            String name = field.substring(0, field.indexOf(':'));
            json.append(separator).append(instead.startsWith(name) ? instead : field);
            separator = ", ";
        }
        return json.append(further).append('}').toString();
    }

    private static String nested(int levels, String weight) {
        return "{\"inner\": ".repeat(levels) + "{\"weight\": " + weight + "}" + "}".repeat(levels);
    }

    private Intake intake() {
        try {
            PipelineDeclared declared = PipelineDeclared.newBuilder()
                    .setPipeline("orders")
                    .setVersion(1)
                    .setDeclaration(YAML)
                    .setEventSchema(EVENT)
                    .setLabelSchema(LABEL)
                    .setDeclaredAt(NOW)
                    .build();
            return new Intake(
                    new DeclaredPipeline(PipelineFile.parse(declared), Optional.empty(), declared),
                    producer,
                    WireFormat.serializer(registry, URL),
                    new IngestMetrics(new SimpleMeterRegistry()),
                    InstantSource.fixed(NOW));
        } catch (InvalidPipelineException e) {
            throw new IllegalStateException(e);
        }
    }
}
