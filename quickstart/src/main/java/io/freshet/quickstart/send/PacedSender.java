package io.freshet.quickstart.send;

import io.freshet.schemas.message.RecordKind;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Sends a timeline at the pace of its event time. Every 50 ms what has become due goes out, events before labels, each in
 * the order of the timeline; nothing is sent before all earlier batches are answered. When answers are slower than the
 * pace, the sender falls behind and catches up as fast as is answered.
 */
public final class PacedSender {
    /** The most records in one request. */
    public static final int LARGEST_REQUEST = 2_000;

    private static final Duration TICK = Duration.ofMillis(50);

    /** Told about each batch. */
    public interface Observer<T extends Outgoing> {
        /** The whole batch was judged. */
        void answered(List<T> batch, IngestClient.Answer answer);

        /** Sending was stopped without an answer to this batch: it is on the log, or not. */
        void unanswered(List<T> batch);
    }

    private final IngestClient client;
    private final Speed speed;
    private final long longestTick;
    private final WallClock clock;
    private final BooleanSupplier stopped;

    /**
     * @param longestTick the most event time that goes out at once, so that labels do not trail far behind events when
     *     sending is behind or unpaced
     * @param stopped asked at every tick and every repetition; once true, sending ends
     */
    public PacedSender(
            IngestClient client, Speed speed, Duration longestTick, WallClock clock, BooleanSupplier stopped) {
        this.client = client;
        this.speed = speed;
        this.longestTick = longestTick.toMillis();
        this.clock = clock;
        this.stopped = stopped;
    }

    /**
     * Sends until the timeline ends or sending is stopped.
     *
     * @return whether all of it was sent and answered
     * @throws io.freshet.quickstart.platform.PlatformException as {@link IngestClient#send}
     */
    public <T extends Outgoing> boolean send(Iterator<T> timeline, Observer<T> observer) throws InterruptedException {
        T next = following(timeline);
        long began = clock.nanoTime();
        long first = Outgoing.UNTIMED;
        while (next != null && !stopped.getAsBoolean()) {
            long now = clock.nanoTime();
            if (first == Outgoing.UNTIMED && next.time() != Outgoing.UNTIMED) {
                first = next.time();
                began = now;
            }
            long due = due(first, Duration.ofNanos(now - began));
            long end = Math.min(due, plus(next.time(), longestTick));
            List<T> events = new ArrayList<>();
            List<T> labels = new ArrayList<>();
            while (next != null && next.time() <= end && events.size() + labels.size() < LARGEST_REQUEST) {
                (next.kind() == RecordKind.EVENT ? events : labels).add(next);
                next = following(timeline);
            }
            if (!deliver(RecordKind.EVENT, events, observer) || !deliver(RecordKind.LABEL, labels, observer)) {
                return false;
            }
            boolean behind = next == null || next.time() <= due;
            if (!behind) {
                clock.pause(TICK.minusNanos(clock.nanoTime() - now));
            }
        }
        return next == null;
    }

    private <T extends Outgoing> boolean deliver(RecordKind kind, List<T> batch, Observer<T> observer)
            throws InterruptedException {
        if (batch.isEmpty()) {
            return true;
        }
        Optional<IngestClient.Answer> answer = client.send(kind, batch, stopped);
        answer.ifPresentOrElse(given -> observer.answered(batch, given), () -> observer.unanswered(batch));
        return answer.isPresent();
    }

    private long due(long first, Duration passed) {
        if (speed.unlimited()) {
            return Long.MAX_VALUE;
        }
        return first == Outgoing.UNTIMED ? Outgoing.UNTIMED : plus(first, speed.millisIn(passed));
    }

    /** The sum, the greatest long where it would be more. */
    private static long plus(long time, long millis) {
        return time > Long.MAX_VALUE - millis ? Long.MAX_VALUE : time + millis;
    }

    private static <T> @Nullable T following(Iterator<T> timeline) {
        return timeline.hasNext() ? timeline.next() : null;
    }
}
