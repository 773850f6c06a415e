package io.freshet.trainer.service;

import io.confluent.kafka.serializers.KafkaAvroDeserializer;
import io.confluent.kafka.serializers.KafkaAvroSerializer;
import io.freshet.runtime.DeclaredPipeline;
import io.freshet.runtime.KafkaConnection;
import io.freshet.runtime.LogRange;
import io.freshet.runtime.ModelCatalogue;
import io.freshet.runtime.ModelRegistry;
import io.freshet.runtime.TransactionalLoop;
import io.freshet.schemas.message.Challenge;
import io.freshet.schemas.message.Deployment;
import io.freshet.schemas.message.ModelRegistered;
import io.freshet.schemas.message.OffsetRange;
import io.freshet.schemas.message.ShadowPrediction;
import io.freshet.schemas.pipeline.Pipeline;
import io.freshet.schemas.pipeline.Pipeline.Task;
import io.freshet.schemas.wire.Unreadable;
import io.freshet.schemas.wire.WireFormat;
import io.freshet.trainer.dataset.ExampleLog;
import io.freshet.trainer.registry.ModelState.Canary;
import io.freshet.trainer.registry.ModelState.Move;
import io.freshet.trainer.rollout.Decision;
import io.freshet.trainer.rollout.LabelledPairs;
import io.freshet.trainer.rollout.Rollout;
import io.freshet.trainer.rollout.Tally;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndTimestamp;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One pipeline's way from what champion and challenger say of each event to the challenger's next step: follow the challenge
 * in force, count, decide, announce, in the transaction that also marks the events as counted. What was counted before a
 * restart is read from the log again; each event says under which step it was scored, so none counts for another.
 */
final class RolloutFlow implements TransactionalLoop.Step {
    private static final Logger LOG = LoggerFactory.getLogger(RolloutFlow.class);
    private static final Duration WITHIN = Duration.ofSeconds(60);
    // Registrations and predictions are dated by the clocks of two machines.
    private static final Duration CLOCKS_APART = Duration.ofHours(1);

    private final Pipeline pipeline;
    private final Set<String> computedSets;
    private final KafkaConnection connection;
    private final ModelRegistry registry;
    private final ModelCatalogue catalogue;
    private final TrainerMetrics metrics;
    private final InstantSource clock;
    private final Rollout rollout;
    private final ExampleLog examples;
    private final KafkaAvroDeserializer reader;
    private final KafkaAvroSerializer writer;
    private @Nullable Watched watched;

    RolloutFlow(
            DeclaredPipeline declared,
            KafkaConnection connection,
            ModelRegistry registry,
            ModelCatalogue catalogue,
            TrainerMetrics metrics,
            InstantSource clock) {
        this.pipeline = declared.pipeline();
        this.computedSets = FeatureSets.computed(declared);
        this.connection = connection;
        this.registry = registry;
        this.catalogue = catalogue;
        this.metrics = metrics;
        this.clock = clock;
        this.rollout = new Rollout(pipeline);
        this.examples = new ExampleLog(connection, pipeline, clock);
        String registryUrl = connection.settings().registryUrl();
        this.reader = WireFormat.deserializer(connection.registry(), registryUrl, true);
        this.writer = WireFormat.serializer(connection.registry(), registryUrl);
        metrics.watchRollout(pipeline.name());
    }

    /**
     * A challenge and what was seen of it.
     *
     * @param step in its present step
     * @param pairs since it began
     * @param labels up to where labels were read, by partition of the examples
     */
    private record Watched(
            Challenge challenge, ModelRegistered model, Tally step, LabelledPairs pairs, Map<Integer, Long> labels) {

        void take(ShadowPrediction event) {
            if (event.getChallenger().getModelVersion() == challenge.getVersion()) {
                pairs.take(event);
            }
            if (event.getCauseId().equals(challenge.getCauseId())) {
                step.take(event);
            }
        }

        /** The next step of the same challenge. */
        Watched in(Challenge next, Task task) {
            return new Watched(next, model, new Tally(task), pairs, labels);
        }
    }

    @Override
    public void process(ConsumerRecords<byte[], byte[]> batch, TransactionalLoop.Outbox outbox)
            throws InterruptedException {
        List<ConsumerRecord<byte[], byte[]>> records = batch.records(partition());
        List<ShadowPrediction> events =
                records.stream().flatMap(record -> event(record).stream()).toList();
        if (events.stream().anyMatch(event -> !underWatch(event))) {
            follow(records.getFirst().offset());
        }
        if (watched != null) {
            events.forEach(watched::take);
            decide(watched, outbox);
        }
    }

    private TopicPartition partition() {
        return new TopicPartition(pipeline.name() + ".shadow-predictions", 0);
    }

    private boolean underWatch(ShadowPrediction event) {
        return watched != null && watched.challenge().getCauseId().equals(event.getCauseId());
    }

    private Optional<ShadowPrediction> event(ConsumerRecord<byte[], byte[]> record) {
        try {
            if (record.value() != null
                    && reader.deserialize(record.topic(), record.value()) instanceof ShadowPrediction event) {
                return Optional.of(event);
            }
        } catch (RuntimeException e) {
            // Throws when the registry is at fault rather than the record.
            Unreadable.orThrow(e);
        }
        metrics.unreadableEvent(pipeline.name());
        LOG.warn("{} offset {} is no shadow prediction", record.topic(), record.offset());
        return Optional.empty();
    }

    /** Watches the challenge in force, with what was seen of it before an offset. */
    private void follow(long before) throws InterruptedException {
        registry.awaitEnd(WITHIN);
        catalogue.awaitEnd(WITHIN);
        Optional<Challenge> inForce = catalogue.challenge(pipeline.name());
        if (watched != null && inForce.equals(Optional.of(watched.challenge()))) {
            return;
        }
        watched = null;
        Optional<ModelRegistered> model =
                inForce.flatMap(challenge -> registry.model(pipeline.name(), challenge.getVersion()));
        if (model.isPresent()) {
            Map<Integer, Long> labels = new HashMap<>();
            for (OffsetRange range : model.get().getDataset()) {
                labels.merge(range.getPartition(), range.getToOffset(), Math::max);
            }
            Task task = pipeline.model().task();
            Watched found = new Watched(inForce.get(), model.get(), new Tally(task), new LabelledPairs(task), labels);
            readAgain(found, before);
            watched = found;
        }
    }

    private void readAgain(Watched found, long before) {
        Instant since = found.model().getRegisteredAt().minus(CLOCKS_APART);
        TopicPartition partition = partition();
        try (KafkaConsumer<byte[], byte[]> consumer = connection.consumer("freshet-rollout-again", Map.of())) {
            OffsetAndTimestamp first = consumer.offsetsForTimes(Map.of(partition, since.toEpochMilli()))
                    .get(partition);
            if (first != null) {
                LogRange.read(
                        consumer,
                        partition,
                        first.offset(),
                        before,
                        record -> event(record).ifPresent(found::take));
            }
        }
    }

    private void decide(Watched now, TransactionalLoop.Outbox outbox) throws InterruptedException {
        if (decision(now) instanceof Decision.Wait) {
            return;
        }
        // The labels that came meanwhile may say otherwise.
        now.labels()
                .putAll(examples.readSince(
                        now.labels(), example -> now.pairs().label(example.row().eventId(), example.label())));
        Decision decision = decision(now);
        catalogue.awaitEnd(WITHIN);
        Optional<Deployment> deployed = catalogue
                .deployment(pipeline.name())
                .filter(deployment -> now.challenge().equals(deployment.getChallenge()));
        if (deployed.isEmpty()) {
            watched = null;
        } else if (!(decision instanceof Decision.Wait)) {
            announce(decision, now, deployed.get(), outbox);
        }
    }

    private Decision decision(Watched now) {
        return computedSets.contains(now.model().getFeatureSet())
                ? rollout.decide(
                        NextDeployment.state(now.challenge()),
                        now.step().evidence(now.pairs().labelled()))
                : new Decision.Refuse("the features that it reads are not computed any more");
    }

    private void announce(Decision decision, Watched now, Deployment deployed, TransactionalLoop.Outbox outbox) {
        int version = now.challenge().getVersion();
        Instant at = later(clock.instant(), now.challenge().getSince().plusMillis(1));
        String cause = "rollout-" + pipeline.name() + "-" + version;
        switch (decision) {
            case Decision.Wait() -> throw new IllegalArgumentException("nothing is decided");
            case Decision.Advance(double share, String why) -> {
                Canary canary = new Canary(version, share);
                Announcement.Keyed next =
                        NextDeployment.challenged(deployed, canary, cause + "-canary-" + share, why, at);
                send(next, outbox);
                tell(decision, now, deployed, cause + "-canary-" + share, why, at, outbox);
                watched = now.in(
                        Objects.requireNonNull(((Deployment) next.value()).getChallenge()),
                        pipeline.model().task());
            }
            case Decision.Promote(String why) -> {
                String reason = "version " + version + " has proven itself: " + why;
                send(
                        NextDeployment.serving(
                                pipeline.name(),
                                Optional.of(deployed),
                                version,
                                deployed.getChampionVersion(),
                                cause + "-promoted",
                                reason,
                                at),
                        outbox);
                tell(decision, now, deployed, cause + "-promoted", reason, at, outbox);
                watched = null;
            }
            case Decision.Refuse(String why) -> {
                send(NextDeployment.unchallenged(deployed), outbox);
                tell(decision, now, deployed, cause + "-refused", why, at, outbox);
                watched = null;
            }
        }
    }

    private void tell(
            Decision decision,
            Watched now,
            Deployment deployed,
            String cause,
            String why,
            Instant at,
            TransactionalLoop.Outbox outbox) {
        for (Move<?> move : Rollout.moves(
                decision,
                NextDeployment.state(now.challenge()),
                NextDeployment.inUse(Optional.of(deployed)).serving())) {
            send(StateChange.of(pipeline.name(), move, cause, why, at), outbox);
        }
        metrics.rolledOut(pipeline.name(), decision);
        LOG.info("{} version {}: {}: {}", pipeline.name(), now.challenge().getVersion(), cause, why);
    }

    private static Instant later(Instant one, Instant other) {
        return one.isAfter(other) ? one : other;
    }

    private void send(Announcement.Keyed record, TransactionalLoop.Outbox outbox) {
        outbox.send(record.written(writer));
    }
}
