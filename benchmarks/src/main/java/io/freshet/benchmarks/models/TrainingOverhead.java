package io.freshet.benchmarks.models;

import com.sun.management.OperatingSystemMXBean;
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
import java.lang.management.ManagementFactory;
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
import java.util.function.ToDoubleFunction;
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
 * What a training costs beyond its fits: records hashed and decoded as they come from the log, split, preparation, evaluation
 * with its resamples, bundle, gate and baseline, beside the same learner called with the prepared rows. Calibration needs a
 * second fit, on the older four fifths of the training part; it is training as well, and is timed by itself.
 */
public final class TrainingOverhead {
    private static final String EVENT = """
            {"type": "record", "name": "E", "fields": [
              {"name": "id", "type": "string"}, {"name": "shop", "type": "string"}, {"name": "at", "type": "long"}, %s]}""";
    private static final String LABEL = """
            {"type": "record", "name": "L", "fields": [
              {"name": "id", "type": "string"}, {"name": "at", "type": "long"}, {"name": "bad", "type": "%s"}]}""";
    private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");
    private static final double TRAINED = 0.8;
    private static final int WARM_UP = 2;
    private static final long SEED = 1;
    private static final OperatingSystemMXBean PROCESS =
            ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);

    private TrainingOverhead() {}

    /**
     * Runs it.
     *
     * @param args how many rows, at least 1,000, and how many rounds the medians are of; then families by name, else all
     */
    public static void main(String[] args) throws Exception {
        int rows = Integer.parseInt(args[0]);
        int rounds = Integer.parseInt(args[1]);
        List<String> chosen = List.of(args).subList(2, args.length);
        Signals signals = Signals.of(rows, SEED);
        System.out.printf(
                "%,d rows of %d features, median of %d rounds. Fit: the learner alone on the %.0f%% that are trained on.%n"
                        + "Overhead: the whole training less the fit and calibration's second fit.%n",
                rows, Signals.COLUMNS, rounds, 100 * TRAINED);
        System.out.println(
                "| family | fit, rows/s | whole training, rows/s | fit, ms | second fit, ms | hash, decode, ms"
                        + " | overhead, ms | of the fit | of both fits | of both, CPU time |");
        System.out.println("|---|---|---|---|---|---|---|---|---|---|");
        for (Family family : Family.values()) {
            if (chosen.isEmpty() || chosen.contains(family.spelled())) {
                measure(family, signals, rounds);
            }
        }
    }

    private static void measure(Family family, Signals signals, int rounds) throws Exception {
        boolean numbers = family == Family.LINEAR_REGRESSION;
        Pipeline pipeline = pipeline(numbers, family);
        List<byte[]> records = records(pipeline, signals);
        Learner learner = Objects.requireNonNull(Training.learners().get(family));
        Matrix rows = signals.matrix();
        int trained = (int) (TRAINED * records.size());
        int calibrated = numbers ? 0 : (int) (TRAINED * trained);
        List<Times> fits = new ArrayList<>();
        List<Times> seconds = new ArrayList<>();
        List<Times> pins = new ArrayList<>();
        List<Times> wholes = new ArrayList<>();
        for (int round = -WARM_UP; round < rounds; round++) {
            Times fit = Times.of(() -> fit(learner, signals, rows, trained, numbers));
            Times second = numbers ? new Times(0, 0) : Times.of(() -> fit(learner, signals, rows, calibrated, false));
            Times pin = Times.of(() -> pinned(pipeline, records));
            Times whole = Times.of(() -> train(pipeline, records));
            if (round >= 0) {
                fits.add(fit);
                seconds.add(second);
                pins.add(pin);
                wholes.add(whole);
            }
        }
        Times fit = Times.medians(fits);
        Times second = Times.medians(seconds);
        Times whole = Times.medians(wholes);
        double overhead = whole.wall() - fit.wall() - second.wall();
        System.out.printf(
                "| %s | %,.0f | %,.0f | %,.0f | %,.0f | %,.0f | %,.0f | %.0f%% | %.0f%% | %.0f%% |%n",
                family.spelled(),
                trained / fit.wall(),
                trained / whole.wall(),
                1e3 * fit.wall(),
                1e3 * second.wall(),
                1e3 * Times.medians(pins).wall(),
                1e3 * overhead,
                100 * overhead / fit.wall(),
                100 * overhead / (fit.wall() + second.wall()),
                100 * (whole.cpu() / (fit.cpu() + second.cpu()) - 1));
    }

    /**
     * What some work took, seconds.
     *
     * @param cpu of all threads of the process
     */
    private record Times(double wall, double cpu) {
        static Times of(Work work) throws Exception {
            System.gc();
            long started = System.nanoTime();
            long used = PROCESS.getProcessCpuTime();
            work.run();
            return new Times((System.nanoTime() - started) / 1e9, (PROCESS.getProcessCpuTime() - used) / 1e9);
        }

        static Times medians(List<Times> times) {
            return new Times(median(times, Times::wall), median(times, Times::cpu));
        }

        private static double median(List<Times> times, ToDoubleFunction<Times> part) {
            return times.stream().mapToDouble(part).sorted().toArray()[times.size() / 2];
        }
    }

    @FunctionalInterface
    private interface Work {
        void run() throws Exception;
    }

    private static void fit(Learner learner, Signals signals, Matrix scored, int rows, boolean numbers)
            throws LearningException {
        boolean[] labels = Arrays.copyOf(signals.labels(), rows);
        learner.fit(
                Sample.of(
                        Matrix.of(Arrays.copyOf(signals.rows(), rows), Signals.COLUMNS),
                        numbers
                                ? new Targets.Numbers(new Targets.Binary(labels).numbers())
                                : new Targets.Binary(labels)),
                scored,
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

    private static Pipeline pipeline(boolean numbers, Family family) throws InvalidPipelineException {
        String event = EVENT.formatted(IntStream.range(0, Signals.COLUMNS)
                .mapToObj(column -> "{\"name\": \"x%d\", \"type\": \"double\"}".formatted(column))
                .collect(Collectors.joining(", ")));
        String label = LABEL.formatted(numbers ? "double" : "boolean");
        String features = IntStream.range(0, Signals.COLUMNS)
                .mapToObj(column -> "x%1$d: { value: event.x%1$d }".formatted(column))
                .collect(Collectors.joining(", "));
        String yaml = """
                pipeline: signals
                event: { schema: e, id: id, key: shop, time: at }
                label: { schema: l, event: id, value: label.bad, time: at, wait: 1d }
                features: { %s }
                training: { last: 10000000 }
                model: { task: %s, candidates: [%s] }
                """.formatted(features, numbers ? "regression" : "binary", family.spelled());
        return PipelineFile.parse(
                "signals.yaml",
                yaml,
                name -> Optional.ofNullable(Map.of("e", event, "l", label).get(name)));
    }
}
