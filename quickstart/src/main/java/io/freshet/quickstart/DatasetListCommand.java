package io.freshet.quickstart;

import io.freshet.quickstart.dataset.TrainingRecords;
import io.freshet.quickstart.platform.PlatformException;
import io.freshet.runtime.KafkaConnection;
import io.freshet.schemas.message.ModelRegistered;
import io.freshet.schemas.message.TrainingInputs;
import io.freshet.trainer.dataset.PinnedRetention;
import java.io.PrintWriter;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Collection;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code freshet dataset list}: which training sets are still there. */
@Command(
        name = "list",
        description = "Shows what each model of a pipeline was trained on, and whether retention has left it there.",
        mixinStandardHelpOptions = true)
final class DatasetListCommand implements Callable<Integer> {
    private static final int HASH_SHOWN = 12;

    @Parameters(paramLabel = "PIPELINE", description = "The pipeline's name.")
    private String pipeline = "";

    @Mixin
    private Cluster cluster = new Cluster();

    @Spec
    private @Nullable CommandSpec spec;

    @Override
    public Integer call() throws InterruptedException {
        PrintWriter out = Objects.requireNonNull(spec).commandLine().getOut();
        try (KafkaConnection connection = cluster.connect()) {
            Collection<ModelRegistered> models =
                    TrainingRecords.models(connection, pipeline).values();
            if (models.isEmpty()) {
                throw new PlatformException("no model of " + pipeline + " is registered");
            }
            out.printf("%-8s %-20s %-20s %10s  %-12s  %s%n", "version", "family", "pinned", "records", "hash", "left");
            for (ModelRegistered model : models) {
                TrainingInputs inputs = model.getInputs();
                out.printf(
                        "%-8d %-20s %-20s %10s  %-12s  %s%n",
                        model.getVersion(),
                        model.getFamily(),
                        inputs == null ? "-" : seconds(inputs.getPinnedAt()),
                        inputs == null ? "-" : Long.toString(inputs.getRecords()),
                        inputs == null ? "-" : inputs.getContentHash().substring(0, HASH_SHOWN),
                        left(PinnedRetention.of(connection, model.getDataset(), Instant.now())));
            }
        } catch (ExecutionException e) {
            throw new PlatformException("what retention has left is not known: " + e.getCause(), e);
        }
        out.flush();
        return 0;
    }

    private static Instant seconds(Instant time) {
        return time.truncatedTo(ChronoUnit.SECONDS);
    }

    /** What retention leaves, in words. */
    static String left(PinnedRetention retention) {
        if (retention.missing() > 0) {
            return "retention has removed " + retention.missing() + " offsets";
        }
        return retention.expiring() > 0
                ? "all; retention removes " + retention.expiring() + " offsets within " + PinnedRetention.SOON.toDays()
                        + " days"
                : "all";
    }
}
