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
import io.freshet.schemas.message.PipelineDeclared;
import io.freshet.schemas.topic.Topics;
import io.freshet.schemas.wire.WireFormat;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;

/** The same history on one partition and on three, by two instances of which one is stopped in the middle: the same rows. */
class PartitionsTest {
    private static final Duration SOON = Duration.ofMinutes(3);
    private static final int EVENTS = 4_000;
    private static final String EVENT = """
            {"type": "record", "name": "Order", "fields": [
              {"name": "id", "type": "string"}, {"name": "shop", "type": "string"}, {"name": "buyer", "type": "string"},
              {"name": "at", "type": {"type": "long", "logicalType": "timestamp-millis"}},
              {"name": "amount", "type": "double"}]}""";
    private static final String LABEL = """
            {"type": "record", "name": "Outcome", "fields": [
              {"name": "id", "type": "string"}, {"name": "bad", "type": "boolean"},
              {"name": "known", "type": {"type": "long", "logicalType": "timestamp-millis"}}]}""";
    private static final String YAML = """
            pipeline: %s
            partitions: %d
            event: { schema: e, id: id, key: shop, time: at, lateness: 10m }
            label: { schema: l, event: id, value: label.bad, time: known, wait: 2d }
            features:
              amount: { value: event.amount }
              shopSum: { sum: event.amount, by: shop, over: 1d }
              shopBad: { mean: label.bad, by: shop, over: 7d }
              buyerCount: { count: event, by: buyer, over: 1d, includeSelf: true }
              buyerShopLast: { timeSince: event, by: [buyer, shop], over: 7d }
              all: { count: event, by: [], over: 1h }
              share: { value: event.amount / (feature.shopSum + event.amount) }
            """;
    // When it was computed, the share of positives among the labels of its own partition, and what is looked into.
    private static final Set<String> NOT_COMPARED = Set.of("computedAt", "prior", "row");
    private static final Schema EVENT_SCHEMA = new Schema.Parser().parse(EVENT);
    private static final Schema LABEL_SCHEMA = new Schema.Parser().parse(LABEL);
    private static final long START = Instant.parse("2026-01-05T00:00:00Z").toEpochMilli();

    @Test
    void shouldGiveTheSameRowsOnAnyNumberOfPartitionsOverATakeover() throws Exception {
        try (DataDirectory data = DataDirectory.temporary();
                EmbeddedBroker broker = EmbeddedBroker.start(data, 0)) {
            KafkaSettings first = settings(broker, "0");
            try (KafkaConnection connection = new KafkaConnection(first);
                    KafkaProducer<byte[], byte[]> producer = connection.producer("test", Map.of())) {
                connection.ensure(Topics.shared());
                connection.ensure(Topics.of("one", 1));
                connection.ensure(Topics.of("three", 3));
                produce(connection, producer);
                declare(connection, producer, "one", 1);
                declare(connection, producer, "three", 3);
                RunningService dies = start(first, data);
                try (RunningService staysOn = start(settings(broker, "1"), data)) {
                    await().atMost(SOON).until(() -> count(connection, "three", 3) > EVENTS / 10);
                    await().atMost(SOON).until(() -> hasState(data, "0") && hasState(data, "1"));
                    dies.close();
                    await().atMost(SOON)
                            .until(() ->
                                    count(connection, "one", 1) == EVENTS && count(connection, "three", 3) == EVENTS);
                    assertThat(staysOn.ready()).isTrue();

                    Map<String, String> one = rows(connection, "one", "features", 1);
                    assertThat(one).hasSize(EVENTS);
                    assertThat(rows(connection, "three", "features", 3)).isEqualTo(one);
                    Map<String, String> examples = rows(connection, "one", "examples", 1);
                    assertThat(examples).hasSizeGreaterThan(EVENTS / 2);
                    assertThat(rows(connection, "three", "examples", 3)).isEqualTo(examples);
                } finally {
                    dies.close();
                }
            }
        }
    }

    /** Whether an instance keeps the state of the pipeline of one partition, which only one of them works on. */
    private static boolean hasState(DataDirectory data, String instance) {
        return Files.isDirectory(
                data.path().resolve("state-" + instance).resolve("freshet-features-one/0_0/rocksdb/pending"));
    }

    /** With a standby, each instance keeps what the other works on. */
    private static KafkaSettings settings(EmbeddedBroker broker, String instance) {
        return new KafkaSettings(
                broker.bootstrapServers(),
                "mock://partitions",
                instance,
                (short) 1,
                Map.of("num.standby.replicas", "1"));
    }

    private static RunningService start(KafkaSettings settings, DataDirectory data) {
        return RunningService.start(
                "feature-stream",
                new ServiceSettings(settings, data.path().resolve("state-" + settings.instance()), "127.0.0.1", 0));
    }

    /** Events a minute apart on average, and for most the outcome within a day; partitioned by shop and by id. */
    private static void produce(KafkaConnection connection, KafkaProducer<byte[], byte[]> producer) throws Exception {
        KafkaAvroSerializer writer = WireFormat.serializer(
                connection.registry(), connection.settings().registryUrl());
        Random random = new Random(7);
        TreeMap<Long, List<GenericRecord>> byTime = new TreeMap<>();
        long time = START;
        for (int i = 0; i < EVENTS; i++) {
            // Even times for events, odd ones for labels: what has the same time is taken in the order of partitions.
            time += 2 * (1 + random.nextInt(60_000));
            GenericRecord event = new GenericData.Record(EVENT_SCHEMA);
            event.put("id", "o" + i);
            event.put("shop", "shop" + random.nextInt(20));
            event.put("buyer", "buyer" + random.nextInt(200));
            event.put("at", time);
            event.put("amount", random.nextInt(10_000) / 8.0);
            byTime.computeIfAbsent(time, at -> new ArrayList<>()).add(event);
            if (random.nextInt(4) > 0) {
                GenericRecord label = new GenericData.Record(LABEL_SCHEMA);
                long known = time + 1 + 2 * random.nextInt(40_000_000);
                label.put("id", "o" + i);
                label.put("bad", random.nextInt(5) == 0);
                label.put("known", known);
                byTime.computeIfAbsent(known, at -> new ArrayList<>()).add(label);
            }
        }
        for (GenericRecord record :
                byTime.values().stream().flatMap(List::stream).toList()) {
            boolean event = record.getSchema().equals(EVENT_SCHEMA);
            String key = record.get(event ? "shop" : "id").toString();
            for (String pipeline : List.of("one", "three")) {
                String topic = pipeline + (event ? ".events" : ".labels");
                producer.send(new ProducerRecord<>(
                        topic, key.getBytes(StandardCharsets.UTF_8), writer.serialize(topic, record)));
            }
        }
        producer.flush();
    }

    private static void declare(
            KafkaConnection connection, KafkaProducer<byte[], byte[]> producer, String pipeline, int partitions)
            throws Exception {
        PipelineDeclared declared = PipelineDeclared.newBuilder()
                .setPipeline(pipeline)
                .setVersion(1)
                .setDeclaration(YAML.formatted(pipeline, partitions))
                .setEventSchema(EVENT)
                .setLabelSchema(LABEL)
                .setDeclaredAt(Instant.now())
                .build();
        byte[] value = WireFormat.serializer(
                        connection.registry(), connection.settings().registryUrl())
                .serialize("pipelines", declared);
        producer.send(new ProducerRecord<>("pipelines", pipeline.getBytes(StandardCharsets.UTF_8), value))
                .get();
    }

    private static int count(KafkaConnection connection, String pipeline, int partitions) {
        return read(connection, pipeline + ".features", partitions).size();
    }

    /** What rows say, by event id; an id that comes twice would be told. */
    private static Map<String, String> rows(KafkaConnection connection, String pipeline, String kind, int partitions) {
        Map<String, String> rows = new HashMap<>();
        for (GenericRecord record : read(connection, pipeline + "." + kind, partitions)) {
            GenericRecord row = kind.equals("examples") ? (GenericRecord) record.get("row") : record;
            StringBuilder text = new StringBuilder();
            for (GenericRecord part : record == row ? List.of(row) : List.of(row, record)) {
                for (Schema.Field field : part.getSchema().getFields()) {
                    if (!NOT_COMPARED.contains(field.name())) {
                        text.append(field.name())
                                .append('=')
                                .append(part.get(field.pos()))
                                .append(' ');
                    }
                }
            }
            String before = rows.put(row.get("eventId").toString(), text.toString());
            assertThat(before).as("another row of %s", row.get("eventId")).isNull();
        }
        return rows;
    }

    private static List<GenericRecord> read(KafkaConnection connection, String topic, int partitions) {
        KafkaAvroDeserializer reader = WireFormat.deserializer(
                connection.registry(), connection.settings().registryUrl(), false);
        List<GenericRecord> values = new ArrayList<>();
        List<TopicPartition> all = IntStream.range(0, partitions)
                .mapToObj(partition -> new TopicPartition(topic, partition))
                .toList();
        try (KafkaConsumer<byte[], byte[]> consumer = connection.consumer("test", Map.of())) {
            consumer.assign(all);
            consumer.seekToBeginning(all);
            Map<TopicPartition, Long> end = consumer.endOffsets(all);
            await().atMost(SOON).until(() -> {
                consumer.poll(Duration.ofMillis(200))
                        .forEach(record -> values.add((GenericRecord) reader.deserialize(topic, record.value())));
                return all.stream().allMatch(partition -> consumer.position(partition) >= end.get(partition));
            });
        }
        return values;
    }
}
