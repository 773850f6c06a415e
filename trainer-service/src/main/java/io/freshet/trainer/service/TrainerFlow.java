package io.freshet.trainer.service;

import io.confluent.kafka.serializers.KafkaAvroDeserializer;
import io.confluent.kafka.serializers.KafkaAvroSerializer;
import io.freshet.model.Model;
import io.freshet.runtime.DeclaredPipeline;
import io.freshet.runtime.KafkaConnection;
import io.freshet.runtime.ModelCatalogue;
import io.freshet.runtime.ModelRegistry;
import io.freshet.runtime.RetrainLedger;
import io.freshet.runtime.TransactionalLoop;
import io.freshet.schemas.message.ModelRegistered;
import io.freshet.schemas.message.RetrainRequest;
import io.freshet.schemas.message.RunOutcome;
import io.freshet.schemas.message.TrainingRun;
import io.freshet.schemas.pipeline.Pipeline;
import io.freshet.schemas.topic.Topics;
import io.freshet.schemas.wire.Unreadable;
import io.freshet.schemas.wire.WireFormat;
import io.freshet.trainer.Champion;
import io.freshet.trainer.Choice;
import io.freshet.trainer.Plan;
import io.freshet.trainer.Training;
import io.freshet.trainer.TrainingOutcome;
import io.freshet.trainer.TrainingTask;
import io.freshet.trainer.dataset.ExampleLog;
import io.freshet.trainer.dataset.Pinned;
import io.freshet.trainer.request.Admission;
import io.freshet.trainer.request.PastRun;
import io.freshet.trainer.request.RequestRules;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.locks.Lock;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One pipeline's way from a retrain request to its answer: hold it against the declared rules, pin the examples, train, and
 * announce what came of it, all in the transaction that also marks the request as done.
 */
final class TrainerFlow implements TransactionalLoop.Step {
    private static final Logger LOG = LoggerFactory.getLogger(TrainerFlow.class);
    private static final Duration CATALOGUE_WITHIN = Duration.ofSeconds(60);
    private static final String CHAMPION_CHANGED = "the champion was changed during the training";

    private final DeclaredPipeline declared;
    private final KafkaConnection connection;
    private final Pipeline pipeline;
    private final ModelCatalogue catalogue;
    private final ModelRegistry registry;
    private final RetentionWatch retention;
    private final RetrainLedger ledger;
    private final RequestRules rules;
    private final Lock oneTrainingAtATime;
    private final TrainerMetrics metrics;
    private final InstantSource clock;
    private final ExampleLog examples;
    private final KafkaAvroDeserializer reader;
    private final KafkaAvroSerializer writer;

    TrainerFlow(
            DeclaredPipeline declared,
            KafkaConnection connection,
            ModelCatalogue catalogue,
            ModelRegistry registry,
            RetentionWatch retention,
            RetrainLedger ledger,
            Lock oneTrainingAtATime,
            TrainerMetrics metrics,
            InstantSource clock) {
        this.declared = declared;
        this.connection = connection;
        this.pipeline = declared.pipeline();
        this.catalogue = catalogue;
        this.registry = registry;
        this.retention = retention;
        this.ledger = ledger;
        this.rules = new RequestRules(pipeline.retrain());
        this.oneTrainingAtATime = oneTrainingAtATime;
        this.metrics = metrics;
        this.clock = clock;
        this.examples = new ExampleLog(connection, pipeline, clock);
        String registryUrl = connection.settings().registryUrl();
        this.reader = WireFormat.deserializer(connection.registry(), registryUrl, true);
        this.writer = WireFormat.serializer(connection.registry(), registryUrl);
        metrics.watch(pipeline.name(), ledger);
    }

    @Override
    public void process(ConsumerRecords<byte[], byte[]> batch, TransactionalLoop.Outbox outbox)
            throws InterruptedException {
        for (ConsumerRecord<byte[], byte[]> record : batch) {
            Optional<RetrainRequest> request = request(record);
            if (request.isPresent() && request.get().getPipeline().equals(pipeline.name())) {
                oneTrainingAtATime.lockInterruptibly();
                try {
                    answer(request.get(), outbox);
                } finally {
                    oneTrainingAtATime.unlock();
                }
            }
        }
    }

    private Optional<RetrainRequest> request(ConsumerRecord<byte[], byte[]> record) {
        try {
            if (record.value() != null
                    && reader.deserialize(record.topic(), record.value()) instanceof RetrainRequest request) {
                return Optional.of(request);
            }
        } catch (RuntimeException e) {
            // Throws when the registry is at fault rather than the record.
            Unreadable.orThrow(e);
        }
        metrics.unreadableRequest(pipeline.name());
        LOG.warn("{} offset {} is no retrain request", record.topic(), record.offset());
        return Optional.empty();
    }

    /** Answers a request once, however often it stands on the log. */
    private void answer(RetrainRequest request, TransactionalLoop.Outbox outbox) throws InterruptedException {
        awaitAnnouncements();
        if (ledger.answer(pipeline.name(), request.getRequestId()).isPresent()) {
            metrics.repeatedRequest(pipeline.name());
            LOG.warn("{}: is answered already", request.getRequestId());
            return;
        }
        switch (rules.admit(request, trained(), clock.instant())) {
            case Admission.Admitted() -> train(request, outbox);
            case Admission.Declined declined -> decline(request, declined, outbox);
        }
    }

    private List<PastRun> trained() {
        return ledger.answers(pipeline.name()).stream()
                .filter(answer -> answer.outcome() != RunOutcome.DECLINED)
                .map(answer ->
                        new PastRun(answer.outcome() == RunOutcome.PROMOTED, answer.startedAt(), answer.eventTime()))
                .toList();
    }

    private void decline(RetrainRequest request, Admission.Declined declined, TransactionalLoop.Outbox outbox) {
        int champion = catalogue
                .champion(pipeline.name())
                .map(model -> model.bundle().modelVersion())
                .orElse(0);
        TrainingRun run = DeclinedRun.of(request, declined, champion, clock.instant());
        send(new Announcement.Keyed(Topics.TRAINING_RUNS, pipeline.name(), run), outbox);
        metrics.declined(pipeline.name(), declined.rule());
        LOG.info("{}: {}", request.getRequestId(), run.getDetail());
    }

    private void train(RetrainRequest request, TransactionalLoop.Outbox outbox) throws InterruptedException {
        Instant started = clock.instant();
        Pinned pinned = examples.readNewest();
        metrics.unreadableExamples(pipeline.name(), pinned.unreadable());
        LOG.info(
                "{}: training on {} examples",
                request.getRequestId(),
                pinned.examples().size());
        int deployed = catalogue.deployed(pipeline.name());
        Optional<Model> serving = catalogue.champion(pipeline.name());
        int newVersion = newestVersion() + 1;
        long seed = UUID.nameUUIDFromBytes(request.getRequestId().getBytes(StandardCharsets.UTF_8))
                .getMostSignificantBits();
        TrainingOutcome outcome;
        try (ProgressLog progress = new ProgressLog(connection, pipeline, request.getRequestId(), metrics, clock)) {
            outcome = Training.ofEveryFamily(System::nanoTime)
                    .run(
                            new TrainingTask(
                                    pipeline,
                                    pinned.examples(),
                                    serving.map(
                                            model -> new Champion(model.bundle().modelVersion(), model)),
                                    newVersion,
                                    seed,
                                    Optional.ofNullable(request.getSince()),
                                    new Plan.Compete(madeWith(deployed))),
                            progress::tell);
        }
        outcome = unlessOvertaken(outcome, deployed);
        Announcement announcement = new Announcement(
                request,
                declared,
                pinned,
                outcome,
                catalogue.deployment(pipeline.name()),
                newVersion,
                started,
                clock.instant());
        announcement.records().forEach(record -> send(record, outbox));
        metrics.trained(pipeline.name(), outcome);
        retention.lookSoon();
        LOG.info("{}: {}", request.getRequestId(), announcement.summary());
    }

    /** What the serving model was made with; empty where none serves, or this build could not make it so. */
    private Optional<Choice> madeWith(int deployed) {
        return registry.model(pipeline.name(), deployed).flatMap(model -> {
            try {
                return Optional.of(Choice.recorded(model.getFamily(), model.getWindow(), model.getSettings()));
            } catch (IllegalArgumentException e) {
                LOG.warn("{} v{}: the search starts anew: {}", pipeline.name(), deployed, e.getMessage());
                return Optional.empty();
            }
        });
    }

    /** Requests are judged, versions counted, and champions compared with, as of everything announced by now, by any trainer. */
    private void awaitAnnouncements() throws InterruptedException {
        ledger.awaitEnd(CATALOGUE_WITHIN);
        registry.awaitEnd(CATALOGUE_WITHIN);
        catalogue.awaitEnd(CATALOGUE_WITHIN);
    }

    /** Who has put another model in the champion's place meanwhile has the last word: the new one was not held against it. */
    private TrainingOutcome unlessOvertaken(TrainingOutcome outcome, int deployed) throws InterruptedException {
        catalogue.awaitEnd(CATALOGUE_WITHIN);
        boolean same = catalogue.deployed(pipeline.name()) == deployed;
        return same || !(outcome instanceof TrainingOutcome.Promoted)
                ? outcome
                : new TrainingOutcome.Refused(List.of(CHAMPION_CHANGED), outcome.report());
    }

    private int newestVersion() {
        return registry.models(pipeline.name()).stream()
                .mapToInt(ModelRegistered::getVersion)
                .max()
                .orElse(0);
    }

    private void send(Announcement.Keyed record, TransactionalLoop.Outbox outbox) {
        outbox.send(record.written(writer));
    }
}
