package io.freshet.features;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.freshet.schemas.row.Example;
import io.freshet.schemas.row.FeatureRow;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.apache.avro.generic.GenericRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Random streams against the definition of the features, arrival by arrival. */
class FeatureTopologyPropertyTest {
    private static final int STREAMS = 200;
    private static final int ARRIVALS = 250;
    private static final long START = Instant.parse("2025-03-01T22:00:00Z").toEpochMilli();

    @TempDir
    Path state;

    @Test
    void shouldComputeWhatTheDefinitionStates() {
        long first = Long.getLong("seed", new Random().nextLong());
        Map<String, Integer> seen = new HashMap<>();
        for (int i = 0; i < STREAMS; i++) {
            long seed = first + i;
            try {
                compare(new Random(seed), state.resolve("s" + i), seen);
            } catch (RuntimeException | AssertionError e) {
                throw new AssertionError("reproduce with -Dseed=" + seed + ": " + e, e);
            }
        }
        // The generator has to reach every way out.
        assertThat(seen)
                .containsKeys(
                        "rows",
                        "examples",
                        "UNDECODABLE",
                        "UNKNOWN_SCHEMA",
                        "TOMBSTONE",
                        "RULE_BREACHED",
                        "NOT_FINITE",
                        "DUPLICATE",
                        "TOO_LATE",
                        "UNKNOWN_EVENT");
    }

    private static void compare(Random random, Path state, Map<String, Integer> seen) {
        WindowDefinition expected = new WindowDefinition();
        List<String> hostile = new ArrayList<>();
        try (Streams actual = new Streams(state, WindowDefinition.FEATURES)) {
            long time = START;
            List<GenericRecord> sent = new ArrayList<>();
            List<GenericRecord> labels = new ArrayList<>();
            int pace = 1 + random.nextInt(120_000);
            int ids = 0;
            for (int i = 0; i < ARRIVALS; i++) {
                time += random.nextInt(pace);
                int draw = random.nextInt(100);
                if (draw < 4) {
                    hostile.add(hostile(random, actual));
                } else if (draw < 55 || sent.isEmpty()) {
                    long at = time
                            - switch (random.nextInt(12)) {
                                case 0, 1 -> random.nextInt(600_000);
                                case 2 -> random.nextInt(2_000_000);
                                default -> 0;
                            };
                    GenericRecord event = actual.event(
                            "o" + ids++,
                            "shop" + random.nextInt(3),
                            random.nextInt(20) == 0 ? "forbidden" : "kind" + random.nextInt(2),
                            at,
                            amount(random));
                    sent.add(event);
                    if (random.nextInt(8) == 0) {
                        // Its label comes before it, or the event never comes.
                        GenericRecord label = actual.label((String) event.get("id"), time, random.nextInt(40));
                        actual.send(label);
                        expected.label(label);
                        labels.add(label);
                        if (random.nextInt(3) == 0) {
                            continue;
                        }
                    }
                    actual.send(event);
                    expected.event(event);
                } else if (draw < 60) {
                    GenericRecord again = sent.get(Math.max(0, sent.size() - 1 - random.nextInt(30)));
                    actual.send(again);
                    expected.event(again);
                } else if (draw < 64 && !labels.isEmpty()) {
                    GenericRecord again = labels.get(Math.max(0, labels.size() - 1 - random.nextInt(30)));
                    actual.send(again);
                    expected.label(again);
                } else {
                    String id = (String) sent.get(Math.max(0, sent.size() - 1 - random.nextInt(40)))
                            .get("id");
                    GenericRecord label = actual.label(id, time - random.nextInt(3) * 60_000, random.nextInt(40));
                    actual.send(label);
                    expected.label(label);
                    labels.add(label);
                }
            }
            check(expected, hostile, actual, seen);
        }
    }

    private static Double amount(Random random) {
        return switch (random.nextInt(15)) {
            case 0 -> null;
            case 1 -> Double.NaN;
            default -> random.nextInt(1_000) / 8.0 - 20;
        };
    }

    private static String hostile(Random random, Streams actual) {
        byte[] bytes = new byte[random.nextInt(40)];
        random.nextBytes(bytes);
        int draw = random.nextInt(3);
        String reason;
        if (draw == 0) {
            bytes = null;
            reason = "TOMBSTONE";
        } else if (draw == 1) {
            bytes = new byte[] {0, 0x7f, 1, 2, 3, 4, 5};
            reason = "UNKNOWN_SCHEMA";
        } else {
            if (bytes.length > 0) {
                bytes[0] = 1;
            }
            reason = "UNDECODABLE";
        }
        if (random.nextBoolean()) {
            actual.sendEventBytes(bytes);
        } else {
            actual.sendLabelBytes(bytes);
        }
        return reason;
    }

    private static void check(
            WindowDefinition expected, List<String> hostile, Streams actual, Map<String, Integer> seen) {
        List<FeatureRow> rows = actual.features();
        assertThat(rows)
                .extracting(FeatureRow::eventId)
                .isEqualTo(expected.rows.stream().map(WindowDefinition.Row::id).toList());
        Map<String, List<FeatureRow>> byId = new HashMap<>();
        for (int i = 0; i < rows.size(); i++) {
            FeatureRow row = rows.get(i);
            WindowDefinition.Row should = expected.rows.get(i);
            assertThat(row.prior()).as("prior of %s", row).isEqualTo(should.prior());
            for (int f = 0; f < should.values().size(); f++) {
                Object value = row.values().get(f);
                if (value instanceof Double number && should.values().get(f) instanceof Double other) {
                    assertThat(number)
                            .as("%s of %s", WindowDefinition.FEATURES[f], row)
                            .isEqualTo(other, within(1e-9));
                } else {
                    assertThat(value)
                            .as("%s of %s", WindowDefinition.FEATURES[f], row)
                            .isEqualTo(should.values().get(f));
                }
            }
            byId.computeIfAbsent(row.eventId(), id -> new ArrayList<>()).add(row);
        }
        List<Example> examples = actual.examples();
        assertThat(examples.stream()
                        .map(e -> new WindowDefinition.Joined(
                                e.row().eventId(), e.label(), e.labelTime().toEpochMilli()))
                        .toList())
                .isEqualTo(expected.joined);
        assertThat(examples)
                .allSatisfy(
                        example -> assertThat(byId.get(example.row().eventId())).contains(example.row()));
        List<String> reasons = new ArrayList<>();
        Map<String, Integer> balance = new TreeMap<>();
        actual.rejected().forEach(refused -> {
            reasons.add(refused.getReason());
            balance.merge(refused.getReason() + " " + refused.getRecordId(), 1, Integer::sum);
        });
        hostile.forEach(reason -> balance.merge(reason + " null", -1, Integer::sum));
        expected.refused.forEach(refused -> balance.merge(refused.reason() + " " + refused.id(), -1, Integer::sum));
        balance.values().removeIf(count -> count == 0);
        assertThat(balance).as("refused, less what should be").isEmpty();
        reasons.forEach(reason -> seen.merge(reason, 1, Integer::sum));
        seen.merge("rows", rows.size(), Integer::sum);
        seen.merge("examples", examples.size(), Integer::sum);
    }
}
