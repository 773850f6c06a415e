package io.freshet.runtime;

/** What a service runs for one pipeline. */
public interface Worker extends AutoCloseable {

    /** How it is doing. */
    Status status();

    /** Stops it and waits until it has stopped; what was not committed is done again by its successor. */
    @Override
    void close();

    /** How a worker is doing. */
    sealed interface Status {}

    /** Getting ready, or waiting for something outside. */
    record Starting() implements Status {}

    /** Doing its work. */
    record Running() implements Status {}

    /** Ended by itself; it has to be closed and replaced. */
    record Failed(String reason) implements Status {}
}
