package io.freshet.drift;

import io.confluent.kafka.schemaregistry.client.SchemaRegistryClient;
import io.confluent.kafka.serializers.KafkaAvroDeserializer;
import io.freshet.drift.performance.Answer;
import io.freshet.drift.performance.PerformanceLayout;
import io.freshet.drift.performance.Promise;
import io.freshet.drift.performance.Promise.Estimate;
import io.freshet.profiles.Profile;
import io.freshet.schemas.check.RecordCheck;
import io.freshet.schemas.message.Deployment;
import io.freshet.schemas.message.Evaluation;
import io.freshet.schemas.message.MetricEstimate;
import io.freshet.schemas.message.ModelRegistered;
import io.freshet.schemas.message.ModelRole;
import io.freshet.schemas.message.PartitionProfile;
import io.freshet.schemas.message.Prediction;
import io.freshet.schemas.message.RunOutcome;
import io.freshet.schemas.message.TrainingInputs;
import io.freshet.schemas.message.TrainingRun;
import io.freshet.schemas.pipeline.Pipeline;
import io.freshet.schemas.pipeline.Pipeline.Metric;
import io.freshet.schemas.pipeline.Pipeline.Task;
import io.freshet.schemas.row.Example;
import io.freshet.schemas.row.FeatureRow;
import io.freshet.schemas.row.FeatureRowSchema;
import io.freshet.schemas.wire.Unreadable;
import io.freshet.schemas.wire.WireFormat;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.time.InstantSource;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.apache.avro.AvroRuntimeException;
import org.apache.avro.AvroTypeException;
import org.apache.avro.generic.GenericRecord;
import org.apache.kafka.common.serialization.Deserializer;

/** Reads and checks the records of one topic. Never fails because of a record; fails when the registry cannot be asked. */
final class ArrivalReader implements Deserializer<Arrival> {
    private final KafkaAvroDeserializer reader;
    private final Function<Object, Arrival> conversion;

    private ArrivalReader(KafkaAvroDeserializer reader, Function<Object, Arrival> conversion) {
        this.reader = reader;
        this.conversion = conversion;
    }

    /** Makes the readers of a pipeline's topics; they ignore what the shared topics hold of other pipelines. */
    record Source(FeatureSets sets, SchemaRegistryClient registry, String registryUrl, InstantSource clock) {

        ArrivalReader features() {
            FeatureRowSchema schema = FeatureRowSchema.of(pipeline());
            return generic(record -> {
                FeatureRow row = schema.fromRecord(record);
                return timely(row.eventTime(), new Arrival.Row(row.eventTime().toEpochMilli(), sets.parts(row)));
            });
        }

        private Pipeline pipeline() {
            return sets.declared();
        }

        ArrivalReader predictions() {
            PerformanceLayout layout = new PerformanceLayout(pipeline());
            return specific(Prediction.class, prediction -> {
                if (!prediction.getPipeline().equals(pipeline().name())
                        || prediction.getRole() != ModelRole.CHAMPION
                        || prediction.getDegraded()
                        || prediction.getModelVersion() < 1) {
                    return new Arrival.Elsewhere();
                }
                Instant time = prediction.getEventTime();
                Arrival.Score score =
                        new Arrival.Score(time.toEpochMilli(), prediction.getModelVersion(), prediction.getScore());
                List<Double> outputs = outputs(prediction);
                return timely(
                        time,
                        layout.fits(outputs)
                                ? new Arrival.Answered(
                                        prediction.getEventId(),
                                        score,
                                        new Answer(score.modelVersion(), outputs, prediction.getDecision()))
                                : score);
            });
        }

        /** None where a class has no probability. */
        private List<Double> outputs(Prediction prediction) {
            if (!(pipeline().model().task() instanceof Task.Multiclass(List<String> classes))) {
                return List.of(prediction.getScore());
            }
            Map<String, Double> probabilities = prediction.getProbabilities();
            return probabilities == null || !probabilities.keySet().containsAll(classes)
                    ? List.of()
                    : classes.stream().map(probabilities::get).toList();
        }

        ArrivalReader examples() {
            FeatureRowSchema schema = FeatureRowSchema.of(pipeline());
            return generic(record -> {
                Example example = schema.exampleFromRecord(record);
                Instant time = example.labelTime();
                String featureSet = example.row().featureSet();
                Arrival.Labelled labelled =
                        new Arrival.Labelled(time.toEpochMilli(), sets.inForce(featureSet) ? featureSet : "");
                Arrival known = new Arrival.Known(
                        example.row().eventId(), example.row().eventTime().toEpochMilli(), example.label(), labelled);
                return timely(time, timely(example.row().eventTime(), known));
            });
        }

        /** What the partitions tell; for a pipeline of several. */
        ArrivalReader profiles() {
            PartitionReport report = new PartitionReport(sets);
            return specific(PartitionProfile.class, report::read);
        }

        ArrivalReader models() {
            return specific(ModelRegistered.class, model -> {
                if (!model.getPipeline().equals(pipeline().name())) {
                    return new Arrival.Elsewhere();
                }
                ByteBuffer content = model.getBaseline().duplicate();
                byte[] baseline = new byte[content.remaining()];
                content.get(baseline);
                try {
                    return new Arrival.Registered(new Reference(
                            model.getVersion(),
                            model.getFeatureSet(),
                            Profile.fromBytes(baseline),
                            model.getDriftThresholds()));
                } catch (IllegalArgumentException e) {
                    return new Arrival.Unusable(SkipReason.INVALID_MODEL);
                }
            });
        }

        ArrivalReader deployments() {
            return specific(
                    Deployment.class,
                    deployment -> deployment.getPipeline().equals(pipeline().name())
                            ? new Arrival.Deployed(
                                    Math.max(0, deployment.getChampionVersion()), deployment.getEndedChallenge())
                            : new Arrival.Elsewhere());
        }

        ArrivalReader trainingRuns() {
            return specific(
                    TrainingRun.class,
                    run -> run.getPipeline().equals(pipeline().name())
                            ? new Arrival.Trained(run.getRequestId(), outcome(run), run.getNewVersion(), promise(run))
                            : new Arrival.Elsewhere());
        }

        private static Optional<Promise> promise(TrainingRun run) {
            Evaluation challenger = run.getChallenger();
            if (challenger == null || run.getNewVersion() < 1) {
                return Optional.empty();
            }
            Map<Metric, Estimate> estimates = new EnumMap<>(Metric.class);
            for (MetricEstimate estimate : challenger.getEstimates()) {
                for (Metric metric : Metric.values()) {
                    if (metric.spelled().equals(estimate.getMetric())) {
                        estimates.put(metric, new Estimate(estimate.getValue(), estimate.getLow(), estimate.getHigh()));
                    }
                }
            }
            TrainingInputs inputs = run.getInputs();
            Instant newest = inputs == null ? null : inputs.getNewestLabel();
            return Optional.of(new Promise(newest == null ? Panes.NONE : newest.toEpochMilli(), estimates));
        }

        /** Earlier builds trained every request and did not tell a failed run from a refused one. */
        private static RunOutcome outcome(TrainingRun run) {
            RunOutcome told = run.getOutcome();
            return told != null ? told : run.getPromoted() ? RunOutcome.PROMOTED : RunOutcome.REFUSED;
        }

        private ArrivalReader generic(Function<GenericRecord, Arrival> conversion) {
            return new ArrivalReader(
                    WireFormat.deserializer(registry, registryUrl, false),
                    value -> conversion.apply((GenericRecord) value));
        }

        private <T> ArrivalReader specific(Class<T> type, Function<T, Arrival> conversion) {
            return new ArrivalReader(
                    WireFormat.deserializer(registry, registryUrl, true), value -> conversion.apply(type.cast(value)));
        }

        private Arrival timely(Instant time, Arrival arrival) {
            boolean inRange = !time.isBefore(RecordCheck.EARLIEST)
                    && !time.isAfter(clock.instant().plus(RecordCheck.AHEAD));
            return inRange ? arrival : new Arrival.Unusable(SkipReason.TIME_OUT_OF_RANGE);
        }
    }

    // Kafka's interface allows null and its annotations do not say so.
    @Override
    public Arrival deserialize(String topic, byte[] bytes) {
        if (bytes == null) {
            return new Arrival.Unusable(SkipReason.TOMBSTONE);
        }
        Object value;
        try {
            value = reader.deserialize(topic, bytes);
        } catch (RuntimeException e) {
            return new Arrival.Unusable(reason(e));
        }
        try {
            return conversion.apply(value);
        } catch (ClassCastException | NullPointerException | AvroRuntimeException e) {
            return new Arrival.Unusable(SkipReason.SCHEMA_MISMATCH);
        }
    }

    /** Throws the failure when the registry is at fault rather than the record. */
    private static SkipReason reason(RuntimeException failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof AvroTypeException) {
                return SkipReason.SCHEMA_MISMATCH;
            }
        }
        return Unreadable.orThrow(failure).unknownSchema() ? SkipReason.UNKNOWN_SCHEMA : SkipReason.UNDECODABLE;
    }
}
