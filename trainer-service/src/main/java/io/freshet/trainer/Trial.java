package io.freshet.trainer;

import java.util.Optional;

/**
 * A choice that was fitted on the older part of the training rows and judged on the newest of them.
 *
 * @param rows how many it was fitted on
 * @param value the declared metric on the rows that it was judged on; NaN where it could not be fitted
 * @param millis time to prepare, fit and judge, by the given clock
 * @param error why it could not be fitted; empty when it was
 */
public record Trial(Choice choice, int rows, double value, long millis, Optional<String> error) {}
