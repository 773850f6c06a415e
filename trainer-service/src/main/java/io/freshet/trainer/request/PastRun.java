package io.freshet.trainer.request;

import java.time.Instant;
import java.util.Optional;

/**
 * A training that a request has led to.
 *
 * @param promoted whether a model came of it that serves
 * @param startedAt processing time
 * @param eventTime how far the stream had come; empty where that is not known
 */
public record PastRun(boolean promoted, Instant startedAt, Optional<Instant> eventTime) {}
