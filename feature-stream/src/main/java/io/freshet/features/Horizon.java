package io.freshet.features;

import io.freshet.schemas.pipeline.Pipeline;

/**
 * How long an id is remembered, and for how long a label without an event waits: until this has passed, rounded up to a
 * step, in the time of the stream.
 *
 * @param millis at least 0
 */
public record Horizon(long millis) {
    private static final int STEPS = 24;

    /** A pipeline's. */
    public static Horizon of(Pipeline pipeline) {
        return new Horizon(Math.max(
                pipeline.label().await().plus(pipeline.event().lateness()).toMillis(),
                pipeline.event().duplicatesWithin().toMillis()));
    }

    /** Milliseconds, at least 1. */
    public long step() {
        return Math.max(1, millis / STEPS);
    }

    /** The end of the step that a time lies in; a time between two steps is its own. Epoch milliseconds. */
    public long rounded(long time) {
        return Math.ceilDiv(time, step()) * step();
    }
}
