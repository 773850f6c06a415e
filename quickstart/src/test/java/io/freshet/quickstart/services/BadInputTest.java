package io.freshet.quickstart.services;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.confluent.kafka.serializers.KafkaAvroDeserializer;
import io.confluent.kafka.serializers.KafkaAvroSerializer;
import io.freshet.quickstart.platform.DataDirectory;
import io.freshet.quickstart.platform.EmbeddedBroker;
import io.freshet.runtime.KafkaConnection;
import io.freshet.runtime.KafkaSettings;
import io.freshet.runtime.RunningService;
import io.freshet.runtime.ServiceSettings;
import io.freshet.schemas.check.RecordCheck;
import io.freshet.schemas.message.PipelineDeclared;
import io.freshet.schemas.message.RejectedRecord;
import io.freshet.schemas.topic.Topics;
import io.freshet.schemas.wire.WireFormat;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Bad input with a real broker, whose limits on messages no driver knows: told with reason and offset, and the stream goes on. */
class BadInputTest {
    private static final Duration SOON = Duration.ofMinutes(3);
    private static final String EVENT = """
            {"type": "record", "name": "Order", "fields": [
              {"name": "id", "type": "string"}, {"name": "shop", "type": "string"},
              {"name": "at", "type": {"type": "long", "logicalType": "timestamp-millis"}},
              {"name": "amount", "type": "double"},
              {"name": "a", "type": "string", "default": ""}, {"name": "b", "type": "string", "default": ""},
              {"name": "c", "type": "string", "default": ""}, {"name": "d", "type": "string", "default": ""}]}""";
    private static final String LABEL = """
            {"type": "record", "name": "Outcome", "fields": [
              {"name": "id", "type": "string"}, {"name": "bad", "type": "boolean"},
              {"name": "known", "type": {"type": "long", "logicalType": "timestamp-millis"}}]}""";
    private static final String YAML = """
            pipeline: orders
            event: { schema: e, id: id, key: shop, time: at, lateness: 10m, corrections: true }
            label: { schema: l, event: id, value: label.bad, time: known, wait: 2h }
            features:
              amount: { value: event.amount }
              a: { value: event.a }
              b: { value: event.b }
              lastA: { last: event.a, over: 1h }
              lastB: { last: event.b, over: 1h }
              lastC: { last: event.c, over: 1h }
              lastD: { last: event.d, over: 1h }
            """;

    private static final Schema SCHEMA = new Schema.Parser().parse(EVENT);

    private final List<String> expected = new ArrayList<>();

    @Test
    void shouldTellWhatIsBadAndTakeTheLargestThatIsNot() throws Exception {
        try (DataDirectory data = DataDirectory.temporary();
                EmbeddedBroker broker = EmbeddedBroker.start(data, 0)) {
            KafkaSettings settings =
                    new KafkaSettings(broker.bootstrapServers(), "mock://bad-input", "0", (short) 1, Map.of());
            try (KafkaConnection connection = new KafkaConnection(settings);
                    KafkaProducer<byte[], byte[]> producer = connection.producer("test", Map.of())) {
                declare(connection, producer);
                connection.ensure(Topics.of("orders", 1));
                sendStraight(connection, producer);
                try (RunningService ingest = start("ingest-service", settings, data);
                        RunningService features = start("feature-stream", settings, data)) {
                    await().atMost(SOON).until(() -> ingest.ready() && features.ready());
                    post(ingest.uri());

                    List<GenericRecord> rows = new ArrayList<>();
                    await().atMost(SOON).until(() -> {
                        rows.clear();
                        read(connection, "orders.features", false).forEach(row -> rows.add((GenericRecord) row));
                        return rows.stream()
                                .anyMatch(row -> row.get("eventId").toString().equals("last"));
                    });
                    assertThat(rows)
                            .extracting(row -> row.get("eventId").toString())
                            .contains("good", "large-0", "large-63", "over-http", "last");
                    assertThat(rows).hasSize(67);
                    List<Object> rejected = read(connection, "orders.rejected", true);
                    assertThat(rejected)
                            .extracting(record -> told((RejectedRecord) record))
                            .containsExactlyInAnyOrderElementsOf(expected);
                }
            }
        }
    }

    private static String told(RejectedRecord record) {
        return record.getWriter() + " " + record.getReason() + " " + record.getField() + " " + record.getSourceOffset();
    }

    /** Straight onto the topic, before anything reads it. */
    private void sendStraight(KafkaConnection connection, KafkaProducer<byte[], byte[]> producer) throws Exception {
        KafkaAvroSerializer writer = WireFormat.serializer(
                connection.registry(), connection.settings().registryUrl());
        long now = Instant.now().toEpochMilli();
        byte[] good = writer.serialize("orders.events", event("good", now, 1.0, ""));
        byte[] unknown = good.clone();
        unknown[2] = 99;
        List<byte @Nullable []> values = new ArrayList<>();
        bad(values, null, "TOMBSTONE", null);
        bad(values, unknown, "UNKNOWN_SCHEMA", null);
        bad(values, new byte[] {1, 2, 3}, "UNDECODABLE", null);
        bad(values, writer.serialize("orders.labels", label()), "SCHEMA_MISMATCH", null);
        bad(values, writer.serialize("orders.events", event("n", now, Double.NaN, "")), "NOT_FINITE", "amount");
        for (long time : new long[] {0, now / 1_000, now * 1_000, -5, 253_402_300_799_000L}) {
            bad(values, writer.serialize("orders.events", event("t", time, 1.0, "")), "TIME_OUT_OF_RANGE", "at");
        }
        bad(values, writer.serialize("orders.events", event("x", now, 1.0, "x".repeat(10_000_000))), "TOO_LARGE", null);
        bad(values, writer.serialize("orders.events", event("y", now, 1.0, "x".repeat(70_000))), "TOO_LONG", "a");
        values.add(good);
        // One entity's chunk of entries, its row and what is remembered of the event are each a message.
        for (int i = 0; i < 64; i++) {
            byte[] large = writer.serialize("orders.events", large("large-" + i, now));
            assertThat(large.length).isBetween(RecordCheck.LARGEST - 1_000, RecordCheck.LARGEST);
            values.add(large);
        }
        for (byte[] value : values) {
            producer.send(new ProducerRecord<>("orders.events", null, value)).get();
        }
    }

    private void bad(List<byte @Nullable []> values, byte @Nullable [] value, String reason, @Nullable String field) {
        expected.add("feature-stream " + reason + " " + field + " " + values.size());
        values.add(value);
    }

    private void post(URI ingest) throws Exception {
        long now = Instant.now().toEpochMilli();
        String head = "{\"shop\": \"s\", \"at\": " + now + ", ";
        post(ingest, head + "\"id\": \"over-http\", \"amount\": 1}", "");
        post(ingest, head + "\"id\": \"h\", \"amount\": NaN}", "UNDECODABLE null");
        post(ingest, head + "\"id\": \"h\", \"amount\": 1e999}", "FIELD_TYPE amount");
        post(ingest, head + "\"id\": \"h\", \"amount\": \"much\"}", "FIELD_TYPE amount");
        post(ingest, head + "\"id\": \"h\", \"amount\": 1, \"id\": \"g\"}", "UNDECODABLE null");
        post(ingest, head + "\"id\": \"\\ud800\", \"amount\": 1}", "FIELD_TYPE id");
        post(
                ingest,
                head + "\"id\": \"h\", \"amount\": 1, \"a\": \"" + "x".repeat(10_000_000) + "\"}",
                "TOO_LARGE null");
        post(ingest, "[".repeat(1_000_000), "UNDECODABLE null");
        for (String time : List.of("0", "-5", "\"9999-12-31T00:00:00Z\"", String.valueOf(now * 1_000))) {
            post(
                    ingest,
                    "{\"id\": \"h\", \"shop\": \"s\", \"amount\": 1, \"at\": " + time + "}",
                    "TIME_OUT_OF_RANGE at");
        }
        HttpResponse<String> tooMany = answer(ingest, "[" + "1,".repeat(10_000) + "1]");
        assertThat(tooMany.statusCode()).as(tooMany.body()).isEqualTo(413);
        assertThat(answer(ingest, "x".repeat(40_000_000)).statusCode()).isEqualTo(413);
        post(ingest, head + "\"id\": \"last\", \"amount\": 1}", "");
    }

    private void post(URI ingest, String body, String refused) throws Exception {
        HttpResponse<String> answer = answer(ingest, body);

        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        if (refused.isEmpty()) {
            assertThat(answer.body()).contains("\"accepted\":1");
        } else {
            assertThat(answer.body()).contains("\"" + refused.substring(0, refused.indexOf(' ')) + "\"");
            expected.add("ingest-service " + refused + " null");
        }
    }

    private static HttpResponse<String> answer(URI ingest, String body) throws Exception {
        try (HttpClient client = HttpClient.newHttpClient()) {
            return client.send(
                    HttpRequest.newBuilder(ingest.resolve("/v1/pipelines/orders/events"))
                            .header("Content-Type", "application/json")
                            .POST(HttpRequest.BodyPublishers.ofString(body))
                            .build(),
                    HttpResponse.BodyHandlers.ofString());
        }
    }

    private static RunningService start(String name, KafkaSettings settings, DataDirectory data) {
        return RunningService.start(
                name, new ServiceSettings(settings, data.path().resolve(name), "127.0.0.1", 0));
    }

    private static void declare(KafkaConnection connection, KafkaProducer<byte[], byte[]> producer) throws Exception {
        connection.ensure(Topics.shared());
        PipelineDeclared declared = PipelineDeclared.newBuilder()
                .setPipeline("orders")
                .setVersion(1)
                .setDeclaration(YAML)
                .setEventSchema(EVENT)
                .setLabelSchema(LABEL)
                .setDeclaredAt(Instant.now())
                .build();
        byte[] value = WireFormat.serializer(
                        connection.registry(), connection.settings().registryUrl())
                .serialize("pipelines", declared);
        producer.send(new ProducerRecord<>("pipelines", "orders".getBytes(StandardCharsets.UTF_8), value))
                .get();
    }

    private static GenericRecord event(String id, long at, double amount, String a) {
        GenericRecord event = new GenericData.Record(SCHEMA);
        event.put("id", id);
        event.put("shop", "s");
        event.put("at", at);
        event.put("amount", amount);
        event.put("a", a);
        event.put("b", "");
        event.put("c", "");
        event.put("d", "");
        return event;
    }

    private static GenericRecord large(String id, long at) {
        String quarter = "x".repeat(65_400);
        GenericRecord event = event(id, at, 1.0, quarter);
        event.put("b", quarter);
        event.put("c", quarter);
        event.put("d", quarter);
        return event;
    }

    private static GenericRecord label() {
        GenericRecord label = new GenericData.Record(new Schema.Parser().parse(LABEL));
        label.put("id", "good");
        label.put("bad", true);
        label.put("known", 1L);
        return label;
    }

    private static List<Object> read(KafkaConnection connection, String topic, boolean specific) {
        KafkaAvroDeserializer reader = WireFormat.deserializer(
                connection.registry(), connection.settings().registryUrl(), specific);
        List<Object> values = new ArrayList<>();
        TopicPartition partition = new TopicPartition(topic, 0);
        try (KafkaConsumer<byte[], byte[]> consumer = connection.consumer("test", Map.of())) {
            consumer.assign(List.of(partition));
            long end = consumer.endOffsets(List.of(partition)).get(partition);
            await().atMost(SOON).until(() -> {
                consumer.poll(Duration.ofMillis(200))
                        .forEach(record -> values.add(reader.deserialize(topic, record.value())));
                return consumer.position(partition) >= end;
            });
        }
        return values;
    }
}
