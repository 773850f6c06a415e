package io.freshet.features;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.function.ToIntFunction;
import org.apache.avro.generic.GenericRecord;
import org.jspecify.annotations.Nullable;

/**
 * Features as {@code docs/features.md} defines them: every row looks at every arrival before it. Quadratic, and shares no
 * code with the product.
 */
final class WindowDefinition {
    private static final long SECOND = 1_000;
    private static final long MINUTE = 60 * SECOND;
    private static final long HOUR = 60 * MINUTE;
    static final long LATENESS = 10 * MINUTE;
    private static final long HORIZON = 2 * HOUR + LATENESS;

    /**
     * A windowed feature.
     *
     * @param argument event, label, amount, kind, minutes or late
     * @param where empty, big, plain or slow
     */
    record Spec(
            String name,
            String function,
            String argument,
            String where,
            List<String> by,
            long over,
            long hop,
            boolean hopDeclared,
            long delay,
            boolean self,
            double at) {

        boolean ofLabels() {
            return argument.equals("label")
                    || argument.equals("minutes")
                    || argument.equals("late")
                    || where.equals("slow");
        }

        /** The declaration. */
        String yaml() {
            String expression = switch (argument) {
                case "minutes" -> "label.minutes";
                case "late" -> "label.minutes > 15";
                case "amount", "kind" -> "event." + argument;
                default -> argument;
            };
            String condition = switch (where) {
                case "big" -> ", where: event.amount > 20.0";
                case "plain" -> ", where: 'event.kind == \"kind0\"'";
                case "slow" -> ", where: label.minutes > 15";
                default -> "";
            };
            return name + ": { " + function + ": " + expression + condition + ", by: " + by + ", over: " + over + "ms"
                    + (hopDeclared ? ", hop: " + hop + "ms" : "")
                    + (delay > 0 ? ", delay: " + delay + "ms" : "")
                    + (self ? ", includeSelf: true" : "")
                    + (function.equals("quantile") ? ", at: " + at : "") + " }";
        }

        /** Any that the declaration allows. */
        static Spec random(Random random, int number) {
            String function = pick(
                    random,
                    "count",
                    "sum",
                    "mean",
                    "min",
                    "max",
                    "variance",
                    "stddev",
                    "first",
                    "last",
                    "distinct",
                    "quantile",
                    "timeSince",
                    "rate",
                    "trend");
            String argument = switch (function) {
                case "count", "timeSince" -> pick(random, "event", "label", "amount", "kind");
                case "rate" -> pick(random, "event", "label", "amount", "minutes");
                case "first", "last", "distinct" -> pick(random, "kind", "amount", "minutes");
                default -> pick(random, "amount", "minutes", "late");
            };
            String where = random.nextInt(3) > 0 ? "" : pick(random, "big", "plain", "slow");
            // The length of the window, and the hop that the documentation gives for it.
            long[] window = List.of(
                            new long[] {30 * SECOND, 500},
                            new long[] {5 * MINUTE, 5 * SECOND},
                            new long[] {HOUR, MINUTE},
                            new long[] {2 * HOUR, 2 * MINUTE},
                            new long[] {HOUR, 10 * MINUTE},
                            new long[] {10 * MINUTE, 1})
                    .get(random.nextInt(6));
            boolean declared = window[1] == 1 || window[1] == 10 * MINUTE;
            Spec spec = new Spec(
                    "f" + number,
                    function,
                    argument,
                    where,
                    List.of(List.of("shop"), List.of("kind"), List.of("shop", "hour"), List.<String>of())
                            .get(random.nextInt(4)),
                    window[0],
                    window[1],
                    declared,
                    random.nextInt(4) == 0 ? pickDelay(random) : 0,
                    random.nextInt(3) == 0,
                    random.nextInt(5) / 4.0);
            return spec.ofLabels() && spec.self() ? spec.withoutSelf() : spec;
        }

        private Spec withoutSelf() {
            return new Spec(name, function, argument, where, by, over, hop, hopDeclared, delay, false, at);
        }

        private static long pickDelay(Random random) {
            return random.nextBoolean() ? 2 * MINUTE : HOUR;
        }

        private static String pick(Random random, String... among) {
            return among[random.nextInt(among.length)];
        }
    }

    /** An event, or a label of it, that was taken. */
    record Fact(GenericRecord event, @Nullable GenericRecord label, long time) {}

    /** A value and how far off it may be. */
    record Expected(@Nullable Object value, double tolerance) {}

    record Row(String id, @Nullable Double prior, List<Expected> values) {}

    record Joined(String id, double label, long known) {}

    record Refused(String kind, String reason, String id) {}

    /** A row that a late event changed: what it was, and what it would be now. */
    record Correction(String id, List<Expected> before, List<Expected> now) {}

    /** What is remembered of an id. */
    private record Remembered(
            @Nullable GenericRecord event, @Nullable GenericRecord label, long until) {}

    /** A row and its event. */
    private static final class Kept {
        final Fact fact;
        List<Expected> values;

        Kept(Fact fact, List<Expected> values) {
            this.fact = fact;
            this.values = values;
        }
    }

    final List<Row> rows = new ArrayList<>();
    final List<Joined> joined = new ArrayList<>();
    final List<Refused> refused = new ArrayList<>();
    final List<Correction> corrections = new ArrayList<>();
    private final List<Spec> specs;
    private final List<Fact> events = new ArrayList<>();
    private final List<Fact> labels = new ArrayList<>();
    private final List<Kept> kept = new ArrayList<>();
    private final ToIntFunction<String> partitionOfId;
    private final boolean byEntity;
    private final Map<Integer, Ids> partitions = new TreeMap<>();
    private long newestEvent = Long.MIN_VALUE;

    /** What is known of the ids of one partition. */
    private static final class Ids {
        final Map<String, Remembered> remembered = new TreeMap<>();
        long clock = Long.MIN_VALUE;
        long known;
        long positives;
    }

    /** With one partition. */
    WindowDefinition(List<Spec> specs) {
        this(specs, id -> 0, false);
    }

    /** With several, each of which knows its own ids only. */
    WindowDefinition(List<Spec> specs, ToIntFunction<String> partitionOfId) {
        this(specs, partitionOfId, true);
    }

    private WindowDefinition(List<Spec> specs, ToIntFunction<String> partitionOfId, boolean byEntity) {
        this.specs = specs;
        this.byEntity = byEntity;
        this.partitionOfId = partitionOfId;
    }

    private Ids ids(String id) {
        return partitions.computeIfAbsent(partitionOfId.applyAsInt(id), partition -> new Ids());
    }

    /** Why an event is refused whatever came before it; null when it is not. */
    static @Nullable String fault(GenericRecord event) {
        if (event.get("amount") instanceof Double amount && !Double.isFinite(amount)) {
            return "NOT_FINITE";
        }
        return event.get("kind").equals("forbidden") ? "RULE_BREACHED" : null;
    }

    void refuse(GenericRecord event, String reason) {
        refused.add(new Refused("EVENT", reason, (String) event.get("id")));
    }

    void event(GenericRecord event) {
        event(event, (Long) event.get("at"));
    }

    /**
     * @param reached the time that the stream has reached with it
     */
    void event(GenericRecord event, long reached) {
        String id = (String) event.get("id");
        long time = (Long) event.get("at");
        String fault = fault(event);
        if (fault != null) {
            refuse(event, fault);
            return;
        }
        Ids ids = ids(id);
        Remembered before = ids.remembered.get(id);
        if (before != null && before.event() != null) {
            refused.add(new Refused("EVENT", "DUPLICATE", id));
        } else if (newestEvent != Long.MIN_VALUE && time < newestEvent - LATENESS) {
            refused.add(new Refused("EVENT", "TOO_LATE", id));
        } else {
            take(event, id, time, reached);
            ids.remembered.put(id, new Remembered(event, before == null ? null : before.label(), forgetAt(ids, time)));
            newestEvent = Math.max(newestEvent, time);
            ids.clock = Math.max(ids.clock, reached);
            if (before != null && before.label() != null) {
                join(event, before.label(), reached);
            }
        }
        forget(ids);
    }

    private void take(GenericRecord event, String id, long time, long reached) {
        Fact fact = new Fact(event, null, time);
        List<Fact> withItself = new ArrayList<>(events);
        withItself.add(fact);
        List<Expected> values = new ArrayList<>();
        for (Spec spec : specs) {
            values.add(value(spec, event, time, spec.ofLabels() ? labels : spec.self() ? withItself : events));
        }
        Ids ids = ids(id);
        rows.add(new Row(id, ids.known == 0 ? null : (Double) ((double) ids.positives / ids.known), values));
        events.add(fact);
        if (time < Math.max(newestEvent, reached)) {
            correct(fact);
        }
        kept.add(new Kept(fact, values));
    }

    /** What the row of an event would be now, by event id; of an id that came twice, its last. */
    Map<String, List<Expected>> corrected() {
        Map<String, List<Expected>> corrected = new TreeMap<>();
        kept.forEach(row -> corrected.put((String) row.fact.event().get("id"), row.values));
        return corrected;
    }

    /** Of the rows that an event changes, with one partition all windows, with several those of the entities it changes. */
    private void correct(Fact late) {
        Set<List<String>> entities = new LinkedHashSet<>();
        specs.forEach(spec -> entities.add(byEntity ? spec.by() : List.of()));
        for (Kept row : kept) {
            for (List<String> entity : entities) {
                Predicate<Spec> looked =
                        spec -> !spec.ofLabels() && (!byEntity || spec.by().equals(entity));
                if (specs.stream().anyMatch(spec -> looked.test(spec) && changes(spec, late, row.fact))) {
                    correct(row, looked);
                }
            }
        }
    }

    /** Whether an event lies in a window of a row, and gives it something. */
    private static boolean changes(Spec spec, Fact fact, Fact row) {
        return row.time() >= fact.time()
                && inWindow(spec, fact.time(), row.time())
                && sameEntity(spec, fact.event(), row.event())
                && argument(spec, fact) != null;
    }

    private void correct(Kept row, Predicate<Spec> looked) {
        List<Fact> withoutItself = new ArrayList<>(events);
        withoutItself.remove(row.fact);
        List<Expected> now = new ArrayList<>();
        for (int i = 0; i < specs.size(); i++) {
            Spec spec = specs.get(i);
            now.add(
                    looked.test(spec)
                            ? value(spec, row.fact.event(), row.fact.time(), spec.self() ? events : withoutItself)
                            : row.values.get(i));
        }
        corrections.add(new Correction((String) row.fact.event().get("id"), row.values, now));
        row.values = now;
    }

    void label(GenericRecord label) {
        label(label, (Long) label.get("known"));
    }

    /**
     * @param reached the time that the stream has reached with it
     */
    void label(GenericRecord label, long reached) {
        String id = (String) label.get("id");
        long time = (Long) label.get("known");
        Ids ids = ids(id);
        Remembered before = ids.remembered.get(id);
        if (before != null && before.label() != null) {
            refused.add(new Refused("LABEL", "DUPLICATE", id));
        } else if (before == null) {
            ids.remembered.put(id, new Remembered(null, label, forgetAt(ids, time)));
            ids.clock = Math.max(ids.clock, reached);
        } else {
            ids.remembered.put(id, new Remembered(before.event(), label, before.until()));
            join(before.event(), label, reached);
        }
        forget(ids);
    }

    private void join(GenericRecord event, GenericRecord label, long reached) {
        String id = (String) event.get("id");
        Ids ids = ids(id);
        long time = (Long) label.get("known");
        ids.clock = Math.max(ids.clock, reached);
        labels.add(new Fact(event, label, time));
        boolean positive = (Integer) label.get("minutes") > 15;
        ids.known++;
        ids.positives += positive ? 1 : 0;
        joined.add(new Joined(id, positive ? 1 : 0, time));
    }

    /** Wait and lateness after its time, and after now, rounded up to a 24th of them. */
    private static long forgetAt(Ids ids, long time) {
        long step = HORIZON / 24;
        return Math.ceilDiv(Math.max(time + HORIZON, ids.clock + 1), step) * step;
    }

    private void forget(Ids ids) {
        List<String> past = new ArrayList<>();
        ids.remembered.forEach((id, state) -> {
            if (state.until() <= ids.clock) {
                past.add(id);
            }
        });
        for (String id : past) {
            Remembered state = ids.remembered.remove(id);
            if (state.event() == null) {
                refused.add(new Refused("LABEL", "UNKNOWN_EVENT", id));
            }
        }
    }

    private static boolean inWindow(Spec spec, long time, long row) {
        if (spec.delay() == 0) {
            return time <= row && Math.floorDiv(time, spec.hop()) > Math.floorDiv(row - spec.over(), spec.hop());
        }
        long end = Math.floorDiv(row - spec.delay(), spec.hop()) * spec.hop();
        return time >= end - spec.over() && time < end;
    }

    private static boolean sameEntity(Spec spec, GenericRecord a, GenericRecord b) {
        return spec.by().stream()
                .allMatch(part ->
                        part.equals("hour") ? hour(a) == hour(b) : a.get(part).equals(b.get(part)));
    }

    private static int hour(GenericRecord event) {
        return (int) ((Long) event.get("at") / HOUR % 24);
    }

    private static @Nullable Object argument(Spec spec, Fact fact) {
        Double amount = (Double) fact.event().get("amount");
        int minutes = fact.label() == null ? 0 : (Integer) fact.label().get("minutes");
        boolean holds = switch (spec.where()) {
            case "big" -> amount != null && amount > 20;
            case "plain" -> fact.event().get("kind").equals("kind0");
            case "slow" -> minutes > 15;
            default -> true;
        };
        if (!holds) {
            return null;
        }
        return switch (spec.argument()) {
            case "event", "label" -> 1.0;
            case "amount" -> amount;
            case "kind" -> fact.event().get("kind");
            case "minutes" -> (Double) (double) minutes;
            default -> (Double) (minutes > 15 ? 1.0 : 0.0);
        };
    }

    private static Expected value(Spec spec, GenericRecord row, long time, List<Fact> facts) {
        List<Fact> in = facts.stream()
                .filter(fact -> inWindow(spec, fact.time(), time)
                        && sameEntity(spec, fact.event(), row)
                        && argument(spec, fact) != null)
                .toList();
        List<Object> values = in.stream().map(fact -> argument(spec, fact)).toList();
        List<Double> numbers = values.stream()
                .map(value -> value instanceof Double number ? number : (Double) 0.0)
                .toList();
        int n = in.size();
        double sum = numbers.stream().mapToDouble(Double::doubleValue).sum();
        double size = 1 + numbers.stream().mapToDouble(Math::abs).max().orElse(0);
        return switch (spec.function()) {
            case "count" -> new Expected((double) n, 0);
            case "sum" -> new Expected(sum, 1e-9 * size * (n + 1));
            case "rate" -> new Expected(sum / (spec.over() / 1e3), 1e-9 * size * (n + 1));
            case "mean" -> new Expected(n == 0 ? null : (Double) (sum / n), 1e-9 * size);
            case "variance" -> new Expected(n < 2 ? null : (Double) variance(numbers), 1e-9 * size * size);
            case "stddev" ->
                // The root magnifies what is lost near zero.
                new Expected(n < 2 ? null : (Double) Math.sqrt(variance(numbers)), 1e-6 * size);
            case "min" -> new Expected(n == 0 ? null : Collections.min(numbers), 0);
            case "max" -> new Expected(n == 0 ? null : Collections.max(numbers), 0);
            case "first" -> new Expected(n == 0 ? null : values.get(first(in)), 0);
            case "last" -> new Expected(n == 0 ? null : values.get(last(in)), 0);
            case "timeSince" ->
                new Expected(n == 0 ? null : (Double) ((time - in.get(last(in)).time()) / 1e3), 0);
            case "distinct" -> {
                int different = new HashSet<>(values).size();
                // Three standard errors.
                yield new Expected((double) different, Math.ceil(0.069 * different));
            }
            case "quantile" -> {
                List<Double> sorted = numbers.stream().sorted().toList();
                Double exact = n == 0 ? null : sorted.get((int) Math.floor(spec.at() * (n - 1)));
                yield new Expected(exact, exact == null ? 0 : 0.0100001 * Math.abs(exact));
            }
            case "trend" -> trend(in, numbers);
            default -> throw new IllegalArgumentException(spec.function().toUpperCase(Locale.ROOT));
        };
    }

    private static double variance(List<Double> numbers) {
        double mean =
                numbers.stream().mapToDouble(Double::doubleValue).average().orElseThrow();
        return numbers.stream().mapToDouble(x -> (x - mean) * (x - mean)).sum() / (numbers.size() - 1);
    }

    private static Expected trend(List<Fact> facts, List<Double> numbers) {
        long different = facts.stream().map(Fact::time).distinct().count();
        if (different < 2) {
            return new Expected(null, 0);
        }
        double meanTime = facts.stream()
                .mapToDouble(fact -> fact.time() / (double) HOUR)
                .average()
                .orElseThrow();
        double mean =
                numbers.stream().mapToDouble(Double::doubleValue).average().orElseThrow();
        double products = 0;
        double squares = 0;
        double magnitude = 0;
        for (int i = 0; i < facts.size(); i++) {
            double off = facts.get(i).time() / (double) HOUR - meanTime;
            products += off * (numbers.get(i) - mean);
            magnitude += Math.abs(off) * Math.abs(numbers.get(i) - mean);
            squares += off * off;
        }
        return new Expected(products / squares, 1e-3 * magnitude / squares + 1e-9);
    }

    private static int first(List<Fact> facts) {
        return facts.indexOf(Collections.min(facts, Comparator.comparingLong(Fact::time)));
    }

    private static int last(List<Fact> facts) {
        int last = 0;
        for (int i = 1; i < facts.size(); i++) {
            if (facts.get(i).time() >= facts.get(last).time()) {
                last = i;
            }
        }
        return last;
    }

    /** Whether an actual value is what is expected. */
    static boolean agrees(@Nullable Object actual, Expected expected) {
        if (actual instanceof Double number && expected.value() instanceof Double other) {
            return Math.abs(number - other) <= expected.tolerance();
        }
        return Objects.equals(actual, expected.value());
    }
}
