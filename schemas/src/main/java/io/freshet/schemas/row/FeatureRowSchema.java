package io.freshet.schemas.row;

import io.freshet.schemas.pipeline.Pipeline;
import io.freshet.schemas.pipeline.Pipeline.Feature;
import io.freshet.schemas.pipeline.Pipeline.Task;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.avro.LogicalTypes;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.io.Encoder;
import org.jspecify.annotations.Nullable;

/**
 * The Avro schemas of a pipeline's rows and examples, and the conversion between records and rows. Immutable and
 * thread-safe.
 */
public final class FeatureRowSchema {
    private static final Schema TIME = LogicalTypes.timestampMillis().addToSchema(Schema.create(Schema.Type.LONG));
    /** One schema whatever the features are, so that it stays compatible; the names stand in each row. */
    private static final Schema ANY_VALUE = Schema.createUnion(
            Schema.create(Schema.Type.NULL), Schema.create(Schema.Type.DOUBLE), Schema.create(Schema.Type.STRING));

    private final List<Feature> features;
    private final List<String> names;
    private final String featureSet;
    private final String namespace;
    private final Schema values;
    private final Schema part;
    private final Schema row;
    private final Schema example;
    private final Map<Schema, Schema> exampleOfOthers = new ConcurrentHashMap<>();

    private FeatureRowSchema(Pipeline pipeline) {
        this.features = pipeline.features();
        this.names = features.stream().map(Feature::name).toList();
        this.featureSet = fingerprint(features, pipeline.model().task());
        this.namespace = "io.freshet.pipelines." + pipeline.name().replace('-', '_');
        this.values = record(
                "Features",
                namespace,
                "The declared features of one event.",
                features.stream()
                        .map(feature -> field(
                                feature.name(),
                                nullable(typeOf(feature)),
                                feature.definition(),
                                Schema.Field.NULL_VALUE))
                        .toList());
        this.part = record(
                "OtherFeatures",
                namespace,
                "The features of one event as another feature set defines them.",
                List.of(
                        field(
                                "featureSet",
                                Schema.create(Schema.Type.STRING),
                                "The version of that feature set.",
                                null),
                        field("features", Schema.createMap(ANY_VALUE), "The features by name.", null)));
        this.row = record(
                "FeatureRow",
                namespace,
                "The features of one event, computed once and scored as they are.",
                List.of(
                        field("eventId", Schema.create(Schema.Type.STRING), "The event's id.", null),
                        field("entityKey", Schema.create(Schema.Type.STRING), "The event's entity key.", null),
                        field("eventTime", TIME, "When the event happened.", null),
                        field(
                                "featureSet",
                                Schema.create(Schema.Type.STRING),
                                "The version of the feature set: a fingerprint of the declared features.",
                                null),
                        field(
                                "prior",
                                nullable(Schema.create(Schema.Type.DOUBLE)),
                                "Mean of the labels known by then, which is the share of positives, 0 to 1, of a binary task;"
                                        + " null when none was, and of several classes.",
                                Schema.Field.NULL_VALUE),
                        field("computedAt", TIME, "When the row was computed, processing time.", null),
                        field("features", values, "The declared features.", null),
                        field(
                                "others",
                                Schema.createArray(part),
                                "The features as a superseded declaration defines them, while a model needs them.",
                                List.of())));
        this.example = example(row);
    }

    private Schema example(Schema ofRow) {
        return record(
                "Example",
                namespace,
                "A feature row whose label became known.",
                List.of(
                        field("row", ofRow, "The feature row exactly as it was scored.", null),
                        field(
                                "label",
                                Schema.create(Schema.Type.DOUBLE),
                                "1 for a positive, 0 for a negative; of several classes the position of this one, from 0; of a"
                                        + " regression the value.",
                                null),
                        field("labelTime", TIME, "When the truth became known, event time.", null)));
    }

    /** The schemas of a pipeline. */
    public static FeatureRowSchema of(Pipeline pipeline) {
        return new FeatureRowSchema(pipeline);
    }

    /**
     * The version of the feature set: 12 hexadecimal digits that change when a feature's name, order, definition or type
     * does, or the classes of the label, which examples tell by position.
     */
    public String featureSet() {
        return featureSet;
    }

    /** The names of the declared features, in order. */
    public List<String> names() {
        return names;
    }

    /** The schema of the features topic. */
    public Schema row() {
        return row;
    }

    /** The schema of the examples topic. */
    public Schema example() {
        return example;
    }

    /**
     * @throws IllegalArgumentException when the row has not one value of the declared type per feature
     */
    public GenericRecord toRecord(FeatureRow from) {
        if (from.values().size() != features.size()) {
            throw wrongSize(from);
        }
        GenericRecord declared = new GenericData.Record(values);
        for (int i = 0; i < features.size(); i++) {
            declared.put(i, checked(features.get(i), from.values().get(i)));
        }
        GenericRecord to = new GenericData.Record(row);
        to.put("eventId", from.eventId());
        to.put("entityKey", from.entityKey());
        to.put("eventTime", from.eventTime().toEpochMilli());
        to.put("featureSet", from.featureSet());
        to.put("prior", from.prior());
        to.put("computedAt", from.computedAt().toEpochMilli());
        to.put("features", declared);
        to.put("others", from.others().stream().map(this::toRecord).toList());
        return to;
    }

    private GenericRecord toRecord(FeatureRow.Part from) {
        GenericRecord to = new GenericData.Record(part);
        to.put("featureSet", from.featureSet());
        to.put("features", from.values());
        return to;
    }

    /**
     * Reads a row by the names of the declared features, so that rows of an older feature set stay readable: a feature
     * that the record does not have is unknown, and its features as that set defines them are among the others.
     */
    public FeatureRow fromRecord(GenericRecord from) {
        GenericRecord declared = (GenericRecord) from.get("features");
        List<@Nullable Object> read = new ArrayList<>(features.size());
        for (Feature feature : features) {
            Object value = declared.hasField(feature.name()) ? declared.get(feature.name()) : null;
            read.add(plain(value));
        }
        String set = from.get("featureSet").toString();
        List<FeatureRow.Part> others = new ArrayList<>();
        if (!set.equals(featureSet)) {
            others.add(ownPart(set, declared));
        }
        if (from.hasField("others")) {
            ((Collection<?>) from.get("others")).forEach(other -> others.add(otherPart((GenericRecord) other)));
        }
        Object prior = from.get("prior");
        return new FeatureRow(
                from.get("eventId").toString(),
                from.get("entityKey").toString(),
                time(from, "eventTime"),
                set,
                prior == null ? null : (Double) prior,
                time(from, "computedAt"),
                read,
                others);
    }

    private static FeatureRow.Part ownPart(String set, GenericRecord features) {
        Map<String, @Nullable Object> values = new HashMap<>();
        features.getSchema().getFields().forEach(field -> values.put(field.name(), plain(features.get(field.pos()))));
        return new FeatureRow.Part(set, values);
    }

    private static FeatureRow.Part otherPart(GenericRecord from) {
        Map<String, @Nullable Object> values = new HashMap<>();
        ((Map<?, ?>) from.get("features")).forEach((name, value) -> values.put(name.toString(), plain(value)));
        return new FeatureRow.Part(from.get("featureSet").toString(), values);
    }

    private static @Nullable Object plain(@Nullable Object value) {
        return value instanceof CharSequence text ? text.toString() : value;
    }

    /**
     * @throws IllegalArgumentException as {@link #toRecord(FeatureRow)}
     */
    public GenericRecord toRecord(Example from) {
        return example(toRecord(from.row()), from.label(), from.labelTime());
    }

    /**
     * An example of a row as it was read, whichever feature set it is of.
     *
     * @param label as {@link Example#label}
     * @param labelTime when the truth became known, event time
     */
    public GenericRecord example(GenericRecord ofRow, double label, Instant labelTime) {
        GenericRecord to = new GenericData.Record(
                ofRow.getSchema().equals(row)
                        ? example
                        : exampleOfOthers.computeIfAbsent(ofRow.getSchema(), this::example));
        to.put("row", ofRow);
        to.put("label", label);
        to.put("labelTime", labelTime.toEpochMilli());
        return to;
    }

    /**
     * Writes a row as Avro binary of {@link #row}: the bytes of its record, without the record.
     *
     * @throws IllegalArgumentException as {@link #toRecord(FeatureRow)}
     */
    public void write(FeatureRow from, Encoder to) throws IOException {
        if (from.values().size() != features.size()) {
            throw wrongSize(from);
        }
        to.writeString(from.eventId());
        to.writeString(from.entityKey());
        to.writeLong(from.eventTime().toEpochMilli());
        to.writeString(from.featureSet());
        writeValue(from.prior(), 1, to);
        to.writeLong(from.computedAt().toEpochMilli());
        for (int i = 0; i < features.size(); i++) {
            writeValue(checked(features.get(i), from.values().get(i)), 1, to);
        }
        to.writeArrayStart();
        to.setItemCount(from.others().size());
        for (FeatureRow.Part other : from.others()) {
            to.startItem();
            write(other, to);
        }
        to.writeArrayEnd();
    }

    private static void write(FeatureRow.Part from, Encoder to) throws IOException {
        to.writeString(from.featureSet());
        to.writeMapStart();
        to.setItemCount(from.values().size());
        for (Map.Entry<String, @Nullable Object> feature : from.values().entrySet()) {
            to.startItem();
            to.writeString(feature.getKey());
            writeValue(feature.getValue(), 2, to);
        }
        to.writeMapEnd();
    }

    /** Null comes first in the unions of these schemas, a number after it. */
    private static void writeValue(@Nullable Object value, int indexOfText, Encoder to) throws IOException {
        switch (value) {
            case null -> to.writeIndex(0);
            case Double number -> {
                to.writeIndex(1);
                to.writeDouble(number);
            }
            default -> {
                to.writeIndex(indexOfText);
                to.writeString(value.toString());
            }
        }
    }

    private IllegalArgumentException wrongSize(FeatureRow row) {
        return new IllegalArgumentException(
                row.values().size() + " values for " + features.size() + " declared features");
    }

    /** Reads an example, as {@link #fromRecord} reads its row. */
    public Example exampleFromRecord(GenericRecord from) {
        return new Example(
                fromRecord((GenericRecord) from.get("row")), (Double) from.get("label"), time(from, "labelTime"));
    }

    private static @Nullable Object checked(Feature feature, @Nullable Object value) {
        boolean fits = value == null
                || (feature.categorical() ? value instanceof String : value instanceof Double d && Double.isFinite(d));
        if (!fits) {
            throw new IllegalArgumentException("feature " + feature.name() + ": " + value + " is no "
                    + (feature.categorical() ? "text" : "finite number"));
        }
        return value;
    }

    private static Instant time(GenericRecord from, String field) {
        return from.get(field) instanceof Instant instant ? instant : Instant.ofEpochMilli((Long) from.get(field));
    }

    private static String fingerprint(List<Feature> features, Task task) {
        StringBuilder text = new StringBuilder();
        features.forEach(feature -> text.append(feature.name())
                .append(feature.categorical() ? "#" : "=")
                .append(feature.definition())
                .append('\n'));
        if (task instanceof Task.Multiclass(List<String> classes)) {
            classes.forEach(name -> text.append(name.length()).append(':').append(name));
        }
        try {
            byte[] hash =
                    MessageDigest.getInstance("SHA-256").digest(text.toString().getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(hash, 0, 6);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    private static Schema typeOf(Feature feature) {
        return Schema.create(feature.categorical() ? Schema.Type.STRING : Schema.Type.DOUBLE);
    }

    private static Schema nullable(Schema schema) {
        return Schema.createUnion(Schema.create(Schema.Type.NULL), schema);
    }

    private static Schema record(String name, String namespace, String doc, List<Schema.Field> fields) {
        return Schema.createRecord(name, doc, namespace, false, fields);
    }

    private static Schema.Field field(String name, Schema schema, String doc, @Nullable Object byDefault) {
        return byDefault == null ? new Schema.Field(name, schema, doc) : new Schema.Field(name, schema, doc, byDefault);
    }
}
