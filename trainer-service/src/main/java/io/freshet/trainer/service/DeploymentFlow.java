package io.freshet.trainer.service;

import io.confluent.kafka.serializers.KafkaAvroDeserializer;
import io.confluent.kafka.serializers.KafkaAvroSerializer;
import io.freshet.runtime.CompactedTopic;
import io.freshet.runtime.DeclaredPipeline;
import io.freshet.runtime.KafkaConnection;
import io.freshet.runtime.ModelCatalogue;
import io.freshet.runtime.ModelRegistry;
import io.freshet.runtime.TransactionalLoop;
import io.freshet.schemas.message.Deployment;
import io.freshet.schemas.message.DeploymentAnswer;
import io.freshet.schemas.message.DeploymentRequest;
import io.freshet.schemas.message.ModelRegistered;
import io.freshet.schemas.message.ModelStage;
import io.freshet.schemas.message.ModelStateChanged;
import io.freshet.schemas.pipeline.Pipeline;
import io.freshet.schemas.topic.Topics;
import io.freshet.schemas.wire.Unreadable;
import io.freshet.schemas.wire.WireFormat;
import io.freshet.trainer.registry.ModelState.Challenger;
import io.freshet.trainer.registry.ModelState.Move;
import io.freshet.trainer.registry.ModelState.Retired;
import io.freshet.trainer.registry.Registration;
import io.freshet.trainer.registry.Registration.InUse;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One pipeline's way from a person's request for another champion to its deployment and answer, in one transaction. It does
 * not wait for a training that is under way.
 */
final class DeploymentFlow implements TransactionalLoop.Step {
    private static final Logger LOG = LoggerFactory.getLogger(DeploymentFlow.class);
    private static final Duration WITHIN = Duration.ofSeconds(60);

    private final Pipeline pipeline;
    private final Set<String> computedSets;
    private final ModelRegistry registry;
    private final CompactedTopic<DeploymentAnswer> answers;
    private final ModelCatalogue catalogue;
    private final TrainerMetrics metrics;
    private final InstantSource clock;
    private final KafkaAvroDeserializer reader;
    private final KafkaAvroSerializer writer;

    DeploymentFlow(
            DeclaredPipeline declared,
            KafkaConnection connection,
            ModelRegistry registry,
            CompactedTopic<DeploymentAnswer> answers,
            ModelCatalogue catalogue,
            TrainerMetrics metrics,
            InstantSource clock) {
        this.pipeline = declared.pipeline();
        this.computedSets = FeatureSets.computed(declared);
        this.registry = registry;
        this.answers = answers;
        this.catalogue = catalogue;
        this.metrics = metrics;
        this.clock = clock;
        String registryUrl = connection.settings().registryUrl();
        this.reader = WireFormat.deserializer(connection.registry(), registryUrl, true);
        this.writer = WireFormat.serializer(connection.registry(), registryUrl);
    }

    @Override
    public void process(ConsumerRecords<byte[], byte[]> batch, TransactionalLoop.Outbox outbox)
            throws InterruptedException {
        for (ConsumerRecord<byte[], byte[]> record : batch) {
            Optional<DeploymentRequest> request = request(record);
            if (request.isPresent() && request.get().getPipeline().equals(pipeline.name())) {
                answer(request.get(), outbox);
            }
        }
    }

    private Optional<DeploymentRequest> request(ConsumerRecord<byte[], byte[]> record) {
        try {
            if (record.value() != null
                    && reader.deserialize(record.topic(), record.value()) instanceof DeploymentRequest request) {
                return Optional.of(request);
            }
        } catch (RuntimeException e) {
            // Throws when the registry is at fault rather than the record.
            Unreadable.orThrow(e);
        }
        metrics.unreadableRequest(pipeline.name());
        LOG.warn("{} offset {} is no deployment request", record.topic(), record.offset());
        return Optional.empty();
    }

    private void answer(DeploymentRequest request, TransactionalLoop.Outbox outbox) throws InterruptedException {
        registry.awaitEnd(WITHIN);
        catalogue.awaitEnd(WITHIN);
        answers.awaitEnd(WITHIN);
        if (answers.get(request.getCommandId()).isPresent()) {
            // Read again after the group's offsets were lost: what was asked then may be wrong now.
            LOG.warn("{}: is answered already", request.getCommandId());
            return;
        }
        int serving = catalogue.deployed(pipeline.name());
        Instant now = clock.instant();
        Target target = target(request, serving);
        change(request, serving, target, now).forEach(record -> send(record, outbox));
        DeploymentAnswer answer = new DeploymentAnswer(
                request.getCommandId(),
                pipeline.name(),
                !(target instanceof Target.None),
                target instanceof Target.Found(int version) ? version : serving,
                switch (target) {
                    case Target.Found(int version) -> "version " + version + " serves" + inPlaceOf(serving);
                    case Target.Unchallenged(Deployment _, Challenger challenger) ->
                        "version " + challenger.version() + " does not challenge version " + serving + " any more";
                    case Target.None(String why) -> why;
                },
                now);
        send(new Announcement.Keyed(Topics.DEPLOYMENT_ANSWERS, pipeline.name(), answer), outbox);
        LOG.info("{}: {}", request.getCommandId(), answer.getDetail());
    }

    /** What is to be done, if it can. */
    private sealed interface Target {
        /** A version serves. */
        record Found(int version) implements Target {}

        /** The champion alone answers again. */
        record Unchallenged(Deployment deployed, Challenger challenger) implements Target {}

        record None(String why) implements Target {}
    }

    private Target target(DeploymentRequest request, int serving) {
        Integer asked = request.getVersion();
        Optional<Deployment> deployed = catalogue.deployment(pipeline.name());
        Optional<Challenger> challenger = NextDeployment.inUse(deployed).challenger();
        if (asked == null && challenger.isPresent()) {
            return new Target.Unchallenged(deployed.orElseThrow(), challenger.get());
        }
        int version = asked != null
                ? asked
                : registry.at(pipeline.name(), Instant.MAX).before().orElse(0);
        if (asked == null && version == 0) {
            return new Target.None("no other model has served before, so there is nothing to go back to");
        }
        if (version == serving) {
            return new Target.None("version " + version + " serves already");
        }
        Optional<ModelRegistered> model = registry.model(pipeline.name(), version);
        if (model.isEmpty()) {
            return new Target.None("there is no version " + version + "; registered are "
                    + registry.models(pipeline.name()).stream()
                            .map(each -> Integer.toString(each.getVersion()))
                            .collect(Collectors.joining(", ")));
        }
        Optional<ModelStateChanged> refused = registry.at(pipeline.name(), Instant.MAX)
                .state(version)
                .filter(change -> change.getTo() == ModelStage.REFUSED);
        if (refused.isPresent()) {
            return new Target.None("version " + version + " was refused as a challenger: "
                    + refused.get().getReason());
        }
        if (!computedSets.contains(model.get().getFeatureSet())) {
            return new Target.None("the features that version " + version
                    + " reads are not computed any more: apply the declaration that it was trained under");
        }
        if (catalogue.version(pipeline.name(), version).isEmpty()) {
            return new Target.None("the bundle of version " + version + " is missing or damaged");
        }
        return new Target.Found(version);
    }

    private List<Announcement.Keyed> change(DeploymentRequest request, int serving, Target target, Instant now) {
        String reason = "asked for by hand" + (request.getReason().isEmpty() ? "" : ": " + request.getReason());
        Optional<Deployment> deployed = catalogue.deployment(pipeline.name());
        List<Announcement.Keyed> records = new ArrayList<>();
        List<Move<?>> moves = new ArrayList<>();
        switch (target) {
            case Target.None _ -> {}
            case Target.Unchallenged(Deployment inForce, Challenger challenger) -> {
                records.add(NextDeployment.unchallenged(inForce));
                moves.add(challenger.retire());
            }
            case Target.Found(int version) -> {
                records.add(NextDeployment.serving(
                        pipeline.name(), deployed, version, serving, request.getCommandId(), reason, now));
                InUse inUse = NextDeployment.inUse(deployed);
                // What is registered has passed the gate; what is neither in use nor refused was in use before.
                moves.addAll(inUse.challenger()
                        .filter(challenger -> challenger.version() == version)
                        .map(challenger -> Registration.promoted(challenger, inUse.serving()))
                        .orElseGet(() -> Registration.reinstated(new Retired(version), inUse)));
            }
        }
        moves.forEach(move -> records.add(StateChange.of(pipeline.name(), move, request.getCommandId(), reason, now)));
        return records;
    }

    private static String inPlaceOf(int serving) {
        return serving == 0 ? "" : " in place of version " + serving;
    }

    private void send(Announcement.Keyed record, TransactionalLoop.Outbox outbox) {
        outbox.send(record.written(writer));
    }
}
