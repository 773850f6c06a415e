package io.freshet.features;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BiPredicate;
import java.util.function.Function;
import org.apache.avro.generic.GenericRecord;
import org.jspecify.annotations.Nullable;

/**
 * The features of {@link FeatureTopologyPropertyTest} as the definition states them: every row looks at every arrival
 * before it. Quadratic, and shares no code with the product.
 */
final class WindowDefinition {
    private static final long MINUTE = 60_000;
    private static final long HOUR = 60 * MINUTE;
    private static final long LATENESS = 10 * MINUTE;
    private static final long HORIZON = 2 * HOUR + LATENESS;

    static final String[] FEATURES = {
        "amount: { value: event.amount }",
        "hour: { value: 'hour(event.at, \"UTC\")' }",
        "n_5m: { count: event, over: 5m }",
        "sum_5m: { sum: event.amount, by: kind, over: 5m }",
        "min_1h: { min: event.amount, by: kind, over: 1h }",
        "max_1h: { max: event.amount, by: [shop, kind], over: 1h }",
        "late_1h: { mean: label.minutes > 15, by: [shop, hour], over: 1h }",
        "minutes_2h: { mean: label.minutes, by: [], over: 2h }",
        "labels_1h: { count: label, by: shop, over: 1h }",
    };

    record Fact(GenericRecord event, @Nullable GenericRecord label, long time) {}

    record Row(String id, @Nullable Double prior, List<@Nullable Object> values) {}

    record Joined(String id, double label, long known) {}

    record Refused(String kind, String reason, String id) {}

    /** What is remembered of an id. */
    private record Remembered(
            @Nullable GenericRecord event, @Nullable GenericRecord label, long until) {}

    final List<Row> rows = new ArrayList<>();
    final List<Joined> joined = new ArrayList<>();
    final List<Refused> refused = new ArrayList<>();
    private final List<Fact> events = new ArrayList<>();
    private final List<Fact> labels = new ArrayList<>();
    private final Map<String, Remembered> remembered = new TreeMap<>();
    private long newestEvent = Long.MIN_VALUE;
    private long clock = Long.MIN_VALUE;
    private long known;
    private long positives;

    void event(GenericRecord event) {
        String id = (String) event.get("id");
        long time = (Long) event.get("at");
        if (event.get("amount") instanceof Double amount && !Double.isFinite(amount)) {
            refused.add(new Refused("EVENT", "NOT_FINITE", id));
            return;
        }
        if (event.get("kind").equals("forbidden")) {
            refused.add(new Refused("EVENT", "RULE_BREACHED", id));
            return;
        }
        Remembered before = remembered.get(id);
        if (before != null && before.event() != null) {
            refused.add(new Refused("EVENT", "DUPLICATE", id));
        } else if (newestEvent != Long.MIN_VALUE && time < newestEvent - LATENESS) {
            refused.add(new Refused("EVENT", "TOO_LATE", id));
        } else {
            rows.add(new Row(id, known == 0 ? null : (Double) ((double) positives / known), values(event, time)));
            events.add(new Fact(event, null, time));
            remembered.put(id, new Remembered(event, before == null ? null : before.label(), forgetAt(time)));
            newestEvent = Math.max(newestEvent, time);
            clock = Math.max(clock, time);
            if (before != null && before.label() != null) {
                join(event, before.label());
            }
        }
        forget();
    }

    void label(GenericRecord label) {
        String id = (String) label.get("id");
        long time = (Long) label.get("known");
        Remembered before = remembered.get(id);
        if (before != null && before.label() != null) {
            refused.add(new Refused("LABEL", "DUPLICATE", id));
        } else if (before == null) {
            remembered.put(id, new Remembered(null, label, forgetAt(time)));
            clock = Math.max(clock, time);
        } else {
            remembered.put(id, new Remembered(before.event(), label, before.until()));
            join(before.event(), label);
        }
        forget();
    }

    private void join(GenericRecord event, GenericRecord label) {
        long time = (Long) label.get("known");
        clock = Math.max(clock, time);
        labels.add(new Fact(event, label, time));
        boolean positive = (Integer) label.get("minutes") > 15;
        known++;
        positives += positive ? 1 : 0;
        joined.add(new Joined((String) event.get("id"), positive ? 1 : 0, time));
    }

    /** Wait and lateness after its time, and after now, rounded up to a 24th of them. */
    private long forgetAt(long time) {
        long step = HORIZON / 24;
        return Math.ceilDiv(Math.max(time + HORIZON, clock + 1), step) * step;
    }

    private void forget() {
        List<String> past = new ArrayList<>();
        remembered.forEach((id, state) -> {
            if (state.until() <= clock) {
                past.add(id);
            }
        });
        for (String id : past) {
            Remembered state = remembered.remove(id);
            if (state.event() == null) {
                refused.add(new Refused("LABEL", "UNKNOWN_EVENT", id));
            }
        }
    }

    private List<@Nullable Object> values(GenericRecord row, long time) {
        Function<Fact, @Nullable Double> amount = fact -> (Double) fact.event().get("amount");
        Function<Fact, @Nullable Double> minutes =
                fact -> ((Integer) fact.label().get("minutes")).doubleValue();
        BiPredicate<GenericRecord, GenericRecord> shop = (a, b) -> a.get("shop").equals(b.get("shop"));
        BiPredicate<GenericRecord, GenericRecord> kind = (a, b) -> a.get("kind").equals(b.get("kind"));
        BiPredicate<GenericRecord, GenericRecord> hour = (a, b) -> hour(a) == hour(b);
        List<@Nullable Object> values = new ArrayList<>();
        values.add(row.get("amount"));
        values.add((double) hour(row));
        values.add((double) in(events, row, time, 5 * MINUTE, shop, fact -> 1.0).size());
        values.add(in(events, row, time, 5 * MINUTE, kind, amount).stream()
                .mapToDouble(Double::doubleValue)
                .sum());
        values.add(in(events, row, time, HOUR, kind, amount).stream()
                .min(Double::compare)
                .orElse(null));
        values.add(in(events, row, time, HOUR, shop.and(kind), amount).stream()
                .max(Double::compare)
                .orElse(null));
        values.add(mean(in(labels, row, time, HOUR, shop.and(hour), fact -> minutes.apply(fact) > 15 ? 1.0 : 0.0)));
        values.add(mean(in(labels, row, time, 2 * HOUR, (a, b) -> true, minutes)));
        values.add((double) in(labels, row, time, HOUR, shop, fact -> 1.0).size());
        return values;
    }

    private static int hour(GenericRecord event) {
        return (int) ((Long) event.get("at") / HOUR % 24);
    }

    private static @Nullable Double mean(List<Double> of) {
        return of.isEmpty()
                ? null
                : (Double)
                        of.stream().mapToDouble(Double::doubleValue).average().orElseThrow();
    }

    private static List<Double> in(
            List<Fact> facts,
            GenericRecord row,
            long time,
            long over,
            BiPredicate<GenericRecord, GenericRecord> sameEntity,
            Function<Fact, @Nullable Double> value) {
        long tile = Math.max(1_000, over / 24);
        long first = Math.floorDiv(time - over, tile) + 1;
        long last = Math.floorDiv(time, tile);
        List<Double> values = new ArrayList<>();
        for (Fact fact : facts) {
            long at = Math.floorDiv(fact.time(), tile);
            Double each = value.apply(fact);
            if (at >= first && at <= last && each != null && sameEntity.test(row, fact.event())) {
                values.add(each);
            }
        }
        return values;
    }
}
