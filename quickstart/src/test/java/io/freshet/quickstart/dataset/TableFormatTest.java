package io.freshet.quickstart.dataset;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.freshet.quickstart.dataset.RowTable.Column;
import io.freshet.quickstart.dataset.RowTable.Type;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.apache.parquet.ParquetReadOptions;
import org.apache.parquet.column.page.PageReadStore;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.example.data.simple.convert.GroupRecordConverter;
import org.apache.parquet.hadoop.ParquetFileReader;
import org.apache.parquet.io.ColumnIOFactory;
import org.apache.parquet.io.LocalInputFile;
import org.apache.parquet.io.RecordReader;
import org.apache.parquet.schema.MessageType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TableFormatTest {
    private static final Instant TIME = Instant.parse("2001-02-03T04:05:06.789Z");
    private static final RowTable TABLE = new RowTable(
            List.of(
                    new Column("eventId", Type.TEXT, true),
                    new Column("eventTime", Type.TIME, true),
                    new Column("label", Type.NUMBER, true),
                    new Column("city", Type.TEXT, false),
                    new Column("amount", Type.NUMBER, false)),
            1,
            2,
            List.of(
                    new Object[] {"e1", TIME, 1.0, "Köln, \"am\" Rhein\n", 0.1 + 0.2},
                    new Object[] {"e2", TIME.plusMillis(1), 0.0, "", null},
                    new Object[] {"e3", TIME, 0.0, null, -1e-300}));

    @TempDir
    Path directory;

    @Test
    void shouldTellNoTextFromAnEmptyOneInCsv() throws Exception {
        Path file = directory.resolve("rows.csv");

        TableFormat.CSV.export(TABLE, file);

        assertThat(Files.readString(file)).isEqualTo("""
                        "eventId","eventTime","label","city","amount"
                        "e1","2001-02-03T04:05:06.789Z",1.0,"Köln, ""am"" Rhein
                        ",0.30000000000000004
                        "e2","2001-02-03T04:05:06.790Z",0.0,"",
                        "e3","2001-02-03T04:05:06.789Z",0.0,,-1.0E-300
                        """.replace("\n", "\r\n").replace("Rhein\r\n", "Rhein\n"));
    }

    @Test
    void shouldWriteTypedColumnsInParquet() throws Exception {
        Path file = directory.resolve("rows.parquet");

        TableFormat.PARQUET.export(TABLE, file);

        List<Group> rows = new ArrayList<>();
        try (ParquetFileReader reader = new ParquetFileReader(
                new LocalInputFile(file),
                ParquetReadOptions.builder(new org.apache.parquet.conf.PlainParquetConfiguration())
                        .build())) {
            MessageType schema = reader.getFileMetaData().getSchema();
            assertThat(schema.toString()).isEqualTo("""
                    message row {
                      required binary eventId (STRING);
                      required int64 eventTime (TIMESTAMP(MILLIS,true));
                      required double label;
                      optional binary city (STRING);
                      optional double amount;
                    }
                    """);
            PageReadStore pages = reader.readNextRowGroup();
            RecordReader<Group> records =
                    new ColumnIOFactory().getColumnIO(schema).getRecordReader(pages, new GroupRecordConverter(schema));
            for (long i = 0; i < pages.getRowCount(); i++) {
                rows.add(records.read());
            }
        }
        assertThat(rows).hasSize(3);
        assertThat(rows.get(0).getString("city", 0)).isEqualTo("Köln, \"am\" Rhein\n");
        assertThat(rows.get(0).getDouble("amount", 0)).isEqualTo(0.1 + 0.2);
        assertThat(rows.get(1).getLong("eventTime", 0)).isEqualTo(TIME.toEpochMilli() + 1);
        assertThat(rows.get(1).getString("city", 0)).isEmpty();
        assertThat(rows.get(1).getFieldRepetitionCount("amount")).isZero();
        assertThat(rows.get(2).getFieldRepetitionCount("city")).isZero();
        assertThat(rows.get(2).getDouble("amount", 0)).isEqualTo(-1e-300);
    }

    @Test
    void shouldLeaveTheFileThatWasThereWhereWritingFails() throws Exception {
        Path file = directory.resolve("rows.csv");
        Files.writeString(file, "before");

        assertThatThrownBy(() -> WholeFile.write(file, part -> {
                    Files.writeString(part, "half of it");
                    throw new IOException("no space left");
                }))
                .hasMessage("no space left");

        assertThat(file).hasContent("before");
        assertThat(directory).isDirectoryContaining(file::equals);
        try (var left = Files.list(directory)) {
            assertThat(left).containsExactly(file);
        }
        WholeFile.write(file, part -> Files.writeString(part, "after"));
        assertThat(file).hasContent("after");
        Path ordinary = Files.writeString(directory.resolve("ordinary"), "");
        assertThat(Files.getPosixFilePermissions(file)).isEqualTo(Files.getPosixFilePermissions(ordinary));
    }
}
