package io.freshet.runtime;

/** Starts a service's worker for a pipeline. */
@FunctionalInterface
public interface WorkerFactory {

    /**
     * Starts a worker and returns at once. The pipeline's topics exist. At most one worker of a pipeline lives at a time.
     *
     * @throws RuntimeException when it cannot be started; it is tried again later
     */
    Worker start(DeclaredPipeline declared);
}
