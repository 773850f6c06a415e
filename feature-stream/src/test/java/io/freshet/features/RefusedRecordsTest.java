package io.freshet.features;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.confluent.kafka.schemaregistry.avro.AvroSchema;
import io.confluent.kafka.schemaregistry.client.MockSchemaRegistryClient;
import io.freshet.schemas.check.RecordCheck;
import io.freshet.schemas.check.RejectReason;
import io.freshet.schemas.message.RejectedRecord;
import io.freshet.schemas.pipeline.InvalidPipelineException;
import io.freshet.schemas.pipeline.Pipeline;
import io.freshet.schemas.pipeline.PipelineFile;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericDatumWriter;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.EncoderFactory;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Straight onto the topic: every kind of broken record is told with reason, field, offset and size, and the next is taken. */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class RefusedRecordsTest {
    private static final long NOW = Streams.NOW.toEpochMilli();
    private static final String EVENT = """
            {"type": "record", "name": "Order", "fields": [
              {"name": "id", "type": "string"}, {"name": "shop", "type": "string"},
              {"name": "at", "type": {"type": "long", "logicalType": "timestamp-millis"}},
              {"name": "amount", "type": "double"},
              {"name": "kind", "type": {"type": "enum", "name": "Kind", "symbols": ["A", "B"]}},
              {"name": "seen", "type": ["null", {"type": "long", "logicalType": "timestamp-micros"}], "default": null},
              {"name": "extra", "type": {"type": "map", "values": ["null", "float", "string"]}, "default": {}},
              {"name": "parts", "default": [], "type": {"type": "array", "items":
                {"type": "record", "name": "Part", "fields": [
                  {"name": "weight", "type": ["null", "double", "string"]},
                  {"name": "inner", "type": ["null", "Part"], "default": null}]}}}]}""";
    private static final String LABEL = """
            {"type": "record", "name": "Outcome", "fields": [
              {"name": "id", "type": "string"},
              {"name": "known", "type": {"type": "long", "logicalType": "timestamp-millis"}},
              {"name": "score", "type": "double"}]}""";
    private static final String YAML = """
            pipeline: orders
            event: { schema: e, id: id, key: shop, time: at, lateness: 10m }
            label: { schema: l, event: id, value: label.score > 0.5, time: known, wait: 2h }
            features:
              amount: { value: event.amount }
              hour: { value: 'hour(event.seen, "UTC")' }
              n: { count: event, over: 1h }
            """;

    @TempDir
    Path state;

    private final Pipeline pipeline = pipeline();
    private final Schema part =
            pipeline.event().schema().getField("parts").schema().getElementType();
    private final List<Expected> expected = new ArrayList<>();
    private Streams streams;

    /** What should become of a record. */
    private record Expected(
            String what, RejectReason reason, @Nullable String field, int size) {}

    @BeforeEach
    void start() {
        streams = new Streams(new MockSchemaRegistryClient(), state, Map.of(), StateStores.ON_DISK, pipeline);
    }

    @AfterEach
    void stop() {
        streams.close();
    }

    @Test
    void shouldRefuseBytesThatAreNoRecord() throws Exception {
        byte[] good = bytes(event("good"));
        refuse("tombstone", (byte[]) null, RejectReason.TOMBSTONE, null);
        refuse("nothing", new byte[0], RejectReason.UNDECODABLE, null);
        refuse("half a header", new byte[] {0, 0, 0}, RejectReason.UNDECODABLE, null);
        refuse("another magic byte", with(good, 0, 1), RejectReason.UNDECODABLE, null);
        refuse("header alone", java.util.Arrays.copyOf(good, 5), RejectReason.UNDECODABLE, null);
        refuse("cut short", java.util.Arrays.copyOf(good, good.length - 1), RejectReason.UNDECODABLE, null);
        refuse("unknown schema id", with(good, 2, 77), RejectReason.UNKNOWN_SCHEMA, null);
        refuse("negative schema id", with(good, 1, -1), RejectReason.UNKNOWN_SCHEMA, null);
        refuse("JSON", "{\"id\": \"1\"}".getBytes(StandardCharsets.UTF_8), RejectReason.UNDECODABLE, null);

        assertTold();
    }

    @Test
    void shouldRefuseWhatAnotherSchemaWrote() throws Exception {
        GenericRecord label = new GenericData.Record(pipeline.label().schema());
        label.put("id", "x");
        label.put("known", NOW);
        label.put("score", 1.0);
        refuse("a label", bytes(label), RejectReason.SCHEMA_MISMATCH, null);
        refuse("nothing but defaults", written(record(""), nothing -> {}), RejectReason.SCHEMA_MISMATCH, null);
        refuse(
                "text for a number",
                written(record(fields("\"string\"", "A")), with("amount", "12.5")),
                RejectReason.SCHEMA_MISMATCH,
                null);
        refuse(
                "an unknown symbol",
                written(record(fields("\"double\"", "C")), record -> {}),
                RejectReason.SCHEMA_MISMATCH,
                null);
        refuse(
                "a wider union that holds another type",
                written(record(fields("[\"double\", \"string\"]", "A")), with("amount", "much")),
                RejectReason.SCHEMA_MISMATCH,
                null);
        refuse("a schema as large as a book", written(hugeSchema(), record -> {}), RejectReason.SCHEMA_MISMATCH, null);

        assertTold();
    }

    @Test
    void shouldTakeWhatACompatibleSchemaWrote() throws Exception {
        streams.sendEventBytes(written(record(fields("\"int\"", "A")), with("amount", 12)));
        streams.sendEventBytes(written(
                record(fields("[\"double\", \"string\"]", "A")),
                with("amount", 13.0).andThen(with("id", "y"))));

        assertThat(streams.features().stream().map(row -> row.values().getFirst()))
                .containsExactly(12.0, 13.0);
    }

    @Test
    void shouldRefuseValuesWhereverTheyLie() throws Exception {
        refuse("NaN", event("a", with("amount", Double.NaN)), RejectReason.NOT_FINITE, "amount");
        refuse("infinity", event("b", with("amount", Double.NEGATIVE_INFINITY)), RejectReason.NOT_FINITE, "amount");
        refuse(
                "NaN in a record in an array",
                event("c", with("parts", List.of(part(1.0, null), part(Double.NaN, null)))),
                RejectReason.NOT_FINITE,
                "parts[1].weight");
        refuse(
                "NaN further down",
                event("d", with("parts", List.of(part(1.0, part(2.0, part(Double.NaN, null)))))),
                RejectReason.NOT_FINITE,
                "parts[0].inner.inner.weight");
        refuse(
                "infinity in a map",
                event("e", with("extra", Map.of("x", Float.POSITIVE_INFINITY))),
                RejectReason.NOT_FINITE,
                "extra.x");
        refuse(
                "a long text in a map",
                event("f", with("extra", Map.of("t", "x".repeat(RecordCheck.LONGEST_TEXT + 1)))),
                RejectReason.TOO_LONG,
                "extra.t");
        refuse(
                "a long text in a union",
                event("g", with("parts", List.of(part("x".repeat(RecordCheck.LONGEST_TEXT + 1), null)))),
                RejectReason.TOO_LONG,
                "parts[0].weight");
        refuse("no id", event(" "), RejectReason.FIELD_MISSING, "id");
        refuse("no key", event("h", with("shop", "")), RejectReason.FIELD_MISSING, "shop");
        refuse("a long id", event("x".repeat(RecordCheck.LONGEST_KEY + 1)), RejectReason.TOO_LONG, "id");
        refuse("an id that is no Unicode", notUnicode(), RejectReason.FIELD_TYPE, "id");

        assertTold();
    }

    @Test
    void shouldRefuseTimesThatCannotBe() throws Exception {
        for (long time : new long[] {
            0,
            -1,
            Long.MIN_VALUE,
            Long.MAX_VALUE,
            NOW / 1_000,
            NOW * 1_000,
            NOW * 1_000_000,
            Instant.parse("1970-01-01T00:00:01Z").toEpochMilli(),
            Instant.parse("9999-12-31T23:59:59Z").toEpochMilli(),
            NOW + Duration.ofHours(25).toMillis()
        }) {
            refuse("time " + time, event("t" + time, with("at", time)), RejectReason.TIME_OUT_OF_RANGE, "at");
        }

        assertTold();
    }

    @Test
    void shouldTakeAbsurdTimesThatOnlyFeaturesRead() throws Exception {
        long[] times = {Long.MIN_VALUE, Long.MAX_VALUE, -1, NOW * 1_000_000, 253_402_300_800_000_000L};
        for (long time : times) {
            streams.sendEventBytes(bytes(event("s" + time, with("seen", time))));
        }

        assertThat(streams.features()).hasSize(times.length);
        assertThat(streams.rejected()).isEmpty();
    }

    @Test
    void shouldRefuseWhatIsTooLargeOrTooDeep() throws Exception {
        refuse(
                "10 MB of text",
                event("a", with("extra", Map.of("t", "x".repeat(10_000_000)))),
                RejectReason.TOO_LARGE,
                null);
        refuse("one byte too many", ofSize(RecordCheck.LARGEST + 1), RejectReason.TOO_LARGE, null);
        refuse("100 levels", bytes(event("b", with("parts", List.of(nested(100))))), RejectReason.TOO_DEEP, null);
        refuse("100,000 levels", deep(100_000), RejectReason.TOO_DEEP, null);
        refuse("100,000 items", items(100_000), RejectReason.TOO_LARGE, null);
        refuse("an array that claims to be endless", claiming(1L << 40), RejectReason.UNDECODABLE, null);
        refuse("an array that claims less than nothing", claiming(Long.MIN_VALUE), RejectReason.UNDECODABLE, null);

        assertTold();
    }

    @Test
    @Timeout(value = 20, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void shouldNotCountThroughAnEndlessArrayOfNothings() throws Exception {
        refuse("a field that is skipped", nothings(1L << 30), RejectReason.SCHEMA_MISMATCH, null);

        assertTold();
    }

    @Test
    void shouldTakeTheLargestRecord() throws Exception {
        streams.sendEventBytes(ofSize(RecordCheck.LARGEST));
        streams.sendEventBytes(bytes(event("deep", with("parts", List.of(nested(20))))));

        assertThat(streams.features()).hasSize(2);
    }

    @Test
    void shouldRefuseLabelsLikewise() throws Exception {
        streams.sendLabelBytes(null);
        streams.sendLabelBytes(bytes(event("x")));
        streams.sendLabelBytes(bytes(label("x", NOW, Double.NaN)));
        streams.sendLabelBytes(bytes(label("x", NOW * 1_000, 1.0)));
        streams.sendLabelBytes(bytes(label("", NOW, 1.0)));

        assertThat(streams.rejected())
                .extracting(
                        RejectedRecord::getReason,
                        RejectedRecord::getField,
                        RejectedRecord::getSourceTopic,
                        RejectedRecord::getSourceOffset)
                .containsExactly(
                        tuple("TOMBSTONE", null, "orders.labels", 0L),
                        tuple("SCHEMA_MISMATCH", null, "orders.labels", 1L),
                        tuple("NOT_FINITE", "score", "orders.labels", 2L),
                        tuple("TIME_OUT_OF_RANGE", "known", "orders.labels", 3L),
                        tuple("FIELD_MISSING", "id", "orders.labels", 4L));
    }

    private void refuse(String what, GenericRecord event, RejectReason reason, @Nullable String field)
            throws IOException {
        refuse(what, bytes(event), reason, field);
    }

    private void refuse(String what, byte @Nullable [] bytes, RejectReason reason, @Nullable String field) {
        expected.add(new Expected(what, reason, field, bytes == null ? 0 : bytes.length));
        streams.sendEventBytes(bytes);
    }

    /** Each was told, in order, and what comes after them is taken. */
    private void assertTold() throws IOException {
        streams.sendEventBytes(bytes(event("after")));
        List<RejectedRecord> told = streams.rejected();
        assertThat(streams.features()).extracting("eventId").containsExactly("after");
        assertThat(told).hasSameSizeAs(expected);
        for (int i = 0; i < told.size(); i++) {
            RejectedRecord record = told.get(i);
            Expected wanted = expected.get(i);
            assertThat(record.getReason())
                    .as("%s: %s", wanted.what(), record.getDetail())
                    .isEqualTo(wanted.reason().name());
            if (wanted.field() != null) {
                assertThat(record.getField()).as(wanted.what()).isEqualTo(wanted.field());
            }
            assertThat(record.getSourceTopic()).as(wanted.what()).isEqualTo("orders.events");
            assertThat(record.getSourcePartition()).as(wanted.what()).isZero();
            assertThat(record.getSourceOffset()).as(wanted.what()).isEqualTo(i);
            assertThat(record.getPayloadSize()).as(wanted.what()).isEqualTo(wanted.size());
            assertThat(record.getPayload().remaining()).as(wanted.what()).isEqualTo(Math.min(65_536, wanted.size()));
            assertThat(record.getDetail().length()).as(wanted.what()).isBetween(1, 600);
        }
    }

    private GenericRecord event(String id) {
        return event(id, record -> {});
    }

    private GenericRecord event(String id, Consumer<GenericRecord> change) {
        GenericRecord event = new GenericData.Record(pipeline.event().schema());
        event.put("id", id);
        event.put("shop", "s");
        event.put("at", NOW);
        event.put("amount", 1.5);
        event.put(
                "kind",
                new GenericData.EnumSymbol(event.getSchema().getField("kind").schema(), "A"));
        event.put("extra", Map.of());
        event.put("parts", List.of());
        change.accept(event);
        return event;
    }

    private GenericRecord label(String id, long known, double score) {
        GenericRecord label = new GenericData.Record(pipeline.label().schema());
        label.put("id", id);
        label.put("known", known);
        label.put("score", score);
        return label;
    }

    private GenericRecord part(Object weight, @Nullable GenericRecord inner) {
        GenericRecord record = new GenericData.Record(part);
        record.put("weight", weight);
        record.put("inner", inner);
        return record;
    }

    private GenericRecord nested(int levels) {
        GenericRecord record = part(1.0, null);
        for (int i = 1; i < levels; i++) {
            record = part(1.0, record);
        }
        return record;
    }

    private static Consumer<GenericRecord> with(String field, Object value) {
        return record -> record.put(field, value);
    }

    private static byte[] with(byte[] bytes, int at, int value) {
        byte[] changed = bytes.clone();
        changed[at] = (byte) value;
        return changed;
    }

    private byte[] bytes(GenericRecord record) throws IOException {
        return written(record);
    }

    /** By this schema, whatever the topic's is; its event fields are set as far as it has them. */
    private byte[] written(Schema schema, Consumer<GenericRecord> change) throws IOException {
        GenericRecord record = new GenericData.Record(schema);
        GenericRecord usual = event("x");
        for (Schema.Field field : schema.getFields()) {
            switch (field.name()) {
                case "kind" ->
                    record.put(
                            "kind",
                            new GenericData.EnumSymbol(
                                    field.schema(),
                                    field.schema().getEnumSymbols().getLast()));
                case "huge" -> record.put("huge", 1L);
                default -> record.put(field.name(), usual.hasField(field.name()) ? usual.get(field.name()) : null);
            }
        }
        change.accept(record);
        return written(record);
    }

    private byte[] written(GenericRecord record) throws IOException {
        ByteArrayOutputStream out = header(record.getSchema());
        BinaryEncoder encoder = EncoderFactory.get().directBinaryEncoder(out, null);
        new GenericDatumWriter<GenericRecord>(record.getSchema()).write(record, encoder);
        return out.toByteArray();
    }

    private ByteArrayOutputStream header(Schema schema) throws IOException {
        try {
            int id = streams.registry.register("subject-" + schema.hashCode(), new AvroSchema(schema));
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            out.write(ByteBuffer.allocate(5).put((byte) 0).putInt(id).array());
            return out;
        } catch (io.confluent.kafka.schemaregistry.client.rest.exceptions.RestClientException e) {
            throw new IOException(e);
        }
    }

    private static Schema record(String fields) {
        return new Schema.Parser().parse("{\"type\": \"record\", \"name\": \"Order\", \"fields\": [" + fields + "]}");
    }

    private static String fields(String amount, String symbol) {
        return """
                {"name": "id", "type": "string"}, {"name": "shop", "type": "string"},
                {"name": "at", "type": {"type": "long", "logicalType": "timestamp-millis"}},
                {"name": "amount", "type": %s},
                {"name": "kind", "type": {"type": "enum", "name": "Kind", "symbols": ["B", "%s"]}}""".formatted(amount, symbol);
    }

    /** The schema of a mismatch comes with the message about it. */
    private static Schema hugeSchema() {
        StringBuilder fields = new StringBuilder("{\"name\": \"huge\", \"type\": \"long\"}");
        for (int i = 0; i < 20_000; i++) {
            fields.append(", {\"name\": \"a_rather_long_name_of_a_field_")
                    .append(i)
                    .append("\", \"type\": [\"null\", \"long\"]}");
        }
        return record(fields.toString());
    }

    private byte[] notUnicode() throws IOException {
        byte[] bytes = bytes(event("id"));
        bytes[6] = (byte) 0xff;
        return bytes;
    }

    /** Everything of an event but its parts. */
    private ByteArrayOutputStream beforeTheParts() throws IOException {
        byte[] bytes = bytes(event("x"));
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.write(bytes, 0, bytes.length - 1);
        return out;
    }

    private byte[] claiming(long items) throws IOException {
        ByteArrayOutputStream out = beforeTheParts();
        EncoderFactory.get().directBinaryEncoder(out, null).writeLong(items);
        return out.toByteArray();
    }

    private byte[] items(int items) throws IOException {
        ByteArrayOutputStream out = beforeTheParts();
        BinaryEncoder encoder = EncoderFactory.get().directBinaryEncoder(out, null);
        encoder.writeLong(items);
        out.write(new byte[2 * items]);
        encoder.writeLong(0);
        return out.toByteArray();
    }

    private byte[] deep(int levels) throws IOException {
        ByteArrayOutputStream out = beforeTheParts();
        BinaryEncoder encoder = EncoderFactory.get().directBinaryEncoder(out, null);
        encoder.writeLong(1);
        for (int i = 0; i < levels; i++) {
            encoder.writeIndex(0);
            encoder.writeIndex(i < levels - 1 ? 1 : 0);
        }
        encoder.writeLong(0);
        return out.toByteArray();
    }

    private byte[] nothings(long items) throws IOException {
        Schema schema = record(fields("\"double\"", "A")
                + ", {\"name\": \"nothings\", \"type\": {\"type\": \"array\", \"items\": \"null\"}}");
        byte[] none = written(schema, with("nothings", List.of()));
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.write(none, 0, none.length - 1);
        EncoderFactory.get().directBinaryEncoder(out, null).writeLong(items);
        out.write(0);
        return out.toByteArray();
    }

    /** An event with four long texts and one more. */
    private byte[] bytesOfLong(int last) throws IOException {
        String quarter = "x".repeat(60_000);
        return bytes(event(
                "l",
                with("extra", Map.of("a", quarter, "b", quarter, "c", quarter, "d", quarter, "e", "y".repeat(last)))));
    }

    private byte[] ofSize(int size) throws IOException {
        int without = bytesOfLong(8_192).length;
        byte[] bytes = bytesOfLong(8_192 + size - without);
        assertThat(bytes).hasSize(size);
        return bytes;
    }

    private static Pipeline pipeline() {
        try {
            return PipelineFile.parse("orders", YAML, name -> Optional.of(name.equals("e") ? EVENT : LABEL));
        } catch (InvalidPipelineException e) {
            throw new IllegalStateException(e);
        }
    }
}
