package io.freshet.quickstart;

import io.freshet.card.CardJson;
import io.freshet.card.CardPage;
import io.freshet.card.ModelCard;
import io.freshet.quickstart.log.CardReader;
import io.freshet.quickstart.platform.PlatformException;
import io.freshet.runtime.KafkaConnection;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code freshet card}: what there is to know about a registered model. */
@Command(
        name = "card",
        description =
                "Shows a model's card: data, quality, curves, importance, gate, lineage. JSON unless a file is named.",
        mixinStandardHelpOptions = true)
final class CardCommand implements Callable<Integer> {
    @Mixin
    private ModelArgument model = new ModelArgument();

    @Mixin
    private Cluster cluster = new Cluster();

    @Option(names = "--html", paramLabel = "FILE", description = "Writes one page that needs nothing else.")
    private @Nullable Path html;

    @Option(names = "--json", paramLabel = "FILE", description = "Writes JSON.")
    private @Nullable Path json;

    @Spec
    private @Nullable CommandSpec spec;

    @Override
    public Integer call() throws InterruptedException {
        ModelCard card;
        try (KafkaConnection connection = cluster.connect()) {
            card = CardReader.read(connection, model.pipeline, model.version);
        }
        PrintWriter out = Objects.requireNonNull(spec).commandLine().getOut();
        if (html == null && json == null) {
            out.print(CardJson.of(card));
        }
        if (html != null) {
            write(html, CardPage.of(card), card, out);
        }
        if (json != null) {
            write(json, CardJson.of(card), card, out);
        }
        out.flush();
        return 0;
    }

    private static void write(Path file, String text, ModelCard card, PrintWriter out) {
        try {
            Files.writeString(file, text);
        } catch (IOException e) {
            throw new PlatformException("cannot write " + file + ": " + e, e);
        }
        out.printf(
                "%s version %d: its card is in %s%n",
                card.model().getPipeline(), card.model().getVersion(), file);
    }
}
