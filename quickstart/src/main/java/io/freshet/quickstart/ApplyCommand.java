package io.freshet.quickstart;

import io.freshet.quickstart.Declarations.Applied;
import io.freshet.quickstart.Declarations.Checked;
import io.freshet.runtime.KafkaConnection;
import io.freshet.schemas.pipeline.InvalidPipelineException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code freshet apply}: a pipeline file comes into force. */
@Command(
        name = "apply",
        description = "Checks a pipeline file and puts it in force on a running platform, without a restart.",
        mixinStandardHelpOptions = true)
final class ApplyCommand implements Callable<Integer> {
    @Parameters(paramLabel = "FILE", description = "The pipeline file; the schemas that it names lie beside it.")
    private @Nullable Path file;

    @Option(
            names = "--without-champion",
            description = "Apply it although the features that the serving model reads cannot be computed any more: its"
                    + " predictions are the base rate, flagged as degraded, until a new model serves.")
    private boolean withoutChampion;

    @Mixin
    private Cluster cluster = new Cluster();

    @Spec
    private @Nullable CommandSpec spec;

    @Override
    public Integer call() throws InterruptedException {
        PrintWriter out = Objects.requireNonNull(spec).commandLine().getOut();
        Checked checked;
        try {
            checked = Declarations.read(Objects.requireNonNull(file));
        } catch (InvalidPipelineException e) {
            e.problems().forEach(problem -> spec.commandLine().getErr().println(problem));
            spec.commandLine().getErr().println("freshet: nothing was changed");
            return 1;
        }
        try (KafkaConnection connection = cluster.connect()) {
            Applied applied = Declarations.apply(connection, checked, Instant.now(), withoutChampion);
            String name = checked.pipeline().name();
            if (applied.changes().isEmpty()) {
                out.printf("%s: version %d is in force already, nothing changes%n", name, applied.version());
            } else {
                applied.changes().forEach(change -> out.printf("%s: %s%n", name, change));
                out.printf("%s: version %d is in force%n", name, applied.version());
            }
        }
        out.flush();
        return 0;
    }
}
