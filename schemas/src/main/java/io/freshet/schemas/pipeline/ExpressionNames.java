package io.freshet.schemas.pipeline;

import dev.cel.common.ast.CelConstant;
import dev.cel.common.ast.CelExpr;
import dev.cel.common.types.MapType;
import io.freshet.schemas.pipeline.Expression.Kind;
import java.time.DateTimeException;
import java.time.ZoneId;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.avro.Schema;
import org.jspecify.annotations.Nullable;

/**
 * Walks a parsed expression and finds the fields and features that it reads; refuses names that do not exist and what
 * would cost too much. One use.
 */
final class ExpressionNames {
    /** The longest text that may be looked for in another, in characters. */
    static final int LONGEST_SOUGHT = 256;

    private static final int LISTED = 40;
    private static final Set<String> ROOTS = Set.of("event", "label", "feature");
    private static final Set<String> LOOPS = Set.of("all", "exists", "exists_one", "filter", "map");

    /** Their time grows with the product of both texts' lengths, so that one of them must be known and short. */
    private static final Set<String> SEARCHES =
            Set.of("contains", "indexOf", "lastIndexOf", "matches", "replace", "split");

    private static final Set<String> ZONED =
            Set.of("hour", "minuteOfDay", "dayOfWeek", "dayOfMonth", "month", "weekend");
    private static final Pattern OFFSET = Pattern.compile("[+-]?\\d{1,2}:\\d{2}");

    /** Everything else has no value as soon as one of its arguments has none. */
    private static final Set<String> NULL_AWARE = Set.of("_&&_", "_||_", "_?_:_", "_==_", "_!=_", "@in", "type", "dyn");

    /** What cannot be accepted, and where. */
    static final class Mistake extends Exception {
        private static final long serialVersionUID = 1L;

        private final long id;

        private Mistake(CelExpr at, String message) {
            super(message);
            this.id = at.id();
        }

        /** The id of the part at fault. */
        long id() {
            return id;
        }
    }

    private final Schema event;
    private final @Nullable Schema label;
    private final Map<String, Kind> features;
    private final Map<String, Variable> found = new LinkedHashMap<>();
    private boolean nullAware;

    ExpressionNames(Schema event, @Nullable Schema label, Map<String, Kind> features) {
        this.event = event;
        this.label = label;
        this.features = features;
    }

    /** The variables, in the order of the expression. */
    Collection<Variable> bind(CelExpr expression) throws Mistake {
        visit(expression);
        return found.values();
    }

    /** Whether the expression may have a value although a variable has none. */
    boolean nullAware() {
        return nullAware;
    }

    /** The full name of the field or feature that has this name without its root. */
    Optional<String> suggested(String name) {
        if (event.getField(name) != null) {
            return Optional.of("event." + name);
        }
        if (label != null && label.getField(name) != null) {
            return Optional.of("label." + name);
        }
        return features.containsKey(name) ? Optional.of("feature." + name) : Optional.empty();
    }

    private void visit(CelExpr part) throws Mistake {
        switch (part.getKind()) {
            case CONSTANT -> {
                nullAware |= part.constant().getKind() == CelConstant.Kind.NULL_VALUE;
                if (part.constant().getKind() == CelConstant.Kind.BYTES_VALUE) {
                    throw new Mistake(part, "bytes cannot be used in expressions; write a text without the b");
                }
            }
            case IDENT -> {
                if (ROOTS.contains(root(part))) {
                    throw new Mistake(
                            part, "'" + root(part) + "' is no value by itself; write " + root(part) + ".NAME");
                }
            }
            case SELECT -> select(part);
            case CALL -> call(part);
            case LIST -> {
                nullAware = true;
                for (CelExpr element : part.list().elements()) {
                    visit(element);
                }
            }
            case MAP -> {
                nullAware = true;
                for (CelExpr.CelMap.Entry entry : part.map().entries()) {
                    visit(entry.key());
                    visit(entry.value());
                }
            }
            case STRUCT, COMPREHENSION, NOT_SET -> throw new Mistake(part, "messages cannot be made in expressions");
        }
    }

    private static String root(CelExpr ident) {
        String name = ident.ident().name();
        return name.startsWith(".") ? name.substring(1) : name;
    }

    private void select(CelExpr part) throws Mistake {
        Deque<CelExpr> steps = new ArrayDeque<>();
        CelExpr inner = part;
        while (inner.getKind() == CelExpr.ExprKind.Kind.SELECT) {
            steps.push(inner);
            inner = inner.select().operand();
        }
        if (inner.getKind() != CelExpr.ExprKind.Kind.IDENT) {
            visit(inner);
            return;
        }
        switch (root(inner)) {
            case "event" -> field(inner, "event", event, steps, false);
            case "label" -> {
                if (label == null) {
                    throw new Mistake(inner, "the label cannot be used here; it is not known yet");
                }
                field(inner, "label", label, steps, true);
            }
            case "feature" -> feature(inner, steps);
            default -> {}
        }
    }

    private void field(CelExpr at, String root, Schema schema, Deque<CelExpr> steps, boolean ofLabel) throws Mistake {
        if (schema.getFields().isEmpty()) {
            throw new Mistake(at, "the " + root + " cannot be used here");
        }
        Schema record = schema;
        StringBuilder name = new StringBuilder(root);
        List<Integer> path = new ArrayList<>();
        boolean nullable = false;
        while (true) {
            String step = steps.pop().select().field();
            Schema.Field field = record.getField(step);
            if (field == null) {
                throw unknown(at, name.toString(), step, fieldsOf(record));
            }
            path.add(field.pos());
            name.append('.').append(step);
            Schema plain = AvroValue.withoutNull(field.schema());
            nullable |= plain != field.schema();
            if (plain.getType() == Schema.Type.RECORD && !steps.isEmpty()) {
                record = plain;
                continue;
            }
            AvroValue value = AvroValue.of(plain)
                    .orElseThrow(() -> new Mistake(
                            at,
                            "field " + name + " of type " + AvroValue.described(field.schema())
                                    + " cannot be used in expressions; a boolean, number, text, enum, time, array, map"
                                    + " or record can"));
            if (!steps.isEmpty() && !(value.type() instanceof MapType)) {
                throw new Mistake(
                        at,
                        name + " is of type " + AvroValue.described(plain) + " and has no field '"
                                + steps.pop().select().field() + "'");
            }
            found.put(
                    name.toString(),
                    new Variable.Field(name.toString(), ofLabel, List.copyOf(path), value, value.declared(nullable)));
            return;
        }
    }

    private void feature(CelExpr at, Deque<CelExpr> steps) throws Mistake {
        String name = steps.pop().select().field();
        Kind kind = features.get(name);
        if (kind == null) {
            if (features.isEmpty()) {
                throw new Mistake(at, "there is no feature '" + name + "'; no feature can be used here");
            }
            throw unknown(at, "feature", name, List.copyOf(features.keySet()));
        }
        if (!steps.isEmpty()) {
            throw new Mistake(at, "feature." + name + " has no fields");
        }
        found.put("feature." + name, new Variable.Feature("feature." + name, name, kind));
    }

    private static Mistake unknown(CelExpr at, String root, String name, List<String> known) {
        String nearest = Nearest.of(name, known)
                .map(meant -> "; did you mean " + root + "." + meant + "? ")
                .orElse(". ");
        String listed = known.stream()
                .limit(LISTED)
                .map(each -> root + "." + each)
                .collect(Collectors.joining(", ", "There are ", known.size() > LISTED ? " and others" : ""));
        return new Mistake(at, "there is no " + root + "." + name + nearest + (known.isEmpty() ? "" : listed));
    }

    private static List<String> fieldsOf(Schema record) {
        return record.getFields().stream().map(Schema.Field::name).toList();
    }

    private void call(CelExpr part) throws Mistake {
        CelExpr.CelCall call = part.call();
        String function = call.function();
        if (function.equals("has")) {
            throw new Mistake(part, "has() is not available; compare with null, as in event.name != null");
        }
        if (LOOPS.contains(function)) {
            throw new Mistake(
                    part, function + "() is not available: expressions do not loop; size(list) and value in list are");
        }
        if (function.equals("bytes")) {
            throw new Mistake(part, "bytes() is not available; texts are compared and searched as they are");
        }
        nullAware |= NULL_AWARE.contains(function);
        List<CelExpr> values =
                Stream.concat(call.target().stream(), call.args().stream()).toList();
        if (SEARCHES.contains(function) && values.size() > 1) {
            sought(function, values.get(1));
        }
        if (ZONED.contains(function) || function.startsWith("get")) {
            for (CelExpr zone : values.subList(Math.min(1, values.size()), values.size())) {
                zone(zone, function.startsWith("get"));
            }
        }
        for (CelExpr value : values) {
            visit(value);
        }
    }

    private static Optional<String> text(CelExpr part) {
        return part.getKind() == CelExpr.ExprKind.Kind.CONSTANT
                        && part.constant().getKind() == CelConstant.Kind.STRING_VALUE
                ? Optional.of(part.constant().stringValue())
                : Optional.empty();
    }

    private static void sought(String function, CelExpr part) throws Mistake {
        String text =
                part.getKind() == CelExpr.ExprKind.Kind.CONSTANT ? text(part).orElse("") : null;
        if (text == null) {
            throw new Mistake(part, function + "() looks for a text in quotes, as in " + function + "(\"...\")");
        }
        if (text.length() > LONGEST_SOUGHT) {
            throw new Mistake(
                    part,
                    function + "() looks for at most " + LONGEST_SOUGHT + " characters, here are " + text.length());
        }
        if (function.equals("matches")) {
            try {
                ExpressionFunctions.pattern(text);
            } catch (com.google.re2j.PatternSyntaxException e) {
                throw new Mistake(part, "'" + text + "' is no regular expression of RE2: " + e.getDescription());
            }
        }
    }

    private static void zone(CelExpr part, boolean offsets) throws Mistake {
        Optional<String> name = text(part);
        if (name.isEmpty() || (offsets && OFFSET.matcher(name.get()).matches())) {
            return;
        }
        try {
            ExpressionFunctions.zone(name.get());
        } catch (DateTimeException e) {
            throw new Mistake(
                    part,
                    "there is no time zone '" + name.get() + "'; "
                            + Nearest.of(
                                            name.get(),
                                            ZoneId.getAvailableZoneIds().stream()
                                                    .sorted()
                                                    .toList())
                                    .map(meant -> "did you mean '" + meant + "'?")
                                    .orElse("zones are IANA names such as 'UTC' and 'Europe/Oslo'"));
        }
    }
}
