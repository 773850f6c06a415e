package io.freshet.drift;

import io.freshet.profiles.DriftComparison.FeatureDrift;
import io.freshet.schemas.message.AlertState;
import io.freshet.schemas.message.RetrainReason;
import io.freshet.schemas.pipeline.Pipeline;
import java.time.Instant;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * Turns evidence into alerts and retrain requests. Pure; equal inputs give equal ids, so that doing a record again doubles
 * nothing.
 *
 * <p>One incident is open at a time. It opens with the first feature above its threshold, is restated when the features
 * change or the leading one moves by a quarter, and is resolved when every monitored feature is below 0.8 of its
 * threshold. A request is made for the first model once there are {@code training.firstAfter} examples, and for drift
 * while an incident is open, {@code retrain.cooldown} of event time after the last request and {@code minNewLabels} after
 * the last training; never while one is unanswered. Each training in a row that promotes nothing doubles the cooldown, up
 * to 16 times, or asks for a quarter more examples for a first model.
 */
final class Policy {
    private static final double RESTATE = 0.25;
    private static final int MOST_DOUBLINGS = 4;
    private static final double MORE_EXAMPLES = 1.25;

    private final Pipeline pipeline;

    /** An alert to be announced. */
    record Alert(String id, AlertState state, Instant openedAt, Evidence evidence) {}

    /** A request to be made. */
    record Request(String id, RetrainReason reason, Optional<String> alertId, String evidence, Instant eventTime) {}

    /** Where the pipeline stands now, and what is to be done. */
    record Decision(Standing standing, Optional<Alert> alert, Optional<Request> request) {}

    Policy(Pipeline pipeline) {
        this.pipeline = pipeline;
    }

    /** A labelled example arrived. */
    Decision example(Standing before, Instant labelTime) {
        Standing now = before.example();
        double needed = pipeline.training().firstAfter() * Math.pow(MORE_EXAMPLES, now.refusals());
        if (now.champion() != 0 || !now.outstanding().isEmpty() || now.examples() < needed) {
            return new Decision(now, Optional.empty(), Optional.empty());
        }
        Request request = new Request(
                id(now.requests() + 1),
                RetrainReason.FIRST_MODEL,
                Optional.empty(),
                now.examples() + " labelled examples are there and no model serves",
                labelTime);
        return new Decision(
                now.requested(request.id(), labelTime.toEpochMilli()), Optional.empty(), Optional.of(request));
    }

    /** A window was judged. */
    Decision judged(Standing before, Evidence evidence) {
        long end = evidence.windowEnd().toEpochMilli();
        String summary =
                evidence.drifted().stream().map(FeatureDrift::feature).sorted().collect(Collectors.joining(","));
        double excess = evidence.drifted().isEmpty()
                ? 0
                : Detector.excess(evidence.drifted().getFirst());
        Standing now = before;
        Optional<Alert> alert = Optional.empty();
        if (!before.alerting() && !evidence.drifted().isEmpty()) {
            String id = pipeline.name() + "-drift-" + evidence.windowEnd();
            now = before.alert(id, end, summary, excess);
            alert = Optional.of(new Alert(id, AlertState.OPEN, evidence.windowEnd(), evidence));
        } else if (before.alerting() && evidence.calm()) {
            now = before.alert("", 0, "", 0);
            alert = Optional.of(new Alert(
                    before.alertId(), AlertState.RESOLVED, Instant.ofEpochMilli(before.openedAt()), evidence));
        } else if (before.alerting() && !evidence.drifted().isEmpty() && changed(before, summary, excess)) {
            now = before.alert(before.alertId(), before.openedAt(), summary, excess);
            alert = Optional.of(
                    new Alert(before.alertId(), AlertState.UPDATED, Instant.ofEpochMilli(before.openedAt()), evidence));
        }
        if (evidence.drifted().isEmpty() || !mayRequest(now, end)) {
            return new Decision(now, alert, Optional.empty());
        }
        FeatureDrift leading = evidence.drifted().getFirst();
        int more = evidence.drifted().size() - 1;
        Request request = new Request(
                id(now.requests() + 1),
                RetrainReason.DRIFT,
                Optional.of(now.alertId()),
                Words.of(leading) + (more > 0 ? ", and " + more + " more features drifted" : ""),
                evidence.windowEnd());
        return new Decision(now.requested(request.id(), end), alert, Optional.of(request));
    }

    private static boolean changed(Standing before, String summary, double excess) {
        return !summary.equals(before.alertSummary())
                || Math.abs(excess - before.alertExcess()) >= RESTATE * before.alertExcess();
    }

    private boolean mayRequest(Standing standing, long now) {
        long cooldown = pipeline.retrain().cooldown().toMillis() << Math.min(MOST_DOUBLINGS, standing.refusals());
        return standing.outstanding().isEmpty()
                && (standing.lastRequest() == Long.MIN_VALUE || now - standing.lastRequest() >= cooldown)
                && standing.examples() - standing.examplesAtTraining()
                        >= pipeline.retrain().minNewLabels();
    }

    private String id(int number) {
        return pipeline.name() + "-retrain-" + number;
    }
}
