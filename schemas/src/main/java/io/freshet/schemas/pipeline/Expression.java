package io.freshet.schemas.pipeline;

import com.google.common.collect.ImmutableMap;
import dev.cel.common.CelAbstractSyntaxTree;
import dev.cel.common.CelFunctionDecl;
import dev.cel.common.CelIssue;
import dev.cel.common.CelOverloadDecl;
import dev.cel.common.CelValidationException;
import dev.cel.common.types.CelType;
import dev.cel.common.types.NullableType;
import dev.cel.common.types.SimpleType;
import dev.cel.compiler.CelCompiler;
import dev.cel.compiler.CelCompilerBuilder;
import dev.cel.compiler.CelCompilerFactory;
import dev.cel.runtime.CelEvaluationException;
import dev.cel.runtime.CelFunctionBinding;
import dev.cel.runtime.CelRuntime;
import dev.cel.runtime.CelRuntimeFactory;
import java.time.Instant;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.avro.LogicalType;
import org.apache.avro.LogicalTypes;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericRecord;
import org.jspecify.annotations.Nullable;

/**
 * A Common Expression Language expression, typed against Avro schemas: {@code event.distance > 0} or {@code
 * hour(event.departure, "UTC")}. A field of the event or label is a variable of its own, so that an unknown field or a
 * wrong type is an error when the pipeline is declared and not while it runs. Immutable and thread-safe.
 *
 * <p>Beside the standard functions there are {@code hour(timestamp, zone)}, 0 to 23, and {@code dayOfWeek(timestamp,
 * zone)}, 1 (Monday) to 7; the zone is an IANA name.
 */
public final class Expression {

    /** What an expression yields. */
    public enum Kind {
        TRUTH,
        NUMBER,
        TEXT
    }

    /** An expression that does not fit its schemas; the message says what and where. */
    public static final class InvalidExpressionException extends Exception {
        private static final long serialVersionUID = 1L;

        InvalidExpressionException(String message) {
            super(message);
        }
    }

    private static final CelRuntime RUNTIME = CelRuntimeFactory.standardCelRuntimeBuilder()
            .addFunctionBindings(
                    CelFunctionBinding.from("hour_timestamp_string", Instant.class, String.class, (time, zone) ->
                            (long) time.atZone(ZoneId.of(zone)).getHour()),
                    CelFunctionBinding.from("dayOfWeek_timestamp_string", Instant.class, String.class, (time, zone) ->
                            (long) time.atZone(ZoneId.of(zone)).getDayOfWeek().getValue()))
            .build();

    private final String source;
    private final Kind kind;
    private final boolean usesLabel;
    private final List<Variable> variables;
    private final CelRuntime.Program program;

    private Expression(
            String source, Kind kind, boolean usesLabel, List<Variable> variables, CelRuntime.Program program) {
        this.source = source;
        this.kind = kind;
        this.usesLabel = usesLabel;
        this.variables = variables;
        this.program = program;
    }

    /**
     * Compiles an expression.
     *
     * @param source the expression
     * @param event the event's schema, whose fields are {@code event.*}
     * @param label the label's schema, whose fields are {@code label.*}; null where labels may not be used
     * @throws InvalidExpressionException when it does not parse, names an unknown field or mixes types
     */
    public static Expression compile(String source, Schema event, @Nullable Schema label)
            throws InvalidExpressionException {
        Map<String, Variable> known = new TreeMap<>();
        variablesOf("event", event).forEach(variable -> known.put(variable.name(), variable));
        if (label != null) {
            variablesOf("label", label).forEach(variable -> known.put(variable.name(), variable));
        }
        try {
            CelAbstractSyntaxTree tree = compiler(known).compile(source).getAst();
            List<Variable> used = tree.getReferenceMap().values().stream()
                    .map(reference -> known.get(reference.name()))
                    .filter(variable -> variable != null)
                    .distinct()
                    .toList();
            boolean usesLabel =
                    used.stream().anyMatch(variable -> variable.name().startsWith("label."));
            return new Expression(
                    source, kindOf(source, tree.getResultType()), usesLabel, used, RUNTIME.createProgram(tree));
        } catch (CelValidationException e) {
            throw new InvalidExpressionException("'" + source + "': "
                    + String.join(
                            "; ",
                            e.getErrors().stream().map(CelIssue::getMessage).toList())
                    + "; the fields are " + String.join(", ", known.keySet()));
        } catch (CelEvaluationException e) {
            throw new InvalidExpressionException("'" + source + "': " + e.getMessage());
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

    /** The features it reads. */
    public java.util.Set<String> features() {
        return java.util.Set.of();
    }

    public @Nullable Object evaluate(
            GenericRecord event,
            @Nullable GenericRecord label,
            java.util.function.Function<String, @Nullable Object> features) {
        return evaluate(event, label);
    }

    /** The expression as written. */
    public String source() {
        return source;
    }

    /**
     * Evaluates it.
     *
     * @param event a record of the event's schema
     * @param label a record of the label's schema; may be null when {@link #usesLabel} is false
     * @return a Boolean, Double or String by {@link #kind}; null when a field it needs is null or the result is no number
     */
    public @Nullable Object evaluate(GenericRecord event, @Nullable GenericRecord label) {
        ImmutableMap.Builder<String, Object> values = ImmutableMap.builderWithExpectedSize(variables.size());
        for (Variable variable : variables) {
            Object value = variable.read(event, label);
            if (value == null) {
                return null;
            }
            values.put(variable.name(), value);
        }
        try {
            return result(program.eval(values.buildOrThrow()));
        } catch (CelEvaluationException e) {
            // Division by zero, overflow and the like: the value does not exist.
            return null;
        }
    }

    private @Nullable Object result(Object value) {
        return switch (kind) {
            case TRUTH -> value instanceof Boolean ? value : null;
            case TEXT -> value instanceof String ? value : null;
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
        throw new InvalidExpressionException(
                "'" + source + "' yields " + plain.name() + "; a boolean, a number or a text is needed");
    }

    private static CelCompiler compiler(Map<String, Variable> known) {
        CelCompilerBuilder builder = CelCompilerFactory.standardCelCompilerBuilder()
                .addFunctionDeclarations(zoned("hour"), zoned("dayOfWeek"));
        known.values().forEach(variable -> builder.addVar(variable.name(), variable.type()));
        return builder.build();
    }

    private static CelFunctionDecl zoned(String name) {
        return CelFunctionDecl.newFunctionDeclaration(
                name,
                CelOverloadDecl.newGlobalOverload(
                        name + "_timestamp_string", SimpleType.INT, SimpleType.TIMESTAMP, SimpleType.STRING));
    }

    private static List<Variable> variablesOf(String root, Schema schema) {
        List<Variable> variables = new ArrayList<>();
        for (Schema.Field field : schema.getFields()) {
            CelType type = typeOf(plain(field.schema()));
            if (type != null) {
                variables.add(new Variable(root + "." + field.name(), field.pos(), type));
            }
        }
        return variables;
    }

    /** The schema without its null branch; the schema itself where it has none or is a wider union. */
    static Schema plain(Schema schema) {
        if (schema.getType() != Schema.Type.UNION) {
            return schema;
        }
        List<Schema> others = schema.getTypes().stream()
                .filter(branch -> branch.getType() != Schema.Type.NULL)
                .toList();
        return others.size() == 1 ? others.getFirst() : schema;
    }

    private static @Nullable CelType typeOf(Schema schema) {
        LogicalType logical = schema.getLogicalType();
        return switch (schema.getType()) {
            case BOOLEAN -> SimpleType.BOOL;
            case INT -> SimpleType.INT;
            case LONG -> logical instanceof LogicalTypes.TimestampMillis ? SimpleType.TIMESTAMP : SimpleType.INT;
            case FLOAT, DOUBLE -> SimpleType.DOUBLE;
            case STRING, ENUM -> SimpleType.STRING;
            case RECORD, ARRAY, MAP, UNION, FIXED, BYTES, NULL -> null;
        };
    }

    /** A field of the event or label, as the expression names it. */
    private record Variable(String name, int position, CelType type) {

        @Nullable
        Object read(GenericRecord event, @Nullable GenericRecord label) {
            GenericRecord record = name.startsWith("event.") ? event : label;
            if (record == null) {
                throw new IllegalArgumentException(name + " is needed, but there is no label yet");
            }
            Object value = record.get(position);
            if (value == null) {
                return null;
            }
            if (type.equals(SimpleType.TIMESTAMP)) {
                return value instanceof Instant instant ? instant : Instant.ofEpochMilli((Long) value);
            }
            return switch (value) {
                case Integer number -> number.longValue();
                case Float number -> number.doubleValue();
                case Long number -> number;
                case Double number -> number;
                case Boolean truth -> truth;
                default -> value.toString();
            };
        }
    }
}
