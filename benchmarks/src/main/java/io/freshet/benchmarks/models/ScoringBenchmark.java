package io.freshet.benchmarks.models;

import io.freshet.schemas.pipeline.Pipeline.Family;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.VerboseMode;

/**
 * Time and garbage of scoring, one row or many at a time, by {@code model-runtime} and by the libraries, each with the same
 * trained model, after a check that they agree.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 500, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 15, time = 100, timeUnit = TimeUnit.MILLISECONDS)
public class ScoringBenchmark {
    private static final String DIRECTORY = "freshet.models";
    private static final int ROWS = 1_024;
    private static final double TOLERANCE = 1e-5;

    /** The model's family. */
    @Param("GRADIENT_BOOSTING")
    public Family family = Family.GRADIENT_BOOSTING;

    /** What scores. */
    @Param("FRESHET")
    public String engine = "FRESHET";

    /** Rows scored at a time. */
    @Param({"1", "256"})
    public int batch = 1;

    private Engine scoring = (from, into) -> {};
    private double[] scores = {};
    private int from;

    /** Loads the model, and fails where the engine does not score as {@code model-runtime} does. */
    @Setup
    public void load() throws Exception {
        ScoredModel model = ScoredModel.read(Path.of(System.getProperty(DIRECTORY, ".")), family);
        Signals signals = Signals.of(ROWS, 2);
        scoring = Engine.Kind.valueOf(engine).of(model, signals);
        scores = new double[batch];
        Engine ours = Engine.Kind.FRESHET.of(model, signals);
        double[] expected = new double[batch];
        for (int row = 0; row < ROWS; row += batch) {
            ours.score(row, expected);
            scoring.score(row, scores);
            for (int i = 0; i < batch; i++) {
                if (!(Math.abs(scores[i] - expected[i]) <= TOLERANCE)) {
                    throw new IllegalStateException(
                            engine + " scores row " + (row + i) + " " + scores[i] + ", not " + expected[i]);
                }
            }
        }
    }

    /** Scores the next rows. */
    @Benchmark
    public double[] score() throws Exception {
        scoring.score(from, scores);
        from = (from + batch) % ROWS;
        return scores;
    }

    /**
     * Trains the models, times every engine and prints a table.
     *
     * @param args families as pipelines spell them; none for all
     */
    public static void main(String[] args) throws Exception {
        List<Family> families = ScoredModel.FAMILIES.stream()
                .filter(family -> args.length == 0 || List.of(args).contains(family.spelled()))
                .toList();
        Path directory = Files.createTempDirectory("scoring");
        System.setProperty(DIRECTORY, directory.toString());
        try {
            System.out.println(
                    "| family | rows at a time | engine | ns a row, median | times Freshet's | bytes allocated a row |");
            System.out.println("|---|---|---|---|---|---|");
            for (Family family : families) {
                ScoredModel.train(family).write(directory, family);
                for (int batch : new int[] {1, 256}) {
                    table(family, batch, run(directory, family, batch)).forEach(System.out::println);
                }
            }
        } finally {
            try (var files = Files.newDirectoryStream(directory)) {
                for (Path file : files) {
                    Files.delete(file);
                }
            }
            Files.delete(directory);
        }
    }

    private static List<Engine.Kind> engines(Family family) {
        List<Engine.Kind> engines = new ArrayList<>(List.of(Engine.Kind.FRESHET, Engine.Kind.FRESHET_PREPARED));
        if (family.takesMissing()) {
            engines.addAll(List.of(Engine.Kind.XGBOOST_PREDICT, Engine.Kind.XGBOOST_INPLACE));
        }
        if (family == Family.NEURAL_NETWORK) {
            engines.add(Engine.Kind.DL4J_OUTPUT);
        }
        engines.add(Engine.Kind.ONNX_RUNTIME);
        return engines;
    }

    /** Each engine in a process of its own. */
    private static Collection<RunResult> run(Path directory, Family family, int batch) throws Exception {
        List<RunResult> results = new ArrayList<>();
        for (Engine.Kind engine : engines(family)) {
            results.addAll(run(directory, family, batch, engine));
        }
        return results;
    }

    private static Collection<RunResult> run(Path directory, Family family, int batch, Engine.Kind engine)
            throws Exception {
        return new Runner(new OptionsBuilder()
                        .include(ScoringBenchmark.class.getName())
                        .param("family", family.name())
                        .param("batch", Integer.toString(batch))
                        .param("engine", engine.name())
                        .jvmArgsAppend("-D" + DIRECTORY + "=" + directory)
                        .addProfiler(GCProfiler.class)
                        .shouldFailOnError(true)
                        .verbosity(VerboseMode.SILENT)
                        .build())
                .run();
    }

    private static List<String> table(Family family, int batch, Collection<RunResult> results) {
        double ours = results.stream()
                .filter(one -> engine(one).equals(Engine.Kind.FRESHET.name()))
                .mapToDouble(one -> median(one.getPrimaryResult()))
                .findFirst()
                .orElse(Double.NaN);
        return results.stream()
                .map(one -> String.format(
                        Locale.ROOT,
                        "| %s | %d | %s | %,.0f | %.2f | %,.0f |",
                        family.spelled(),
                        batch,
                        engine(one).toLowerCase(Locale.ROOT).replace('_', ' '),
                        median(one.getPrimaryResult()) / batch,
                        median(one.getPrimaryResult()) / ours,
                        allocated(one) / batch))
                .toList();
    }

    private static String engine(RunResult result) {
        return result.getParams().getParam("engine");
    }

    private static double median(Result<?> result) {
        return result.getStatistics().getPercentile(50);
    }

    /** Bytes of heap that a call allocates. */
    private static double allocated(RunResult result) {
        return result.getSecondaryResults().keySet().stream()
                .filter(name -> name.endsWith("gc.alloc.rate.norm"))
                .mapToDouble(name -> median(
                        Objects.requireNonNull(result.getSecondaryResults().get(name))))
                .findFirst()
                .orElse(Double.NaN);
    }
}
