package io.freshet.quickstart.send;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.freshet.schemas.message.RecordKind;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.format.DateTimeParseException;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.zip.GZIPInputStream;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVParser;
import org.apache.commons.csv.CSVRecord;
import org.apache.commons.csv.DuplicateHeaderMode;
import org.jspecify.annotations.Nullable;

/**
 * The records of a file, one after the other, without holding it in memory.
 *
 * <p>{@code .csv}: the first row names the fields. A cell that reads as a JSON number or as true or false becomes one,
 * unless its field is named as text; an empty cell leaves the field out. A row whose cells do not match the header becomes
 * a JSON array, which ingest-service refuses and counts. {@code .ndjson}, {@code .jsonl}: lines are passed on as they
 * are, blank ones left out. {@code .avro}: see {@link AvroRecords}. Each may end in {@code .gz}.
 */
final class RecordFile implements Iterator<RecordFile.Line>, AutoCloseable {
    private static final ObjectMapper JSON = JsonMapper.builder()
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();
    private static final Pattern NUMBER =
            Pattern.compile("-?(0|[1-9][0-9]{0,17})(\\.[0-9]{1,18})?([eE][+-]?[0-9]{1,3})?");
    /** Times outside these are no event times, and would stop the pace for good. */
    private static final Instant EARLIEST = Instant.parse("1900-01-01T00:00:00Z");

    private static final Instant LATEST = Instant.parse("2200-01-01T00:00:00Z");

    private enum Format {
        CSV(".csv"),
        LINES(".ndjson", ".jsonl"),
        AVRO(".avro");

        private final List<String> endings;

        Format(String... endings) {
            this.endings = List.of(endings);
        }
    }

    /**
     * One record.
     *
     * @param number its place among the file's records, from 1
     */
    record Line(RecordKind kind, long time, byte[] json, long number) implements Outgoing {}

    private final RecordKind kind;
    private final Optional<String> timeField;
    private final Set<String> text;
    private final InputStream file;
    private final Iterator<byte[]> records;
    private long number;

    private RecordFile(RecordKind kind, Optional<String> timeField, Set<String> text, InputStream file, Format format)
            throws IOException {
        this.kind = kind;
        this.timeField = timeField;
        this.text = Set.copyOf(text);
        this.file = file;
        this.records = switch (format) {
            case CSV -> rows(new InputStreamReader(file, StandardCharsets.UTF_8));
            case LINES -> lines(new BufferedReader(new InputStreamReader(file, StandardCharsets.UTF_8)));
            case AVRO -> new AvroRecords(file);
        };
    }

    /**
     * @param timeField the field with the event time, ISO 8601 with an offset or epoch milliseconds; empty for none
     * @param text fields of a CSV file that stay text though they look like numbers
     * @throws IOException when the file cannot be read or its name has another ending
     */
    static RecordFile open(Path file, RecordKind kind, Optional<String> timeField, Set<String> text)
            throws IOException {
        String name = file.toString().toLowerCase(Locale.ROOT);
        boolean zipped = name.endsWith(".gz");
        String ending = zipped ? name.substring(0, name.length() - 3) : name;
        Format format = Arrays.stream(Format.values())
                .filter(one -> one.endings.stream().anyMatch(ending::endsWith))
                .findFirst()
                .orElseThrow(() ->
                        new IOException(file + ": must end in .csv, .ndjson, .jsonl or .avro, with or without .gz"));
        InputStream bytes = Files.newInputStream(file);
        try {
            return new RecordFile(kind, timeField, text, zipped ? new GZIPInputStream(bytes, 1 << 16) : bytes, format);
        } catch (IOException | RuntimeException e) {
            bytes.close();
            throw e instanceof IOException io ? io : new IOException(file + ": " + e.getMessage(), e);
        }
    }

    private Iterator<byte[]> rows(Reader from) throws IOException {
        CSVParser parser = CSVFormat.DEFAULT
                .builder()
                .setHeader()
                .setSkipHeaderRecord(true)
                .setDuplicateHeaderMode(DuplicateHeaderMode.DISALLOW)
                .get()
                .parse(from);
        List<String> header = parser.getHeaderNames();
        if (header.isEmpty()) {
            throw new IOException("the first row must name the fields");
        }
        Iterator<CSVRecord> records = parser.iterator();
        return new Iterator<>() {
            @Override
            public boolean hasNext() {
                return records.hasNext();
            }

            @Override
            public byte[] next() {
                return json(header, records.next());
            }
        };
    }

    private byte[] json(List<String> header, CSVRecord row) {
        if (row.size() != header.size()) {
            return bytes(JSON.valueToTree(row.toList()));
        }
        ObjectNode object = JSON.createObjectNode();
        for (int i = 0; i < header.size(); i++) {
            String cell = row.get(i);
            if (!cell.isEmpty()) {
                object.set(header.get(i), cell(header.get(i), cell));
            }
        }
        return bytes(object);
    }

    private JsonNode cell(String field, String cell) {
        boolean literal = cell.equals("true")
                || cell.equals("false")
                || NUMBER.matcher(cell).matches();
        if (text.contains(field) || !literal) {
            return JSON.getNodeFactory().textNode(cell);
        }
        try {
            return JSON.readTree(cell);
        } catch (JsonProcessingException e) {
            return JSON.getNodeFactory().textNode(cell);
        }
    }

    private static byte[] bytes(JsonNode json) {
        return json.toString().getBytes(StandardCharsets.UTF_8);
    }

    private static Iterator<byte[]> lines(BufferedReader from) {
        return from.lines()
                .filter(line -> !line.isBlank())
                .map(line -> line.getBytes(StandardCharsets.UTF_8))
                .iterator();
    }

    /**
     * @throws java.io.UncheckedIOException when reading on fails
     */
    @Override
    public boolean hasNext() {
        return records.hasNext();
    }

    @Override
    public Line next() {
        byte[] json = records.next();
        return new Line(kind, timeField.map(field -> time(field, json)).orElse(Outgoing.UNTIMED), json, ++number);
    }

    /** A record whose time cannot be read is due at once: whether it is right is for ingest-service to judge. */
    private static long time(String field, byte[] json) {
        try {
            Instant time = instant(JSON.readTree(json).get(field));
            return time == null || time.isBefore(EARLIEST) || time.isAfter(LATEST)
                    ? Outgoing.UNTIMED
                    : time.toEpochMilli();
        } catch (IOException | DateTimeParseException e) {
            return Outgoing.UNTIMED;
        }
    }

    private static @Nullable Instant instant(@Nullable JsonNode value) {
        if (value == null) {
            return null;
        }
        if (value.isTextual()) {
            return OffsetDateTime.parse(value.textValue()).toInstant();
        }
        return value.canConvertToLong() && value.isIntegralNumber() ? Instant.ofEpochMilli(value.longValue()) : null;
    }

    @Override
    public void close() throws IOException {
        file.close();
    }
}
