package io.freshet.quickstart.dataset;

import io.confluent.kafka.serializers.KafkaAvroSerializer;
import io.freshet.model.Model;
import io.freshet.quickstart.platform.PlatformException;
import io.freshet.runtime.KafkaConnection;
import io.freshet.runtime.ModelCatalogue;
import io.freshet.schemas.message.ModelRegistered;
import io.freshet.schemas.message.Reproduction;
import io.freshet.schemas.message.ReproductionVerdict;
import io.freshet.schemas.message.TrainingInputs;
import io.freshet.schemas.topic.Topics;
import io.freshet.schemas.wire.WireFormat;
import io.freshet.trainer.Champion;
import io.freshet.trainer.Choice;
import io.freshet.trainer.Plan;
import io.freshet.trainer.TrainingTask;
import io.freshet.trainer.dataset.Pinned;
import io.freshet.trainer.dataset.UnavailableDatasetException;
import io.freshet.trainer.service.BuildInfo;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;

/** Trains registered models again from what was recorded of them, and publishes what comes of it. */
public final class Reproducer {
    private static final Duration CATALOGUE_WITHIN = Duration.ofSeconds(60);

    private final KafkaConnection connection;
    private final InstantSource clock;

    public Reproducer(KafkaConnection connection, InstantSource clock) {
        this.connection = connection;
        this.clock = clock;
    }

    /**
     * Trains a model again.
     *
     * @return the record that was published
     * @throws PlatformException when the platform does not answer; nothing is published then
     */
    public Reproduction reproduce(ModelRegistered model) throws InterruptedException {
        Reproduction.Builder record = Reproduction.newBuilder()
                .setPipeline(model.getPipeline())
                .setVersion(model.getVersion())
                .setRecordedBundle(model.getSha256())
                .setHoldoutRows(0)
                .setCodeCommit(BuildInfo.COMMIT)
                .setEnvironment(BuildInfo.environment())
                .setStartedAt(clock.instant());
        try {
            compare(model, record);
        } catch (UnavailableDatasetException | ImpossibleException e) {
            record.setVerdict(ReproductionVerdict.IMPOSSIBLE).setDetail(String.valueOf(e.getMessage()));
        }
        Reproduction reproduction = record.setFinishedAt(clock.instant()).build();
        publish(reproduction);
        return reproduction;
    }

    /** It cannot be trained again, for the reason in the message. */
    private static final class ImpossibleException extends Exception {
        private static final long serialVersionUID = 1L;

        ImpossibleException(String message) {
            super(message);
        }
    }

    private void compare(ModelRegistered model, Reproduction.Builder record)
            throws UnavailableDatasetException, ImpossibleException, InterruptedException {
        TrainingInputs inputs = model.getInputs();
        if (inputs == null) {
            throw new ImpossibleException(
                    "neither content hash nor declaration were recorded: it was trained by an earlier build");
        }
        record.setRecordedHash(inputs.getContentHash());
        Choice choice = choice(model);
        TrainingSet set;
        try {
            set = TrainingSet.of(model);
        } catch (PlatformException e) {
            throw new ImpossibleException(String.valueOf(e.getMessage()));
        }
        Pinned pinned = set.read(connection);
        record.setFoundHash(pinned.contentHash());
        try (ModelCatalogue catalogue = new ModelCatalogue(connection)) {
            catalogue.awaitEnd(CATALOGUE_WITHIN);
            Model registered = load(catalogue, model.getPipeline(), model.getVersion());
            Optional<Champion> champion = inputs.getChampion() == 0
                    ? Optional.empty()
                    : Optional.of(new Champion(
                            inputs.getChampion(), load(catalogue, model.getPipeline(), inputs.getChampion())));
            TrainingTask task = new TrainingTask(
                    set.pipeline(),
                    pinned.examples(),
                    champion,
                    model.getVersion(),
                    model.getSeed(),
                    set.since(),
                    new Plan.Again(choice));
            tell(io.freshet.trainer.Reproduction.of(task, choice, registered, model.getSha256()), record);
        } catch (IllegalStateException e) {
            throw new PlatformException("the registered models cannot be read: " + e.getMessage(), e);
        }
    }

    private static Choice choice(ModelRegistered model) throws ImpossibleException {
        try {
            return Choice.recorded(model.getFamily(), model.getWindow(), model.getSettings());
        } catch (IllegalArgumentException e) {
            throw new ImpossibleException(String.valueOf(e.getMessage()));
        }
    }

    private static Model load(ModelCatalogue catalogue, String pipeline, int version) throws ImpossibleException {
        return catalogue
                .version(pipeline, version)
                .orElseThrow(() -> new ImpossibleException("the bundle of version " + version
                        + " is not whole on model-artifacts, or is not the one that was registered"));
    }

    private static void tell(io.freshet.trainer.Reproduction outcome, Reproduction.Builder record) {
        if (outcome instanceof io.freshet.trainer.Reproduction.Compared compared) {
            record.setReproducedBundle(compared.fingerprint())
                    .setGreatestDifference(compared.greatestDifference())
                    .setHoldoutRows(compared.holdoutRows());
        }
        record.setVerdict(outcome.reproduced() ? ReproductionVerdict.REPRODUCED : ReproductionVerdict.DIFFERS)
                .setDetail(outcome.detail());
    }

    private void publish(Reproduction reproduction) throws InterruptedException {
        String topic = Topics.REPRODUCTIONS.name();
        String key = reproduction.getPipeline() + ":" + reproduction.getVersion();
        KafkaAvroSerializer serializer = WireFormat.serializer(
                connection.registry(), connection.settings().registryUrl());
        try (KafkaProducer<byte[], byte[]> producer = connection.producer("freshet-reproduce", Map.of())) {
            connection.ensure(List.of(Topics.REPRODUCTIONS));
            producer.send(new ProducerRecord<>(
                            topic, key.getBytes(StandardCharsets.UTF_8), serializer.serialize(topic, reproduction)))
                    .get();
        } catch (ExecutionException | IllegalStateException e) {
            throw new PlatformException("the verdict could not be written: " + e.getMessage(), e);
        }
    }
}
