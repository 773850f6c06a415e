import io.confluent.kafka.serializers.KafkaAvroSerializer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.Future;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.generic.GenericRecordBuilder;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.StringSerializer;

/**
 * Writes flights and their outcomes straight to Kafka, in Avro, as a producer that does not go through ingest-service. On
 * a built checkout, in its directory:
 *
 * <pre>java -cp 'quickstart/target/lib/*' examples/java/ProduceEvents.java HOST:PORT REGISTRY_URL [PIPELINE] [COUNT]</pre>
 *
 * <p>feature-stream checks them by the same rules as ingest-service and answers what it refuses on PIPELINE.rejected.
 */
class ProduceEvents {
    public static void main(String[] args) throws Exception {
        String pipeline = args.length > 2 ? args[2] : "flight-delays";
        int count = args.length > 3 ? Integer.parseInt(args[3]) : 10;
        // The schemas are those that the pipeline file names. Registering what the registry holds already changes nothing.
        Path schemas = Path.of(System.getProperty("freshet.home", "."), "pipelines", "flight-delays");
        Schema event = new Schema.Parser().parse(schemas.resolve("flight.avsc").toFile());
        Schema label = new Schema.Parser().parse(schemas.resolve("flight-outcome.avsc").toFile());
        Map<String, Object> settings = Map.of(
                "bootstrap.servers", args[0],
                "schema.registry.url", args[1],
                "acks", "all",
                "enable.idempotence", true,
                "key.serializer", StringSerializer.class,
                "value.serializer", KafkaAvroSerializer.class);
        List<Future<?>> sent = new ArrayList<>();
        try (KafkaProducer<String, GenericRecord> producer = new KafkaProducer<>(settings)) {
            long now = System.currentTimeMillis();
            for (int i = 0; i < count; i++) {
                String flight = "java-" + UUID.randomUUID();
                // Events are keyed by the entity (event.key in the pipeline file), labels by the event's id.
                sent.add(producer.send(new ProducerRecord<>(
                        pipeline + ".events",
                        "BOS",
                        new GenericRecordBuilder(event)
                                .set("flightId", flight)
                                .set("departure", now + i)
                                .set("origin", "BOS")
                                .set("destination", "ORD")
                                .set("distance", 867)
                                .build())));
                sent.add(producer.send(new ProducerRecord<>(
                        pipeline + ".labels",
                        flight,
                        new GenericRecordBuilder(label)
                                .set("flightId", flight)
                                .set("arrival", now + count + i)
                                .set("delayMinutes", i % 2 == 0 ? 0 : 20)
                                .build())));
            }
        }
        for (Future<?> acknowledged : sent) {
            acknowledged.get();
        }
        System.out.printf("%d events and %d labels are on %s.events and %s.labels%n", count, count, pipeline, pipeline);
    }
}
