package io.freshet.features;

import static org.assertj.core.api.Assertions.assertThat;

import io.freshet.schemas.check.RejectReason;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.Random;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.EncoderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is sent by mistake or on purpose: nothing may stop the stream, stall it or be lost without a record. */
class FeatureTopologyHostileTest {
    private static final long START = Instant.parse("2025-03-01T00:00:00Z").toEpochMilli();
    private static final String COUNT = "n: { count: event, over: 1h }";

    @TempDir
    Path state;

    @Test
    void shouldNotLookFurtherBackThanAShortWindow() {
        try (Streams streams = new Streams(state, "n: { count: event, over: 10s }")) {
            streams.send(streams.event("a", "s", "k", START, 1.0));
            streams.send(streams.event("b", "s", "k", START + 15_000, 1.0));

            assertThat(streams.features().getLast().values()).containsExactly(0.0);
        }
    }

    @Test
    void shouldCutTextsThatWindowsKeep() {
        try (Streams streams = new Streams(state, "last: { last: event.kind, over: 1h }")) {
            streams.send(streams.event("a", "s", "x".repeat(999) + "\ud83d\ude00" + "y".repeat(60_000), START, 1.0));
            streams.send(streams.event("b", "s", "k", START + 1, 1.0));

            assertThat(streams.features().getLast().values()).containsExactly("x".repeat(999));
        }
    }

    @Test
    void shouldSurviveSumsBeyondTheLargestNumber() {
        try (Streams streams = new Streams(state, "n: { mean: event.amount, over: 1h }")) {
            for (int i = 0; i < 4; i++) {
                streams.send(streams.event("e" + i, "s", "k", START + i, Double.MAX_VALUE));
            }

            assertThat(streams.features()).hasSize(4);
        }
    }

    @Test
    void shouldKeepWindowsOverEverythingWhenIdleEntitiesExpire() {
        try (Streams streams = new Streams(state, "n: { count: event, by: [], over: 1h }")) {
            for (int i = 0; i < 120; i++) {
                streams.send(streams.event("e" + i, "s", "k", START + i * 60_000L, 1.0));
            }

            assertThat(streams.features().subList(70, 120))
                    .allSatisfy(
                            row -> assertThat((Double) row.values().getFirst()).isGreaterThan(50));
        }
    }

    @Test
    void shouldCountWhatIsRejectedByReason() {
        try (Streams streams = new Streams(state, COUNT)) {
            streams.send(streams.event("a", "s", "k", START, 1.0));
            streams.send(streams.event("a", "s", "k", START, 1.0));
            streams.send(streams.event("a", "s", "k", START, 1.0));
            streams.send(streams.event("b", "s", "forbidden", START, 1.0));

            assertThat(streams.rejections(RejectReason.DUPLICATE)).isEqualTo(2);
            assertThat(streams.rejections(RejectReason.RULE_BREACHED)).isEqualTo(1);
            assertThat(streams.rejections(RejectReason.TOO_LATE)).isZero();
        }
    }

    @Test
    void shouldNameTheIdOfARecordThatBreachesARule() {
        try (Streams streams = new Streams(state, COUNT)) {
            streams.send(streams.event("a", "s", "forbidden", START, 1.0));

            assertThat(streams.rejected())
                    .singleElement()
                    .extracting("recordId")
                    .isEqualTo("a");
        }
    }

    @Test
    void shouldRecordALabelWithoutValue() {
        try (Streams streams = new Streams(state, COUNT)) {
            streams.send(streams.event("a", "s", "k", START, 1.0));
            streams.send(streams.label("a", START + 1, null));

            assertThat(streams.examples().size() + streams.rejected().size()).isEqualTo(1);
        }
    }

    @Test
    void shouldNotBeStalledByOneEventFromAhead() {
        try (Streams streams = new Streams(state, COUNT)) {
            long now = Streams.NOW.toEpochMilli();
            streams.send(streams.event("a", "s", "k", now, 1.0));
            streams.send(streams.event("b", "s", "k", now + 23 * 3_600_000L, 1.0));
            streams.send(streams.event("c", "s", "k", now + 1_000, 1.0));

            assertThat(streams.features()).extracting("eventId").contains("c");
        }
    }

    @Test
    void shouldRefuseATextThatClaimsToBeHuge() throws Exception {
        try (Streams streams = new Streams(state, COUNT)) {
            byte[] good = streams.bytesOf(streams.event("a", "s", "k", START, 1.0));
            for (long claimed : new long[] {500_000_000L, 2_000_000_000L, Integer.MAX_VALUE - 9, -5, Long.MAX_VALUE}) {
                ByteArrayOutputStream bytes = new ByteArrayOutputStream();
                bytes.write(good, 0, 5);
                BinaryEncoder encoder = EncoderFactory.get().directBinaryEncoder(bytes, null);
                encoder.writeLong(claimed);
                bytes.write(1);
                streams.sendEventBytes(bytes.toByteArray());
            }

            assertThat(streams.rejected()).hasSize(5);
        }
    }

    @Test
    void shouldRefuseWhateverFollowsAValidHeader() {
        long seed = Long.getLong("seed", new Random().nextLong());
        Random random = new Random(seed);
        try (Streams streams = new Streams(state, COUNT)) {
            byte[] good = streams.bytesOf(streams.event("a", "s", "k", START, 1.0));
            int sent = 0;
            for (int i = 0; i < 3_000; i++) {
                byte[] bytes = Arrays.copyOf(good, 5 + random.nextInt(60));
                for (int at = 5; at < bytes.length; at++) {
                    bytes[at] = random.nextInt(3) == 0 || at >= good.length ? (byte) random.nextInt() : bytes[at];
                }
                streams.sendEventBytes(bytes);
                sent++;
            }

            assertThat(streams.rejected().size() + streams.features().size())
                    .as("seed %d", seed)
                    .isEqualTo(sent);
        }
    }

    @Test
    void shouldRefuseASchemaOfAnotherType() throws Exception {
        try (Streams streams = new Streams(state, COUNT)) {
            int id = streams.registry.register(
                    "other-value", new io.confluent.kafka.schemaregistry.avro.AvroSchema("\"string\""));
            streams.sendEventBytes(ByteBuffer.allocate(7)
                    .put((byte) 0)
                    .putInt(id)
                    .put((byte) 2)
                    .put((byte) 'x')
                    .array());

            assertThat(streams.rejected()).singleElement().extracting("reason").isEqualTo("SCHEMA_MISMATCH");
        }
    }
}
