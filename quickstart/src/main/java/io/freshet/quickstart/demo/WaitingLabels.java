package io.freshet.quickstart.demo;

import io.freshet.features.Horizon;
import io.freshet.schemas.pipeline.Pipeline;
import java.util.HashMap;
import java.util.Map;
import java.util.OptionalLong;

/**
 * Labels that rightly have no answer yet: their event did not come, or was given up before they came, and they are not due
 * to be refused (docs/features.md, "Labels"). Any other label without an answer is a lost one. Pure, not thread-safe.
 */
final class WaitingLabels {
    private final EventLedger events;
    private final Horizon horizon;
    private final Map<String, Long> times = new HashMap<>();
    private long clock;

    /**
     * @param events what became of every event
     */
    WaitingLabels(EventLedger events, Pipeline pipeline) {
        this.events = events;
        this.horizon = Horizon.of(pipeline);
        this.clock = events.newest();
    }

    /**
     * A label on the log that was not refused; one that was repeated counts once.
     *
     * @param time its own time, epoch milliseconds
     */
    void take(String eventId, long time) {
        clock = Math.max(clock, time);
        if (!events.labelled(eventId)) {
            times.merge(eventId, time, Math::min);
        }
    }

    /** How many of them wait. */
    long count() {
        return times.entrySet().stream()
                .filter(label -> unmet(label.getKey(), label.getValue()) && !due(label.getValue()))
                .count();
    }

    private boolean unmet(String eventId, long time) {
        OptionalLong event = events.accepted(eventId);
        return event.isEmpty() || event.getAsLong() + horizon.millis() <= time;
    }

    private boolean due(long time) {
        return horizon.rounded(time + horizon.millis()) <= clock;
    }
}
