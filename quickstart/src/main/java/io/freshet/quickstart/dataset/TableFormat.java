package io.freshet.quickstart.dataset;

import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVPrinter;
import org.apache.commons.csv.QuoteMode;
import org.jspecify.annotations.Nullable;

/** How a table is written to a file. */
public enum TableFormat {
    /** Comma-separated, UTF-8, one line of names; texts in quotes, times in ISO 8601, nothing where there is no value. */
    CSV {
        @Override
        void write(RowTable table, Path file) throws IOException {
            CSVFormat format = CSVFormat.RFC4180
                    .builder()
                    .setHeader(
                            table.columns().stream().map(RowTable.Column::name).toArray(String[]::new))
                    .setQuoteMode(QuoteMode.NON_NUMERIC)
                    .setNullString("")
                    .get();
            try (BufferedWriter writer = Files.newBufferedWriter(file);
                    CSVPrinter printer = new CSVPrinter(writer, format)) {
                for (@Nullable Object[] row : table.rows()) {
                    printer.printRecord(Arrays.asList(row));
                }
            }
        }
    },
    /** Apache Parquet, see {@link ParquetTable}. */
    PARQUET {
        @Override
        void write(RowTable table, Path file) throws IOException {
            ParquetTable.write(table, file);
        }
    };

    abstract void write(RowTable table, Path file) throws IOException;

    /**
     * Writes a table, and leaves nothing behind where that fails.
     *
     * @param file replaced when it is there
     */
    public void export(RowTable table, Path file) throws IOException {
        WholeFile.write(file, part -> write(table, part));
    }
}
