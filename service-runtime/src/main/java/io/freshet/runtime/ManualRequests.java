package io.freshet.runtime;

import io.freshet.schemas.message.RetrainReason;
import io.freshet.schemas.message.RetrainRequest;
import io.freshet.schemas.topic.Topic.Writer;
import io.freshet.schemas.topic.Topics;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Requests for training that a person makes, by the command line or over HTTP. */
public final class ManualRequests {
    /** The longest reason, in characters. */
    public static final int LONGEST_REASON = 500;

    private ManualRequests() {}

    /**
     * Makes a request; each has an id of its own.
     *
     * @param reason why, in the person's words; null where none is given
     * @throws IllegalArgumentException when the reason is blank, too long or holds control characters
     */
    public static RetrainRequest of(String pipeline, Writer writer, @Nullable String reason, Instant now) {
        String evidence = reason(reason).orElse("Asked for by hand.");
        return RetrainRequest.newBuilder()
                .setRequestId(pipeline + "-manual-" + UUID.randomUUID())
                .setPipeline(pipeline)
                .setWriter(writer.label())
                .setReason(RetrainReason.MANUAL)
                .setEvidence(evidence)
                .setEventTime(now)
                .setRequestedAt(now)
                .build();
    }

    /**
     * Checks a reason in a person's words.
     *
     * @param reason null where none is given
     * @throws IllegalArgumentException when it is blank, too long or holds control characters
     */
    public static Optional<String> reason(@Nullable String reason) {
        if (reason == null) {
            return Optional.empty();
        }
        if (reason.isBlank()) {
            throw new IllegalArgumentException("reason: is blank; say why, or leave it out");
        }
        if (reason.length() > LONGEST_REASON) {
            throw new IllegalArgumentException(
                    "reason: has " + reason.length() + " characters; at most " + LONGEST_REASON + " are taken");
        }
        if (reason.chars().anyMatch(Character::isISOControl)) {
            throw new IllegalArgumentException("reason: holds control characters; write one line of text");
        }
        return Optional.of(reason.strip());
    }

    /**
     * Puts a request on the log, and returns once every replica has it.
     *
     * @throws IllegalStateException when it cannot be written
     */
    public static void send(KafkaConnection connection, RetrainRequest request) throws InterruptedException {
        OneRecord.write(connection, "freshet-retrain", Topics.RETRAIN_REQUESTS, request.getPipeline(), request);
    }
}
