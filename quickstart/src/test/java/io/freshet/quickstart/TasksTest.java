package io.freshet.quickstart;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.awaitility.Awaitility.await;

import io.confluent.kafka.serializers.KafkaAvroDeserializer;
import io.confluent.kafka.serializers.KafkaAvroSerializer;
import io.freshet.quickstart.platform.DataDirectory;
import io.freshet.quickstart.platform.Platform;
import io.freshet.quickstart.platform.Services;
import io.freshet.runtime.KafkaConnection;
import io.freshet.runtime.KafkaSettings;
import io.freshet.schemas.message.Prediction;
import io.freshet.schemas.message.RejectedRecord;
import io.freshet.schemas.message.TrainingRun;
import io.freshet.schemas.wire.WireFormat;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A pipeline of several classes and one of numbers, over the same events, from the first event to a model's answers. */
class TasksTest {
    private static final Duration SOON = Duration.ofMinutes(3);
    private static final String EVENT = """
            {"type": "record", "name": "Order", "fields": [
              {"name": "id", "type": "string"}, {"name": "who", "type": "string"}, {"name": "at", "type": "long"},
              {"name": "size", "type": "double"}, {"name": "haste", "type": "double"}]}""";
    private static final String LABEL = """
            {"type": "record", "name": "Parcel", "fields": [
              {"name": "id", "type": "string"}, {"name": "at", "type": "long"},
              {"name": "carrier", "type": ["null", "string"]}, {"name": "price", "type": "double"}]}""";
    private static final String YAML = """
            pipeline: %s
            event: { schema: event.avsc, id: id, key: who, time: at, lateness: 1m }
            label: { schema: label.avsc, event: id, value: %s, time: at, wait: 1h }
            features:
              size: { value: event.size }
              haste: { value: event.haste }
              orders_1h: { count: event, by: who, over: 1h }
            model: { task: %s }
            training: { firstAfter: 600, last: 10000, holdout: 0.4 }
            drift: { window: 7d, timeBetweenFalseAlarms: 30d, performance: { window: 7m } }
            """;
    private static final List<String> CARRIERS = List.of("bike", "van", "ship");

    @TempDir
    Path directory;

    private final Random random = new Random(11);
    private long time = Instant.parse("2025-06-01T00:00:00Z").toEpochMilli();
    private int sent;

    @Test
    void shouldServeClassesAndNumbersFromTheirFirstEventOn() throws Exception {
        try (Platform platform = Platform.start(DataDirectory.temporary(), 0, 0);
                DataDirectory state = DataDirectory.temporary();
                KafkaConnection connection = new KafkaConnection(new KafkaSettings(
                        platform.broker().bootstrapServers(),
                        platform.registry().url(),
                        "test",
                        (short) 1,
                        Map.of()))) {
            declare(
                    connection,
                    "carriers",
                    "label.carrier",
                    "multiclass, classes: [bike, van, ship], candidates: [decision-tree, gradient-boosting]");
            declare(connection, "prices", "label.price", "regression, candidates: [linear-regression, random-forest]");
            try (Services services = Services.start(platform, state, Services.ALL);
                    KafkaProducer<byte[], byte[]> producer = connection.producer("test", Map.of())) {
                await().atMost(SOON).until(services::ready);
                follow(connection, producer);
                showWhatPricesTurnedOutToBeWorth(connection, producer, services);
            }
        }
    }

    private void declare(KafkaConnection connection, String name, String value, String task) throws Exception {
        Files.writeString(directory.resolve("event.avsc"), EVENT);
        Files.writeString(directory.resolve("label.avsc"), LABEL);
        Path file = directory.resolve(name + ".yaml");
        Files.writeString(file, YAML.formatted(name, value, task));
        Declarations.apply(connection, Declarations.read(file), Instant.now());
    }

    private void follow(KafkaConnection connection, KafkaProducer<byte[], byte[]> producer) {
        KafkaAvroSerializer writer = WireFormat.serializer(
                connection.registry(), connection.settings().registryUrl());
        send(producer, writer, 300);
        await().atMost(SOON).until(() -> predictions(connection, "carriers").size() >= sent);
        await().atMost(SOON).pollInterval(Duration.ofMillis(200)).until(() -> {
            send(producer, writer, 100);
            return newest(connection, "carriers").getModelVersion() == 1
                    && newest(connection, "prices").getModelVersion() == 1;
        });
        await().atMost(SOON)
                .until(() -> predictions(connection, "carriers").size() == sent
                        && predictions(connection, "prices").size() == sent);

        List<Prediction> carriers = predictions(connection, "carriers");
        assertThat(carriers.getFirst().getDegradedReason()).isEqualTo("NO_MODEL");
        assertThat(carriers.getFirst().getPredictedClass()).isNull();
        assertThat(carriers).allSatisfy(prediction -> {
            assertThat(prediction.getProbabilities()).containsOnlyKeys(CARRIERS);
            assertThat(prediction.getProbabilities().values().stream()
                            .mapToDouble(share -> share)
                            .sum())
                    .isCloseTo(1, within(1e-9));
            assertThat(prediction.getDecision()).isNull();
        });
        Prediction carrier = carriers.getLast();
        assertThat(CARRIERS).contains(carrier.getPredictedClass());
        assertThat(carrier.getScore()).isEqualTo(carrier.getProbabilities().get(carrier.getPredictedClass()));

        List<Prediction> prices = predictions(connection, "prices");
        assertThat(prices.get(299).getScore())
                .as("the mean of the labels so far, while there is no model")
                .isBetween(900.0, 1_100.0);
        assertThat(prices.getLast()).satisfies(prediction -> {
            assertThat(prediction.getDegraded()).isFalse();
            assertThat(prediction.getThreshold()).isNull();
            assertThat(prediction.getProbabilities()).isNull();
        });

        TrainingRun ofCarriers = runs(connection, "carriers").getFirst();
        assertThat(ofCarriers.getChallenger().getClasses())
                .extracting(one -> one.getName())
                .containsExactlyElementsOf(CARRIERS);
        assertThat(ofCarriers.getCandidates()).hasSize(2);
        TrainingRun ofPrices = runs(connection, "prices").getFirst();
        assertThat(ofPrices.getCandidates())
                .extracting(candidate -> candidate.getFamily())
                .containsExactlyInAnyOrder("linear-regression", "random-forest");
        assertThat(ofPrices.getChallenger().getEstimates())
                .extracting(estimate -> estimate.getMetric())
                .containsExactly("rmse", "mae", "mape", "r2", "pinball");
        assertThat(rejected(connection, "carriers"))
                .extracting(record -> record.getReason())
                .containsOnly("UNKNOWN_CLASS");
        assertThat(rejected(connection, "prices"))
                .extracting(record -> record.getReason())
                .isEmpty();
    }

    /** Labels come half a second after the event, so that a pane of a minute is judged as soon as the next rows come. */
    private void showWhatPricesTurnedOutToBeWorth(
            KafkaConnection connection, KafkaProducer<byte[], byte[]> producer, Services services) {
        KafkaAvroSerializer writer = WireFormat.serializer(
                connection.registry(), connection.settings().registryUrl());
        String gauge = "freshet_performance_realised";
        await().atMost(SOON).pollInterval(Duration.ofMillis(200)).untilAsserted(() -> {
            send(producer, writer, 60);
            Map<String, Double> shown = Monitoring.values(services.uris().get("drift-service"), gauge);
            assertThat(shown.entrySet())
                    .filteredOn(entry -> entry.getKey().contains("\"prices\"")
                            && entry.getKey().contains("\"rmse\""))
                    .singleElement()
                    .satisfies(entry -> assertThat(entry.getValue())
                            .as("the price is off by 50, and by what was not learned")
                            .isBetween(35.0, 150.0));
        });
    }

    /** Orders with their parcels, one of a hundred by a carrier that is not declared. */
    private void send(KafkaProducer<byte[], byte[]> producer, KafkaAvroSerializer writer, int howMany) {
        Schema event = new Schema.Parser().parse(EVENT);
        Schema label = new Schema.Parser().parse(LABEL);
        for (int i = 0; i < howMany; i++) {
            time += 1_000;
            String id = "o" + sent++;
            double size = random.nextGaussian();
            double haste = random.nextGaussian();
            GenericRecord order = new GenericData.Record(event);
            order.put("id", id);
            order.put("who", "w" + random.nextInt(10));
            order.put("at", time);
            order.put("size", size);
            order.put("haste", haste);
            GenericRecord parcel = new GenericData.Record(label);
            parcel.put("id", id);
            parcel.put("at", time + 500);
            boolean unknown = sent % 100 == 50;
            int carrier = size + 0.3 * random.nextGaussian() > 0.8 ? 2 : haste > 0 ? 0 : 1;
            parcel.put("carrier", unknown ? "drone" : CARRIERS.get(carrier));
            parcel.put("price", 1_000 + 200 * size + 50 * random.nextGaussian());
            for (String pipeline : List.of("carriers", "prices")) {
                write(producer, writer, pipeline + ".events", id, order);
                write(producer, writer, pipeline + ".labels", id, parcel);
            }
        }
        producer.flush();
    }

    private static void write(
            KafkaProducer<byte[], byte[]> producer,
            KafkaAvroSerializer writer,
            String topic,
            String key,
            GenericRecord record) {
        producer.send(
                new ProducerRecord<>(topic, 0, key.getBytes(StandardCharsets.UTF_8), writer.serialize(topic, record)));
    }

    private static Prediction newest(KafkaConnection connection, String pipeline) {
        return predictions(connection, pipeline).getLast();
    }

    private static List<Prediction> predictions(KafkaConnection connection, String pipeline) {
        return read(connection, pipeline + ".predictions", Prediction.class);
    }

    private static List<RejectedRecord> rejected(KafkaConnection connection, String pipeline) {
        return read(connection, pipeline + ".rejected", RejectedRecord.class);
    }

    private static List<TrainingRun> runs(KafkaConnection connection, String pipeline) {
        return read(connection, "training-runs", TrainingRun.class).stream()
                .filter(run -> run.getPipeline().equals(pipeline))
                .toList();
    }

    private static <T> List<T> read(KafkaConnection connection, String topic, Class<T> type) {
        KafkaAvroDeserializer reader = WireFormat.deserializer(
                connection.registry(), connection.settings().registryUrl(), true);
        List<T> records = new ArrayList<>();
        TopicPartition all = new TopicPartition(topic, 0);
        try (KafkaConsumer<byte[], byte[]> consumer = connection.consumer("read", Map.of())) {
            consumer.assign(List.of(all));
            consumer.seekToBeginning(List.of(all));
            long end = consumer.endOffsets(List.of(all)).get(all);
            while (consumer.position(all) < end) {
                consumer.poll(Duration.ofMillis(100))
                        .forEach(record -> records.add(type.cast(reader.deserialize(topic, record.value()))));
            }
        }
        return records;
    }
}
