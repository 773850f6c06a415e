package io.freshet.drift;

import io.freshet.drift.performance.Figures;
import io.freshet.drift.performance.Promise;
import java.util.Optional;

/** Shows how the serving model of a pipeline does. */
@FunctionalInterface
public interface PerformanceGauges {
    /** Shows nothing. */
    PerformanceGauges NONE = (modelVersion, promise, figures) -> {};

    /**
     * Shows this and nothing else.
     *
     * @param modelVersion the serving version; 0 when none
     * @param promise what it promised, if that is known
     * @param figures what its answers turned out to be worth in the newest window, if there is one
     */
    void show(int modelVersion, Optional<Promise> promise, Optional<Figures> figures);
}
