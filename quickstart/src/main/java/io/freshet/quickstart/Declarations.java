package io.freshet.quickstart;

import io.confluent.kafka.serializers.KafkaAvroSerializer;
import io.freshet.quickstart.catalogue.Lineage;
import io.freshet.quickstart.platform.PlatformException;
import io.freshet.runtime.Champions;
import io.freshet.runtime.CompactedTopic;
import io.freshet.runtime.KafkaConnection;
import io.freshet.schemas.message.ModelRegistered;
import io.freshet.schemas.message.PipelineDeclared;
import io.freshet.schemas.pipeline.InvalidPipelineException;
import io.freshet.schemas.pipeline.Pipeline;
import io.freshet.schemas.pipeline.Pipeline.Feature;
import io.freshet.schemas.pipeline.PipelineFile;
import io.freshet.schemas.topic.Topics;
import io.freshet.schemas.wire.WireFormat;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import java.util.stream.Collectors;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;

/** Pipeline files, and the declarations in force on a platform. */
final class Declarations {
    private static final Duration WITHIN = Duration.ofSeconds(30);

    /**
     * A pipeline file that was read and found right.
     *
     * @param yaml the file as it stands
     * @param eventSchema the event's Avro schema, JSON
     * @param labelSchema the label's Avro schema, JSON
     */
    record Checked(Pipeline pipeline, String yaml, String eventSchema, String labelSchema) {}

    /**
     * What applying a file does.
     *
     * @param version the version in force afterwards
     * @param changes what is different from the version before, in words; empty when nothing is
     */
    record Applied(int version, List<String> changes) {
        Applied {
            changes = List.copyOf(changes);
        }
    }

    private Declarations() {}

    /**
     * Reads and checks a file; the schemas that it names lie beside it.
     *
     * @throws InvalidPipelineException with every mistake found
     * @throws PlatformException when the file cannot be read
     */
    static Checked read(Path file) throws InvalidPipelineException {
        Path absolute = file.toAbsolutePath().normalize();
        try {
            String yaml = Files.readString(absolute);
            Pipeline pipeline = PipelineFile.parse(file.toString(), yaml, name -> beside(absolute, name));
            return new Checked(
                    pipeline,
                    yaml,
                    pipeline.event().schema().toString(),
                    pipeline.label().schema().toString());
        } catch (IOException e) {
            throw new PlatformException("cannot read " + file + ": " + e, e);
        }
    }

    private static Optional<String> beside(Path file, String name) {
        try {
            return Optional.of(Files.readString(file.resolveSibling(name)));
        } catch (IOException | IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    /**
     * Puts a declaration in force, unless it is already.
     *
     * @throws PlatformException when the platform cannot be reached, or the change cannot be made to a running pipeline
     */
    static Applied apply(KafkaConnection connection, Checked checked, Instant now) throws InterruptedException {
        return apply(connection, checked, now, false);
    }

    /**
     * @param withoutChampion whether the model that serves may lose the features that it reads
     * @see #apply(KafkaConnection, Checked, Instant)
     */
    static Applied apply(KafkaConnection connection, Checked checked, Instant now, boolean withoutChampion)
            throws InterruptedException {
        connection.ensure(Topics.shared());
        String name = checked.pipeline().name();
        Optional<PipelineDeclared> before = inForce(connection, name);
        if (before.isPresent() && same(before.get(), checked)) {
            return new Applied(before.get().getVersion(), List.of());
        }
        PipelineDeclared next = PipelineDeclared.newBuilder()
                .setPipeline(name)
                .setVersion(before.map(declared -> declared.getVersion() + 1).orElse(1))
                .setDeclaration(checked.yaml())
                .setEventSchema(checked.eventSchema())
                .setLabelSchema(checked.labelSchema())
                .setDeclaredAt(now)
                .build();
        if (before.isEmpty()) {
            requirePartitions(connection, checked.pipeline());
            publish(connection, next);
            return new Applied(
                    1,
                    List.of("new pipeline of " + checked.pipeline().features().size() + " features"));
        }
        List<String> changes = new ArrayList<>(changes(before.get(), checked.pipeline()));
        requirePartitions(connection, checked.pipeline());
        FeatureSetChange change = FeatureSetChange.of(before.get(), next, champion(connection, name), withoutChampion);
        changes.addAll(change.told());
        change.superseded().ifPresent(next::setSuperseded);
        publish(connection, next);
        return new Applied(next.getVersion(), changes);
    }

    /** Topics may be there already, made by hand or left by a pipeline of this name. */
    private static void requirePartitions(KafkaConnection connection, Pipeline pipeline) throws InterruptedException {
        try {
            connection.requirePartitions(Topics.of(pipeline.name(), pipeline.partitions()));
        } catch (IllegalStateException e) {
            throw new PlatformException(String.valueOf(e.getMessage()), e);
        }
    }

    /** The declaration in force under a name. */
    static Optional<PipelineDeclared> inForce(KafkaConnection connection, String name) throws InterruptedException {
        CountDownLatch changed = new CountDownLatch(1);
        try (CompactedTopic<PipelineDeclared> pipelines =
                CompactedTopic.follow(connection, Topics.PIPELINES, PipelineDeclared.class, changed::countDown)) {
            long until = System.nanoTime() + WITHIN.toNanos();
            while (!pipelines.caughtUp()) {
                if (System.nanoTime() - until > 0) {
                    throw new PlatformException("the declared pipelines could not be read within " + WITHIN.toSeconds()
                            + " s: is the broker at "
                            + connection.settings().bootstrapServers() + "?");
                }
                changed.await(100, TimeUnit.MILLISECONDS);
            }
            return pipelines.get(name);
        }
    }

    private static Optional<ModelRegistered> champion(KafkaConnection connection, String name)
            throws InterruptedException {
        try (Champions champions = new Champions(connection)) {
            champions.awaitCaughtUp(WITHIN);
            return champions.champion(name);
        } catch (IllegalStateException e) {
            throw new PlatformException(String.valueOf(e.getMessage()), e);
        }
    }

    private static boolean same(PipelineDeclared before, Checked now) {
        return before.getDeclaration().equals(now.yaml())
                && before.getEventSchema().equals(now.eventSchema())
                && before.getLabelSchema().equals(now.labelSchema());
    }

    private static List<String> changes(PipelineDeclared declared, Pipeline now) {
        Pipeline before;
        try {
            before = PipelineFile.parse(declared);
        } catch (InvalidPipelineException e) {
            return List.of("replaces version " + declared.getVersion() + ", which was invalid");
        }
        if (before.partitions() != now.partitions()) {
            throw new PlatformException("partitions: " + before.partitions() + " cannot become " + now.partitions()
                    + ", records would change their partition; declare a pipeline of another name");
        }
        List<String> changes = new ArrayList<>();
        Map<String, String> old = definitions(before);
        Map<String, String> next = definitions(now);
        next.forEach((name, definition) -> {
            if (!old.containsKey(name)) {
                changes.add("feature " + name + " is new");
            } else if (!definition.equals(old.get(name))) {
                changes.add("feature " + name + " is defined differently");
            }
        });
        old.keySet().stream()
                .filter(name -> !next.containsKey(name))
                .forEach(name -> changes.add("feature " + name + " goes"));
        BiConsumer<String, Boolean> section = (name, differs) -> {
            if (differs) {
                changes.add(name + " changes");
            }
        };
        section.accept(
                "event schema", !before.event().schema().equals(now.event().schema()));
        section.accept(
                "label schema", !before.label().schema().equals(now.label().schema()));
        section.accept("model", !before.model().equals(now.model()));
        section.accept("training", !before.training().equals(now.training()));
        section.accept("gate", !before.gate().equals(now.gate()));
        section.accept("drift", !before.drift().equals(now.drift()));
        section.accept("retrain", !before.retrain().equals(now.retrain()));
        section.accept("rollout", !before.rollout().equals(now.rollout()));
        if (changes.isEmpty()) {
            changes.add("rules, comments or layout change");
        }
        return changes;
    }

    /** Per feature its definition, along with those of the features that it is made of. */
    private static Map<String, String> definitions(Pipeline pipeline) {
        Map<String, String> own = new LinkedHashMap<>();
        for (Feature feature : pipeline.features()) {
            own.put(feature.name(), feature.definition() + (feature.categorical() ? ", a text" : ", a number"));
        }
        Map<String, String> definitions = new LinkedHashMap<>();
        own.keySet()
                .forEach(name -> definitions.put(
                        name,
                        Lineage.closure(pipeline, name).stream()
                                .map(each -> each + " = " + own.get(each))
                                .collect(Collectors.joining("; "))));
        return definitions;
    }

    private static void publish(KafkaConnection connection, PipelineDeclared declared) throws InterruptedException {
        KafkaAvroSerializer serializer = WireFormat.serializer(
                connection.registry(), connection.settings().registryUrl());
        String topic = Topics.PIPELINES.name();
        try (KafkaProducer<byte[], byte[]> producer = connection.producer("freshet-apply", Map.of())) {
            producer.send(new ProducerRecord<>(
                            topic,
                            declared.getPipeline().getBytes(StandardCharsets.UTF_8),
                            serializer.serialize(topic, declared)))
                    .get();
        } catch (ExecutionException e) {
            throw new PlatformException("the declaration could not be written: " + e.getCause(), e);
        }
    }
}
