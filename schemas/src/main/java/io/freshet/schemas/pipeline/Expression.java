package io.freshet.schemas.pipeline;

import dev.cel.common.CelAbstractSyntaxTree;
import dev.cel.common.CelIssue;
import dev.cel.common.CelSource;
import dev.cel.common.CelSourceLocation;
import dev.cel.common.CelValidationException;
import dev.cel.common.ast.CelExpr;
import dev.cel.common.types.CelType;
import dev.cel.common.types.NullableType;
import dev.cel.common.types.SimpleType;
import dev.cel.common.values.NullValue;
import dev.cel.runtime.CelEvaluationException;
import dev.cel.runtime.CelRuntime;
import dev.cel.runtime.CelVariableResolver;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericRecord;
import org.jspecify.annotations.Nullable;

/**
 * A Common Expression Language expression, typed against Avro schemas: {@code event.distance > 0} or {@code
 * hour(event.departure, "UTC")}. A field of the event or label is a variable of its own, and so is a feature; an unknown
 * name or a wrong type is an error when the pipeline is declared and not while it runs. Immutable and thread-safe.
 *
 * <p>Its cost is bounded by its size and that of the texts it reads: there are no loops, a text never grows beyond 65,536
 * characters, and the text that another is searched for is written in the expression.
 */
public final class Expression {

    /** What an expression yields. */
    public enum Kind {
        TRUTH,
        NUMBER,
        TEXT
    }

    /** An expression that does not fit its schemas; the message says what, where and what to write instead. */
    public static final class InvalidExpressionException extends Exception {
        private static final long serialVersionUID = 1L;

        InvalidExpressionException(String message) {
            super(message);
        }
    }

    /** How its value is found. */
    private sealed interface Form {}

    private record Constant(Object value) implements Form {}

    private record Single(Variable variable) implements Form {}

    /**
     * @param index where each variable's value is found
     * @param nullAware whether there may be a value although a variable has none
     */
    private record Compiled(
            CelRuntime.Program program, List<Variable> variables, Map<String, Integer> index, boolean nullAware)
            implements Form {}

    private static final int SHOWN = 200;

    private final String source;
    private final Kind kind;
    private final boolean usesLabel;
    private final Set<String> fields;
    private final Set<String> features;
    private final Form form;

    private Expression(String source, Kind kind, Collection<Variable> variables, Form form) {
        this.source = source;
        this.kind = kind;
        this.form = form;
        this.usesLabel =
                variables.stream().anyMatch(variable -> variable instanceof Variable.Field field && field.ofLabel());
        Set<String> read = new TreeSet<>();
        Set<String> names = new TreeSet<>();
        variables.forEach(variable -> {
            switch (variable) {
                case Variable.Field field -> read.add(field.name());
                case Variable.Feature feature -> names.add(feature.feature());
            }
        });
        this.fields = Set.copyOf(read);
        this.features = Set.copyOf(names);
    }

    /**
     * Compiles an expression that reads no features.
     *
     * @see #compile(String, Schema, Schema, Map)
     */
    public static Expression compile(String source, Schema event, @Nullable Schema label)
            throws InvalidExpressionException {
        return compile(source, event, label, Map.of());
    }

    /**
     * Compiles an expression.
     *
     * @param source the expression, at most 4,096 characters
     * @param event the event's schema, whose fields are {@code event.*}
     * @param label the label's schema, whose fields are {@code label.*}; null where labels may not be used
     * @param features what the features that are known here yield, by name; they are {@code feature.*}
     * @throws InvalidExpressionException when it does not parse, names what does not exist, mixes types or is too large
     */
    public static Expression compile(String source, Schema event, @Nullable Schema label, Map<String, Kind> features)
            throws InvalidExpressionException {
        if (source.length() > ExpressionLanguage.LONGEST_SOURCE) {
            throw invalid(
                    source,
                    Optional.empty(),
                    "has " + source.length() + " characters, at most " + ExpressionLanguage.LONGEST_SOURCE
                            + " are taken");
        }
        CelAbstractSyntaxTree parsed = parse(source);
        ExpressionNames names = new ExpressionNames(event, label, features);
        try {
            Collection<Variable> variables = names.bind(parsed.getExpr());
            CelAbstractSyntaxTree checked = ExpressionLanguage.check(parsed, variables);
            return new Expression(
                    source,
                    kindOf(source, checked.getResultType()),
                    variables,
                    form(checked, variables, names.nullAware()));
        } catch (ExpressionNames.Mistake e) {
            throw invalid(source, location(parsed.getSource(), e.id()), String.valueOf(e.getMessage()));
        } catch (CelValidationException e) {
            throw mismatched(source, e.getErrors(), new Diagnosis(parsed, names));
        } catch (CelEvaluationException e) {
            throw invalid(source, Optional.empty(), String.valueOf(e.getMessage()));
        }
    }

    /** What it yields. */
    public Kind kind() {
        return kind;
    }

    /** Whether it reads the label, so that its value is known only when the label is. */
    public boolean usesLabel() {
        return usesLabel;
    }

    /** The full names of the event and label fields that it reads, such as {@code event.merchant.country}. */
    public Set<String> fields() {
        return fields;
    }

    /** The names of the features that it reads. */
    public Set<String> features() {
        return features;
    }

    /** The expression as written. */
    public String source() {
        return source;
    }

    /**
     * Evaluates an expression that reads no features.
     *
     * @see #evaluate(GenericRecord, GenericRecord, Function)
     */
    public @Nullable Object evaluate(GenericRecord event, @Nullable GenericRecord label) {
        return value(event, label, null);
    }

    /**
     * Evaluates it.
     *
     * @param event a record of the event's schema
     * @param label a record of the label's schema; may be null when {@link #usesLabel} is false
     * @param features gives the value of each of {@link #features}: a Double, a Boolean or a String, or null
     * @return a Boolean, a finite Double or a String of at most 65,536 characters by {@link #kind}; null when there is no
     *     such value
     * @throws IllegalArgumentException when a record is missing or of another shape than its schema
     */
    public @Nullable Object evaluate(
            GenericRecord event, @Nullable GenericRecord label, Function<String, @Nullable Object> features) {
        return value(event, label, features);
    }

    private @Nullable Object value(
            GenericRecord event, @Nullable GenericRecord label, @Nullable Function<String, @Nullable Object> features) {
        return switch (form) {
            case Constant constant -> result(constant.value());
            case Single single -> result(single.variable().read(event, label, features));
            case Compiled compiled -> {
                Values values = read(compiled, event, label, features);
                yield values == null ? null : result(run(compiled.program(), values));
            }
        };
    }

    /** Null when a variable has no value and therefore the expression has none. */
    private static @Nullable Values read(
            Compiled compiled,
            GenericRecord event,
            @Nullable GenericRecord label,
            @Nullable Function<String, @Nullable Object> features) {
        List<Variable> variables = compiled.variables();
        List<Optional<Object>> values = new ArrayList<>(variables.size());
        for (int at = 0; at < variables.size(); at++) {
            Object value = variables.get(at).read(event, label, features);
            if (value == null && !compiled.nullAware()) {
                return null;
            }
            values.add(Optional.of(value == null ? NullValue.NULL_VALUE : value));
        }
        return new Values(compiled.index(), values);
    }

    private static @Nullable Object run(CelRuntime.Program program, Values values) {
        try {
            return program.eval(values);
        } catch (CelEvaluationException e) {
            // Arithmetic over null, integer division by zero, overflow and the like: the value does not exist.
            return null;
        }
    }

    private record Values(Map<String, Integer> index, List<Optional<Object>> values) implements CelVariableResolver {

        @Override
        public Optional<Object> find(String name) {
            Integer at = index.get(name);
            return at == null ? Optional.empty() : values.get(at);
        }
    }

    private @Nullable Object result(@Nullable Object value) {
        return switch (kind) {
            case TRUTH -> value instanceof Boolean ? value : null;
            case TEXT -> value instanceof String text && text.length() <= AvroValue.LONGEST ? text : null;
            case NUMBER ->
                value instanceof Number number && Double.isFinite(number.doubleValue())
                        ? (Object) number.doubleValue()
                        : null;
        };
    }

    @Override
    public String toString() {
        return source;
    }

    private static Form form(CelAbstractSyntaxTree checked, Collection<Variable> variables, boolean nullAware)
            throws CelEvaluationException {
        CelExpr root = checked.getExpr();
        CelRuntime.Program program = ExpressionLanguage.program(checked);
        if (root.getKind() == CelExpr.ExprKind.Kind.CONSTANT) {
            return new Constant(program.eval());
        }
        Map<String, Integer> index = new HashMap<>();
        variables.forEach(variable -> index.put(variable.name(), index.size()));
        List<Variable> listed = List.copyOf(variables);
        Integer single = checked.getReference(root.id())
                .map(reference -> index.get(reference.name()))
                .orElse(null);
        return single != null
                ? new Single(listed.get(single))
                : new Compiled(program, listed, Map.copyOf(index), nullAware);
    }

    private static CelAbstractSyntaxTree parse(String source) throws InvalidExpressionException {
        try {
            return ExpressionLanguage.parse(source);
        } catch (CelValidationException e) {
            CelIssue first = e.getErrors().getFirst();
            throw invalid(source, Optional.of(first.getSourceLocation()), Diagnosis.ofSyntax(first));
        }
    }

    private static Kind kindOf(String source, CelType type) throws InvalidExpressionException {
        CelType plain = type instanceof NullableType nullable ? nullable.targetType() : type;
        if (plain.equals(SimpleType.BOOL)) {
            return Kind.TRUTH;
        }
        if (plain.equals(SimpleType.STRING)) {
            return Kind.TEXT;
        }
        if (plain.equals(SimpleType.DOUBLE) || plain.equals(SimpleType.INT) || plain.equals(SimpleType.UINT)) {
            return Kind.NUMBER;
        }
        String fix = "";
        if (plain.equals(SimpleType.TIMESTAMP)) {
            fix = "; take a part of it, as in hour(..., \"UTC\"), or int(...) for the seconds since 1970";
        } else if (plain.equals(SimpleType.DURATION)) {
            fix = "; take its seconds, as in (...).getSeconds()";
        } else if (plain.equals(SimpleType.DYN)) {
            fix = "; put double(...) or string(...) around it";
        } else if (plain.equals(SimpleType.NULL_TYPE)) {
            fix = "; name the field that may have a value first, as in event.x != null ? event.x : null";
        }
        throw invalid(
                source,
                Optional.empty(),
                "yields " + yielded(plain) + ", but a boolean, a number or a text is needed" + fix);
    }

    private static String yielded(CelType type) {
        return type.equals(SimpleType.DYN)
                ? "a value whose type depends on the data"
                : Diagnosis.worded(type.equals(SimpleType.NULL_TYPE) ? "null" : type.name());
    }

    private static InvalidExpressionException mismatched(String source, List<CelIssue> issues, Diagnosis diagnosis) {
        List<CelIssue> told =
                issues.stream().filter(issue -> diagnosis.of(issue).isPresent()).toList();
        String messages = told.stream()
                .flatMap(issue -> diagnosis.of(issue).stream())
                .distinct()
                .collect(Collectors.joining("; also, "));
        return invalid(source, told.stream().findFirst().map(CelIssue::getSourceLocation), messages);
    }

    private static Optional<CelSourceLocation> location(CelSource source, long id) {
        return Optional.ofNullable(source.getPositionsMap().get(id)).flatMap(source::getOffsetLocation);
    }

    private static InvalidExpressionException invalid(
            String source, Optional<CelSourceLocation> location, String message) {
        String shown = source.length() > SHOWN ? source.substring(0, SHOWN) + "..." : source;
        String where = location.map(at -> source.contains("\n")
                        ? ", line " + at.getLine() + ", column " + (at.getColumn() + 1)
                        : ", column " + (at.getColumn() + 1))
                .orElse("");
        return new InvalidExpressionException("'" + shown + "'" + where + ": " + message);
    }
}
