/**
 * Feature rows in, predictions out, exactly once. The champion that {@code deployments} names answers; it changes between
 * two batches. A row for which there is no model gets the base rate, flagged degraded; a row that cannot be read becomes a
 * record of {@code prediction-errors}.
 */
@Configuration
@Requires(property = "freshet.service", value = ScoringApplication.NAME)
@NullMarked
package io.freshet.scoring;

import io.micronaut.context.annotation.Configuration;
import io.micronaut.context.annotation.Requires;
import org.jspecify.annotations.NullMarked;
