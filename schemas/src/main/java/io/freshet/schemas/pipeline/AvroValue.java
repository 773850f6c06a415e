package io.freshet.schemas.pipeline;

import dev.cel.common.types.CelType;
import dev.cel.common.types.ListType;
import dev.cel.common.types.MapType;
import dev.cel.common.types.NullableType;
import dev.cel.common.types.OpaqueType;
import dev.cel.common.types.SimpleType;
import dev.cel.common.values.NullValue;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.AbstractList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.RandomAccess;
import org.apache.avro.LogicalType;
import org.apache.avro.LogicalTypes;
import org.apache.avro.Schema;
import org.jspecify.annotations.Nullable;

/**
 * How an Avro value is seen by an expression: its type and the value itself. Records may carry logical values as Avro's
 * plain long or int, or converted to {@code java.time}; both read the same.
 *
 * @param type the type without null
 * @param reader gives the value; null where it does not exist
 */
record AvroValue(CelType type, Reader reader) {
    /** A text of more characters, or an array or map of more entries, counts as null. */
    static final int LONGEST = 65_536;

    /** Takes an Avro value that is not null. */
    @FunctionalInterface
    interface Reader {
        @Nullable
        Object read(Object value);
    }

    /** The type as the checker is told it: primitive values and records may be compared with null where they can be. */
    CelType declared(boolean nullable) {
        boolean comparable = type instanceof OpaqueType || (type instanceof SimpleType && type != SimpleType.TIMESTAMP);
        return nullable && comparable ? NullableType.create(type) : type;
    }

    /** Empty for a schema that expressions cannot use: bytes, fixed, decimals, null and wider unions. */
    static Optional<AvroValue> of(Schema schema) {
        return switch (schema.getType()) {
            case BOOLEAN -> value(SimpleType.BOOL, Boolean.class::cast);
            case INT -> Optional.of(ofInt(schema.getLogicalType()));
            case LONG -> Optional.of(ofLong(schema.getLogicalType()));
            case FLOAT, DOUBLE -> value(SimpleType.DOUBLE, AvroValue::finite);
            case STRING, ENUM -> value(SimpleType.STRING, AvroValue::text);
            case RECORD -> value(OpaqueType.create(schema.getFullName()), value -> value);
            case ARRAY -> Optional.of(ofArray(elements(schema.getElementType())));
            case MAP -> Optional.of(ofMap(elements(schema.getValueType())));
            case UNION, FIXED, BYTES, NULL -> Optional.empty();
        };
    }

    /** The schema without its null branch; the schema itself where it has none or is a wider union. */
    static Schema withoutNull(Schema schema) {
        if (schema.getType() != Schema.Type.UNION) {
            return schema;
        }
        List<Schema> others = schema.getTypes().stream()
                .filter(branch -> branch.getType() != Schema.Type.NULL)
                .toList();
        return others.size() == 1 ? others.getFirst() : schema;
    }

    /** A schema's type in words, for messages. */
    static String described(Schema schema) {
        if (schema.getType() == Schema.Type.UNION) {
            return "union of "
                    + String.join(
                            ", ",
                            schema.getTypes().stream().map(AvroValue::described).toList());
        }
        String plain = schema.getType().name().toLowerCase(Locale.ROOT);
        return schema.getLogicalType() == null
                ? plain
                : plain + " (" + schema.getLogicalType().getName() + ")";
    }

    private static Optional<AvroValue> value(CelType type, Reader reader) {
        return Optional.of(new AvroValue(type, reader));
    }

    private static AvroValue ofInt(@Nullable LogicalType logical) {
        if (logical instanceof LogicalTypes.Date) {
            return new AvroValue(
                    SimpleType.TIMESTAMP,
                    value -> value instanceof LocalDate date
                            ? date.atStartOfDay(ZoneOffset.UTC).toInstant()
                            : Instant.EPOCH.plus(whole(value), ChronoUnit.DAYS));
        }
        return new AvroValue(
                SimpleType.INT,
                value -> value instanceof LocalTime time
                        ? ChronoUnit.MILLIS.between(LocalTime.MIDNIGHT, time)
                        : (Object) whole(value));
    }

    private static AvroValue ofLong(@Nullable LogicalType logical) {
        return switch (logical) {
            case LogicalTypes.TimestampMillis millis -> timestamp(ChronoUnit.MILLIS);
            case LogicalTypes.TimestampMicros micros -> timestamp(ChronoUnit.MICROS);
            case LogicalTypes.TimestampNanos nanos -> timestamp(ChronoUnit.NANOS);
            case LogicalTypes.LocalTimestampMillis millis -> local(ChronoUnit.MILLIS);
            case LogicalTypes.LocalTimestampMicros micros -> local(ChronoUnit.MICROS);
            case LogicalTypes.LocalTimestampNanos nanos -> local(ChronoUnit.NANOS);
            case null, default ->
                new AvroValue(
                        SimpleType.INT,
                        value -> value instanceof LocalTime time
                                ? ChronoUnit.MICROS.between(LocalTime.MIDNIGHT, time)
                                : (Object) whole(value));
        };
    }

    private static AvroValue timestamp(ChronoUnit unit) {
        return new AvroValue(
                SimpleType.TIMESTAMP,
                value -> value instanceof Instant instant
                        ? instant
                        : unit == ChronoUnit.MILLIS
                                ? Instant.ofEpochMilli(whole(value))
                                : Instant.EPOCH.plus(whole(value), unit));
    }

    /** A time of day and year without a zone is no moment: it stays the number that Avro writes. */
    private static AvroValue local(ChronoUnit unit) {
        return new AvroValue(
                SimpleType.INT,
                value -> value instanceof LocalDateTime time
                        ? unit.between(LocalDateTime.ofEpochSecond(0, 0, ZoneOffset.UTC), time)
                        : (Object) whole(value));
    }

    /** Entries of a type that expressions cannot use can only be counted. */
    private static AvroValue elements(Schema schema) {
        Schema plain = withoutNull(schema);
        AvroValue value = of(plain).orElseGet(() -> new AvroValue(OpaqueType.create(described(plain)), entry -> entry));
        return new AvroValue(value.declared(plain != schema), value.reader());
    }

    private static AvroValue ofArray(AvroValue element) {
        return new AvroValue(ListType.create(element.type()), value -> {
            List<?> list = value instanceof List<?> given ? given : List.copyOf((Collection<?>) value);
            return list.size() > LONGEST ? null : new Elements(list, element.reader());
        });
    }

    private static AvroValue ofMap(AvroValue element) {
        return new AvroValue(MapType.create(SimpleType.STRING, element.type()), value -> {
            Map<?, ?> map = (Map<?, ?>) value;
            if (map.size() > LONGEST) {
                return null;
            }
            Map<String, Object> read = LinkedHashMap.newLinkedHashMap(map.size());
            map.forEach((key, entry) -> read.put(String.valueOf(key), orNull(entry, element.reader())));
            return read;
        });
    }

    private static Object orNull(@Nullable Object value, Reader reader) {
        Object read = value == null ? null : reader.read(value);
        return read == null ? NullValue.NULL_VALUE : read;
    }

    private static long whole(Object value) {
        return ((Number) value).longValue();
    }

    private static @Nullable Object finite(Object value) {
        double number = ((Number) value).doubleValue();
        return Double.isFinite(number) ? (Object) number : null;
    }

    private static @Nullable Object text(Object value) {
        String text = value.toString();
        return text.length() > LONGEST ? null : text;
    }

    /** The entries of an array, read when they are asked for. */
    private static final class Elements extends AbstractList<Object> implements RandomAccess {
        private final List<?> list;
        private final Reader reader;

        Elements(List<?> list, Reader reader) {
            this.list = list;
            this.reader = reader;
        }

        @Override
        public Object get(int index) {
            return orNull(list.get(index), reader);
        }

        @Override
        public int size() {
            return list.size();
        }
    }
}
