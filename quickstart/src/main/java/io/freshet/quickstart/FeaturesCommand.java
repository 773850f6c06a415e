package io.freshet.quickstart;

import io.freshet.page.PlainText;
import io.freshet.quickstart.catalogue.CatalogueJson;
import io.freshet.quickstart.catalogue.CataloguePage;
import io.freshet.quickstart.catalogue.CatalogueReader;
import io.freshet.quickstart.catalogue.CatalogueText;
import io.freshet.quickstart.catalogue.FeatureCatalogue;
import io.freshet.quickstart.catalogue.FeatureCatalogue.Entry;
import io.freshet.quickstart.platform.PlatformException;
import io.freshet.runtime.KafkaConnection;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code freshet features}: what there is to know about a pipeline's features. */
@Command(
        name = "features",
        description = "Shows every feature of a pipeline: definition, window, null rate, distribution, lineage.",
        mixinStandardHelpOptions = true)
final class FeaturesCommand implements Callable<Integer> {
    private static final int MOST_ROWS = 100_000;
    private static final int SHOWN = 1_000;

    /** How it is written. */
    enum Format {
        TABLE,
        JSON,
        HTML
    }

    @Parameters(paramLabel = "PIPELINE", description = "The pipeline's name.")
    private String pipeline = "";

    @Mixin
    private Cluster cluster = new Cluster();

    @Option(
            names = "--rows",
            paramLabel = "N",
            defaultValue = "10000",
            description = "How many of the newest feature rows are looked at, 1 to 100,000; 10,000 unless given.")
    private int rows;

    @Option(names = "--feature", paramLabel = "NAME", description = "One feature alone, in full.")
    private @Nullable String feature;

    @Option(
            names = "--format",
            paramLabel = "FORMAT",
            defaultValue = "table",
            description = "table (the default), json, or html: one page that needs nothing else.")
    private Format format = Format.TABLE;

    @Option(names = "--output", paramLabel = "FILE", description = "Where it is written; standard output unless given.")
    private @Nullable Path output;

    @Spec
    private @Nullable CommandSpec spec;

    @Override
    public Integer call() throws InterruptedException {
        CommandSpec command = Objects.requireNonNull(spec);
        if (rows < 1 || rows > MOST_ROWS) {
            throw new ParameterException(command.commandLine(), "--rows: " + rows + " must be 1 to " + MOST_ROWS);
        }
        FeatureCatalogue catalogue;
        try (KafkaConnection connection = cluster.connect()) {
            catalogue = CatalogueReader.read(connection, pipeline, rows);
        }
        String wanted = feature;
        FeatureCatalogue shown = wanted == null ? catalogue : only(catalogue, wanted);
        String text = switch (format) {
            case TABLE -> wanted == null ? CatalogueText.table(shown) : CatalogueText.details(shown);
            case JSON -> CatalogueJson.of(shown);
            case HTML -> CataloguePage.of(shown);
        };
        PrintWriter out = command.commandLine().getOut();
        Path file = output;
        if (file == null) {
            out.print(text);
        } else {
            write(file, text);
            out.printf("%s: %d features are in %s%n", pipeline, shown.features().size(), file);
        }
        out.flush();
        return 0;
    }

    private static FeatureCatalogue only(FeatureCatalogue catalogue, String feature) {
        return catalogue
                .only(feature)
                .orElseThrow(() -> new PlatformException(PlainText.of(
                        catalogue.pipeline() + " has no feature '" + feature + "'; it has "
                                + catalogue.features().stream().map(Entry::name).collect(Collectors.joining(", ")),
                        SHOWN)));
    }

    private static void write(Path file, String text) {
        try {
            Files.writeString(file, text);
        } catch (IOException e) {
            throw new PlatformException("cannot write " + file + ": " + e, e);
        }
    }
}
