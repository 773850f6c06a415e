package io.freshet.features;

import io.freshet.schemas.pipeline.Pipeline;
import io.freshet.schemas.row.FeatureRowSchema;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * An earlier declaration, whose features rows carry beside the declared ones while the model that serves was trained on
 * them. Thread-safe.
 */
public final class Superseded {
    /** How long rows carry them after that: until every scoring-service has seen which model serves now. */
    static final Duration AFTERWARDS = Duration.ofMinutes(1);

    private final Pipeline pipeline;
    private final FeatureRowSchema rows;
    private final Supplier<Optional<String>> served;
    private final InstantSource clock;
    private volatile Instant lastNeeded;

    /**
     * @param pipeline the earlier declaration, read with the schemas of the one in force
     * @param served the feature set of the model that serves; empty while that is not known
     */
    public Superseded(Pipeline pipeline, Supplier<Optional<String>> served, InstantSource clock) {
        this.pipeline = pipeline;
        this.rows = FeatureRowSchema.of(pipeline);
        this.served = served;
        this.clock = clock;
        this.lastNeeded = clock.instant();
    }

    Pipeline pipeline() {
        return pipeline;
    }

    FeatureRowSchema rows() {
        return rows;
    }

    /** Whether rows are to carry its features now. */
    boolean needed() {
        Instant now = clock.instant();
        if (served.get().filter(set -> !set.equals(rows.featureSet())).isEmpty()) {
            lastNeeded = now;
            return true;
        }
        return now.isBefore(lastNeeded.plus(AFTERWARDS));
    }
}
