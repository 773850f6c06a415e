package io.freshet.benchmarks.models;

import io.freshet.schemas.pipeline.InvalidPipelineException;
import io.freshet.schemas.pipeline.Pipeline;
import io.freshet.schemas.pipeline.Pipeline.Family;
import io.freshet.schemas.pipeline.PipelineFile;
import io.freshet.schemas.row.Example;
import io.freshet.schemas.row.FeatureRow;
import io.freshet.schemas.row.FeatureRowSchema;
import io.freshet.trainer.Training;
import io.freshet.trainer.TrainingOutcome;
import io.freshet.trainer.TrainingTask;
import io.freshet.trainer.learn.Learner;
import io.freshet.trainer.learn.LearningException;
import io.freshet.trainer.learn.Sample;
import io.freshet.trainer.learn.Settings;
import io.freshet.trainer.rows.Matrix;
import io.freshet.trainer.rows.Targets;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.avro.generic.GenericDatumReader;
import org.apache.avro.generic.GenericDatumWriter;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.DecoderFactory;
import org.apache.avro.io.EncoderFactory;
import org.jspecify.annotations.Nullable;

/**
 * What a training costs beyond the fit: records hashed and decoded as they come from the log, split, preparation, evaluation
 * with its resamples, calibration, bundle, gate and baseline, beside the same learner called with the prepared rows.
 * Calibration needs a second fit, on the older four fifths; it is timed by itself as well.
 */
public final class TrainingOverhead {
    private static final String EVENT = """
            {"type": "record", "name": "E", "fields": [
              {"name": "id", "type": "string"}, {"name": "shop", "type": "string"}, {"name": "at", "type": "long"}, %s]}""";
    private static final String LABEL = """
            {"type": "record", "name": "L", "fields": [
              {"name": "id", "type": "string"}, {"name": "at", "type": "long"}, {"name": "bad", "type": "boolean"}]}""";
    private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");
    private static final double TRAINED = 0.8;
    private static final long SEED = 1;

    private TrainingOverhead() {}

    /**
     * Runs it.
     *
     * @param args how many rows, at least 1,000, and how many rounds the medians are of
     */
    public static void main(String[] args) throws Exception {
        int rows = Integer.parseInt(args[0]);
        int rounds = Integer.parseInt(args[1]);
        Signals signals = Signals.of(rows, SEED);
        System.out.printf(
                "%,d rows of %d features, median of %d rounds. Direct: the learner alone on the %.0f%% that are trained on.%n",
                rows, Signals.COLUMNS, rounds, 100 * TRAINED);
        System.out.println("| family | direct, rows/s | whole training, rows/s | time more | of it the second fit |");
        System.out.println("|---|---|---|---|---|");
        for (Family family : pipeline("").model().candidates()) {
            measure(family, signals, rounds);
        }
    }

    private static void measure(Family family, Signals signals, int rounds) throws Exception {
        Pipeline pipeline = pipeline("model: { candidates: [" + family.spelled() + "] }");
        List<byte[]> records = records(pipeline, signals);
        Learner learner = Objects.requireNonNull(Training.learners().get(family));
        int trained = (int) (TRAINED * records.size());
        double[] direct = new double[rounds];
        double[] second = new double[rounds];
        double[] whole = new double[rounds];
        for (int round = -1; round < rounds; round++) {
            double fit = seconds(() -> fit(learner, signals, trained));
            double again = seconds(() -> fit(learner, signals, (int) (TRAINED * trained)));
            double all = seconds(() -> train(pipeline, records));
            if (round >= 0) {
                direct[round] = fit;
                second[round] = again;
                whole[round] = all;
            }
        }
        System.out.printf(
                "| %s | %,.0f | %,.0f | %+.0f%% | %.0f%% |%n",
                family.spelled(),
                trained / median(direct),
                trained / median(whole),
                100 * (median(whole) / median(direct) - 1),
                100 * median(second) / median(direct));
    }

    @FunctionalInterface
    private interface Work {
        void run() throws Exception;
    }

    private static double seconds(Work work) throws Exception {
        long started = System.nanoTime();
        work.run();
        return (System.nanoTime() - started) / 1e9;
    }

    private static double median(double[] values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        return sorted[sorted.length / 2];
    }

    private static void fit(Learner learner, Signals signals, int rows) throws LearningException {
        learner.fit(
                Sample.of(
                        Matrix.of(Arrays.copyOf(signals.rows(), rows), Signals.COLUMNS),
                        new Targets.Binary(Arrays.copyOf(signals.labels(), rows))),
                signals.matrix(),
                Settings.normal(learner.hyperparameters()),
                SEED);
    }

    private static void train(Pipeline pipeline, List<byte[]> records) throws Exception {
        TrainingOutcome outcome = Training.ofEveryFamily(System::nanoTime)
                .run(new TrainingTask(pipeline, pinned(pipeline, records), Optional.empty(), 1, SEED));
        if (!(outcome instanceof TrainingOutcome.Promoted)) {
            throw new IllegalStateException("no model came of it: " + outcome);
        }
    }

    private static List<Example> pinned(Pipeline pipeline, List<byte[]> records)
            throws IOException, GeneralSecurityException {
        FeatureRowSchema schema = FeatureRowSchema.of(pipeline);
        MessageDigest hash = MessageDigest.getInstance("SHA-256");
        GenericDatumReader<GenericRecord> reader = new GenericDatumReader<>(schema.example());
        List<Example> examples = new ArrayList<>();
        for (byte[] record : records) {
            hash.update(record);
            examples.add(schema.exampleFromRecord(
                    reader.read(null, DecoderFactory.get().binaryDecoder(record, null))));
        }
        if (hash.digest().length == 0) {
            throw new IllegalStateException("nothing was hashed");
        }
        return examples;
    }

    private static List<byte[]> records(Pipeline pipeline, Signals signals) throws IOException {
        FeatureRowSchema schema = FeatureRowSchema.of(pipeline);
        GenericDatumWriter<GenericRecord> writer = new GenericDatumWriter<>(schema.example());
        List<byte[]> records = new ArrayList<>();
        for (int i = 0; i < signals.rows().length; i++) {
            Instant at = START.plus(Duration.ofMinutes(i));
            Example example = new Example(
                    new FeatureRow("e" + i, "k", at, schema.featureSet(), null, at, values(signals.rows()[i])),
                    signals.labels()[i] ? 1 : 0,
                    at.plusSeconds(1));
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            BinaryEncoder encoder = EncoderFactory.get().binaryEncoder(bytes, null);
            writer.write(schema.toRecord(example), encoder);
            encoder.flush();
            records.add(bytes.toByteArray());
        }
        return records;
    }

    private static List<@Nullable Object> values(double[] row) {
        List<@Nullable Object> values = new ArrayList<>();
        for (double value : row) {
            values.add(value);
        }
        return values;
    }

    private static Pipeline pipeline(String model) throws InvalidPipelineException {
        String event = EVENT.formatted(IntStream.range(0, Signals.COLUMNS)
                .mapToObj(column -> "{\"name\": \"x%d\", \"type\": \"double\"}".formatted(column))
                .collect(Collectors.joining(", ")));
        String features = IntStream.range(0, Signals.COLUMNS)
                .mapToObj(column -> "x%1$d: { value: event.x%1$d }".formatted(column))
                .collect(Collectors.joining(", "));
        String yaml = """
                pipeline: signals
                event: { schema: e, id: id, key: shop, time: at }
                label: { schema: l, event: id, value: label.bad, time: at, wait: 1d }
                features: { %s }
                training: { last: 10000000 }
                %s
                """.formatted(features, model);
        return PipelineFile.parse(
                "signals.yaml",
                yaml,
                name -> Optional.ofNullable(Map.of("e", event, "l", LABEL).get(name)));
    }
}
