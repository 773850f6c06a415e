package io.freshet.quickstart;

import io.freshet.quickstart.dataset.Reproducer;
import io.freshet.quickstart.dataset.TrainingRecords;
import io.freshet.runtime.KafkaConnection;
import io.freshet.schemas.message.ModelRegistered;
import io.freshet.schemas.message.Reproduction;
import java.io.PrintWriter;
import java.time.InstantSource;
import java.util.Map;
import java.util.Objects;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code freshet reproduce}: a registered model is trained again and compared. */
@Command(
        name = "reproduce",
        description = {
            "Trains a registered model again from what was recorded of it, compares, and publishes the verdict.",
            "Exit code: 0 reproduced, 1 differs, 2 cannot be trained again or wrong arguments."
        },
        exitCodeOnExecutionException = ReproduceCommand.IMPOSSIBLE,
        mixinStandardHelpOptions = true)
final class ReproduceCommand implements Callable<Integer> {
    static final int DIFFERS = 1;
    static final int IMPOSSIBLE = 2;

    @Parameters(index = "0", paramLabel = "PIPELINE", description = "The pipeline's name.")
    private String pipeline = "";

    @Parameters(index = "1", paramLabel = "VERSION", description = "The model's version.")
    private int version;

    @Mixin
    private Cluster cluster = new Cluster();

    @Spec
    private @Nullable CommandSpec spec;

    @Override
    public Integer call() throws InterruptedException {
        PrintWriter out = Objects.requireNonNull(spec).commandLine().getOut();
        try (KafkaConnection connection = cluster.connect()) {
            ModelRegistered model = TrainingRecords.model(connection, pipeline, version);
            Reproduction reproduction = new Reproducer(connection, InstantSource.system()).reproduce(model);
            print(model, reproduction, out);
            return switch (reproduction.getVerdict()) {
                case REPRODUCED -> 0;
                case DIFFERS -> DIFFERS;
                case IMPOSSIBLE -> IMPOSSIBLE;
            };
        }
    }

    private static void print(ModelRegistered model, Reproduction found, PrintWriter out) {
        out.printf(
                "%s version %d, %s, of %s%n",
                model.getPipeline(), model.getVersion(), model.getFamily(), model.getRunId());
        out.printf("%-14s %-64s  %s%n", "", "recorded", "found");
        row(out, "training set", found.getRecordedHash(), found.getFoundHash());
        row(out, "bundle", found.getRecordedBundle(), found.getReproducedBundle());
        row(out, "commit", model.getCodeCommit(), found.getCodeCommit());
        environment(model.getEnvironment(), found.getEnvironment(), out);
        Double difference = found.getGreatestDifference();
        if (difference != null) {
            out.printf(
                    "scores of %,d hold-out rows differ by %s at most%n",
                    found.getHoldoutRows(), Double.toString(difference));
        }
        out.printf("%s: %s%n", found.getVerdict(), found.getDetail());
        out.flush();
    }

    private static void environment(Map<String, String> recorded, Map<String, String> found, PrintWriter out) {
        TreeSet<String> names = new TreeSet<>(recorded.keySet());
        names.addAll(found.keySet());
        for (String name : names) {
            if (!Objects.equals(recorded.get(name), found.get(name))) {
                row(out, name, recorded.get(name), found.get(name));
            }
        }
    }

    private static void row(PrintWriter out, String name, @Nullable String recorded, @Nullable String found) {
        out.printf(
                "%-14s %-64s  %s%n",
                name,
                recorded == null ? "-" : recorded,
                found == null ? "-" : found.equals(recorded) ? "the same" : found);
    }
}
