package io.freshet.features;

import io.confluent.kafka.serializers.KafkaAvroDeserializer;
import io.confluent.kafka.serializers.KafkaAvroSerializer;
import io.freshet.schemas.pipeline.Pipeline;
import io.freshet.schemas.row.FeatureRow;
import io.freshet.schemas.row.FeatureRowSchema;
import java.time.Instant;
import java.util.List;
import org.apache.avro.generic.GenericRecord;
import org.jspecify.annotations.Nullable;

/** A pipeline's rows and examples as they stand on their topics. */
final class RowSerde {
    private final String pipeline;
    private final String key;
    private final FeatureRowSchema schemas;
    private final KafkaAvroSerializer writer;
    private final KafkaAvroDeserializer reader;

    RowSerde(Pipeline pipeline, KafkaAvroSerializer writer, KafkaAvroDeserializer reader) {
        this.pipeline = pipeline.name();
        this.key = pipeline.event().key();
        this.schemas = FeatureRowSchema.of(pipeline);
        this.writer = writer;
        this.reader = reader;
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
        return writer.serialize(pipeline + ".features", schemas.toRecord(row));
    }

    byte[] correction(FeatureRow corrected) {
        return writer.serialize(pipeline + ".corrections", schemas.toRecord(corrected));
    }

    /**
     * An example of a row as it was written, whichever declaration it is of.
     *
     * @param labelTime when the truth became known, event time
     */
    byte[] example(GenericRecord row, boolean positive, Instant labelTime) {
        return writer.serialize(pipeline + ".examples", schemas.example(row, positive ? 1 : 0, labelTime));
    }

    /** Reads a row as it was written. The bytes name their schema. */
    GenericRecord written(byte[] bytes) {
        return (GenericRecord) reader.deserialize(pipeline + ".features", bytes);
    }

    /** Reads a row or a correction. The bytes name their schema; which of the topics they were written for is the same. */
    FeatureRow row(byte[] bytes) {
        return schemas.fromRecord(written(bytes));
    }
}
