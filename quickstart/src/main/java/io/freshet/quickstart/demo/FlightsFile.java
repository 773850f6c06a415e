package io.freshet.quickstart.demo;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.ResolverStyle;
import java.util.Iterator;
import java.util.Locale;
import java.util.zip.GZIPInputStream;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVRecord;

/**
 * The recorded flights, in order of departure: gzipped CSV with the columns date, delay, distance, origin, destination. A
 * row that cannot be read, or departs before the one above it, ends the reading with {@link UncheckedIOException}.
 */
final class FlightsFile implements Iterator<Flight>, AutoCloseable {
    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm:ss", Locale.ROOT).withResolverStyle(ResolverStyle.STRICT);

    private final Reader reader;
    private final Iterator<CSVRecord> rows;
    private LocalDateTime last = LocalDateTime.MIN;

    private FlightsFile(Reader reader) throws IOException {
        this.reader = reader;
        this.rows = CSVFormat.DEFAULT
                .builder()
                .setHeader()
                .setSkipHeaderRecord(true)
                .get()
                .parse(reader)
                .iterator();
    }

    static FlightsFile open(Path file) throws IOException {
        return new FlightsFile(new InputStreamReader(
                new GZIPInputStream(new BufferedInputStream(Files.newInputStream(file)), 1 << 16),
                StandardCharsets.UTF_8));
    }

    @Override
    public boolean hasNext() {
        return rows.hasNext();
    }

    @Override
    public Flight next() {
        CSVRecord row = rows.next();
        try {
            LocalDateTime departure = LocalDateTime.parse(row.get("date"), TIME);
            if (departure.isBefore(last)) {
                throw new IllegalArgumentException("it departs before the flight above it");
            }
            last = departure;
            return new Flight(
                    id(departure.getYear(), row.getRecordNumber()),
                    departure.toInstant(ZoneOffset.UTC),
                    row.get("origin"),
                    row.get("destination"),
                    Integer.parseInt(row.get("distance")),
                    Integer.parseInt(row.get("delay")));
        } catch (IllegalArgumentException | DateTimeException e) {
            throw new UncheckedIOException(
                    new IOException("flight " + row.getRecordNumber() + " cannot be read: " + e.getMessage(), e));
        }
    }

    /** The year and the number of the row, with at least six digits: ids sort as flights depart. */
    private static String id(int year, long row) {
        String digits = Long.toString(row);
        return year + "-" + "0".repeat(Math.max(0, 6 - digits.length())) + digits;
    }

    @Override
    public void close() throws IOException {
        reader.close();
    }
}
