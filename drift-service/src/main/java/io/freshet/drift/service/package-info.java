/** The drift-service: one running topology for each declared pipeline. */
@Configuration
@Requires(property = "freshet.service", value = DriftApplication.NAME)
@NullMarked
package io.freshet.drift.service;

import io.micronaut.context.annotation.Configuration;
import io.micronaut.context.annotation.Requires;
import org.jspecify.annotations.NullMarked;
