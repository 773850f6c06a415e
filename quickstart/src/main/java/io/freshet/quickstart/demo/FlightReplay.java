package io.freshet.quickstart.demo;

import io.freshet.quickstart.demo.Timeline.Faults;
import io.freshet.quickstart.demo.Timeline.Item;
import io.freshet.quickstart.demo.Timeline.Origin;
import io.freshet.quickstart.platform.PlatformException;
import io.freshet.quickstart.send.IngestClient;
import io.freshet.quickstart.send.IngestClient.Answer;
import io.freshet.quickstart.send.PacedSender;
import io.freshet.quickstart.send.Speed;
import io.freshet.quickstart.send.WallClock;
import io.freshet.schemas.message.RecordKind;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Sends the recorded flights to ingest-service as a producer would. {@link #run} belongs to one thread; {@link #counts}
 * and {@link #stop} to any.
 */
public final class FlightReplay {
    private static final Duration PATIENCE = Duration.ofMinutes(5);
    private static final Duration LONGEST_TICK = Duration.ofHours(2);

    /**
     * How to replay.
     *
     * @param speed how fast event time passes
     * @param until nothing at or after this time is sent; empty for everything
     * @param seed chooses the faults
     * @param duplicateOneIn one in so many events is sent a second time, minutes later; 0 for none
     * @param malformedOneIn after one in so many events comes a malformed one; 0 for none
     */
    public record Options(Speed speed, Optional<Instant> until, long seed, int duplicateOneIn, int malformedOneIn) {
        /** A day a second, everything, one duplicate in 2,000 events and one malformed event for each 5,000. */
        public static final Options DEFAULT =
                new Options(new Speed(86_400), Optional.empty(), 20_010_101, 2_000, 5_000);

        public Options {
            if (duplicateOneIn < 0 || malformedOneIn < 0) {
                throw new IllegalArgumentException(
                        "one in " + duplicateOneIn + " and " + malformedOneIn + " must not be below 0");
            }
        }

        public Options withSpeed(Speed other) {
            return new Options(other, until, seed, duplicateOneIn, malformedOneIn);
        }

        public Options withUntil(Instant other) {
            return new Options(speed, Optional.of(other), seed, duplicateOneIn, malformedOneIn);
        }
    }

    private final Path flights;
    private final URI ingest;
    private final String pipeline;
    private final Options options;
    private final WallClock clock;
    private volatile ReplayCounts counts = ReplayCounts.NONE;
    private volatile boolean stopped;

    /**
     * @param flights the recorded flights, gzipped CSV
     * @param ingest base URL of ingest-service
     * @param pipeline the pipeline's name
     */
    public FlightReplay(Path flights, URI ingest, String pipeline, Options options) {
        this(flights, ingest, pipeline, options, WallClock.SYSTEM);
    }

    FlightReplay(Path flights, URI ingest, String pipeline, Options options, WallClock clock) {
        this.flights = flights;
        this.ingest = ingest;
        this.pipeline = pipeline;
        this.options = options;
        this.clock = clock;
    }

    /**
     * Sends until everything was sent and answered, or {@link #stop} was called; to be called once.
     *
     * @throws PlatformException when the flights cannot be read, or the service cannot be reached for 5 minutes
     */
    public ReplayCounts run() throws InterruptedException {
        try (FlightsFile file = FlightsFile.open(flights);
                IngestClient client = new IngestClient(ingest, pipeline, PATIENCE, clock)) {
            Iterator<Item> timeline = before(
                    options.until(),
                    new Timeline(file, new Faults(options.seed(), options.duplicateOneIn(), options.malformedOneIn())));
            boolean all = new PacedSender(client, options.speed(), LONGEST_TICK, clock, () -> stopped)
                    .send(timeline, new Counter());
            counts = finished(counts, all);
            return counts;
        } catch (IOException | UncheckedIOException e) {
            throw new PlatformException(flights + " cannot be read: " + e.getMessage(), e);
        }
    }

    /** What was sent and answered so far. */
    public ReplayCounts counts() {
        return counts;
    }

    /** Ends the replay after the request that is under way. */
    public void stop() {
        stopped = true;
    }

    private static ReplayCounts finished(ReplayCounts now, boolean all) {
        return new ReplayCounts(
                now.flights(),
                now.duplicates(),
                now.malformed(),
                now.labels(),
                now.eventsRefused(),
                now.labelsRefused(),
                now.requestsRepeated(),
                now.eventsUncertain(),
                now.labelsUncertain(),
                now.eventTime(),
                all);
    }

    /** The items up to the first one at or after {@code until}; the rest is not read. */
    private static Iterator<Item> before(Optional<Instant> until, Iterator<Item> items) {
        if (until.isEmpty()) {
            return items;
        }
        long end = until.get().toEpochMilli();
        return new Iterator<>() {
            private @Nullable Item next = following();

            private @Nullable Item following() {
                Item item = items.hasNext() ? items.next() : null;
                return item == null || item.time() >= end ? null : item;
            }

            @Override
            public boolean hasNext() {
                return next != null;
            }

            @Override
            public Item next() {
                Item item = next;
                if (item == null) {
                    throw new NoSuchElementException();
                }
                next = following();
                return item;
            }
        };
    }

    private final class Counter implements PacedSender.Observer<Item> {
        @Override
        public void answered(List<Item> batch, Answer answer) {
            ReplayCounts now = counts;
            boolean events = batch.getFirst().kind() == RecordKind.EVENT;
            long refused = answer.rejects().size();
            long uncertain = (long) answer.open() * batch.size();
            Instant last = Instant.ofEpochMilli(batch.getLast().time());
            counts = new ReplayCounts(
                    now.flights() + count(batch, Origin.FLIGHT),
                    now.duplicates() + count(batch, Origin.DUPLICATE),
                    now.malformed() + count(batch, Origin.MALFORMED),
                    now.labels() + count(batch, Origin.LABEL),
                    now.eventsRefused() + (events ? refused : 0),
                    now.labelsRefused() + (events ? 0 : refused),
                    now.requestsRepeated() + answer.repeats(),
                    now.eventsUncertain() + (events ? uncertain : 0),
                    now.labelsUncertain() + (events ? 0 : uncertain),
                    Optional.of(now.eventTime().filter(last::isBefore).orElse(last)),
                    false);
        }

        @Override
        public void unanswered(List<Item> batch) {
            ReplayCounts now = counts;
            boolean events = batch.getFirst().kind() == RecordKind.EVENT;
            counts = new ReplayCounts(
                    now.flights(),
                    now.duplicates(),
                    now.malformed(),
                    now.labels(),
                    now.eventsRefused(),
                    now.labelsRefused(),
                    now.requestsRepeated(),
                    now.eventsUncertain() + (events ? batch.size() : 0),
                    now.labelsUncertain() + (events ? 0 : batch.size()),
                    now.eventTime(),
                    false);
        }

        private static long count(List<Item> batch, Origin origin) {
            return batch.stream().filter(item -> item.origin() == origin).count();
        }
    }
}
