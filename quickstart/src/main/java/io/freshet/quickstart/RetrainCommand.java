package io.freshet.quickstart;

import io.freshet.quickstart.platform.PlatformException;
import io.freshet.runtime.CompactedTopic;
import io.freshet.runtime.KafkaConnection;
import io.freshet.runtime.ManualRequests;
import io.freshet.runtime.RetrainLedger;
import io.freshet.runtime.RetrainLedger.Answer;
import io.freshet.schemas.message.RetrainRequest;
import io.freshet.schemas.message.RunOutcome;
import io.freshet.schemas.message.TrainingPhase;
import io.freshet.schemas.message.TrainingProgress;
import io.freshet.schemas.topic.Topic.Writer;
import io.freshet.schemas.topic.Topics;
import java.io.PrintWriter;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
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
            Answer answer = await(connection, request.getRequestId(), out);
            out.println(Requests.outcome(answer)
                    + (answer.detail().isEmpty() ? "" : ": " + Requests.plain(answer.detail())));
            out.flush();
            return answer.outcome() == RunOutcome.PROMOTED ? 0 : 1;
        }
    }

    /** Waits, and prints how far the training has come. */
    private Answer await(KafkaConnection connection, String requestId, PrintWriter out) throws InterruptedException {
        Semaphore changes = new Semaphore(0);
        connection.ensure(List.of(Topics.TRAINING_PROGRESS));
        try (RetrainLedger ledger = new RetrainLedger(connection, changes::release);
                CompactedTopic<TrainingProgress> progress = CompactedTopic.follow(
                        connection,
                        Topics.TRAINING_PROGRESS,
                        TrainingProgress.class,
                        TrainingProgress::getRequestId,
                        told -> told,
                        changes::release)) {
            Optional<TrainingProgress> printed = Optional.empty();
            while (true) {
                Optional<TrainingProgress> now = progress.get(requestId);
                if (now.isPresent() && !now.equals(printed)) {
                    out.println(line(now.get()));
                    out.flush();
                    printed = now;
                }
                Optional<Answer> answer = ledger.answer(pipeline, requestId);
                if (answer.isPresent()) {
                    return answer.get();
                }
                changes.acquire();
            }
        }
    }

    /** Where a training stands, in one line. */
    static String line(TrainingProgress progress) {
        StringBuilder line = new StringBuilder(String.format(
                Locale.ROOT,
                "%6.1f s  %s",
                progress.getElapsedMillis() / 1e3,
                progress.getPhase().name().toLowerCase(Locale.ROOT)));
        if (progress.getDone() > 0) {
            line.append(": ").append(progress.getDone()).append(" fitted");
        }
        if (progress.getFamily() != null && progress.getValue() != null) {
            line.append(String.format(Locale.ROOT, ", best %s %.4f", progress.getFamily(), progress.getValue()));
        }
        if (progress.getPhase() == TrainingPhase.SEARCHING && progress.getBudgetMillis() > 0) {
            line.append(String.format(Locale.ROOT, ", budget %.0f s", progress.getBudgetMillis() / 1e3));
        }
        return line.toString();
    }
}
