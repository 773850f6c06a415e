package io.freshet.drift;

import io.confluent.kafka.serializers.KafkaAvroSerializer;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Objects;
import java.util.Optional;
import org.apache.kafka.streams.processor.PunctuationType;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueStore;
import org.jspecify.annotations.Nullable;

/**
 * Feeds the monitor of one partition and publishes what it tells: every second when something has come, and as soon as
 * its journal is full. The journal is all that has to be kept, for what was told is on the topic.
 */
final class PartitionProcessor implements Processor<byte[], Arrival, byte[], byte[]> {
    static final String JOURNAL = "partition-journal";
    static final String PROGRESS = "partition-progress";
    static final String PROFILES_SINK = "write-profiles";

    /** Arrivals told of at once at most: enough for profiles to be smaller than the rows they stand for. */
    static final int JOURNAL_SIZE = 4_096;

    static final Duration TELL_EVERY = Duration.ofSeconds(1);

    /** A partition without rows for this long, processing time, holds up nobody. Longer than a partition changes hands. */
    static final Duration IDLE_AFTER = Duration.ofMinutes(1);

    private static final String TOLD = "told";

    private final FeatureSets sets;
    private final String topic;
    private final KafkaAvroSerializer writer;
    private final InstantSource clock;
    private final PartitionReport report;
    private final SkipCounts skipped;

    private @Nullable ProcessorContext<byte[], byte[]> context;
    private @Nullable PartitionMonitor monitor;
    private @Nullable Journal journal;
    private @Nullable KeyValueStore<String, byte[]> progress;
    private int partition;
    private boolean untold;
    private boolean idle;
    private long lastRowAt;

    PartitionProcessor(FeatureSets sets, KafkaAvroSerializer writer, InstantSource clock) {
        this.sets = sets;
        this.topic = DriftTopology.profiles(sets.declared());
        this.writer = writer;
        this.clock = clock;
        this.report = new PartitionReport(sets);
        this.skipped = new SkipCounts(sets.declared().name(), clock);
    }

    @Override
    public void init(ProcessorContext<byte[], byte[]> given) {
        context = given;
        partition = given.taskId().partition();
        monitor = new PartitionMonitor(sets, partition);
        journal = new Journal(given.getStateStore(JOURNAL), JOURNAL_SIZE);
        progress = given.getStateStore(PROGRESS);
        skipped.register(given.metrics());
        restore();
        lastRowAt = given.currentSystemTimeMs();
        given.schedule(TELL_EVERY, PunctuationType.WALL_CLOCK_TIME, this::look);
    }

    @Override
    public void process(Record<byte[], Arrival> record) {
        if (record.value() instanceof Arrival.Unusable(SkipReason reason)) {
            skipped.count(reason, 1);
        } else if (record.value() instanceof Arrival.Streamed arrival) {
            take(arrival);
        }
    }

    private void take(Arrival.Streamed arrival) {
        Optional<SkipReason> reason = Objects.requireNonNull(monitor).apply(arrival);
        if (reason.isPresent()) {
            skipped.count(reason.get(), 1);
            return;
        }
        if (arrival instanceof Arrival.Row) {
            lastRowAt = Objects.requireNonNull(context).currentSystemTimeMs();
            idle = false;
        }
        untold = true;
        if (!Objects.requireNonNull(journal).add(arrival)) {
            tell();
        }
    }

    private void look(long now) {
        if (!idle && now - lastRowAt >= IDLE_AFTER.toMillis()) {
            idle = true;
            untold = true;
        }
        if (untold) {
            tell();
        }
    }

    private void tell() {
        byte[] key = Integer.toString(partition).getBytes(StandardCharsets.UTF_8);
        for (Arrival.Streamed told : Objects.requireNonNull(monitor).tell(idle)) {
            byte[] value = writer.serialize(topic, report.write(partition, told, clock.instant()));
            Objects.requireNonNull(context).forward(new Record<>(key, value, clock.millis()), PROFILES_SINK);
        }
        untold = false;
        remember(monitor.newestRow(), monitor.newestLabel());
    }

    /** Starts a new generation of the journal, after everything up to these times was told. */
    private void remember(long newestRow, long newestLabel) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (DataOutputStream out = new DataOutputStream(bytes)) {
            out.writeLong(Objects.requireNonNull(journal).next());
            out.writeLong(newestRow);
            out.writeLong(newestLabel);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Objects.requireNonNull(progress).put(TOLD, bytes.toByteArray());
    }

    private void restore() {
        long generation = 0;
        PartitionMonitor restored = Objects.requireNonNull(monitor);
        byte[] kept = Objects.requireNonNull(progress).get(TOLD);
        if (kept != null) {
            try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(kept))) {
                generation = in.readLong();
                restored.restore(in.readLong(), in.readLong());
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        for (Arrival.Streamed arrival : Objects.requireNonNull(journal).restore(generation)) {
            // Under a changed declaration a kept row may have nothing any more that counts.
            restored.apply(arrival).ifPresent(reason -> skipped.count(reason, 1));
            untold = true;
        }
    }
}
