package io.freshet.quickstart.catalogue;

import io.freshet.page.PlainText;
import io.freshet.profiles.CategoricalProfile;
import io.freshet.profiles.FeatureProfile;
import io.freshet.profiles.NumericProfile;
import io.freshet.quickstart.catalogue.FeatureCatalogue.Distribution;
import io.freshet.quickstart.catalogue.FeatureCatalogue.Entry;
import io.freshet.quickstart.catalogue.FeatureCatalogue.NoValues;
import io.freshet.quickstart.catalogue.FeatureCatalogue.Numbers;
import io.freshet.quickstart.catalogue.FeatureCatalogue.RegisteredModel;
import io.freshet.quickstart.catalogue.FeatureCatalogue.Rows;
import io.freshet.quickstart.catalogue.FeatureCatalogue.Span;
import io.freshet.quickstart.catalogue.FeatureCatalogue.Texts;
import io.freshet.quickstart.catalogue.FeatureCatalogue.Values;
import io.freshet.quickstart.log.LogReader;
import io.freshet.quickstart.platform.PlatformException;
import io.freshet.runtime.KafkaConnection;
import io.freshet.schemas.message.Deployment;
import io.freshet.schemas.message.ModelRegistered;
import io.freshet.schemas.message.PipelineDeclared;
import io.freshet.schemas.pipeline.InvalidPipelineException;
import io.freshet.schemas.pipeline.Pipeline;
import io.freshet.schemas.pipeline.Pipeline.Feature;
import io.freshet.schemas.pipeline.Pipeline.Source;
import io.freshet.schemas.pipeline.Pipeline.WindowFeature;
import io.freshet.schemas.pipeline.PipelineFile;
import io.freshet.schemas.row.FeatureRow;
import io.freshet.schemas.row.FeatureRowSchema;
import io.freshet.schemas.topic.Topics;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.TreeMap;
import org.apache.avro.AvroRuntimeException;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericRecord;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.jspecify.annotations.Nullable;

/** Reads a pipeline's catalogue off the log: committed records only, and in bounded time. */
public final class CatalogueReader {
    private static final int MOST_TOLD_APART = 100_000;
    private static final int TOP = 8;
    private static final int SHOWN = 300;

    private final LogReader log;

    private CatalogueReader(LogReader log) {
        this.log = log;
    }

    /**
     * Reads the catalogue of a pipeline.
     *
     * @param rows how many of the newest feature rows are looked at, at least 1
     * @throws PlatformException when there is no such pipeline, or the platform cannot be reached
     */
    public static FeatureCatalogue read(KafkaConnection connection, String pipeline, int rows)
            throws InterruptedException {
        try (LogReader log = LogReader.open(connection, "freshet-features")) {
            return new CatalogueReader(log).catalogue(pipeline, rows);
        }
    }

    private FeatureCatalogue catalogue(String name, int rows) {
        Map<String, PipelineDeclared> declarations = log.newest(Topics.PIPELINES.name(), PipelineDeclared.class);
        PipelineDeclared declared = declarations.get(name);
        if (declared == null) {
            throw new PlatformException("there is no pipeline '" + PlainText.of(name, SHOWN) + "'; "
                    + (declarations.isEmpty()
                            ? "none is declared: see freshet apply"
                            : "declared are " + PlainText.of(String.join(", ", declarations.keySet()), SHOWN)));
        }
        Pipeline pipeline;
        try {
            pipeline = PipelineFile.parse(declared);
        } catch (InvalidPipelineException e) {
            throw new PlatformException(
                    "the newest declaration of " + name + ", version " + declared.getVersion() + ", is invalid: "
                            + PlainText.of(e.problems().getFirst().toString(), SHOWN),
                    e);
        }
        FeatureRowSchema schema = FeatureRowSchema.of(pipeline);
        Tally tally = new Tally(pipeline, schema);
        tail(name + ".features", rows, tally);
        Map<String, Lineage> lineage = Lineage.of(pipeline);
        return new FeatureCatalogue(
                name,
                declared.getVersion(),
                declared.getDeclaredAt(),
                schema.featureSet(),
                tally.rows(name + ".features"),
                models(name),
                pipeline.features().stream()
                        .map(feature -> entry(
                                feature, Objects.requireNonNull(lineage.get(feature.name())), tally.values(feature)))
                        .toList());
    }

    private static Entry entry(Feature feature, Lineage lineage, Values values) {
        Optional<WindowFeature> window =
                feature instanceof WindowFeature windowed ? Optional.of(windowed) : Optional.empty();
        return new Entry(
                feature.name(),
                feature.categorical(),
                window.map(WindowFeature::source).orElse(Source.EVENT),
                feature.definition(),
                window.map(WindowFeature::by).orElse(List.of()),
                window.map(WindowFeature::window),
                lineage,
                values);
    }

    private List<RegisteredModel> models(String pipeline) {
        int champion = Optional.ofNullable(
                        log.newest(Topics.DEPLOYMENTS.name(), Deployment.class).get(pipeline))
                .map(Deployment::getChampionVersion)
                .orElse(0);
        return log.newest(Topics.MODELS.name(), ModelRegistered.class).values().stream()
                .filter(model -> model.getPipeline().equals(pipeline))
                .map(model -> new RegisteredModel(
                        model.getVersion(),
                        model.getFamily(),
                        model.getFeatureSet(),
                        model.getRegisteredAt(),
                        model.getVersion() == champion))
                .sorted(Comparator.comparingInt(RegisteredModel::version))
                .toList();
    }

    private void tail(String topic, int rows, Tally tally) {
        Deque<ConsumerRecord<byte[], byte[]>> newest = new ArrayDeque<>();
        // Each row may be followed by the mark of its transaction, which takes an offset as well.
        log.read(topic, 2L * rows, record -> {
            newest.addLast(record);
            if (newest.size() > rows) {
                newest.removeFirst();
            }
        });
        newest.forEach(record -> tally.take(record.value() == null ? null : log.generic(record)));
    }

    /** What the rows hold. */
    private static final class Tally {
        private final FeatureRowSchema schema;
        private final Map<String, Integer> positions = new LinkedHashMap<>();
        private final Map<String, Set<String>> closures = new HashMap<>();
        private final Map<String, String> definitions = new HashMap<>();
        private final Map<String, FeatureProfile> profiles = new HashMap<>();
        // By identity: Avro takes schemas for equal that differ in their documentation, which is what is looked for.
        private final Map<Schema, List<String>> known = new IdentityHashMap<>();
        private final Map<String, Long> byFeatureSet = new TreeMap<>();
        private long read;
        private long unreadable;
        private @Nullable Instant earliest;
        private @Nullable Instant latest;

        Tally(Pipeline pipeline, FeatureRowSchema schema) {
            this.schema = schema;
            for (Feature feature : pipeline.features()) {
                positions.put(feature.name(), positions.size());
                closures.put(feature.name(), Lineage.closure(pipeline, feature.name()));
                definitions.put(feature.name(), feature.definition());
                profiles.put(
                        feature.name(),
                        feature.categorical() ? new CategoricalProfile(MOST_TOLD_APART) : new NumericProfile());
            }
        }

        void take(@Nullable Object value) {
            try {
                if (value instanceof GenericRecord record && record.get("features") instanceof GenericRecord values) {
                    FeatureRow row = schema.fromRecord(record);
                    take(
                            row,
                            row.featureSet().equals(schema.featureSet())
                                    ? positions.keySet()
                                    : known.computeIfAbsent(values.getSchema(), this::definedAlike));
                    return;
                }
            } catch (ClassCastException | NullPointerException | AvroRuntimeException e) {
                // Of another shape than rows are.
            }
            unreadable++;
        }

        /** The features that a row's schema, whose fields carry the definitions, defines as they are declared now. */
        private List<String> definedAlike(Schema values) {
            return positions.keySet().stream()
                    .filter(name -> Objects.requireNonNull(closures.get(name)).stream()
                            .allMatch(each -> values.getField(each) != null
                                    && Objects.equals(values.getField(each).doc(), definitions.get(each))))
                    .toList();
        }

        private void take(FeatureRow row, Collection<String> features) {
            read++;
            byFeatureSet.merge(row.featureSet(), 1L, Long::sum);
            Instant time = row.eventTime();
            earliest = earliest == null || time.isBefore(earliest) ? time : earliest;
            latest = latest == null || time.isAfter(latest) ? time : latest;
            for (String name : features) {
                Object value = row.values().get(Objects.requireNonNull(positions.get(name)));
                switch (profiles.get(name)) {
                    case NumericProfile numbers
                    when value instanceof Number number -> numbers.add(number.doubleValue());
                    case CategoricalProfile texts when value instanceof String text -> texts.add(text);
                    case null -> throw new IllegalStateException(name);
                    case FeatureProfile profile -> profile.addNull();
                }
            }
        }

        Rows rows(String topic) {
            Map<String, Long> sorted = new LinkedHashMap<>();
            byFeatureSet.entrySet().stream()
                    .sorted(Map.Entry.<String, Long>comparingByValue().reversed())
                    .forEach(each -> sorted.put(each.getKey(), each.getValue()));
            Instant from = earliest;
            Instant to = latest;
            return new Rows(
                    topic,
                    read,
                    unreadable,
                    from == null || to == null ? Optional.empty() : Optional.of(new Span(from, to)),
                    sorted);
        }

        Values values(Feature feature) {
            FeatureProfile profile = Objects.requireNonNull(profiles.get(feature.name()));
            return new Values(profile.rows(), profile.missing(), distribution(profile));
        }

        private static Distribution distribution(FeatureProfile profile) {
            if (profile.rows() == profile.missing()) {
                return new NoValues();
            }
            return switch (profile) {
                case NumericProfile numbers ->
                    new Numbers(
                            numbers.min().orElseThrow(),
                            numbers.quantile(0.05).orElseThrow(),
                            numbers.quantile(0.5).orElseThrow(),
                            numbers.quantile(0.95).orElseThrow(),
                            numbers.max().orElseThrow(),
                            numbers.mean().orElseThrow(),
                            sd(numbers));
                case CategoricalProfile texts -> new Texts(texts.counts().size(), texts.other(), texts.top(TOP));
            };
        }

        private static OptionalDouble sd(NumericProfile numbers) {
            OptionalDouble variance = numbers.variance();
            return variance.isPresent() ? OptionalDouble.of(Math.sqrt(variance.getAsDouble())) : OptionalDouble.empty();
        }
    }
}
