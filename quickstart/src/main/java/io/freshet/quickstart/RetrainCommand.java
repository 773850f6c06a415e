package io.freshet.quickstart;

import io.freshet.quickstart.platform.PlatformException;
import io.freshet.runtime.KafkaConnection;
import io.freshet.runtime.ManualRequests;
import io.freshet.runtime.RetrainLedger;
import io.freshet.runtime.RetrainLedger.Answer;
import io.freshet.schemas.message.RetrainRequest;
import io.freshet.schemas.message.RunOutcome;
import io.freshet.schemas.topic.Topic.Writer;
import java.io.PrintWriter;
import java.time.Instant;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code freshet retrain}: a person asks for a model. */
@Command(
        name = "retrain",
        description = "Asks for a new model and prints the request's id; the gate decides whether it serves.",
        mixinStandardHelpOptions = true)
final class RetrainCommand implements Callable<Integer> {
    @Parameters(paramLabel = "PIPELINE", description = "The pipeline's name.")
    private String pipeline = "";

    @Option(names = "--reason", paramLabel = "TEXT", description = "Why, for the record; at most 500 characters.")
    private @Nullable String reason;

    @Option(
            names = "--wait",
            description = "Wait for what comes of it: exit 0 when a model was promoted, 1 when none was.")
    private boolean wait;

    @Mixin
    private Cluster cluster = new Cluster();

    @Spec
    private @Nullable CommandSpec spec;

    @Override
    public Integer call() throws InterruptedException {
        CommandSpec command = Objects.requireNonNull(spec);
        PrintWriter out = command.commandLine().getOut();
        RetrainRequest request;
        try {
            request = ManualRequests.of(pipeline, Writer.COMMAND_LINE, reason, Instant.now());
        } catch (IllegalArgumentException e) {
            throw new ParameterException(command.commandLine(), "--" + e.getMessage(), e);
        }
        try (KafkaConnection connection = cluster.connect()) {
            Requests.requireDeclared(connection, pipeline);
            try {
                ManualRequests.send(connection, request);
            } catch (IllegalStateException e) {
                throw new PlatformException(String.valueOf(e.getMessage()), e);
            }
            out.println(request.getRequestId());
            out.flush();
            if (!wait) {
                return 0;
            }
            Answer answer = await(connection, request.getRequestId());
            out.println(Requests.outcome(answer)
                    + (answer.detail().isEmpty() ? "" : ": " + Requests.plain(answer.detail())));
            out.flush();
            return answer.outcome() == RunOutcome.PROMOTED ? 0 : 1;
        }
    }

    private Answer await(KafkaConnection connection, String requestId) throws InterruptedException {
        Semaphore changes = new Semaphore(0);
        try (RetrainLedger ledger = new RetrainLedger(connection, changes::release)) {
            while (true) {
                Optional<Answer> answer = ledger.answer(pipeline, requestId);
                if (answer.isPresent()) {
                    return answer.get();
                }
                changes.acquire();
            }
        }
    }
}
