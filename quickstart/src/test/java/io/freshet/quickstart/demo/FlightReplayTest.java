package io.freshet.quickstart.demo;

import static org.assertj.core.api.Assertions.assertThat;

import io.freshet.quickstart.demo.FlightReplay.Options;
import io.freshet.quickstart.send.FakeIngest;
import io.freshet.quickstart.send.FakeIngest.Fate;
import io.freshet.quickstart.send.Speed;
import io.freshet.quickstart.send.VirtualClock;
import io.freshet.schemas.message.RecordKind;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

class FlightReplayTest {
    private static final Path FLIGHTS = Path.of("../pipelines/flight-delays/flights_2001h1_1in5.csv.gz");
    private static final Instant UNTIL = Instant.parse("2001-01-03T00:00:00Z");

    private final VirtualClock clock = new VirtualClock();

    @Test
    void shouldCountWhatItSentAndHowItWasTaken() throws Exception {
        try (FakeIngest ingest = FakeIngest.start(request -> request % 7 == 3 ? Fate.ANSWER_LOST : Fate.ANSWERED)) {
            FlightReplay replay = replay(ingest, new Options(Speed.MAX, Optional.of(UNTIL), 42, 100, 100));

            ReplayCounts counts = replay.run();

            long events = lines(ingest, RecordKind.EVENT);
            long labels = lines(ingest, RecordKind.LABEL);
            assertThat(counts.finished()).isTrue();
            assertThat(counts.flights()).isGreaterThan(4_000);
            assertThat(counts.labels()).isBetween(counts.flights() - 1_000, counts.flights() - 1);
            assertThat(counts.duplicates()).isBetween(20L, 100L);
            assertThat(counts.malformed()).isBetween(20L, 100L).isEqualTo(counts.eventsRefused());
            assertThat(counts.labelsRefused()).isZero();
            assertThat(counts.requestsRepeated()).isPositive();
            assertThat(events).isEqualTo(counts.events() + counts.eventsUncertain());
            assertThat(labels).isEqualTo(counts.labels() + counts.labelsUncertain());
            // A flight's event, a label and a broken event without an id are all that is left without the repeats.
            assertThat(new HashSet<>(ingest.lines()))
                    .hasSize((int) (counts.flights() + counts.malformed() + counts.labels()));
            assertThat(counts.eventTime())
                    .hasValueSatisfying(time ->
                            assertThat(time).isBetween(UNTIL.minus(Duration.ofMinutes(10)), UNTIL.minusMillis(1)));
            assertThat(replay.counts()).isEqualTo(counts);
        }
    }

    @Test
    void shouldPassADayASecond() throws Exception {
        try (FakeIngest ingest = FakeIngest.start(request -> Fate.ANSWERED)) {
            replay(ingest, Options.DEFAULT.withUntil(UNTIL)).run();

            assertThat(clock.elapsed()).isBetween(Duration.ofMillis(1_900), Duration.ofMillis(2_100));
        }
    }

    @Test
    void shouldStopWhenAsked() throws Exception {
        AtomicReference<FlightReplay> running = new AtomicReference<>();
        try (FakeIngest ingest = FakeIngest.start(request -> {
            if (request == 10) {
                running.get().stop();
            }
            return Fate.ANSWERED;
        })) {
            running.set(replay(ingest, Options.DEFAULT.withSpeed(Speed.MAX)));

            ReplayCounts counts = running.get().run();

            assertThat(counts.finished()).isFalse();
            assertThat(ingest.requests()).isBetween(11, 12);
            assertThat(counts.events()).isEqualTo(lines(ingest, RecordKind.EVENT));
        }
    }

    private FlightReplay replay(FakeIngest ingest, Options options) {
        return new FlightReplay(FLIGHTS, ingest.uri(), "flights", options, clock);
    }

    private static long lines(FakeIngest ingest, RecordKind kind) {
        return ingest.published().stream()
                .filter(batch -> batch.kind() == kind)
                .mapToLong(batch -> batch.lines().size())
                .sum();
    }
}
