package io.freshet.benchmarks.features;

import io.confluent.kafka.serializers.KafkaAvroSerializer;
import io.freshet.runtime.KafkaConnection;
import io.freshet.schemas.pipeline.InvalidPipelineException;
import io.freshet.schemas.pipeline.Pipeline;
import io.freshet.schemas.pipeline.PipelineFile;
import io.freshet.schemas.topic.Topics;
import io.freshet.schemas.wire.WireFormat;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericRecord;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;

/** Made-up payments by cards at terminals, 33 a second of event time, and pipelines of more or fewer features over them. */
final class Payments {
    private static final String EVENT = """
            {"type": "record", "name": "Payment", "namespace": "io.freshet.benchmarks", "fields": [
              {"name": "id", "type": "string"}, {"name": "card", "type": "string"},
              {"name": "terminal", "type": "string"},
              {"name": "at", "type": {"type": "long", "logicalType": "timestamp-millis"}},
              {"name": "amount", "type": "double"}]}""";
    private static final String LABEL = """
            {"type": "record", "name": "Outcome", "namespace": "io.freshet.benchmarks", "fields": [
              {"name": "id", "type": "string"},
              {"name": "known", "type": {"type": "long", "logicalType": "timestamp-millis"}},
              {"name": "fraud", "type": "boolean"}]}""";
    private static final Schema SCHEMA = new Schema.Parser().parse(EVENT);
    private static final long START = Instant.parse("2025-01-01T00:00:00Z").toEpochMilli();
    private static final long PACE_MILLIS = 30;
    private static final String[] WINDOWS = {"1h", "1d", "7d", "30d"};
    private static final String[] FUNCTIONS = {
        "count: event", "mean: event.amount", "max: event.amount", "stddev: event.amount"
    };

    private Payments() {}

    /** Two value features and the rest windows: by card and by terminal, over an hour to 30 days. */
    static Pipeline pipeline(String name, int partitions, int features) {
        StringBuilder yaml = new StringBuilder("pipeline: " + name + "\npartitions: " + partitions + "\n" + """
                event: { schema: e, id: id, key: card, time: at, lateness: 1m }
                label: { schema: l, event: id, value: label.fraud, time: known, wait: 1h }
                features:
                  amount: { value: event.amount }
                  hour: { value: 'hour(event.at, "UTC")' }
                """);
        for (int i = 0; i < features - 2; i++) {
            String entity = i % 2 == 0 ? "card" : "terminal";
            yaml.append("  f%d: { %s, by: %s, over: %s }%n"
                    .formatted(
                            i,
                            FUNCTIONS[i / 2 % FUNCTIONS.length],
                            entity,
                            WINDOWS[(i / (2 * FUNCTIONS.length) + 1) % WINDOWS.length]));
        }
        try {
            return PipelineFile.parse(name, yaml.toString(), schema -> Optional.of(schema.equals("e") ? EVENT : LABEL));
        } catch (InvalidPipelineException e) {
            throw new IllegalStateException(e);
        }
    }

    /**
     * Writes payments to the events topic of a pipeline.
     *
     * @param partitions of the topic
     * @param cards how many cards there are, some used much more than others; there are twice as many terminals
     * @param each whether the cards come one after the other instead, each once before any comes again
     */
    static void fill(KafkaConnection connection, String pipeline, int partitions, int events, int cards, boolean each)
            throws InterruptedException {
        connection.ensure(Topics.of(pipeline, partitions));
        Random random = new Random(1);
        try (KafkaProducer<byte[], byte[]> producer = connection.producer("fill", Map.of("linger.ms", 20))) {
            KafkaAvroSerializer serializer = WireFormat.serializer(
                    connection.registry(), connection.settings().registryUrl());
            for (int i = 0; i < events; i++) {
                String card = "card-" + (each ? i % cards : skewed(random, cards));
                producer.send(record(
                        serializer,
                        pipeline,
                        "p" + i,
                        card,
                        "terminal-" + skewed(random, 2 * cards),
                        START + i * PACE_MILLIS,
                        random.nextInt(10_000) / 100.0));
            }
        }
    }

    static ProducerRecord<byte[], byte[]> record(
            KafkaAvroSerializer serializer,
            String pipeline,
            String id,
            String card,
            String terminal,
            long at,
            double amount) {
        GenericRecord payment = new GenericData.Record(SCHEMA);
        payment.put("id", id);
        payment.put("card", card);
        payment.put("terminal", terminal);
        payment.put("at", at);
        payment.put("amount", amount);
        String topic = pipeline + ".events";
        return new ProducerRecord<>(topic, card.getBytes(StandardCharsets.UTF_8), serializer.serialize(topic, payment));
    }

    private static int skewed(Random random, int of) {
        return (int) (of * random.nextDouble() * random.nextDouble());
    }
}
