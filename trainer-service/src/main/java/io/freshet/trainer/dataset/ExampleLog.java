package io.freshet.trainer.dataset;

import io.confluent.kafka.serializers.KafkaAvroDeserializer;
import io.freshet.runtime.KafkaConnection;
import io.freshet.runtime.LogRange;
import io.freshet.schemas.message.OffsetRange;
import io.freshet.schemas.pipeline.Pipeline;
import io.freshet.schemas.row.Example;
import io.freshet.schemas.row.FeatureRowSchema;
import io.freshet.schemas.wire.Unreadable;
import io.freshet.schemas.wire.WireFormat;
import io.freshet.trainer.rows.NewestExamples;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeSet;
import java.util.function.Consumer;
import org.apache.avro.generic.GenericRecord;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetOutOfRangeException;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/** The labelled examples of a pipeline as pieces of the log, which can be read again. */
public final class ExampleLog {
    private static final int SCHEMA_ID_AT = 1;

    private final KafkaConnection connection;
    private final InstantSource clock;
    private final String topic;
    private final int partitions;
    private final int last;
    private final FeatureRowSchema rows;
    private final KafkaAvroDeserializer reader;

    /**
     * @param pipeline by which the examples are read, and which says how many are of interest
     * @param clock for when ranges were pinned
     */
    public ExampleLog(KafkaConnection connection, Pipeline pipeline, InstantSource clock) {
        this.connection = connection;
        this.clock = clock;
        this.topic = pipeline.name() + ".examples";
        this.partitions = pipeline.partitions();
        this.last = pipeline.training().last();
        this.rows = FeatureRowSchema.of(pipeline);
        this.reader = WireFormat.deserializer(
                connection.registry(), connection.settings().registryUrl(), false);
    }

    /**
     * Pins and reads everything committed by now that can be among the newest examples the declaration asks for, in any
     * partition.
     *
     * @throws OffsetOutOfRangeException where retention removes records while they are read; trying again helps
     */
    public Pinned readNewest() {
        try (KafkaConsumer<byte[], byte[]> consumer = consumer()) {
            Instant pinnedAt = clock.instant();
            return read(consumer, pin(consumer), pinnedAt);
        }
    }

    /**
     * Reads pinned ranges again.
     *
     * @param contentHash what the ranges held when they were pinned
     * @param pinnedAt when that was
     * @throws UnavailableDatasetException when retention has removed a part of them, or they hold something else now
     */
    public Pinned readAgain(List<OffsetRange> ranges, String contentHash, Instant pinnedAt)
            throws UnavailableDatasetException {
        Pinned read;
        try (KafkaConsumer<byte[], byte[]> consumer = consumer()) {
            requireAll(consumer, ranges);
            try {
                read = read(consumer, ranges, pinnedAt);
            } catch (OffsetOutOfRangeException e) {
                // Retention was at work meanwhile, or the topic was made anew and is shorter.
                requireAll(consumer, ranges);
                throw e;
            }
        }
        if (!read.contentHash().equals(contentHash)) {
            throw new UnavailableDatasetException("the records of " + topic + " in the pinned ranges have the content"
                    + " hash " + read.contentHash() + ", and the training read " + contentHash
                    + ": the topic was deleted, restored or written anew since, and the training set is lost unless a"
                    + " copy of the old topic can be restored with its offsets");
        }
        return read;
    }

    /**
     * Hands on the examples committed since, partition by partition; those that retention has removed meanwhile are passed
     * over.
     *
     * @param from the offset to begin at, by partition; its beginning where there is none
     * @return where to go on, by partition
     */
    public Map<Integer, Long> readSince(Map<Integer, Long> from, Consumer<Example> taker) {
        Map<Integer, Long> next = new HashMap<>();
        try (KafkaConsumer<byte[], byte[]> consumer = consumer()) {
            for (OffsetRange range : pin(consumer)) {
                long begin = Math.max(range.getFromOffset(), from.getOrDefault(range.getPartition(), 0L));
                LogRange.read(consumer, partition(range), begin, range.getToOffset(), record -> {
                    Example example = decode(record);
                    if (example != null) {
                        taker.accept(example);
                    }
                });
                next.put(range.getPartition(), range.getToOffset());
            }
        }
        return next;
    }

    /** Retention may not be waited for: where a record is gone, it is told instead of read around. */
    private KafkaConsumer<byte[], byte[]> consumer() {
        return connection.consumer(
                "freshet-trainer-examples",
                Map.of("max.poll.records", 5_000, "auto.offset.reset", "none", "allow.auto.create.topics", false));
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

    private static void requireAll(KafkaConsumer<byte[], byte[]> consumer, List<OffsetRange> ranges)
            throws UnavailableDatasetException {
        List<TopicPartition> all =
                ranges.stream().map(ExampleLog::partition).distinct().toList();
        Map<TopicPartition, Long> begin = consumer.beginningOffsets(all);
        Map<TopicPartition, Long> end = consumer.endOffsets(all);
        for (OffsetRange range : ranges) {
            TopicPartition partition = partition(range);
            long first = Objects.requireNonNull(begin.get(partition));
            long next = Objects.requireNonNull(end.get(partition));
            if (range.getFromOffset() < range.getToOffset() && range.getFromOffset() < first) {
                throw new UnavailableDatasetException("topic " + range.getTopic() + ", partition "
                        + range.getPartition() + ": offset "
                        + range.getFromOffset() + " is wanted and " + first + " is the first that is left;"
                        + " retention has removed " + (Math.min(first, range.getToOffset()) - range.getFromOffset())
                        + " of the " + (range.getToOffset() - range.getFromOffset()) + " pinned offsets. They"
                        + " cannot be had back: export training sets while they are there, and raise retention.ms"
                        + " of the topic for those to come");
            }
            if (next < range.getToOffset()) {
                throw new UnavailableDatasetException("topic " + range.getTopic() + ", partition "
                        + range.getPartition() + ": offset " + (range.getToOffset() - 1) + " is wanted and the topic"
                        + " ends before " + next + ": it was deleted and made anew since");
            }
        }
    }

    private static TopicPartition partition(OffsetRange range) {
        return new TopicPartition(range.getTopic(), range.getPartition());
    }

    private Pinned read(KafkaConsumer<byte[], byte[]> consumer, List<OffsetRange> ranges, Instant pinnedAt) {
        // As many as one partition may hold in its range.
        Tally tally = new Tally(2 * last);
        for (OffsetRange range : ranges) {
            LogRange.read(consumer, partition(range), range.getFromOffset(), range.getToOffset(), tally::take);
        }
        return new Pinned(
                ranges,
                pinnedAt,
                tally.hash.hex(),
                List.copyOf(tally.schemaIds),
                tally.records,
                tally.examples.given(),
                tally.examples.newest(),
                Optional.ofNullable(tally.newestLabel));
    }

    /** What records come to, one after the other. */
    private final class Tally {
        private final NewestExamples examples;
        private final ContentHash hash = new ContentHash();
        private final TreeSet<Integer> schemaIds = new TreeSet<>();
        private long records;
        private @Nullable Instant newestLabel;

        Tally(int most) {
            this.examples = new NewestExamples(most);
        }

        void take(ConsumerRecord<byte[], byte[]> record) {
            records++;
            hash.add(record.partition(), record.offset(), record.key(), record.value());
            Example example = decode(record);
            if (example != null) {
                schemaIds.add(ByteBuffer.wrap(record.value()).getInt(SCHEMA_ID_AT));
                if (newestLabel == null || example.labelTime().isAfter(newestLabel)) {
                    newestLabel = example.labelTime();
                }
                examples.add(example);
            }
        }
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
