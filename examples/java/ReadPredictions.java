import io.confluent.kafka.serializers.KafkaAvroDeserializer;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.apache.avro.generic.GenericRecord;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.serialization.StringDeserializer;

/**
 * Reads a topic of Freshet's, such as flight-delays.predictions or drift-alerts, and prints each record as JSON. On a
 * built checkout:
 *
 * <pre>java -cp 'quickstart/target/lib/*' examples/java/ReadPredictions.java HOST:PORT REGISTRY_URL [TOPIC] [COUNT]</pre>
 *
 * <p>Elsewhere it needs kafka-clients and Confluent's kafka-avro-serializer.
 */
class ReadPredictions {
    public static void main(String[] args) {
        String topic = args.length > 2 ? args[2] : "flight-delays.predictions";
        long left = args.length > 3 ? Long.parseLong(args[3]) : Long.MAX_VALUE;
        Map<String, Object> settings = Map.of(
                "bootstrap.servers", args[0],
                "schema.registry.url", args[1],
                "group.id", "java-reader",
                "auto.offset.reset", "earliest",
                // Predictions are written in transactions: only committed ones count.
                "isolation.level", "read_committed",
                "key.deserializer", StringDeserializer.class,
                "value.deserializer", KafkaAvroDeserializer.class);
        try (KafkaConsumer<String, GenericRecord> consumer = new KafkaConsumer<>(settings)) {
            consumer.subscribe(List.of(topic));
            while (left > 0) {
                for (ConsumerRecord<String, GenericRecord> record : consumer.poll(Duration.ofSeconds(1))) {
                    if (left-- > 0) {
                        System.out.println(record.value());
                    }
                }
            }
        }
    }
}
