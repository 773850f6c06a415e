package io.freshet.quickstart.send;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Collection;
import java.util.Iterator;
import java.util.Map;
import org.apache.avro.AvroRuntimeException;
import org.apache.avro.LogicalTypes;
import org.apache.avro.Schema;
import org.apache.avro.file.DataFileStream;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericDatumReader;
import org.apache.avro.generic.GenericFixed;
import org.apache.avro.generic.IndexedRecord;
import org.jspecify.annotations.Nullable;

/**
 * The records of an Avro container file as the JSON that ingest-service takes, by the schema in the file: timestamps as
 * ISO 8601, so that the unit may be another than the pipeline's, bytes as base64, the value of a union without its
 * branch. Dates, times of day and what has no logical type are numbers as they stand.
 */
final class AvroRecords implements Iterator<byte[]> {
    private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

    private final DataFileStream<Object> file;
    private final Schema schema;

    /**
     * @throws IOException when it is no Avro container file
     */
    AvroRecords(InputStream bytes) throws IOException {
        // A model of its own, without conversions that somebody may have registered with the shared one.
        file = new DataFileStream<>(bytes, new GenericDatumReader<>(null, null, new GenericData()));
        schema = file.getSchema();
    }

    /**
     * @throws UncheckedIOException when the file is damaged from here on
     */
    @Override
    public boolean hasNext() {
        try {
            if (file.hasNext()) {
                return true;
            }
            // One that was cut off inside a block says that it has ended, and then that the block's records are still
            // to come.
            if (file.hasNext()) {
                throw new AvroRuntimeException("it ends in the middle of a block");
            }
            return false;
        } catch (AvroRuntimeException e) {
            throw damaged(e);
        }
    }

    /**
     * @throws UncheckedIOException when the file is damaged from here on
     */
    @Override
    public byte[] next() {
        try {
            return json(schema, file.next()).toString().getBytes(StandardCharsets.UTF_8);
        } catch (AvroRuntimeException | IndexOutOfBoundsException e) {
            throw damaged(e);
        }
    }

    private static UncheckedIOException damaged(RuntimeException e) {
        return new UncheckedIOException("the Avro file is damaged: " + e.getMessage(), new IOException(e));
    }

    private static JsonNode json(Schema schema, @Nullable Object value) {
        return switch (value) {
            case null -> JSON.nullNode();
            case Boolean bool -> JSON.booleanNode(bool);
            case Integer number -> JSON.numberNode((int) number);
            case Long number -> whole(schema, number);
            case Float number -> Float.isFinite(number) ? JSON.numberNode((float) number) : JSON.textNode("" + number);
            case Double number ->
                Double.isFinite(number) ? JSON.numberNode((double) number) : JSON.textNode("" + number);
            case ByteBuffer bytes -> JSON.binaryNode(copy(bytes));
            case GenericFixed fixed -> JSON.binaryNode(fixed.bytes());
            case IndexedRecord record -> record(record);
            case Collection<?> items -> {
                Schema of = branch(schema, items).getElementType();
                ArrayNode array = JSON.arrayNode(items.size());
                items.forEach(item -> array.add(json(of, item)));
                yield array;
            }
            case Map<?, ?> entries -> {
                Schema of = branch(schema, entries).getValueType();
                ObjectNode object = JSON.objectNode();
                entries.forEach((key, entry) -> object.set(key.toString(), json(of, entry)));
                yield object;
            }
            // Text and symbols of enums.
            default -> JSON.textNode(value.toString());
        };
    }

    private static ObjectNode record(IndexedRecord record) {
        ObjectNode object = JSON.objectNode();
        for (Schema.Field field : record.getSchema().getFields()) {
            object.set(field.name(), json(field.schema(), record.get(field.pos())));
        }
        return object;
    }

    private static JsonNode whole(Schema schema, long number) {
        ChronoUnit unit = switch (branch(schema, number).getLogicalType()) {
            case LogicalTypes.TimestampMillis _ -> ChronoUnit.MILLIS;
            case LogicalTypes.TimestampMicros _ -> ChronoUnit.MICROS;
            case null, default -> ChronoUnit.FOREVER;
        };
        try {
            return unit == ChronoUnit.FOREVER
                    ? JSON.numberNode(number)
                    : JSON.textNode(Instant.EPOCH.plus(number, unit).toString());
        } catch (DateTimeException e) {
            return JSON.numberNode(number);
        }
    }

    /** The schema itself, or the union's branch that the value was read by. */
    private static Schema branch(Schema schema, Object value) {
        return schema.isUnion() ? schema.getTypes().get(GenericData.get().resolveUnion(schema, value)) : schema;
    }

    private static byte[] copy(ByteBuffer bytes) {
        byte[] copy = new byte[bytes.remaining()];
        bytes.duplicate().get(copy);
        return copy;
    }
}
