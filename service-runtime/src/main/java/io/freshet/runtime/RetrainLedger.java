package io.freshet.runtime;

import io.freshet.schemas.message.RetrainRequest;
import io.freshet.schemas.message.RunOutcome;
import io.freshet.schemas.message.TrainingRun;
import io.freshet.schemas.topic.Topics;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/** Which trainings were asked for, and what came of them, as the log says. Thread-safe. */
public final class RetrainLedger implements AutoCloseable {
    private final CompactedTopic<RetrainRequest> requests;
    private final CompactedTopic<Answer> answers;

    /**
     * What came of a request.
     *
     * @param rule the rule that declined it; empty where none did
     * @param newVersion the promoted version; 0 when none was
     * @param detail why nothing was promoted; empty when a model was
     * @param startedAt processing time
     * @param eventTime how far the stream had come; empty where that is not known
     */
    public record Answer(
            String pipeline,
            String requestId,
            RunOutcome outcome,
            String rule,
            int newVersion,
            String detail,
            Instant startedAt,
            Optional<Instant> eventTime) {

        static Answer of(TrainingRun run) {
            RunOutcome outcome = run.getOutcome();
            if (outcome == null) {
                outcome = run.getPromoted() ? RunOutcome.PROMOTED : RunOutcome.REFUSED;
            }
            return new Answer(
                    run.getPipeline(),
                    run.getRequestId(),
                    outcome,
                    run.getRule(),
                    run.getNewVersion(),
                    run.getDetail(),
                    run.getStartedAt(),
                    Optional.ofNullable(run.getEventTime()));
        }
    }

    /** A request; without an answer it waits or is being trained. */
    public record Asked(RetrainRequest request, Optional<Answer> answer) {}

    /** @param changed called on a thread of the ledger's after something new was read; must be quick */
    public RetrainLedger(KafkaConnection connection, Runnable changed) {
        this.requests = CompactedTopic.follow(
                connection,
                Topics.RETRAIN_REQUESTS,
                RetrainRequest.class,
                request -> key(request.getPipeline(), request.getRequestId()),
                request -> request,
                changed);
        this.answers = CompactedTopic.follow(
                connection,
                Topics.TRAINING_RUNS,
                TrainingRun.class,
                run -> key(run.getPipeline(), run.getRequestId()),
                Answer::of,
                changed);
    }

    private static String key(String pipeline, String requestId) {
        return pipeline + ":" + requestId;
    }

    /**
     * Waits until it knows everything that is on the log now.
     *
     * @throws IllegalStateException when that takes longer than twice {@code longest}
     */
    public void awaitEnd(Duration longest) throws InterruptedException {
        requests.awaitEnd(longest);
        answers.awaitEnd(longest);
    }

    /** The pipeline's requests as far as they are kept, the oldest first. */
    public List<Asked> asked(String pipeline) {
        return requests.values().values().stream()
                .filter(request -> request.getPipeline().equals(pipeline))
                .sorted(Comparator.comparing(RetrainRequest::getRequestedAt)
                        .thenComparing(RetrainRequest::getRequestId))
                .map(request -> new Asked(request, answer(pipeline, request.getRequestId())))
                .toList();
    }

    /** What came of a request; empty while it waits or is being trained. */
    public Optional<Answer> answer(String pipeline, String requestId) {
        return answers.get(key(pipeline, requestId));
    }

    /** Every answer of a pipeline's, those to requests that are kept no longer among them, in no order. */
    public List<Answer> answers(String pipeline) {
        return answers.values().values().stream()
                .filter(answer -> answer.pipeline().equals(pipeline))
                .toList();
    }

    /** How many requests have no answer yet. */
    public long waiting(String pipeline) {
        return asked(pipeline).stream()
                .filter(asked -> asked.answer().isEmpty())
                .count();
    }

    @Override
    public void close() {
        requests.close();
        answers.close();
    }
}
