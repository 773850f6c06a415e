package io.freshet.features;

import io.freshet.features.order.Position;
import io.freshet.schemas.message.RecordKind;
import io.freshet.schemas.pipeline.Pipeline;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Objects;
import org.apache.kafka.streams.processor.PunctuationType;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.processor.api.RecordMetadata;
import org.apache.kafka.streams.state.KeyValueStore;
import org.jspecify.annotations.Nullable;

/**
 * The first step where a pipeline has several partitions: checks what came from outside, gives each record its place among
 * all of them and hands it to where its event's id is known. Each partition of events is a lane, and each of labels.
 */
final class IntakeProcessor implements Processor<byte[], Arrival, byte[], byte[]> {
    static final String LANES = "lanes";
    static final String ARRIVALS_SINK = "write-arrivals";
    static final String REJECTED_SINK = "write-rejected-at-intake";

    // A record that was appended longer ago than this is history; a lane without records for the other time is not.
    private static final Duration PRESENT = Duration.ofSeconds(2);
    private static final Duration NOTHING_TO_READ = Duration.ofSeconds(3);
    // Under at-least-once the store may be behind what was handed on before a crash; no place is given twice.
    private static final long LEFT_OUT_AT_START = 1L << 32;

    private final Pipeline pipeline;
    private final Stages.Setting setting;
    private final InstantSource clock;
    private final ArrivalCheck check;
    private final long lateness;
    private final Lane[] lanes = {new Lane(), new Lane()};

    private @Nullable ProcessorContext<byte[], byte[]> context;
    private @Nullable KeyValueStore<byte[], byte[]> store;
    private @Nullable Refusals refusals;
    private boolean opened;

    /** How far a lane has come. */
    private static final class Lane {
        long time;
        long sequence;
        long lastAppended;
        long lastRead;

        @Nullable
        PromiseTeller teller;
    }

    IntakeProcessor(Pipeline pipeline, Stages.Setting setting) {
        this.pipeline = pipeline;
        this.setting = setting;
        this.clock = setting.clock();
        this.check = setting.check(pipeline);
        this.lateness = pipeline.event().lateness().toMillis();
    }

    @Override
    public void init(ProcessorContext<byte[], byte[]> given) {
        context = given;
        opened = false;
        store = given.getStateStore(LANES);
        refusals = setting.refusals(pipeline, given.metrics());
        int partition = setting.partition(given);
        for (RecordKind kind : RecordKind.values()) {
            Lane lane = lane(kind);
            lane.time = 0;
            lane.sequence = 0;
            lane.lastAppended = 0;
            lane.lastRead = given.currentSystemTimeMs();
            lane.teller = new PromiseTeller(given, number(partition, kind), List.of(ARRIVALS_SINK));
        }
        given.schedule(PromiseTeller.EVERY, PunctuationType.WALL_CLOCK_TIME, this::tell);
    }

    /** Lanes of events have even numbers, those of labels odd ones. */
    static int number(int partition, RecordKind kind) {
        return 2 * partition + (kind == RecordKind.EVENT ? 0 : 1);
    }

    private Lane lane(RecordKind kind) {
        return lanes[kind == RecordKind.EVENT ? 0 : 1];
    }

    @Override
    public void process(Record<byte[], Arrival> record) {
        open();
        RecordMetadata source = Objects.requireNonNull(context).recordMetadata().orElseThrow();
        RecordKind kind = source.topic().equals(pipeline.name() + ".labels") ? RecordKind.LABEL : RecordKind.EVENT;
        Lane lane = lane(kind);
        lane.lastAppended = record.timestamp();
        lane.lastRead = Objects.requireNonNull(context).currentSystemTimeMs();
        switch (check.check(kind, record.value(), source.partition(), source.offset())) {
            case ArrivalCheck.Failed(Refusal refusal) -> reject(refusal);
            case ArrivalCheck.Passed(Admitted admitted) -> {
                if (kind == RecordKind.EVENT && admitted.time() < lane.time - lateness) {
                    reject(check.tooLate(admitted, lane.time));
                } else {
                    hand(lane, admitted);
                }
            }
        }
    }

    private void hand(Lane lane, Admitted admitted) {
        // A time ahead of the clock does not hurry the lane, or one such record would make all that follow too late.
        lane.time = Math.max(lane.time, Math.min(admitted.time(), clock.millis()));
        Position position = new Position(
                lane.time, number(setting.partition(Objects.requireNonNull(context)), admitted.kind()), lane.sequence);
        // Every other place is left to what follows from a record.
        lane.sequence += 2;
        save();
        Objects.requireNonNull(lane.teller)
                .send(position, isPresent(lane), admitted.id(), admitted.toBytes(), ARRIVALS_SINK);
    }

    private boolean isPresent(Lane lane) {
        long now = Objects.requireNonNull(context).currentSystemTimeMs();
        return now - lane.lastAppended <= PRESENT.toMillis() || now - lane.lastRead >= NOTHING_TO_READ.toMillis();
    }

    private void tell(long now) {
        open();
        for (RecordKind kind : RecordKind.values()) {
            Lane lane = lane(kind);
            int number = number(setting.partition(Objects.requireNonNull(context)), kind);
            Objects.requireNonNull(lane.teller)
                    .promise(new Position(lane.time, number, lane.sequence), isPresent(lane), now);
        }
    }

    private void open() {
        if (opened) {
            return;
        }
        opened = true;
        byte[] saved = Objects.requireNonNull(store).get(LANES.getBytes(StandardCharsets.UTF_8));
        if (saved != null) {
            ByteBuffer from = ByteBuffer.wrap(saved);
            for (Lane lane : lanes) {
                lane.time = from.getLong();
                lane.sequence = from.getLong() + LEFT_OUT_AT_START;
            }
        }
    }

    private void save() {
        ByteBuffer to = ByteBuffer.allocate(lanes.length * 2 * Long.BYTES);
        for (Lane lane : lanes) {
            to.putLong(lane.time).putLong(lane.sequence);
        }
        Objects.requireNonNull(store).put(LANES.getBytes(StandardCharsets.UTF_8), to.array());
    }

    private void reject(Refusal refusal) {
        Objects.requireNonNull(context).forward(Objects.requireNonNull(refusals).record(refusal), REJECTED_SINK);
    }
}
