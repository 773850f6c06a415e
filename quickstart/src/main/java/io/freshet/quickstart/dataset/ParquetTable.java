package io.freshet.quickstart.dataset;

import io.freshet.quickstart.dataset.RowTable.Column;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Map;
import java.util.Objects;
import org.apache.hadoop.conf.Configuration;
import org.apache.parquet.conf.ParquetConfiguration;
import org.apache.parquet.conf.PlainParquetConfiguration;
import org.apache.parquet.hadoop.ParquetFileWriter.Mode;
import org.apache.parquet.hadoop.ParquetWriter;
import org.apache.parquet.hadoop.api.WriteSupport;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;
import org.apache.parquet.io.LocalOutputFile;
import org.apache.parquet.io.OutputFile;
import org.apache.parquet.io.api.Binary;
import org.apache.parquet.io.api.RecordConsumer;
import org.apache.parquet.schema.LogicalTypeAnnotation;
import org.apache.parquet.schema.LogicalTypeAnnotation.TimeUnit;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName;
import org.apache.parquet.schema.Type;
import org.apache.parquet.schema.Types;
import org.jspecify.annotations.Nullable;

/**
 * Tables as Parquet: texts as strings, numbers as doubles, times as UTC timestamps in milliseconds. Not compressed beyond
 * dictionaries, as the codecs need more of Hadoop.
 */
final class ParquetTable {
    private ParquetTable() {}

    static void write(RowTable table, Path file) throws IOException {
        try (ParquetWriter<@Nullable Object[]> writer = new Builder(new LocalOutputFile(file), schema(table)).build()) {
            for (@Nullable Object[] row : table.rows()) {
                writer.write(row);
            }
        }
    }

    private static MessageType schema(RowTable table) {
        Types.MessageTypeBuilder schema = Types.buildMessage();
        table.columns().forEach(column -> schema.addField(type(column)));
        return schema.named("row");
    }

    private static Type type(Column column) {
        Type.Repetition repetition = column.required() ? Type.Repetition.REQUIRED : Type.Repetition.OPTIONAL;
        return switch (column.type()) {
            case TEXT ->
                Types.primitive(PrimitiveTypeName.BINARY, repetition)
                        .as(LogicalTypeAnnotation.stringType())
                        .named(column.name());
            case NUMBER -> Types.primitive(PrimitiveTypeName.DOUBLE, repetition).named(column.name());
            case TIME ->
                Types.primitive(PrimitiveTypeName.INT64, repetition)
                        .as(LogicalTypeAnnotation.timestampType(true, TimeUnit.MILLIS))
                        .named(column.name());
        };
    }

    private static final class Builder extends ParquetWriter.Builder<@Nullable Object[], Builder> {
        private final MessageType schema;

        Builder(OutputFile file, MessageType schema) {
            super(file);
            this.schema = schema;
            withConf(new PlainParquetConfiguration());
            withCompressionCodec(CompressionCodecName.UNCOMPRESSED);
            withWriteMode(Mode.OVERWRITE);
        }

        @Override
        protected Builder self() {
            return this;
        }

        @Override
        protected WriteSupport<@Nullable Object[]> getWriteSupport(Configuration configuration) {
            return new Rows(schema);
        }

        @Override
        protected WriteSupport<@Nullable Object[]> getWriteSupport(ParquetConfiguration configuration) {
            return new Rows(schema);
        }
    }

    /** Hands the values of a row on, one column after the other. */
    private static final class Rows extends WriteSupport<@Nullable Object[]> {
        private final MessageType schema;
        private @Nullable RecordConsumer consumer;

        Rows(MessageType schema) {
            this.schema = schema;
        }

        @Override
        public WriteContext init(Configuration configuration) {
            return new WriteContext(schema, Map.of());
        }

        @Override
        public WriteContext init(ParquetConfiguration configuration) {
            return new WriteContext(schema, Map.of());
        }

        @Override
        public void prepareForWrite(RecordConsumer into) {
            consumer = into;
        }

        @Override
        public void write(@Nullable Object[] row) {
            RecordConsumer into = Objects.requireNonNull(consumer);
            into.startMessage();
            for (int i = 0; i < row.length; i++) {
                Object value = row[i];
                if (value != null) {
                    into.startField(schema.getFieldName(i), i);
                    switch (value) {
                        case String text -> into.addBinary(Binary.fromString(text));
                        case Double number -> into.addDouble(number);
                        case Instant time -> into.addLong(time.toEpochMilli());
                        default -> throw new IllegalArgumentException("no value of a table: " + value.getClass());
                    }
                    into.endField(schema.getFieldName(i), i);
                }
            }
            into.endMessage();
        }
    }
}
