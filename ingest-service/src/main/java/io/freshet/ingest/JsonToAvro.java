package io.freshet.ingest;

import com.fasterxml.jackson.databind.JsonNode;
import io.freshet.schemas.check.RecordCheck;
import io.freshet.schemas.check.RejectReason;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.time.format.DateTimeParseException;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.apache.avro.LogicalType;
import org.apache.avro.LogicalTypes;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericRecord;
import org.jspecify.annotations.Nullable;

/**
 * Reads plain JSON by an Avro schema: objects as records and maps, unions by what fits, timestamps as ISO 8601 text or as
 * a number in the schema's unit, dates as ISO 8601 text or days, bytes as base64. A field that is absent takes its default,
 * or null where the schema allows null. A field that the schema does not know is refused, so that a misspelt one is
 * noticed.
 */
final class JsonToAvro {
    private static final int SHOWN = 40;

    /**
     * How often a value may be tried for one record: branches of a union that contain the union itself would otherwise be
     * tried in every combination.
     */
    private static final int MOST_TRIES = 4 * RecordCheck.MOST_VALUES;

    /** JSON that does not fit the schema. */
    static final class MismatchException extends Exception {
        private static final long serialVersionUID = 1L;
        private final RejectReason reason;
        private final String path;

        MismatchException(RejectReason reason, String path, String detail) {
            super(detail, null, false, false);
            this.reason = reason;
            this.path = path;
        }

        /** Stable reason code. */
        RejectReason reason() {
            return reason;
        }

        /** Path of the field at fault. */
        String path() {
            return path;
        }
    }

    private int tries;

    private JsonToAvro() {}

    /**
     * @param schema a record schema
     * @throws MismatchException naming the first field at fault
     */
    static GenericRecord record(Schema schema, JsonNode json) throws MismatchException {
        return new JsonToAvro().record(schema, json, "", 0);
    }

    private GenericRecord record(Schema schema, JsonNode json, String path, int depth) throws MismatchException {
        if (!json.isObject()) {
            throw wrongType(path, "an object", json);
        }
        Set<String> unknown = new TreeSet<>();
        for (Iterator<String> names = json.fieldNames(); names.hasNext(); ) {
            String name = names.next();
            if (schema.getField(name) == null) {
                unknown.add(name);
            }
        }
        if (!unknown.isEmpty()) {
            String first = shorten(unknown.iterator().next());
            throw new MismatchException(
                    RejectReason.FIELD_UNKNOWN,
                    join(path, first),
                    "the schema " + schema.getName() + " has no such field");
        }
        GenericRecord record = new GenericData.Record(schema);
        for (Schema.Field field : schema.getFields()) {
            JsonNode value = json.get(field.name());
            String at = join(path, field.name());
            if (value != null) {
                record.put(field.pos(), value(field.schema(), value, at, depth + 1));
            } else if (field.hasDefaultValue()) {
                record.put(field.pos(), GenericData.get().getDefaultValue(field));
            } else if (!takesNull(field.schema())) {
                throw new MismatchException(RejectReason.FIELD_MISSING, at, "the field is required");
            }
        }
        return record;
    }

    private @Nullable Object value(Schema schema, JsonNode json, String path, int depth) throws MismatchException {
        if (depth > RecordCheck.DEEPEST) {
            throw new MismatchException(
                    RejectReason.TOO_DEEP, path, "lies deeper than " + RecordCheck.DEEPEST + " levels");
        }
        if (++tries > MOST_TRIES) {
            throw new MismatchException(
                    RejectReason.TOO_LARGE, path, "more than " + RecordCheck.MOST_VALUES + " values in one record");
        }
        return switch (schema.getType()) {
            case NULL -> {
                if (!json.isNull()) {
                    throw wrongType(path, "null", json);
                }
                yield null;
            }
            case BOOLEAN -> {
                if (!json.isBoolean()) {
                    throw wrongType(path, "true or false", json);
                }
                yield json.booleanValue();
            }
            case INT ->
                schema.getLogicalType() instanceof LogicalTypes.Date && json.isTextual()
                        ? (Object) date(json, path)
                        : (Object) (int) whole(json, path, Integer.MIN_VALUE, Integer.MAX_VALUE);
            case LONG -> time(schema.getLogicalType(), json, path);
            case FLOAT -> (float) number(json, path, Float.MAX_VALUE);
            case DOUBLE -> number(json, path, Double.MAX_VALUE);
            case STRING -> text(json, path);
            case ENUM -> {
                String symbol = text(json, path);
                if (!schema.hasEnumSymbol(symbol)) {
                    throw wrongType(path, "one of " + schema.getEnumSymbols(), json);
                }
                yield new GenericData.EnumSymbol(schema, symbol);
            }
            case BYTES -> ByteBuffer.wrap(base64(json, path));
            case FIXED -> {
                byte[] bytes = base64(json, path);
                if (bytes.length != schema.getFixedSize()) {
                    throw wrongType(path, schema.getFixedSize() + " bytes in base64", json);
                }
                yield new GenericData.Fixed(schema, bytes);
            }
            case ARRAY -> array(schema, json, path, depth);
            case MAP -> map(schema, json, path, depth);
            case RECORD -> record(schema, json, path, depth);
            case UNION -> union(schema, json, path, depth);
        };
    }

    private List<@Nullable Object> array(Schema schema, JsonNode json, String path, int depth)
            throws MismatchException {
        if (!json.isArray()) {
            throw wrongType(path, "an array", json);
        }
        List<@Nullable Object> items = new ArrayList<>(json.size());
        for (int i = 0; i < json.size(); i++) {
            items.add(value(schema.getElementType(), json.get(i), path + "[" + i + "]", depth + 1));
        }
        return items;
    }

    private Map<String, @Nullable Object> map(Schema schema, JsonNode json, String path, int depth)
            throws MismatchException {
        if (!json.isObject()) {
            throw wrongType(path, "an object", json);
        }
        Map<String, @Nullable Object> entries = new HashMap<>();
        for (Map.Entry<String, JsonNode> entry : json.properties()) {
            entries.put(
                    entry.getKey(),
                    value(schema.getValueType(), entry.getValue(), join(path, shorten(entry.getKey())), depth + 1));
        }
        return entries;
    }

    /** The first branch that fits; where only one is not null, its own complaint. */
    private @Nullable Object union(Schema schema, JsonNode json, String path, int depth) throws MismatchException {
        if (json.isNull() && takesNull(schema)) {
            return null;
        }
        List<Schema> branches = schema.getTypes().stream()
                .filter(branch -> branch.getType() != Schema.Type.NULL)
                .toList();
        for (Schema branch : branches) {
            try {
                return value(branch, json, path, depth + 1);
            } catch (MismatchException e) {
                if (branches.size() == 1
                        || e.reason() == RejectReason.TOO_LARGE
                        || e.reason() == RejectReason.TOO_DEEP) {
                    throw e;
                }
            }
        }
        throw wrongType(
                path,
                "one of "
                        + branches.stream()
                                .map(branch -> branch.getType().getName())
                                .toList(),
                json);
    }

    private static boolean takesNull(Schema schema) {
        return schema.getType() == Schema.Type.NULL || (schema.isUnion() && schema.isNullable());
    }

    private static long time(@Nullable LogicalType type, JsonNode json, String path) throws MismatchException {
        ChronoUnit unit = switch (type) {
            case LogicalTypes.TimestampMillis millis -> ChronoUnit.MILLIS;
            case LogicalTypes.TimestampMicros micros -> ChronoUnit.MICROS;
            case null, default -> ChronoUnit.FOREVER;
        };
        if (unit == ChronoUnit.FOREVER || !json.isTextual()) {
            return whole(json, path, Long.MIN_VALUE, Long.MAX_VALUE);
        }
        try {
            Instant instant = OffsetDateTime.parse(json.textValue()).toInstant();
            return unit.between(Instant.EPOCH, instant);
        } catch (DateTimeParseException | ArithmeticException e) {
            throw wrongType(path, "a time such as 2001-01-31T12:00:00Z, or a number of " + unit + " since 1970", json);
        }
    }

    private static int date(JsonNode json, String path) throws MismatchException {
        try {
            return Math.toIntExact(LocalDate.parse(json.textValue()).toEpochDay());
        } catch (DateTimeParseException | ArithmeticException e) {
            throw wrongType(path, "a date such as 2001-01-31, or a number of days since 1970", json);
        }
    }

    private static long whole(JsonNode json, String path, long least, long most) throws MismatchException {
        boolean whole = json.isIntegralNumber()
                && json.bigIntegerValue().compareTo(BigInteger.valueOf(least)) >= 0
                && json.bigIntegerValue().compareTo(BigInteger.valueOf(most)) <= 0;
        if (!whole) {
            throw wrongType(path, "a whole number from " + least + " to " + most, json);
        }
        return json.longValue();
    }

    private static double number(JsonNode json, String path, double most) throws MismatchException {
        if (!json.isNumber() || !(Math.abs(json.doubleValue()) <= most)) {
            throw wrongType(path, "a finite number", json);
        }
        return json.doubleValue();
    }

    private static String text(JsonNode json, String path) throws MismatchException {
        if (!json.isTextual()) {
            throw wrongType(path, "text", json);
        }
        return json.textValue();
    }

    private static byte[] base64(JsonNode json, String path) throws MismatchException {
        try {
            return Base64.getDecoder().decode(text(json, path));
        } catch (IllegalArgumentException e) {
            throw wrongType(path, "bytes in base64", json);
        }
    }

    private static MismatchException wrongType(String path, String wanted, JsonNode found) {
        String what = found.isContainerNode()
                ? found.getNodeType().name().toLowerCase(java.util.Locale.ROOT)
                : shorten(found.toString());
        return new MismatchException(RejectReason.FIELD_TYPE, path, "must be " + wanted + ", found " + what);
    }

    private static String shorten(String text) {
        return text.length() > SHOWN ? text.substring(0, SHOWN) + "..." : text;
    }

    private static String join(String path, String name) {
        return path.isEmpty() ? name : path + "." + name;
    }
}
