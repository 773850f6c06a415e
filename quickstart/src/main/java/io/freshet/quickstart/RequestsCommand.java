package io.freshet.quickstart;

import io.freshet.quickstart.send.TextTable;
import io.freshet.runtime.KafkaConnection;
import io.freshet.runtime.RetrainLedger;
import io.freshet.runtime.RetrainLedger.Answer;
import io.freshet.runtime.RetrainLedger.Asked;
import java.io.PrintWriter;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code freshet requests}: the queue of the trainer, and what came of what was in it. */
@Command(
        name = "requests",
        description = "Lists a pipeline's requests for training, the oldest first, and what came of each.",
        mixinStandardHelpOptions = true)
final class RequestsCommand implements Callable<Integer> {
    private static final List<String> HEADINGS = List.of("ASKED", "REASON", "REQUEST", "ANSWER", "DETAIL");

    @Parameters(paramLabel = "PIPELINE", description = "The pipeline's name.")
    private String pipeline = "";

    @Option(names = "--waiting", description = "Those alone that wait or are being trained.")
    private boolean waiting;

    @Mixin
    private Cluster cluster = new Cluster();

    @Spec
    private @Nullable CommandSpec spec;

    @Override
    public Integer call() throws InterruptedException {
        List<Asked> asked;
        try (KafkaConnection connection = cluster.connect()) {
            Requests.requireDeclared(connection, pipeline);
            try (RetrainLedger ledger = new RetrainLedger(connection, () -> {})) {
                Requests.catchUp(ledger);
                asked = ledger.asked(pipeline);
            }
        }
        List<List<String>> rows = asked.stream()
                .filter(each -> !waiting || each.answer().isEmpty())
                .map(RequestsCommand::row)
                .toList();
        PrintWriter out = Objects.requireNonNull(spec).commandLine().getOut();
        TextTable.lines(HEADINGS, rows).forEach(out::println);
        long open = asked.stream().filter(each -> each.answer().isEmpty()).count();
        out.printf("%d asked for, %d without an answer yet%n", asked.size(), open);
        out.flush();
        return 0;
    }

    private static List<String> row(Asked asked) {
        return List.of(
                asked.request().getRequestedAt().truncatedTo(ChronoUnit.SECONDS).toString(),
                asked.request().getReason().name(),
                Requests.plain(asked.request().getRequestId()),
                asked.answer().map(Requests::outcome).orElse("waiting"),
                Requests.plain(asked.answer()
                        .map(Answer::detail)
                        .filter(detail -> !detail.isEmpty())
                        .orElse(asked.request().getEvidence())));
    }
}
