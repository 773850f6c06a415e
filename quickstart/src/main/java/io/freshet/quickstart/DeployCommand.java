package io.freshet.quickstart;

import io.freshet.quickstart.platform.PlatformException;
import io.freshet.runtime.CompactedTopic;
import io.freshet.runtime.KafkaConnection;
import io.freshet.runtime.ManualRequests;
import io.freshet.runtime.OneRecord;
import io.freshet.schemas.message.DeploymentAnswer;
import io.freshet.schemas.message.DeploymentRequest;
import io.freshet.schemas.topic.Topics;
import java.io.PrintWriter;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** A person puts another model in the champion's place: trainer-service is asked, and answers. */
abstract sealed class DeployCommand implements Callable<Integer> {
    private static final Duration WITHIN = Duration.ofSeconds(60);

    @Option(names = "--reason", paramLabel = "TEXT", description = "Why, for the record; at most 500 characters.")
    private @Nullable String reason;

    @Mixin
    private Cluster cluster = new Cluster();

    @Spec
    private @Nullable CommandSpec spec;

    /** {@code freshet promote}: a version serves. */
    @Command(
            name = "promote",
            description = "Lets a registered version serve; each has passed the gate when it was trained.",
            mixinStandardHelpOptions = true)
    static final class Promote extends DeployCommand {
        @Parameters(index = "0", paramLabel = "PIPELINE", description = "The pipeline's name.")
        private String pipeline = "";

        @Parameters(index = "1", paramLabel = "VERSION", description = "The version, as freshet models lists it.")
        private int version;

        @Override
        public Integer call() throws InterruptedException {
            return ask(pipeline, version);
        }
    }

    /** {@code freshet rollback}: the newest change is taken back. */
    @Command(
            name = "rollback",
            description =
                    "Ends the challenge of the champion; while there is none, lets the model serve again that served before.",
            mixinStandardHelpOptions = true)
    static final class Rollback extends DeployCommand {
        @Parameters(paramLabel = "PIPELINE", description = "The pipeline's name.")
        private String pipeline = "";

        @Override
        public Integer call() throws InterruptedException {
            return ask(pipeline, null);
        }
    }

    /** Asks and waits; 0 when another model serves. */
    int ask(String pipeline, @Nullable Integer version) throws InterruptedException {
        CommandSpec command = Objects.requireNonNull(spec);
        String checked;
        try {
            checked = ManualRequests.reason(reason).orElse("");
        } catch (IllegalArgumentException e) {
            throw new ParameterException(command.commandLine(), "--" + e.getMessage(), e);
        }
        DeploymentRequest.Builder request = DeploymentRequest.newBuilder()
                .setCommandId("command-" + UUID.randomUUID())
                .setPipeline(pipeline)
                .setReason(checked)
                .setRequestedAt(Instant.now());
        if (version != null) {
            request.setVersion(version);
        }
        DeploymentAnswer answer;
        try (KafkaConnection connection = cluster.connect()) {
            Requests.requireDeclared(connection, pipeline);
            connection.ensure(Topics.shared());
            answer = ask(connection, request.build());
        }
        PrintWriter out = command.commandLine().getOut();
        out.printf("%s: %s%n", Requests.plain(pipeline), Requests.plain(answer.getDetail()));
        out.flush();
        return answer.getDone() ? 0 : 1;
    }

    private static DeploymentAnswer ask(KafkaConnection connection, DeploymentRequest request)
            throws InterruptedException {
        Semaphore changes = new Semaphore(0);
        try (CompactedTopic<DeploymentAnswer> answers = CompactedTopic.follow(
                connection,
                Topics.DEPLOYMENT_ANSWERS,
                DeploymentAnswer.class,
                DeploymentAnswer::getCommandId,
                answer -> answer,
                changes::release)) {
            send(connection, request);
            long until = System.nanoTime() + WITHIN.toNanos();
            while (true) {
                Optional<DeploymentAnswer> answer = answers.get(request.getCommandId());
                if (answer.isPresent()) {
                    return answer.get();
                }
                if (!changes.tryAcquire(until - System.nanoTime(), TimeUnit.NANOSECONDS)) {
                    throw new PlatformException("trainer-service has not answered within " + WITHIN.toSeconds()
                            + " s; it does what was asked once it runs: see freshet models");
                }
            }
        }
    }

    private static void send(KafkaConnection connection, DeploymentRequest request) throws InterruptedException {
        try {
            OneRecord.write(connection, "freshet-deploy", Topics.DEPLOYMENT_REQUESTS, request.getPipeline(), request);
        } catch (IllegalStateException e) {
            throw new PlatformException(String.valueOf(e.getMessage()), e);
        }
    }
}
