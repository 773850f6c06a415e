package io.freshet.trainer.service;

import io.confluent.kafka.serializers.KafkaAvroDeserializer;
import io.freshet.runtime.KafkaConnection;
import io.freshet.schemas.message.OffsetRange;
import io.freshet.schemas.pipeline.Pipeline;
import io.freshet.schemas.row.Example;
import io.freshet.schemas.row.FeatureRowSchema;
import io.freshet.schemas.wire.Unreadable;
import io.freshet.schemas.wire.WireFormat;
import io.freshet.trainer.rows.NewestExamples;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.apache.avro.generic.GenericRecord;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/** The labelled examples of a pipeline as pieces of the log, which can be read again. */
final class ExampleLog {
    private static final Duration POLL = Duration.ofMillis(500);
    private static final Duration STALLED = Duration.ofSeconds(30);

    private final KafkaConnection connection;
    private final String topic;
    private final int partitions;
    private final int last;
    private final FeatureRowSchema rows;
    private final KafkaAvroDeserializer reader;

    ExampleLog(KafkaConnection connection, Pipeline pipeline) {
        this.connection = connection;
        this.topic = pipeline.name() + ".examples";
        this.partitions = pipeline.partitions();
        this.last = pipeline.training().last();
        this.rows = FeatureRowSchema.of(pipeline);
        this.reader = WireFormat.deserializer(
                connection.registry(), connection.settings().registryUrl(), false);
    }

    /**
     * What was read.
     *
     * @param ranges where it stands, every partition among them
     * @param read how many examples the ranges hold
     * @param examples the newest of them by event time, twice as many as the declaration asks for at most; ties by
     *     partition and offset
     * @param unreadable records that are no examples
     */
    record Pinned(List<OffsetRange> ranges, long read, List<Example> examples, int unreadable) {}

    /** Everything committed by now that can be among the newest examples the declaration asks for, in any partition. */
    Pinned readNewest() {
        try (KafkaConsumer<byte[], byte[]> consumer =
                connection.consumer("freshet-trainer-examples", Map.of("max.poll.records", 5_000))) {
            List<OffsetRange> ranges = pin(consumer);
            // As many as one partition may hold in its range.
            NewestExamples examples = new NewestExamples(2 * last);
            int unreadable = 0;
            for (OffsetRange range : ranges) {
                unreadable += read(consumer, range, examples);
            }
            return new Pinned(ranges, examples.given(), examples.newest(), unreadable);
        }
    }

    private List<OffsetRange> pin(KafkaConsumer<byte[], byte[]> consumer) {
        List<TopicPartition> all = new ArrayList<>();
        for (int i = 0; i < partitions; i++) {
            all.add(new TopicPartition(topic, i));
        }
        Map<TopicPartition, Long> begin = consumer.beginningOffsets(all);
        Map<TopicPartition, Long> end = consumer.endOffsets(all);
        List<OffsetRange> ranges = new ArrayList<>();
        for (TopicPartition partition : all) {
            long to = Objects.requireNonNull(end.get(partition));
            // Transaction markers take offsets as well: at most one a record.
            long from = Math.max(Objects.requireNonNull(begin.get(partition)), to - 2L * last);
            ranges.add(new OffsetRange(topic, partition.partition(), from, to));
        }
        return ranges;
    }

    private int read(KafkaConsumer<byte[], byte[]> consumer, OffsetRange range, NewestExamples into) {
        TopicPartition partition = new TopicPartition(range.getTopic(), range.getPartition());
        consumer.assign(List.of(partition));
        consumer.seek(partition, range.getFromOffset());
        int unreadable = 0;
        long progressed = System.nanoTime();
        long position = consumer.position(partition);
        while (position < range.getToOffset()) {
            for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
                if (record.offset() >= range.getToOffset()) {
                    break;
                }
                Example example = decode(record);
                if (example == null) {
                    unreadable++;
                } else {
                    into.add(example);
                }
            }
            long now = consumer.position(partition);
            if (now > position) {
                progressed = System.nanoTime();
            } else if (System.nanoTime() - progressed > STALLED.toNanos()) {
                throw new IllegalStateException(partition + " stands still at offset " + now);
            }
            position = now;
        }
        return unreadable;
    }

    private @Nullable Example decode(ConsumerRecord<byte[], byte[]> record) {
        if (record.value() == null) {
            return null;
        }
        Object value;
        try {
            value = reader.deserialize(topic, record.value());
        } catch (RuntimeException e) {
            // Throws when the registry is at fault rather than the record.
            Unreadable.orThrow(e);
            return null;
        }
        try {
            return rows.exampleFromRecord((GenericRecord) value);
        } catch (RuntimeException e) {
            return null;
        }
    }
}
