package io.freshet.quickstart;

import io.freshet.quickstart.dataset.RowTable;
import io.freshet.quickstart.dataset.TableFormat;
import io.freshet.quickstart.dataset.TrainingRecords;
import io.freshet.quickstart.dataset.TrainingSet;
import io.freshet.quickstart.platform.PlatformException;
import io.freshet.runtime.KafkaConnection;
import io.freshet.trainer.dataset.PinnedRetention;
import io.freshet.trainer.dataset.UnavailableDatasetException;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code freshet dataset export}: a training set becomes a file. */
@Command(
        name = "export",
        description =
                "Reads what a model was trained on again, checks its content hash, and writes the rows to a file.",
        mixinStandardHelpOptions = true)
final class DatasetExportCommand implements Callable<Integer> {
    /** What was trained. */
    static final class Trained {
        @Option(
                names = "--model",
                paramLabel = "VERSION",
                required = true,
                description = "What this model version was trained on.")
        private int version;

        @Option(
                names = "--run",
                paramLabel = "ID",
                required = true,
                description = "What this training run was made on, whatever came of it; the id is on training-runs.")
        private @Nullable String run;
    }

    @Parameters(paramLabel = "PIPELINE", description = "The pipeline's name.")
    private String pipeline = "";

    @ArgGroup(multiplicity = "1")
    private Trained trained = new Trained();

    @Option(
            names = "--format",
            paramLabel = "FORMAT",
            defaultValue = "csv",
            description = "csv (the default) or parquet.")
    private TableFormat format = TableFormat.CSV;

    @Option(
            names = "--out",
            paramLabel = "FILE",
            required = true,
            description = "The file; replaced when it is there, once everything is written.")
    private @Nullable Path file;

    @Mixin
    private Cluster cluster = new Cluster();

    @Spec
    private @Nullable CommandSpec spec;

    @Override
    public Integer call() throws InterruptedException {
        Path to = Objects.requireNonNull(file);
        PrintWriter out = Objects.requireNonNull(spec).commandLine().getOut();
        try (KafkaConnection connection = cluster.connect()) {
            String run = trained.run;
            TrainingSet set = run == null
                    ? TrainingSet.of(TrainingRecords.model(connection, pipeline, trained.version))
                    : TrainingSet.of(TrainingRecords.run(connection, pipeline, run));
            RowTable table = RowTable.of(set, set.read(connection).examples());
            format.export(table, to);
            out.printf(
                    "%s: %,d rows to train on and %,d held out, of %d columns, are in %s; content hash %s checked%n",
                    set.name(),
                    table.train(),
                    table.holdout(),
                    table.columns().size(),
                    to,
                    set.inputs().getContentHash());
            PinnedRetention left = PinnedRetention.of(connection, set.ranges(), Instant.now());
            out.printf("on the topic: %s%n", DatasetListCommand.left(left));
        } catch (UnavailableDatasetException | ExecutionException e) {
            throw new PlatformException(String.valueOf(e.getMessage()), e);
        } catch (IOException e) {
            throw new PlatformException("cannot write " + to + ": " + e, e);
        }
        out.flush();
        return 0;
    }
}
