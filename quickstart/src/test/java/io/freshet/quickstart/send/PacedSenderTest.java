package io.freshet.quickstart.send;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.freshet.quickstart.platform.PlatformException;
import io.freshet.quickstart.send.FakeIngest.Batch;
import io.freshet.quickstart.send.FakeIngest.Fate;
import io.freshet.quickstart.send.IngestClient.Answer;
import io.freshet.schemas.message.RecordKind;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class PacedSenderTest {
    private static final long SEED = 7_2026;
    private static final Duration HOUR = Duration.ofHours(1);

    private record Sent(RecordKind kind, long time, byte[] json) implements Outgoing {}

    private static final class Log implements PacedSender.Observer<Sent> {
        private final List<Answer> answers = new ArrayList<>();
        private int unanswered;

        @Override
        public void answered(List<Sent> batch, Answer answer) {
            answers.add(answer);
        }

        @Override
        public void unanswered(List<Sent> batch) {
            unanswered += batch.size();
        }
    }

    private final VirtualClock clock = new VirtualClock();
    private final Log log = new Log();

    @Test
    void shouldSendNothingBeforeItIsDue() throws Exception {
        List<Duration> at = new ArrayList<>();
        try (FakeIngest ingest = FakeIngest.start(request -> {
                    at.add(clock.elapsed());
                    return Fate.ANSWERED;
                });
                IngestClient client = client(ingest)) {
            // One event each 10 s of event time, at 100 times its speed: one each 100 ms.
            List<Sent> timeline =
                    IntStream.range(0, 21).mapToObj(i -> event(i, i * 10_000L)).toList();

            boolean all =
                    sender(client, new Speed(100), HOUR, new AtomicBoolean()).send(timeline.iterator(), log);

            assertThat(all).isTrue();
            assertThat(at).hasSize(21);
            for (int i = 0; i < at.size(); i++) {
                Duration due = Duration.ofMillis(100L * i);
                assertThat(at.get(i)).isBetween(due, due.plusMillis(50));
            }
        }
    }

    @Test
    void shouldSendEventsOfATickBeforeItsLabels() throws Exception {
        try (FakeIngest ingest = FakeIngest.start(request -> Fate.ANSWERED);
                IngestClient client = client(ingest)) {
            List<Sent> timeline = List.of(label(1, 0), event(2, 1), label(3, 2), event(4, 3), event(5, 7_200_000));

            sender(client, Speed.MAX, HOUR, new AtomicBoolean()).send(timeline.iterator(), log);

            assertThat(ingest.published())
                    .containsExactly(
                            new Batch(RecordKind.EVENT, List.of(text(2), text(4))),
                            new Batch(RecordKind.LABEL, List.of(text(1), text(3))),
                            new Batch(RecordKind.EVENT, List.of(text(5))));
        }
    }

    @Test
    void shouldNeitherLoseNorReorderWhateverTheServiceDoes() throws Exception {
        Random random = new Random(SEED);
        Fate[] fates = Fate.values();
        List<Sent> timeline = new ArrayList<>();
        long time = 0;
        for (int i = 0; i < 10_000; i++) {
            time += random.nextInt(60_000);
            timeline.add(random.nextBoolean() ? event(i, time) : label(i, time));
        }
        try (FakeIngest ingest = FakeIngest.start(request -> fates[random.nextInt(fates.length)]);
                IngestClient client = client(ingest)) {
            sender(client, Speed.MAX, HOUR, new AtomicBoolean()).send(timeline.iterator(), log);

            for (RecordKind kind : RecordKind.values()) {
                // A batch whose answer was lost stands there again, whole, right after itself.
                List<String> distinct = new ArrayList<>(new LinkedHashSet<>(ingest.published().stream()
                        .filter(batch -> batch.kind() == kind)
                        .flatMap(batch -> batch.lines().stream())
                        .toList()));
                assertThat(distinct)
                        .as("seed %d", SEED)
                        .isEqualTo(timeline.stream()
                                .filter(sent -> sent.kind() == kind)
                                .map(sent -> new String(sent.json(), StandardCharsets.UTF_8))
                                .toList());
            }
            assertThat(log.answers.stream().mapToInt(Answer::received).sum()).isEqualTo(10_000);
            assertThat(log.answers.stream().mapToInt(Answer::repeats).sum())
                    .isEqualTo(ingest.requests() - log.answers.size())
                    .isPositive();
        }
    }

    @Test
    void shouldPutAtMostTheLargestRequestInOneAndNeverPauseAtFullSpeed() throws Exception {
        try (FakeIngest ingest = FakeIngest.start(request -> Fate.ANSWERED);
                IngestClient client = client(ingest)) {
            List<Sent> timeline = IntStream.range(0, 4_500)
                    .mapToObj(i -> event(i, Outgoing.UNTIMED))
                    .toList();

            sender(client, Speed.MAX, HOUR, new AtomicBoolean()).send(timeline.iterator(), log);

            assertThat(ingest.published())
                    .extracting(batch -> batch.lines().size())
                    .containsExactly(2_000, 2_000, 500);
            assertThat(clock.pauses()).isZero();
        }
    }

    @Test
    void shouldStopWhileTheServiceIsAway() throws Exception {
        AtomicBoolean stopped = new AtomicBoolean();
        try (FakeIngest ingest = FakeIngest.start(request -> {
                    stopped.set(request == 3);
                    return Fate.UNAVAILABLE;
                });
                IngestClient client = client(ingest)) {
            boolean all = sender(client, Speed.MAX, HOUR, stopped)
                    .send(List.of(event(1, 0), event(2, 0)).iterator(), log);

            assertThat(all).isFalse();
            assertThat(log.unanswered).isEqualTo(2);
            assertThat(ingest.requests()).isEqualTo(4);
        }
    }

    @Test
    void shouldGiveUpWhenPatienceEnds() throws Exception {
        try (FakeIngest ingest = FakeIngest.start(request -> Fate.BUSY);
                IngestClient client = client(ingest)) {
            assertThatThrownBy(() -> sender(client, Speed.MAX, HOUR, new AtomicBoolean())
                            .send(List.of(event(1, 0)).iterator(), log))
                    .isInstanceOf(PlatformException.class)
                    .hasMessageContaining("no answer within 60 s: HTTP 429");
        }
    }

    @Test
    void shouldSayThatThePipelineIsUnknown() throws Exception {
        try (FakeIngest ingest = FakeIngest.start(request -> Fate.ANSWERED);
                IngestClient client = new IngestClient(ingest.uri(), "other", Duration.ofMinutes(1), clock)) {
            assertThatThrownBy(() -> client.send(RecordKind.EVENT, List.of(event(1, 0)), () -> false))
                    .isInstanceOf(PlatformException.class)
                    .hasMessageContaining("no answer within 10 s: no pipeline 'other' is declared there");
        }
    }

    @Test
    void shouldAllowAPipelineToBecomeKnownAfterALongOutage() throws Exception {
        try (FakeIngest ingest = FakeIngest.start(request -> clock.elapsed().toSeconds() < 30
                        ? Fate.UNAVAILABLE
                        : clock.elapsed().toSeconds() < 37 ? Fate.UNKNOWN : Fate.ANSWERED);
                IngestClient client = client(ingest)) {
            var answer = client.send(RecordKind.EVENT, List.of(event(1, 0)), () -> false);

            assertThat(answer)
                    .hasValueSatisfying(given -> assertThat(given.accepted()).isEqualTo(1));
            assertThat(ingest.published()).hasSize(1);
        }
    }

    @Test
    void shouldRefuseAnAddressThatIsNoUrl() {
        assertThatThrownBy(() -> new IngestClient(URI.create("localhost:1"), "p", HOUR, clock))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("localhost:1");
    }

    @Test
    void shouldReadSpeeds() {
        assertThat(Speed.parse("max")).isEqualTo(Speed.MAX);
        assertThat(Speed.parse("0")).isEqualTo(Speed.MAX);
        assertThat(Speed.parse("86400")).isEqualTo(new Speed(86_400));
        for (String wrong : List.of("-1", "NaN", "Infinity", "fast", "")) {
            assertThatThrownBy(() -> Speed.parse(wrong)).isInstanceOf(IllegalArgumentException.class);
        }
    }

    private IngestClient client(FakeIngest ingest) {
        return new IngestClient(ingest.uri(), "flights", Duration.ofMinutes(1), clock);
    }

    private PacedSender sender(IngestClient client, Speed speed, Duration longestTick, AtomicBoolean stopped) {
        return new PacedSender(client, speed, longestTick, clock, stopped::get);
    }

    private static Sent event(int id, long time) {
        return new Sent(RecordKind.EVENT, time, text(id).getBytes(StandardCharsets.UTF_8));
    }

    private static Sent label(int id, long time) {
        return new Sent(RecordKind.LABEL, time, text(id).getBytes(StandardCharsets.UTF_8));
    }

    private static String text(int id) {
        return "{\"flightId\":\"f" + id + "\"}";
    }
}
