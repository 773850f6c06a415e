package io.freshet.features;

import io.freshet.features.order.Position;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.jspecify.annotations.Nullable;

/** One lane's way to the next step: records to one partition each, promises to all of them. */
final class PromiseTeller {
    /** How often a task should say how far it has come. */
    static final Duration EVERY = Duration.ofMillis(100);

    private static final Duration AT_LEAST_EVERY = Duration.ofSeconds(1);

    private final ProcessorContext<byte[], byte[]> context;
    private final int lane;
    private final List<String> sinks;
    private @Nullable Position told;
    private boolean toldCaughtUp;
    private long toldAt;

    /**
     * @param sinks where promises go, which have {@link StagePartitioner}
     */
    PromiseTeller(ProcessorContext<byte[], byte[]> context, int lane, List<String> sinks) {
        this.context = context;
        this.lane = lane;
        this.sinks = sinks;
    }

    void send(Position position, boolean caughtUp, String key, byte[] body, String sink) {
        Envelope envelope = new Envelope(lane, position, caughtUp, body);
        forward(key.getBytes(StandardCharsets.UTF_8), envelope, sink);
    }

    /** Tells everybody, if there is news or nothing was told for a while. */
    void promise(Position upTo, boolean caughtUp, long now) {
        if (upTo.equals(told) && caughtUp == toldCaughtUp && now - toldAt < AT_LEAST_EVERY.toMillis()) {
            return;
        }
        told = upTo;
        toldCaughtUp = caughtUp;
        toldAt = now;
        sinks.forEach(sink -> forward(null, Envelope.promise(lane, upTo, caughtUp), sink));
    }

    @SuppressWarnings("NullAway") // A record without a key goes to all partitions; Kafka's interface allows null.
    private void forward(byte @Nullable [] key, Envelope envelope, String sink) {
        context.forward(new Record<>(key, envelope.toBytes(), context.currentSystemTimeMs()), sink);
    }
}
