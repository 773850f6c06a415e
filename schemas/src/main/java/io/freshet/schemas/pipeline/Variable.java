package io.freshet.schemas.pipeline;

import dev.cel.common.types.CelType;
import dev.cel.common.types.NullableType;
import dev.cel.common.types.SimpleType;
import io.freshet.schemas.pipeline.Expression.Kind;
import java.util.List;
import java.util.function.Function;
import org.apache.avro.generic.GenericRecord;
import org.jspecify.annotations.Nullable;

/** Something that an expression reads, by its full name: {@code event.merchant.country}. */
sealed interface Variable {

    /** As the expression writes it. */
    String name();

    /** What the checker takes it for. */
    CelType type();

    /**
     * @return null when there is no value
     * @throws IllegalArgumentException when what it is read from is missing or of another shape than declared
     */
    @Nullable
    Object read(
            GenericRecord event, @Nullable GenericRecord label, @Nullable Function<String, @Nullable Object> features);

    /**
     * A field of the event or the label.
     *
     * @param path the positions of the field and of the records around it, outermost first
     */
    record Field(String name, boolean ofLabel, List<Integer> path, AvroValue value, CelType type) implements Variable {

        @Override
        public @Nullable Object read(
                GenericRecord event,
                @Nullable GenericRecord label,
                @Nullable Function<String, @Nullable Object> features) {
            Object value = ofLabel ? label : event;
            if (value == null) {
                throw new IllegalArgumentException(name + " is needed, but there is no label yet");
            }
            try {
                for (int step = 0; step < path.size(); step++) {
                    if (value == null) {
                        return null;
                    }
                    value = ((GenericRecord) value).get(path.get(step));
                }
                return value == null ? null : this.value.reader().read(value);
            } catch (ClassCastException e) {
                throw new IllegalArgumentException(name + " is not of the type that its schema says", e);
            }
        }
    }

    /** The value of a feature of the same row. */
    record Feature(String name, String feature, Kind kind) implements Variable {

        @Override
        public CelType type() {
            return NullableType.create(
                    switch (kind) {
                        case TRUTH -> SimpleType.BOOL;
                        case NUMBER -> SimpleType.DOUBLE;
                        case TEXT -> SimpleType.STRING;
                    });
        }

        @Override
        public @Nullable Object read(
                GenericRecord event,
                @Nullable GenericRecord label,
                @Nullable Function<String, @Nullable Object> features) {
            if (features == null) {
                throw new IllegalArgumentException(name + " is needed, but no features are given");
            }
            Object value = features.apply(feature);
            return switch (kind) {
                case TRUTH -> value instanceof Number number ? (Object) (number.doubleValue() != 0) : value;
                case NUMBER ->
                    value instanceof Number number && Double.isFinite(number.doubleValue())
                            ? (Object) number.doubleValue()
                            : null;
                case TEXT ->
                    value instanceof CharSequence text && text.length() <= AvroValue.LONGEST ? text.toString() : null;
            };
        }
    }
}
