package io.freshet.schemas.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.apache.avro.Schema;
import org.apache.avro.SchemaBuilder;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericRecord;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Random expressions over numbers, truths and nulls against an evaluator that knows nothing of CEL. */
class ExpressionPropertyTest {
    private static final int EXPRESSIONS = 1_500;
    private static final int RECORDS = 8;
    private static final Schema SCHEMA = SchemaBuilder.record("Event")
            .fields()
            .optionalDouble("a")
            .optionalDouble("b")
            .optionalLong("i")
            .optionalLong("j")
            .optionalBoolean("p")
            .optionalBoolean("q")
            .endRecord();

    /** What a part of an expression comes to. Null is a value that may be compared; Nothing ends what it is part of. */
    private sealed interface Outcome {}

    private record Value(@Nullable Object value) implements Outcome {}

    private record Nothing() implements Outcome {}

    /** A part of an expression: how it is written and what it is worth. */
    private interface Part {
        Outcome of(GenericRecord event);

        String text();
    }

    private record Plain(String text, Function<GenericRecord, Outcome> worth) implements Part {
        @Override
        public Outcome of(GenericRecord event) {
            return worth.apply(event);
        }
    }

    @Test
    void shouldAgreeWithAnIndependentEvaluator() throws Exception {
        long seed = new Random().nextLong();
        Random random = new Random(seed);
        int withValue = 0;
        for (int round = 0; round < EXPRESSIONS; round++) {
            int sort = random.nextInt(3);
            Part part = sort == 0 ? real(random, 4) : sort == 1 ? whole(random, 4) : truth(random, 4);
            Expression expression = Expression.compile(part.text(), SCHEMA, null);
            for (GenericRecord event : events(random)) {
                Object expected = expected(part.of(event));
                withValue += expected == null ? 0 : 1;

                assertThat(expression.evaluate(event, null))
                        .as("seed %d: %s over %s", seed, part.text(), event)
                        .isEqualTo(expected);
            }
        }
        assertThat(withValue).as("seed %d", seed).isGreaterThan(EXPRESSIONS * RECORDS / 10);
    }

    private static @Nullable Object expected(Outcome outcome) {
        return switch (outcome) {
            case Nothing none -> null;
            case Value(Boolean truth) -> truth;
            case Value(Long number) -> number.doubleValue();
            case Value(Double number) -> Double.isFinite(number) ? number : null;
            case Value(var other) -> other;
        };
    }

    private static List<GenericRecord> events(Random random) {
        List<GenericRecord> events = new ArrayList<>();
        for (int count = 0; count < RECORDS; count++) {
            GenericRecord event = new GenericData.Record(SCHEMA);
            for (Schema.Field field : SCHEMA.getFields()) {
                Object value = switch (field.name()) {
                    case "a", "b" -> (random.nextInt(9) - 4) / 2.0;
                    case "i", "j" -> random.nextInt(12) == 0 ? Long.MAX_VALUE : (long) random.nextInt(7) - 3;
                    default -> random.nextBoolean();
                };
                event.put(field.pos(), random.nextInt(4) == 0 ? null : value);
            }
            events.add(event);
        }
        return events;
    }

    private static Part field(String name) {
        return new Plain("event." + name, event -> new Value(event.get(name)));
    }

    private static Part real(Random random, int depth) {
        if (depth == 0 || random.nextInt(4) == 0) {
            double literal = random.nextInt(5) / 2.0;
            return random.nextInt(3) == 0
                    ? new Plain(Double.toString(literal), event -> new Value(literal))
                    : field(random.nextBoolean() ? "a" : "b");
        }
        return switch (random.nextInt(7)) {
            case 0 -> strict("+", real(random, depth - 1), real(random, depth - 1), (x, y) -> (double) x + (double) y);
            case 1 -> strict("-", real(random, depth - 1), real(random, depth - 1), (x, y) -> (double) x - (double) y);
            case 2 -> strict("*", real(random, depth - 1), real(random, depth - 1), (x, y) -> (double) x * (double) y);
            case 3 -> strict("/", real(random, depth - 1), real(random, depth - 1), (x, y) -> (double) x / (double) y);
            case 4 -> negated("-", real(random, depth - 1), x -> -(double) x);
            case 5 -> {
                Part whole = whole(random, depth - 1);
                yield new Plain(
                        "double(" + whole.text() + ")",
                        event -> whole.of(event) instanceof Value(Long number)
                                ? new Value(number.doubleValue())
                                : new Nothing());
            }
            default -> choice(truth(random, depth - 1), real(random, depth - 1), real(random, depth - 1));
        };
    }

    private static Part whole(Random random, int depth) {
        if (depth == 0 || random.nextInt(4) == 0) {
            long literal = random.nextInt(4);
            return random.nextInt(3) == 0
                    ? new Plain(Long.toString(literal), event -> new Value(literal))
                    : field(random.nextBoolean() ? "i" : "j");
        }
        return switch (random.nextInt(7)) {
            case 0 ->
                strict(
                        "+",
                        whole(random, depth - 1),
                        whole(random, depth - 1),
                        (x, y) -> Math.addExact((long) x, (long) y));
            case 1 ->
                strict(
                        "-",
                        whole(random, depth - 1),
                        whole(random, depth - 1),
                        (x, y) -> Math.subtractExact((long) x, (long) y));
            case 2 ->
                strict(
                        "*",
                        whole(random, depth - 1),
                        whole(random, depth - 1),
                        (x, y) -> Math.multiplyExact((long) x, (long) y));
            case 3 ->
                strict(
                        "/",
                        whole(random, depth - 1),
                        whole(random, depth - 1),
                        (x, y) -> Math.divideExact((long) x, (long) y));
            case 4 -> strict("%", whole(random, depth - 1), whole(random, depth - 1), (x, y) -> (long) x % (long) y);
            case 5 -> negated("-", whole(random, depth - 1), x -> Math.negateExact((long) x));
            default -> choice(truth(random, depth - 1), whole(random, depth - 1), whole(random, depth - 1));
        };
    }

    private static Part truth(Random random, int depth) {
        if (depth == 0 || random.nextInt(5) == 0) {
            boolean literal = random.nextBoolean();
            return random.nextInt(4) == 0
                    ? new Plain(Boolean.toString(literal), event -> new Value(literal))
                    : field(random.nextBoolean() ? "p" : "q");
        }
        return switch (random.nextInt(8)) {
            case 0 -> junction("&&", false, truth(random, depth - 1), truth(random, depth - 1));
            case 1 -> junction("||", true, truth(random, depth - 1), truth(random, depth - 1));
            case 2 -> negated("!", truth(random, depth - 1), x -> !(boolean) x);
            case 3 -> strict("<", real(random, depth - 1), real(random, depth - 1), (x, y) -> (double) x < (double) y);
            case 4 -> strict(">=", whole(random, depth - 1), real(random, depth - 1), (x, y) -> (long) x >= (double) y);
            case 5 -> {
                String name = List.of("a", "i", "p").get(random.nextInt(3));
                yield new Plain("(event." + name + " == null)", event -> new Value(event.get(name) == null));
            }
            case 6 -> equality(random.nextBoolean(), whole(random, depth - 1), whole(random, depth - 1));
            default -> equality(random.nextBoolean(), real(random, depth - 1), real(random, depth - 1));
        };
    }

    private interface Operation {
        Object apply(Object left, Object right);
    }

    private static Part strict(String operator, Part left, Part right, Operation operation) {
        return new Plain("(" + left.text() + " " + operator + " " + right.text() + ")", event -> {
            if (left.of(event) instanceof Value(Object x) && right.of(event) instanceof Value(Object y)) {
                try {
                    return x == null || y == null ? new Nothing() : new Value(operation.apply(x, y));
                } catch (ArithmeticException e) {
                    return new Nothing();
                }
            }
            return new Nothing();
        });
    }

    private static Part negated(String operator, Part part, UnaryOperator<Object> operation) {
        return new Plain(operator + "(" + part.text() + ")", event -> {
            try {
                return part.of(event) instanceof Value(Object x) && x != null
                        ? new Value(operation.apply(x))
                        : new Nothing();
            } catch (ArithmeticException e) {
                return new Nothing();
            }
        });
    }

    /** One side may decide although the other comes to nothing. */
    private static Part junction(String operator, boolean decisive, Part left, Part right) {
        return new Plain("(" + left.text() + " " + operator + " " + right.text() + ")", event -> {
            Outcome decided = new Value(decisive);
            Outcome undecided = new Value(!decisive);
            Outcome x = left.of(event);
            Outcome y = right.of(event);
            if (x.equals(decided) || y.equals(decided)) {
                return decided;
            }
            return x.equals(undecided) && y.equals(undecided) ? undecided : new Nothing();
        });
    }

    private static Part choice(Part condition, Part yes, Part no) {
        return new Plain(
                "(" + condition.text() + " ? " + yes.text() + " : " + no.text() + ")",
                event -> condition.of(event) instanceof Value(Boolean truth)
                        ? (truth ? yes : no).of(event)
                        : new Nothing());
    }

    private static Part equality(boolean equal, Part left, Part right) {
        return new Plain("(" + left.text() + (equal ? " == " : " != ") + right.text() + ")", event -> {
            if (left.of(event) instanceof Value(Object x) && right.of(event) instanceof Value(Object y)) {
                boolean same = x instanceof Double one && y instanceof Double other
                        ? one.doubleValue() == other.doubleValue()
                        : Objects.equals(x, y);
                return new Value(same == equal);
            }
            return new Nothing();
        });
    }
}
