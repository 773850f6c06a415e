package io.freshet.features;

import io.confluent.kafka.serializers.KafkaAvroDeserializer;
import io.confluent.kafka.serializers.KafkaAvroSerializer;
import io.freshet.schemas.pipeline.Pipeline;
import io.freshet.schemas.row.FeatureRow;
import io.freshet.schemas.row.FeatureRowSchema;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.util.List;
import java.util.function.Supplier;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.EncoderFactory;
import org.jspecify.annotations.Nullable;

/** A pipeline's rows and examples as they stand on their topics. Not thread-safe. */
final class RowSerde {
    // Magic byte and schema id.
    private static final int HEADER = 5;

    private final String key;
    private final FeatureRowSchema schemas;
    private final KafkaAvroSerializer writer;
    private final KafkaAvroDeserializer reader;
    private final Topic features;
    private final Topic corrections;
    private final String examples;
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private @Nullable BinaryEncoder encoder;

    RowSerde(Pipeline pipeline, KafkaAvroSerializer writer, KafkaAvroDeserializer reader) {
        this.key = pipeline.event().key();
        this.schemas = FeatureRowSchema.of(pipeline);
        this.writer = writer;
        this.reader = reader;
        this.features = new Topic(pipeline.name() + ".features");
        this.corrections = new Topic(pipeline.name() + ".corrections");
        this.examples = pipeline.name() + ".examples";
    }

    /**
     * The row of an event.
     *
     * @param values in declared order
     * @param others of other declarations
     */
    @SuppressWarnings(
            "NullAway") // Values may be null; the annotation of a record's component is not seen across modules.
    FeatureRow rowOf(
            GenericRecord event,
            String id,
            long time,
            @Nullable Double prior,
            List<@Nullable Object> values,
            List<FeatureRow.Part> others,
            Instant computedAt) {
        return new FeatureRow(
                id,
                String.valueOf(event.get(key)),
                Instant.ofEpochMilli(time),
                schemas.featureSet(),
                prior,
                computedAt,
                values,
                others);
    }

    /** The version of the feature set that rows follow. */
    String featureSet() {
        return schemas.featureSet();
    }

    byte[] row(FeatureRow row) {
        return features.write(() -> schemas.toRecord(row), to -> schemas.write(row, to));
    }

    /** A row with other values of its declared features, and none of other declarations. */
    @SuppressWarnings("NullAway") // As above.
    FeatureRow corrected(FeatureRow row, List<@Nullable Object> values, Instant computedAt) {
        return new FeatureRow(
                row.eventId(), row.entityKey(), row.eventTime(), row.featureSet(), row.prior(), computedAt, values);
    }

    byte[] correction(FeatureRow corrected) {
        return corrections.write(() -> schemas.toRecord(corrected), to -> schemas.write(corrected, to));
    }

    /**
     * An example of a row as it was written, whichever declaration it is of.
     *
     * @param label as {@link io.freshet.schemas.row.Example#label}
     * @param labelTime when the truth became known, event time
     */
    byte[] example(GenericRecord row, double label, Instant labelTime) {
        return writer.serialize(examples, schemas.example(row, label, labelTime));
    }

    /** Reads a row as it was written. The bytes name their schema. */
    GenericRecord written(byte[] bytes) {
        return (GenericRecord) reader.deserialize(features.name, bytes);
    }

    /** Reads a row or a correction. The bytes name their schema; which of the topics they were written for is the same. */
    FeatureRow row(byte[] bytes) {
        return schemas.fromRecord(written(bytes));
    }

    private interface Writing {
        void to(BinaryEncoder encoder) throws IOException;
    }

    /** A topic whose records are all of one schema: the first one registers it, those after it begin with the same id. */
    private final class Topic {
        private final String name;
        private byte @Nullable [] first;

        Topic(String name) {
            this.name = name;
        }

        byte[] write(Supplier<GenericRecord> record, Writing fields) {
            byte[] known = first;
            if (known == null) {
                byte[] whole = writer.serialize(name, record.get());
                first = whole;
                return whole;
            }
            bytes.reset();
            bytes.write(known, 0, HEADER);
            BinaryEncoder to = EncoderFactory.get().binaryEncoder(bytes, encoder);
            encoder = to;
            try {
                fields.to(to);
                to.flush();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            return bytes.toByteArray();
        }
    }
}
